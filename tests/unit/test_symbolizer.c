/* Files whose symbols are asked for: what is right of good ones, and that nothing comes of bad ones
 * but an answer or a reason. They are read by the process that reads them for reports: this program
 * serves as one, too. */
#define _GNU_SOURCE
#include "support/cmocka.h"
#include "support/samples.h"
#include "symbols/named_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define VARIANTS 40 /* of each section of each sample */

static void test_samples(void **state)
{
	static const struct {
		const char *name, *symbol, *function;
		bool lines;
	} samples[] = {
		{"lines5", "first", "first", true},
		{"lines4", "first", "first", true},
		{"lines2", "first", "first", true},
		{"clang5", "first", "first", false}, /* libdw wants .debug_aranges */
		{"compressed", "second", "second", true},
		{"split", "second", "second", false}, /* in files that are not there */
		{"names", "second", "second", false},
		{"dynamic", "first", "first", false},
		{"cpp", "_ZN6engine6clientIiE3askEi", "engine::client<int>::ask(int)", true},
		{"lines5", "second", "second", true}, /* once it has learnt to demangle */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		struct image image = image_of(samples[i].name);
		struct symbolizer_file file;
		struct place place;

		put(path, &image);
		file = file_at(path);
		assert_int_equal(file.wanted.build_id_bytes, 20);
		assert_null(ask(&file, address_of(&image, samples[i].symbol) + 1, &place));
		assert_non_null(place.function);
		assert_string_equal(place.function, samples[i].function);
		assert_int_equal(place.file != NULL, samples[i].lines);
		assert_int_equal(place.line > 0, samples[i].lines);
		if (place.file)
			assert_non_null(strstr(place.file, "/sample.c"));
		/* The call that is the last of its function. */
		assert_null(
			symbolizer_ask(symbolizer, &file,
				       &(struct asked){address_of(&image, samples[i].symbol), 1}, 1,
				       arena, &place));
		/* Of nothing. */
		assert_null(ask(&file, UINT64_MAX, &place));
		assert_null(place.function);
		free(image.data);
	}
	assert_null(symbolizer_failures(symbolizer, arena));
}

/* Debug information of a file's own beside it; another's is not taken for it. */
static void test_beside(void **state)
{
	struct image stripped = image_of("stripped"), debug = image_of("debug"),
		     other = image_of("clang5");
	struct symbolizer_file file;
	struct place place;
	char beside[80];

	(void)state;
	snprintf(beside, sizeof(beside), "%s.debug", path);
	for (int right = 0; right < 2; right++) {
		put(path, &stripped);
		put(beside, right ? &debug : &other);
		file = file_at(path);
		assert_null(ask(&file, address_of(&stripped, "first") + 1, &place));
		assert_string_equal(place.function, "first");
		assert_int_equal(place.line > 0, right);
	}
	unlink(beside);
	free(stripped.data);
	free(debug.data);
	free(other.data);
}

/* Many at once, known and unknown: as one by one. */
static void test_many(void **state)
{
	enum { MANY = 3 * QUESTION_MOST + 7 };
	static struct asked asked[MANY];
	static struct place places[MANY];
	struct image image = image_of("lines5");
	struct symbolizer_file file;
	uint64_t begin = address_of(&image, "first");
	struct place place;

	(void)state;
	put(path, &image);
	file = file_at(path);
	for (uint64_t i = 0; i < MANY; i++)
		asked[i] = (struct asked){begin - 64 + i % 128, i & 1};
	assert_null(symbolizer_ask(symbolizer, &file, asked, MANY, arena, places));
	for (size_t i = 0; i < MANY; i += i < 128 ? 1 : 101) {
		assert_null(symbolizer_ask(symbolizer, &file, &asked[i], 1, arena, &place));
		assert_int_equal(place.line, places[i].line);
		assert_int_equal(place.function != NULL, places[i].function != NULL);
		if (place.function)
			assert_string_equal(place.function, places[i].function);
	}
	free(image.data);
}

/* ---- what is no file of a program ---- */

static void refuses(const char *at, const char *why)
{
	struct symbolizer_file file = {.path = at};
	struct place place;
	const char *problem = ask(&file, 0x1000, &place);

	assert_non_null(problem);
	assert_string_equal(problem, why);
}

static void test_refused(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd;

	(void)state;
	refuses(path, "file gone since");
	assert_int_equal(mkfifo(path, 0600), 0);
	refuses(path, "file changed since");
	unlink(path);
	assert_int_equal(symlink("/dev/zero", path), 0);
	refuses(path, "file changed since");
	unlink(path);
	assert_int_equal(symlink(path, path), 0);
	refuses(path, "file not readable");
	unlink(path);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	strcpy(address.sun_path, path);
	assert_int_equal(bind(fd, (void *)&address, sizeof(address)), 0);
	close(fd);
	refuses(path, "file changed since");
	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	refuses(path, "file changed since"); /* empty */
	assert_int_equal(ftruncate(fd, INT64_C(1) << 40), 0);
	refuses(path, "file larger than 1024 MiB");
	assert_int_equal(ftruncate(fd, ((int64_t)NAMED_FILE_MIB << 20) + 1), 0);
	refuses(path, "file larger than 1024 MiB");
	assert_int_equal(ftruncate(fd, (int64_t)NAMED_FILE_MIB << 20), 0);
	refuses(path, "file changed since");
	close(fd);
	refuses("/dev/null", "file changed since");
	refuses("/dev/tty", "file changed since");
	refuses("/proc/kmsg", "file changed since"); /* what is read there is gone */
	refuses("/proc/self/maps", "file changed since");
	refuses("/proc/self/mem", "file changed since");
	refuses("/sys/kernel/notes", "file changed since");
	refuses("/", "file changed since");
	refuses("Makefile", "file changed since");
	assert_null(symbolizer_failures(symbolizer, arena));
}

/* Another build id, another kind of file. */
static void test_other_file(void **state)
{
	struct image image = image_of("lines5"), other = image_of("lines4");
	struct symbolizer_file file;
	struct place place;

	(void)state;
	put(path, &image);
	file = file_at(path);
	put(path, &other);
	assert_string_equal(ask(&file, address_of(&image, "first"), &place), "file changed since");
	put(path, &image);
	file.wanted.build_id_bytes = 0;
	assert_string_equal(ask(&file, address_of(&image, "first"), &place), "file changed since");
	free(image.data);
	free(other.data);
}

/* ---- damage ---- */

static uint32_t chance(uint32_t below)
{
	static uint64_t state = 42;

	state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(state >> 33) % below;
}

/* An answer or a reason; and right, where what tells the function was not touched. */
static void try_variant(const struct image *image, uint64_t first, bool same_names)
{
	const struct asked asked[] = {{first + 1, 0}, {first + 9, 1}, {first + 0x20, 1},
				      {first - 8, 0}, {0, 0},	      {UINT64_MAX, 1}};
	struct place places[6] = {{0}};
	struct symbolizer_file file;
	const char *problem;

	put(path, image);
	file = file_at(path);
	problem = symbolizer_ask(symbolizer, &file, asked, 6, arena, places);
	for (size_t i = 0; i < 6; i++) {
		assert_true(!places[i].function || strlen(places[i].function) <= TEXT_MOST);
		assert_true(!places[i].file || strlen(places[i].file) <= TEXT_MOST);
		assert_true(places[i].line <= INT32_MAX);
	}
	if (!same_names)
		return;
	if (problem)
		fail_msg("%s: %s", problem, symbolizer_failures(symbolizer, arena));
	assert_string_equal(places[0].function, "first");
	assert_string_equal(places[1].function, "first");
	assert_null(places[5].function);
}

static void test_damage(void **state)
{
	static const char *const samples[] = {"lines5", "lines4", "compressed"};
	static const char *const sections[] = {".debug_line",	 ".debug_info", ".debug_abbrev",
					       ".debug_aranges", ".debug_str",	".debug_line_str",
					       ".symtab",	 ".strtab"};
	size_t tried = 0;

	(void)state;
	for (size_t i = 0; i < 3; i++)
		for (size_t j = 0; j < sizeof(sections) / sizeof(sections[0]); j++) {
			struct image image = image_of(samples[i]);
			const Elf64_Shdr *section = section_of(&image, sections[j]);
			uint64_t first = address_of(&image, "first");
			uint8_t *whole = malloc(image.size);

			memcpy(whole, image.data, image.size);
			for (size_t k = 0; section && k < VARIANTS; k++) {
				for (uint32_t n = 1 + chance(4); n--;)
					image.data[section->sh_offset +
						   chance((uint32_t)section->sh_size)] ^=
						(uint8_t)(1 + chance(255));
				try_variant(&image, first, sections[j][1] == 'd');
				memcpy(image.data, whole, image.size);
				tried++;
			}
			free(whole);
			free(image.data);
		}
	print_message("%zu variants\n", tried);
	assert_true(tried > 700);
	assert_null(symbolizer_failures(symbolizer, arena));
}

/* Headers, and the file cut short. */
static void test_headers(void **state)
{
	struct image image = image_of("lines5");
	const Elf64_Ehdr *header = (const void *)image.data;
	uint64_t first = address_of(&image, "first"), sections = header->e_shoff;
	uint8_t *whole = malloc(image.size);
	size_t size = image.size;

	(void)state;
	memcpy(whole, image.data, size);
	for (size_t i = 0; i < 300; i++) {
		for (uint32_t n = 1 + chance(3); n--;)
			image.data[chance(2) ? chance(0x190)
					     : sections + chance((uint32_t)(size - sections))] =
				(uint8_t)chance(256);
		image.size = i % 3 ? size : 1 + chance((uint32_t)size - 1);
		try_variant(&image, first, false);
		memcpy(image.data, whole, size);
	}
	free(whole);
	free(image.data);
}

/* A section that would be a terabyte once it is unpacked. */
static void test_unpacked(void **state)
{
	struct image image = image_of("compressed");
	const Elf64_Shdr *section = section_of(&image, ".debug_info");

	(void)state;
	assert_true(section->sh_flags & SHF_COMPRESSED);
	((Elf64_Chdr *)(void *)(image.data + section->sh_offset))->ch_size = UINT64_C(1) << 40;
	try_variant(&image, address_of(&image, "first"), true);
	free(image.data);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		SAMPLES_TEST(test_samples),    SAMPLES_TEST(test_beside),
		SAMPLES_TEST(test_many),       SAMPLES_TEST(test_refused),
		SAMPLES_TEST(test_other_file), SAMPLES_TEST(test_damage),
		SAMPLES_TEST(test_headers),    SAMPLES_TEST(test_unpacked),
	};

	SAMPLES_RUN(argc, argv, tests);
}
