/*
 * memory.c - see memory.h. The only place where the analyzer ends for want of memory.
 */
#include "base/memory.h"

#include <limits.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAP_STEP (192 * 1024)
#define HEAP_KEPT (64 * 1024 * 1024)

static void *checked(void *memory)
{
	if (!memory) {
		fputs("dndprof: out of memory; give it a smaller run, or this machine more\n",
		      stderr);
		exit(3);
	}
	return memory;
}

void *memory_get(size_t size)
{
	return checked(calloc(1, size ? size : 1));
}

void *memory_grow(void *old, size_t size)
{
	return checked(realloc(old, size ? size : 1));
}

char *memory_text(const char *text)
{
	return checked(strdup(text));
}

/* Few calls of the kernel, but less than an arena's block: those shall be mapped, and not cleared
 * in a heap that has room. */
void memory_start(void)
{
	mallopt(M_TOP_PAD, HEAP_STEP);
	mallopt(M_TRIM_THRESHOLD, HEAP_KEPT);
}

void memory_keep(void)
{
	mallopt(M_MMAP_MAX, 0); /* freed, a mapping is gone at once */
	mallopt(M_TRIM_THRESHOLD, INT_MAX);
}

void *list_room(void *items, size_t *room, size_t size)
{
	*room = *room ? *room * 2 : 8;
	if (*room > SIZE_MAX / size)
		checked(NULL);
	return memory_grow(items, *room * size);
}

/* From this size on malloc maps memory, which is zero as it comes: what no piece is handed out of,
 * or no one writes to (most of a histogram), is never touched and costs nothing. */
#define ARENA_BLOCK 262144

struct block {
	struct block *next;
	size_t used, size;
	char data[] __attribute__((aligned(16)));
};

struct arena {
	struct block *newest;
};

struct arena *arena_new(void)
{
	return memory_get(sizeof(struct arena));
}

void arena_free(struct arena *arena)
{
	if (!arena)
		return;
	for (struct block *block = arena->newest, *next; block; block = next) {
		next = block->next;
		free(block);
	}
	free(arena);
}

void *arena_get(struct arena *arena, size_t size)
{
	struct block *block = arena->newest;
	void *piece;

	size = (size + 15) & ~(size_t)15;
	if (!block || block->size - block->used < size) {
		size_t room = size > ARENA_BLOCK ? size : ARENA_BLOCK;

		block = memory_get(sizeof(*block) + room);
		block->size = room;
		block->next = arena->newest;
		arena->newest = block;
	}
	piece = block->data + block->used;
	block->used += size;
	return piece;
}

char *arena_copy(struct arena *arena, const char *text, size_t length)
{
	char *copy = arena_get(arena, length + 1);

	if (length)
		memcpy(copy, text, length);
	return copy;
}

char *arena_print(struct arena *arena, const char *format, ...)
{
	va_list list, again;
	char *text;
	int length;

	va_start(list, format);
	va_copy(again, list);
	length = vsnprintf(NULL, 0, format, list);
	text = arena_get(arena, (size_t)(length < 0 ? 0 : length) + 1);
	if (length > 0)
		vsnprintf(text, (size_t)length + 1, format, again);
	va_end(again);
	va_end(list);
	return text;
}
