/*
 * look.c - finds, in the running process, the pieces of the main program that site.c looks at.
 *
 * It runs in every program that is started, so it reads little: a note tells Go programs, their
 * version lies at one of two places in the data, and the function near the begin of the code. Only
 * where it is not there the rest of the code is read, which costs tens of milliseconds when cold.
 */
#include <elf.h>
#include <link.h>
#include <string.h>

#include "go/gate.h"
#include "go/note.h"
#include "recorder/host.h"

#define NEAR	  (512u * 1024) /* of the code; every version but 1.23 has the function there */
#define INFO_MOST (8u * 1024 * 1024) /* of the data behind what is read-only after relocation */

struct parts {
	uintptr_t base;
	bool note;
	ElfW(Phdr) code, data, relro;
};

/* The kernel tells where the program headers are, of a dynamic program as of a static one. */
static bool read_headers(struct parts *parts)
{
	const ElfW(Phdr) *p = (const ElfW(Phdr) *)host_auxv(AT_PHDR), *end;

	if (!p || host_auxv(AT_PHENT) != sizeof(*p))
		return false;
	end = p + host_auxv(AT_PHNUM);
	/* It says where it is itself, first of all; a program without one is not moved. */
	parts->base = p->p_type == PT_PHDR ? (uintptr_t)p - p->p_vaddr : 0;
	for (; p < end; p++) {
		if (p->p_type == PT_NOTE)
			parts->note |=
				go_note_in((const uint8_t *)parts->base + p->p_vaddr, p->p_memsz);
		else if (p->p_type == PT_GNU_RELRO)
			parts->relro = *p;
		else if (p->p_type == PT_LOAD && p->p_flags == (PF_R | PF_X) &&
			 !parts->code.p_memsz)
			parts->code = *p;
		else if (p->p_type == PT_LOAD && p->p_flags == (PF_R | PF_W))
			parts->data = *p;
	}
	return true;
}

static enum go_refusal find_version(const struct parts *parts, char *version)
{
	uintptr_t begin = parts->data.p_vaddr, end = begin + parts->data.p_filesz;
	uintptr_t relro = parts->relro.p_vaddr + parts->relro.p_memsz;

	/* Behind megabytes of relocated data, where there are some; else at the begin. */
	if (relro > begin && relro < end)
		begin = relro;
	begin = (parts->base + begin + 15) & ~(uintptr_t)15;
	end += parts->base;
	if (begin >= end)
		return GO_REFUSAL_NO_VERSION;
	return go_version_find((const uint8_t *)begin,
			       end - begin < INFO_MOST ? end - begin : INFO_MOST, version);
}

void go_look(struct go_program *program)
{
	struct parts parts = {0};
	const uint8_t *code;
	size_t size, at = 0;

	memset(program, 0, sizeof(*program));
	program->refusal = GO_REFUSAL_NOT_GO;
	if (!read_headers(&parts) || !parts.note)
		return;
	program->refusal = find_version(&parts, program->version);
	if (program->refusal != GO_REFUSAL_NONE)
		return;
	code = (const uint8_t *)parts.base + parts.code.p_vaddr;
	size = parts.code.p_filesz;
	program->refusal = go_site_find(code, size < NEAR ? size : NEAR, &at);
	if (program->refusal == GO_REFUSAL_NO_SITE && size > NEAR)
		program->refusal = go_site_find(code, size, &at);
	if (program->refusal != GO_REFUSAL_NONE)
		return;
	program->site = (uint8_t *)code + at;
	if (go_park_find(code, size < NEAR ? size : NEAR, &at) == GO_REFUSAL_NONE)
		program->park = (uint8_t *)code + at;
}
