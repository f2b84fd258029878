/*
 * fuzz_render.c - any texts wherever a profile may hold one (they end with a NUL), in one of all
 * the things a model is printed as, chosen by the first byte: by the rules of its reader, whatever
 * the texts are. Whole files of any bytes are for fuzz_profile.
 */
#include "findings/findings.h"
#include "obey.h"
#include "support/planted.h"

#include <string.h>

/* Every finding that can be made is made: they put names into sentences. */
static void check(struct run *run, unsigned int choice)
{
	static const struct thresholds lowest;
	struct model *model = model_build(&run, 1);

	findings_find(model, &lowest);
	obey_as(model, choice);
	model_free(model);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct planted texts[PLACE_COUNT] = {0};
	struct run *run;
	size_t place;

	if (size < 2)
		return 0;
	place = data[1] % PLACE_COUNT; /* where the first goes */
	for (size_t at = 2; at < size;) {
		const uint8_t *end = memchr(data + at, 0, size - at);
		size_t length = end ? (size_t)(end - data) - at : size - at;

		texts[place] = (struct planted){(const char *)data + at, length};
		place = (place + 1) % PLACE_COUNT;
		at += length + 1;
	}
	run = planted_run(texts);
	check(run, data[0]);
	run_close(run);
	return 0;
}
