/*
 * sort.h - sorting of what is in order already, more often than not: records lie in a ring as they
 * came to be, and what is made of them in passing keeps that order.
 */
#ifndef ANALYZER_SORT_H
#define ANALYZER_SORT_H

#include <stdlib.h>

/* As qsort(3), and in one pass where the items are in order; they may be NULL where there are none.
 */
static inline void sort(void *items, size_t count, size_t size,
			int (*compare)(const void *, const void *))
{
	const char *item = items;
	size_t at = 1;

	while (at < count && compare(item + (at - 1) * size, item + at * size) <= 0)
		at++;
	if (at < count)
		qsort(items, count, size, compare);
}

#endif
