/*
 * sort.h - sorting of what is in order already, more often than not: records lie in a ring as they
 * came to be, what is made of them in passing keeps that order, and what comes of several rings is
 * a few such runs, one after the other.
 *
 * A natural merge sort (Knuth, The Art of Computer Programming 3, 5.2.4): runs that are in order
 * are found and merged two by two. Inline, for the comparison and the size to be known where it is
 * used; what has too many runs for that to pay is left to qsort(3).
 */
#ifndef ANALYZER_SORT_H
#define ANALYZER_SORT_H

#include <stdlib.h>
#include <string.h>

#define SORT_RUNS 256

/* Ends of the runs in order, at most SORT_RUNS of them; 0: there are more. */
static inline size_t sort_runs(const char *items, size_t count, size_t size,
			       int (*compare)(const void *, const void *), size_t *ends)
{
	size_t runs = 0;

	for (size_t at = 1; at < count; at++) {
		if (compare(items + (at - 1) * size, items + at * size) <= 0)
			continue;
		if (runs == SORT_RUNS - 1)
			return 0;
		ends[runs++] = at;
	}
	ends[runs++] = count;
	return runs;
}

/* [from, middle) and [middle, to) become one; `room` is for the first of them. */
static inline void sort_merge(char *items, size_t from, size_t middle, size_t to, size_t size,
			      int (*compare)(const void *, const void *), char *room)
{
	const char *left = room, *left_end = room + (middle - from) * size;
	const char *right = items + middle * size, *right_end = items + to * size;
	char *out = items + from * size;

	memcpy(room, out, (middle - from) * size);
	while (left < left_end && right < right_end) {
		const char **next = compare(left, right) <= 0 ? &left : &right;

		memcpy(out, *next, size);
		*next += size;
		out += size;
	}
	memcpy(out, left, (size_t)(left_end - left)); /* the rest of the other is in its place */
}

/* As qsort(3); `items` may be NULL where there are none. */
static inline void sort(void *items, size_t count, size_t size,
			int (*compare)(const void *, const void *))
{
	size_t ends[SORT_RUNS], runs = sort_runs(items, count, size, compare, ends);
	char *room;

	if (count < 2 || runs == 1)
		return;
	room = runs ? malloc(count * size) : NULL;
	if (!room) {
		qsort(items, count, size, compare);
		return;
	}
	while (runs > 1) {
		size_t merged = 0, from = 0;

		for (size_t i = 0; i + 1 < runs; i += 2) {
			sort_merge(items, from, ends[i], ends[i + 1], size, compare, room);
			from = ends[i + 1];
			ends[merged++] = from;
		}
		if (runs % 2)
			ends[merged++] = count;
		runs = merged;
	}
	free(room);
}

#endif
