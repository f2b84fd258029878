/*
 * modules.c - see modules.h.
 */
#include <dlfcn.h>
#include <link.h>
#include <string.h>

#include "exec/peek.h"
#include "libc/real.h"
#include "recorder/start.h"
#include "stacks/modules.h"

#define HEADERS_MOST 24

static __typeof__(_dl_find_object) *find_object AT_START;

void loaded_start(void)
{
	*(void **)&find_object = real_symbol("_dl_find_object");
}

bool loaded_can_find(void)
{
	return find_object != NULL;
}

/* Reads what the file's headers say, where they are mapped: at its begin. */
static bool read_headers(struct loaded *loaded)
{
	Elf64_Phdr headers[HEADERS_MOST];
	Elf64_Ehdr file;
	unsigned i;

	if (!peek(&file, (void *)loaded->module.start, sizeof(file)) ||
	    memcmp(file.e_ident, ELFMAG, SELFMAG) || file.e_phentsize != sizeof(headers[0]) ||
	    !file.e_phnum || file.e_phnum > HEADERS_MOST ||
	    !peek(headers, (void *)(loaded->module.start + file.e_phoff),
		  file.e_phnum * sizeof(headers[0])))
		return false;
	module_build_id(&loaded->module, headers, file.e_phnum);
	loaded->tables_start = loaded->tables_end = 0;
	for (i = 0; i < file.e_phnum && loaded->table; i++) {
		uint64_t start = loaded->module.bias + headers[i].p_vaddr;

		if (headers[i].p_type == PT_LOAD && headers[i].p_flags & PF_R &&
		    loaded->table - start < headers[i].p_filesz) {
			loaded->tables_start = start;
			loaded->tables_end = start + headers[i].p_filesz;
		}
	}
	return true;
}

static bool find(uint64_t address, struct loaded *found)
{
	struct dl_find_object object;

	if (!find_object || find_object((void *)address, &object) < 0)
		return false;
	memset(found, 0, sizeof(*found));
	found->module.start = (uint64_t)object.dlfo_map_start;
	found->module.end = (uint64_t)object.dlfo_map_end;
	found->module.bias = object.dlfo_link_map->l_addr;
	found->module.path = object.dlfo_link_map->l_prev ? object.dlfo_link_map->l_name : "";
	found->table = (uint64_t)object.dlfo_eh_frame;
	return true;
}

bool loaded_find(uint64_t address, struct loaded *found)
{
	return find(address, found) && read_headers(found);
}

bool loaded_is(const struct loaded *earlier, uint64_t address)
{
	const struct module *m = &earlier->module;
	struct loaded now;

	return find(address, &now) && now.module.start == m->start && now.module.end == m->end &&
	       now.module.bias == m->bias && now.module.path == m->path &&
	       now.table == earlier->table;
}

void module_note(uint64_t address)
{
	struct loaded loaded;

	if (!module_is_noted(address) && loaded_find(address, &loaded))
		module_write(&loaded.module);
}
