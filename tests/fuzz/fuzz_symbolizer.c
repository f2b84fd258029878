/*
 * fuzz_symbolizer.c - our own side of reading symbols. After an A, any bytes as packets of answers,
 * from a process that a hostile file has taken over: what is taken of them is within its bounds,
 * and goes through a packet of our own unchanged. After an F, any bytes as the file, as far as Go's
 * tables are read of it; of the rest libdw is in the way, which is not ours (libdw.c).
 */
#include "as_file.h"
#include "symbols/message.h"

#include <stdlib.h>
#include <string.h>

#define ADDRESSES 64

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static void check(const struct place *place)
{
	if (place->line > INT32_MAX || (place->function && strlen(place->function) > TEXT_MOST) ||
	    (place->file && strlen(place->file) > TEXT_MOST))
		abort();
}

/* Of a text as long as can be the end is cut anew, to the same. */
static bool is_whole(const char *text)
{
	return !text || strlen(text) < TEXT_MOST;
}

static void there_and_back(const struct place *place, struct arena *arena)
{
	static uint8_t packet[PACKET_MOST];
	size_t size = answer_put(packet, sizeof(packet), place);
	struct place last = {0}, back;

	if (!size || answer_take(packet, size, arena, &last, &back) != size)
		abort();
	if (back.line != place->line || back.inlined != place->inlined ||
	    (is_whole(place->function) && !same(back.function, place->function)) ||
	    (is_whole(place->file) && !same(back.file, place->file)))
		abort();
}

static void as_answers(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct place last = {0}, place;
	size_t used;

	for (size_t at = 0; at < size; at += used) {
		used = answer_take(data + at, size - at, arena, &last, &place);
		if (!used)
			break;
		check(&place);
		there_and_back(&place, arena);
	}
	arena_free(arena);
}

static void as_file(const uint8_t *data, size_t size)
{
	const struct wanted wanted = {.depth = DEPTH_GO, .go = true};
	enum places_status status;
	struct places *places;
	struct place place;

	places = places_of(wanted, file_of(data, size), &status);
	for (uint64_t i = 0; i < ADDRESSES; i++) {
		places_find(places, 0x401000 + i * 7, i & 1, &place);
		check(&place);
		if (status != PLACES_THERE && (place.function || place.file))
			abort();
	}
	places_close(places);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size);

	/* A copy of its own, so that what lies behind it is out of bounds. */
	if (size > 1) {
		memcpy(copy, data + 1, size - 1);
		if (data[0] == 'A')
			as_answers(copy, size - 1);
		else
			as_file(copy, size - 1);
	}
	free(copy);
	return 0;
}
