/*
 * modules.c - see modules.h. Threads may come here at once: a module that is written twice does no
 * harm, one that is lost would.
 */
#include <string.h>

#include "exec/peek.h"
#include "recorder/arena.h"
#include "recorder/modules.h"
#include "recorder/recorder.h"
#include "recorder/start.h"

#define NOTED_MOST 512
#define NOTES_MOST 512 /* bytes of notes that are looked at, a header */

static struct {
	uint64_t start, end; /* end is stored last */
} noted[NOTED_MOST];
static uint32_t noted_count AT_START;

void modules_start(void)
{
	memset(noted, 0, sizeof(noted[0]) * (noted_count < NOTED_MOST ? noted_count : NOTED_MOST));
	noted_count = 0;
}

bool module_is_noted(uint64_t address)
{
	uint32_t i, n = load_relaxed(&noted_count);

	for (i = 0; i < n && i < NOTED_MOST; i++)
		if (address < load_acquire(&noted[i].end) && address >= noted[i].start)
			return true;
	return false;
}

void module_write(const struct module *module)
{
	struct dndprof_header *h = dndprof_recorder.header;
	size_t path_bytes = strlen(module->path);
	struct dndprof_module *m;
	uint32_t place;
	uint64_t next;

	if (!h || path_bytes > UINT16_MAX)
		return;
	/* First its place: when there is none left, nothing more is written. */
	place = __atomic_fetch_add(&noted_count, 1, __ATOMIC_RELAXED);
	if (place >= NOTED_MOST) {
		store_relaxed(&noted_count, NOTED_MOST);
		return;
	}
	m = arena_alloc(sizeof(*m) + path_bytes, ARENA_STATS);
	if (!m)
		return;
	m->magic = DNDPROF_MODULE_MAGIC;
	m->path_bytes = (uint16_t)path_bytes;
	m->build_id_bytes = module->build_id_bytes;
	m->start = module->start;
	m->end = module->end;
	m->bias = module->bias;
	memcpy(m->build_id, module->build_id, module->build_id_bytes);
	memcpy(m->path, module->path, path_bytes);
	next = load_relaxed(&h->modules);
	do
		m->next = next;
	while (!__atomic_compare_exchange_n(&h->modules, &next, arena_offset(m), true,
					    __ATOMIC_RELEASE, __ATOMIC_RELAXED));
	noted[place].start = module->start;
	store_release(&noted[place].end, module->end);
}

void module_build_id(struct module *module, const Elf64_Phdr *headers, size_t count)
{
	uint8_t notes[NOTES_MOST];
	size_t i;

	module->build_id_bytes = 0;
	for (i = 0; i < count; i++) {
		const Elf64_Phdr *p = &headers[i];
		size_t n = p->p_filesz < sizeof(notes) ? p->p_filesz : sizeof(notes);

		if (p->p_type == PT_NOTE && peek(notes, (void *)(module->bias + p->p_vaddr), n))
			module->build_id_bytes = dndprof_build_id(notes, n, module->build_id,
								  module->build_id_bytes);
	}
}

void module_write_program(uint64_t bias, const Elf64_Phdr *headers, size_t count)
{
	struct module module = {.start = UINT64_MAX, .bias = bias, .path = ""};
	size_t i;

	for (i = 0; i < count; i++) {
		const Elf64_Phdr *p = &headers[i];

		if (p->p_type != PT_LOAD)
			continue;
		if (bias + p->p_vaddr < module.start)
			module.start = bias + p->p_vaddr;
		if (bias + p->p_vaddr + p->p_memsz > module.end)
			module.end = bias + p->p_vaddr + p->p_memsz;
	}
	module_build_id(&module, headers, count);
	if (module.start < module.end)
		module_write(&module);
}
