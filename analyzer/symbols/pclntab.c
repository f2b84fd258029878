/*
 * pclntab.c - see pclntab.h. Go describes the format in src/runtime/symtab.go (pcHeader, _func) and
 * https://go.dev/s/go12symtab (the encoding of values by program counter).
 */
#include "symbols/pclntab.h"

#include <errno.h>
#include <string.h>

#define MAGIC_118      0xfffffff0u
#define MAGIC_120      0xfffffff1u
#define ENTRY	       8 /* bytes of an entry of the table of functions */
#define FUNCTIONS_MOST (4u * 1024 * 1024)
#define TEXT_MOST      4096
#define STEPS_MOST     (1u << 20) /* of one table of values */
#define INLINE_INDEX   2	  /* PCDATA_InlTreeIndex */

/* struct _func, as far as it is needed; `tables` follow it. */
enum {
	FUNC_ENTRY = 0,
	FUNC_NAME = 4,
	FUNC_FILES = 20,
	FUNC_LINES = 24,
	FUNC_TABLES = 28,
	FUNC_UNIT = 32,
	FUNC_BYTES_118 = 40,
	FUNC_BYTES_120 = 44,
};

static uint32_t get32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static uint64_t get64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* n bytes at an offset of the table, or NULL. */
static const uint8_t *at(const struct pclntab *t, uint64_t offset, uint64_t n)
{
	return offset <= t->size && n <= t->size - offset ? t->data + offset : NULL;
}

static const char *text_at(const struct pclntab *t, uint64_t offset)
{
	const uint8_t *p = at(t, offset, 1);
	size_t most = p ? t->size - offset : 0;

	return p && memchr(p, 0, most < TEXT_MOST ? most : TEXT_MOST) ? (const char *)p : NULL;
}

bool pclntab_begins(const uint8_t data[8])
{
	const uint32_t magic = get32(data);

	/* then two zeros, the step of addresses and the size of a pointer, as amd64 has them */
	return (magic == MAGIC_118 || magic == MAGIC_120) && get32(data + 4) == 0x08010000;
}

int pclntab_open(struct pclntab *t, const uint8_t *data, size_t size)
{
	memset(t, 0, sizeof(*t));
	if (size < PCLNTAB_HEADER || !pclntab_begins(data))
		return -EBADMSG;
	t->data = data;
	t->size = size;
	t->has_start_line = get32(data) == MAGIC_120;
	t->functions = get64(data + 8);
	t->text = get64(data + 24);
	t->names = get64(data + 32);
	t->units = get64(data + 40);
	t->files = get64(data + 48);
	t->values = get64(data + 56);
	t->lines = get64(data + 64);
	/* The parts come in this order; the table of functions has one more entry for its end. */
	if (!t->functions || t->functions > FUNCTIONS_MOST || t->names < PCLNTAB_HEADER ||
	    t->units < t->names || t->files < t->units || t->values < t->files ||
	    t->lines < t->values || !at(t, t->lines, t->functions * ENTRY + 4))
		return -EBADMSG;
	return 0;
}

static uint32_t entry_of(const struct pclntab *t, uint64_t index)
{
	return get32(t->data + t->lines + index * ENTRY);
}

/* The description of function `index`, or NULL. */
static const uint8_t *function_at(const struct pclntab *t, uint64_t index)
{
	uint32_t offset = get32(t->data + t->lines + index * ENTRY + 4);

	return at(t, t->lines + offset, t->has_start_line ? FUNC_BYTES_120 : FUNC_BYTES_118);
}

/* A number of seven bits a byte, the lowest first; *from moves on. False: none. */
static bool read_number(const struct pclntab *t, uint64_t *from, uint32_t *value)
{
	unsigned int shift;

	*value = 0;
	for (shift = 0; shift < 35; shift += 7) {
		const uint8_t *p = at(t, (*from)++, 1);

		if (!p)
			return false;
		*value |= (uint32_t)(*p & 0x7f) << shift;
		if (!(*p & 0x80))
			return true;
	}
	return false;
}

/* The value of a table of values `behind` bytes behind the function's entry. -1: none. */
static int64_t value_at(const struct pclntab *t, uint32_t table, uint32_t behind)
{
	uint64_t from = t->values + table, pc = 0;
	uint32_t change, step, value = UINT32_MAX;

	if (!table)
		return -1;
	for (unsigned int i = 0; i < STEPS_MOST && read_number(t, &from, &change) &&
				 (change || !i) && read_number(t, &from, &step);
	     i++) {
		value += change & 1 ? ~(change >> 1) : change >> 1;
		pc += step;
		if (behind < pc)
			return (int32_t)value;
	}
	return -1;
}

static const char *file_at(const struct pclntab *t, const uint8_t *function, uint32_t behind)
{
	int64_t number = value_at(t, get32(function + FUNC_FILES), behind);
	const uint8_t *unit;
	uint64_t place;

	if (number < 0)
		return NULL;
	place = t->units + ((uint64_t)get32(function + FUNC_UNIT) + (uint64_t)number) * 4;
	unit = at(t, place, 4);
	return unit && get32(unit) != UINT32_MAX ? text_at(t, t->files + get32(unit)) : NULL;
}

static bool is_inlined(const struct pclntab *t, const uint8_t *function, uint32_t behind)
{
	uint64_t size = t->has_start_line ? FUNC_BYTES_120 : FUNC_BYTES_118;
	const uint8_t *table = at(t, (uint64_t)(function - t->data) + size + INLINE_INDEX * 4ul, 4);

	return get32(function + FUNC_TABLES) > INLINE_INDEX && table &&
	       value_at(t, get32(table), behind) >= 0;
}

bool pclntab_find(const struct pclntab *t, uint64_t offset, struct pclntab_place *place)
{
	uint64_t low = 0, high = t->functions;
	const uint8_t *function;
	uint32_t behind;
	int64_t line;

	memset(place, 0, sizeof(*place));
	if (offset > UINT32_MAX || offset < entry_of(t, 0) || offset >= entry_of(t, high))
		return false;
	while (high - low > 1) { /* the entry of low is not above */
		uint64_t middle = low + (high - low) / 2;

		if (entry_of(t, middle) <= offset)
			low = middle;
		else
			high = middle;
	}
	function = function_at(t, low);
	if (!function)
		return false;
	place->entry = entry_of(t, low);
	place->function = text_at(t, t->names + get32(function + FUNC_NAME));
	if (!place->function || place->entry > offset)
		return false;
	behind = (uint32_t)offset - place->entry;
	place->file = file_at(t, function, behind);
	line = value_at(t, get32(function + FUNC_LINES), behind);
	place->line = line > 0 ? (uint32_t)line : 0;
	place->inlined = is_inlined(t, function, behind);
	return true;
}

bool pclntab_search(const struct pclntab *t, bool (*is_it)(const char *name), uint32_t *offset)
{
	for (uint64_t i = 0; i < t->functions; i++) {
		const uint8_t *function = function_at(t, i);
		const char *name =
			function ? text_at(t, t->names + get32(function + FUNC_NAME)) : NULL;

		if (name && is_it(name)) {
			*offset = entry_of(t, i);
			return true;
		}
	}
	return false;
}
