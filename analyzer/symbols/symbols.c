/*
 * symbols.c - see symbols.h. What lies in one file is asked for together, and used only when it is
 * still the file that was mapped.
 */
#include "symbols/symbols.h"
#include "base/buffer.h"
#include "base/map.h"
#include "base/path.h"
#include "base/sort.h"
#include "symbols/symbolizer.h"

#include <inttypes.h>
#include <string.h>

/* A file, as some process had it mapped. */
struct module {
	struct symbolizer_file file;
	const char *name, *problem;
};

/* A symbol that is still to be looked for. */
struct sought {
	uint32_t module, found, back;
};

struct symbols {
	struct arena *arena;
	LIST(struct module) modules;
	LIST(struct symbol *) found;
	LIST(uint32_t) found_module;
	LIST(struct sought) sought;
	struct map index; /* of found, by module and offset */
	struct symbolizer *symbolizer;
};

struct symbols *symbols_new(void)
{
	struct symbols *symbols = memory_get(sizeof(*symbols));

	symbols->arena = arena_new();
	symbols->symbolizer = symbolizer_new(SYMBOLIZER_FILE_MS, SYMBOLIZER_ALL_MS);
	return symbols;
}

void symbols_free(struct symbols *symbols)
{
	if (!symbols)
		return;
	symbolizer_free(symbols->symbolizer);
	list_free(&symbols->modules);
	list_free(&symbols->found);
	list_free(&symbols->found_module);
	list_free(&symbols->sought);
	map_free(&symbols->index);
	arena_free(symbols->arena);
	free(symbols);
}

static uint32_t module_of(struct symbols *symbols, const struct profile *profile,
			  const struct profile_module *from)
{
	const char *own = profile_info(profile, "exe");
	const char *path = *from->path ? from->path : own ? own : "";
	struct module *module;
	struct wanted *wanted;

	for (uint32_t i = 0; i < symbols->modules.count; i++) {
		module = &symbols->modules.items[i];
		wanted = &module->file.wanted;
		if (strcmp(module->file.path, path) == 0 &&
		    wanted->build_id_bytes == from->build_id_bytes &&
		    memcmp(wanted->build_id, from->build_id, from->build_id_bytes) == 0)
			return i;
	}
	module = list_add(&symbols->modules);
	wanted = &module->file.wanted;
	module->file.path = arena_copy(symbols->arena, path, strlen(path));
	module->name = path_base(module->file.path);
	wanted->build_id_bytes = from->build_id_bytes;
	memcpy(wanted->build_id, from->build_id, from->build_id_bytes);
	wanted->go = !*from->path && profile_info(profile, "go_version");
	if (*path != '/')
		module->problem = "no file"; /* the vDSO, and names that are relative */
	return (uint32_t)symbols->modules.count - 1;
}

/* "function (file:line)", "function", "(file:line)" or "". */
static void put_function(struct buffer *buffer, const struct symbol *symbol)
{
	if (symbol->function)
		buffer_print(buffer, "%s", symbol->function);
	if (!symbol->file)
		return;
	buffer_print(buffer, "%s(%s%s", symbol->function ? " " : "",
		     symbol->inlined ? "inlined, " : "", path_base(symbol->file));
	if (symbol->line)
		buffer_print(buffer, ":%d", symbol->line);
	buffer_print(buffer, ")");
}

static void put_module(struct buffer *buffer, const struct symbol *symbol)
{
	buffer_print(buffer, "%s%s0x%" PRIx64, symbol->module ? symbol->module : "",
		     symbol->module ? "+" : "", symbol->offset);
}

static const char *taken(struct symbols *symbols, struct buffer *buffer)
{
	const char *text = arena_copy(symbols->arena, buffer_text(buffer), buffer->length);

	buffer_free(buffer);
	return text;
}

static const char *text_of(struct symbols *symbols, const struct symbol *symbol)
{
	struct buffer buffer = {0};

	put_function(&buffer, symbol);
	if (buffer.length)
		buffer_print(&buffer, " in ");
	put_module(&buffer, symbol);
	if (symbol->problem && !symbol->function)
		buffer_print(&buffer, " (%s)", symbol->problem);
	return taken(symbols, &buffer);
}

const char *symbol_name(struct symbols *symbols, const struct symbol *symbol)
{
	struct buffer buffer = {0};

	put_function(&buffer, symbol);
	if (!symbol->function && !symbol->file)
		put_module(&buffer, symbol);
	return taken(symbols, &buffer);
}

/* The symbol `back` bytes before offset `offset` of a module; NONE: the address is in none. */
static const struct symbol *find(struct symbols *symbols, uint32_t module, uint64_t offset,
				 unsigned int back)
{
	uint64_t key = map_key(offset, (uint64_t)module << 1 | back);
	struct symbol *symbol;
	uint32_t index;

	for (; (index = map_get(&symbols->index, key)) != UINT32_MAX; key++)
		if (symbols->found_module.items[index] == module &&
		    symbols->found.items[index]->offset == offset)
			return symbols->found.items[index];
	symbol = arena_get(symbols->arena, sizeof(*symbol));
	symbol->offset = offset;
	index = (uint32_t)symbols->found.count;
	if (module != UINT32_MAX) {
		symbol->path = symbols->modules.items[module].file.path;
		symbol->module = symbols->modules.items[module].name;
	} else {
		symbol->problem = "in no file: code made as it ran, or unknown";
	}
	*list_add(&symbols->sought) = (struct sought){module, index, back};
	map_set(&symbols->index, key, index);
	*list_add(&symbols->found) = symbol;
	*list_add(&symbols->found_module) = module;
	return symbol;
}

static int compare_sought(const void *a, const void *b)
{
	const struct sought *x = a, *y = b;

	if (x->module != y->module)
		return x->module < y->module ? -1 : 1;
	return x->found < y->found ? -1 : x->found > y->found;
}

/* Asks for what is sought in one module. */
static void look_up(struct symbols *symbols, struct module *module, const struct sought *sought,
		    size_t count)
{
	struct asked *asked = memory_get(count * sizeof(*asked));
	struct place *places = memory_get(count * sizeof(*places));

	for (size_t i = 0; i < count; i++)
		asked[i] = (struct asked){symbols->found.items[sought[i].found]->offset,
					  sought[i].back};
	if (!module->problem)
		module->problem = symbolizer_ask(symbols->symbolizer, &module->file, asked, count,
						 symbols->arena, places);
	for (size_t i = 0; i < count; i++) {
		struct symbol *symbol = symbols->found.items[sought[i].found];
		bool known = !module->problem && (places[i].function || places[i].file);

		symbol->problem = module->problem ? module->problem : known ? NULL : "no symbol";
		if (!known)
			continue;
		symbol->function = places[i].function;
		symbol->file = places[i].file;
		symbol->line = (int)places[i].line;
		symbol->inlined = places[i].inlined;
	}
	free(asked);
	free(places);
}

void symbols_look_up(struct symbols *symbols)
{
	struct sought *sought = symbols->sought.items;
	size_t count = symbols->sought.count, from, to;

	if (count > 1)
		sort(sought, count, sizeof(*sought), compare_sought);
	for (from = 0; from < count; from = to) {
		uint32_t module = sought[from].module;

		for (to = from + 1; to < count && sought[to].module == module;)
			to++;
		if (module != UINT32_MAX)
			look_up(symbols, &symbols->modules.items[module], sought + from, to - from);
	}
	for (size_t i = 0; i < count; i++) {
		struct symbol *symbol = symbols->found.items[sought[i].found];

		symbol->text = text_of(symbols, symbol);
	}
	symbols->sought.count = 0;
}

const char *symbols_failures(const struct symbols *symbols)
{
	return symbolizer_failures(symbols->symbolizer, symbols->arena);
}

static const struct symbol *symbol_before(struct symbols *symbols, const struct profile *profile,
					  uint64_t address, unsigned int back)
{
	size_t count;
	const struct profile_module *module = profile_modules(profile, &count);

	for (size_t i = 0; i < count; i++)
		if (address - back >= module[i].start && address - back < module[i].end)
			return find(symbols, module_of(symbols, profile, &module[i]),
				    address - module[i].bias, back);
	return find(symbols, UINT32_MAX, address, back);
}

const struct symbol *symbol_at(struct symbols *symbols, const struct profile *profile,
			       uint64_t address)
{
	return symbol_before(symbols, profile, address, 0);
}

const struct symbol *symbol_of_call(struct symbols *symbols, const struct profile *profile,
				    uint64_t address)
{
	return symbol_before(symbols, profile, address, 1);
}
