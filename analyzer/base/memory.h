/*
 * memory.h - memory of the analyzer: calls that cannot fail (out of memory ends the program with a
 * sentence and status 3), growing lists, and an arena for what lives and dies with a model.
 */
#ifndef ANALYZER_MEMORY_H
#define ANALYZER_MEMORY_H

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* How the allocator deals with the kernel; before anything is asked of it. */
void memory_start(void);
/* Zeroed memory of `size` bytes, freed by free(). */
void *memory_get(size_t size);
/* `old` grown to `size` bytes; what is new is not zeroed. */
void *memory_grow(void *old, size_t size);
char *memory_text(const char *text);
/* From now on freed memory is kept for what comes next. For large work: the kernel would take it
 * and clear it again, page by page. */
void memory_keep(void);

/* A list: LIST(type) declares one, zero is empty, list_add gives a zeroed new item. */
#define LIST(type)                  \
	struct {                    \
		type *items;        \
		size_t count, room; \
	}
void *list_room(void *items, size_t *room, size_t size); /* for more than `room` items */
#define list_add(list)                                                                             \
	((list)->items = (list)->count == (list)->room                                             \
				 ? list_room((list)->items, &(list)->room, sizeof(*(list)->items)) \
				 : (list)->items,                                                  \
	 memset(&(list)->items[(list)->count], 0, sizeof(*(list)->items)),                         \
	 &(list)->items[(list)->count++])
#define list_free(list) \
	(free((list)->items), (list)->items = NULL, (list)->count = (list)->room = 0)

/* An arena: many small pieces, freed together. */
struct arena;
struct arena *arena_new(void);
void arena_free(struct arena *arena);
void *arena_get(struct arena *arena, size_t size); /* zeroed, 16-byte aligned */
char *arena_copy(struct arena *arena, const char *text, size_t length); /* and a NUL */
char *arena_print(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
