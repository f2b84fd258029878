/*
 * symbols.c - see symbols.h. A file is opened once, when the first address in it is asked for, and
 * used only when it is still the one that was mapped.
 */
#include "symbols/symbols.h"
#include "base/buffer.h"
#include "base/map.h"
#include "base/path.h"
#include "symbols/dwarf.h"
#include "symbols/golang.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* A file, as some process had it mapped. */
struct module {
	const char *path, *name;
	uint8_t build_id[DNDPROF_BUILD_ID];
	uint8_t build_id_bytes;
	bool opened, go;
	const char *problem;
	struct golang *golang;
	struct dwarf *dwarf;
};

struct symbols {
	struct arena *arena;
	LIST(struct module) modules;
	LIST(struct symbol *) found;
	LIST(uint32_t) found_module;
	struct map index; /* of found, by module and offset */
};

struct symbols *symbols_new(void)
{
	struct symbols *symbols = memory_get(sizeof(*symbols));

	symbols->arena = arena_new();
	return symbols;
}

void symbols_free(struct symbols *symbols)
{
	if (!symbols)
		return;
	for (size_t i = 0; i < symbols->modules.count; i++) {
		golang_close(symbols->modules.items[i].golang);
		dwarf_close(symbols->modules.items[i].dwarf);
	}
	list_free(&symbols->modules);
	list_free(&symbols->found);
	list_free(&symbols->found_module);
	map_free(&symbols->index);
	arena_free(symbols->arena);
	free(symbols);
}

static uint32_t module_of(struct symbols *symbols, const struct profile *profile,
			  const struct profile_module *from)
{
	const char *own = profile_info(profile, "exe"), *slash;
	const char *path = *from->path ? from->path : own ? own : "";
	struct module *module;

	for (uint32_t i = 0; i < symbols->modules.count; i++) {
		module = &symbols->modules.items[i];
		if (strcmp(module->path, path) == 0 &&
		    module->build_id_bytes == from->build_id_bytes &&
		    memcmp(module->build_id, from->build_id, from->build_id_bytes) == 0)
			return i;
	}
	module = list_add(&symbols->modules);
	module->path = arena_copy(symbols->arena, path, strlen(path));
	slash = strrchr(module->path, '/');
	module->name = slash ? slash + 1 : module->path;
	module->build_id_bytes = from->build_id_bytes;
	memcpy(module->build_id, from->build_id, from->build_id_bytes);
	module->go = !*from->path && profile_info(profile, "go_version");
	return (uint32_t)symbols->modules.count - 1;
}

static void open_module(struct module *module)
{
	struct elf_file file;
	int error;

	module->opened = true;
	if (module->path[0] != '/') {
		module->problem = "no file"; /* the vDSO, and names that are relative */
		return;
	}
	error = elf_open(&file, module->path);
	if (error) {
		module->problem = error == -ENOENT    ? "file gone since"
				  : error == -EBADMSG ? "file changed since"
						      : "file not readable";
		return;
	}
	if (module->build_id_bytes != file.build_id_bytes ||
	    memcmp(module->build_id, file.build_id, file.build_id_bytes) != 0) {
		module->problem = "file changed since";
	} else {
		if (module->go)
			module->golang = golang_open(&file);
		if (!dwarf_works())
			module->problem = module->golang ? NULL : "libdw.so.1 (libdw1) is missing";
		else
			module->dwarf = dwarf_open(module->path);
		if (!module->golang && !module->dwarf && !module->problem)
			module->problem = "file not readable";
	}
	elf_close(&file);
}

static void look_up(struct symbols *symbols, struct module *module, struct symbol *symbol)
{
	struct pclntab_place go;
	struct dwarf_place place;
	char *plain;

	if (!module->opened)
		open_module(module);
	symbol->problem = module->problem;
	if (module->golang && golang_find(module->golang, symbol->offset, &go)) {
		symbol->function = go.function;
		symbol->file = go.file;
		symbol->line = go.line <= INT32_MAX ? (int)go.line : 0;
		symbol->inlined = go.inlined;
	} else if (module->dwarf && dwarf_find(module->dwarf, symbol->offset, &place)) {
		symbol->function = place.function;
		symbol->file = place.file;
		symbol->line = place.line;
		plain = place.function ? dwarf_demangle(place.function) : NULL;
		if (plain)
			symbol->function = arena_copy(symbols->arena, plain, strlen(plain));
		free(plain);
	} else if (!symbol->problem) {
		symbol->problem = "no symbol";
	}
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
	symbol->offset = offset - back;
	if (module != UINT32_MAX) {
		symbol->path = symbols->modules.items[module].path;
		symbol->module = symbols->modules.items[module].name;
		look_up(symbols, &symbols->modules.items[module], symbol);
		/* What a signal interrupted goes on in a function nobody called: it returns to its
		 * begin. */
		symbol->offset = offset;
		if (back && !symbol->function)
			look_up(symbols, &symbols->modules.items[module], symbol);
	} else {
		symbol->problem = "in no file: code made as it ran, or unknown";
	}
	symbol->offset = offset;
	symbol->text = text_of(symbols, symbol);
	map_set(&symbols->index, key, (uint32_t)symbols->found.count);
	*list_add(&symbols->found) = symbol;
	*list_add(&symbols->found_module) = module;
	return symbol;
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
