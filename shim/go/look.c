/*
 * look.c - finds, in the running process, the pieces of the main program that site.c looks at.
 *
 * It runs in every program that is started, so it reads little: a note tells Go programs, their
 * version lies at one of two places in the data, and the function near the begin of the code.
 *
 * Headers may say anything: the kernel starts programs whose notes lie nowhere and whose segments
 * end behind their file. Nothing is read but what a loaded segment has of the file, and that only
 * when the kernel can read its end.
 */
#include <elf.h>
#include <errno.h>
#include <string.h>

#include "go/gate.h"
#include "go/note.h"
#include "recorder/host.h"
#include "recorder/sys.h"

#define INFO_MOST (8u * 1024 * 1024) /* of the data behind what is read-only after relocation */
#define NOTE_MOST 4096u
#define PAGE	  4096ul

/*
 * The code is read in steps until both functions are there. In 87 programs of Go 1.19 to 1.27 (0.7
 * to 384 MiB of code) the one of system calls lay within 0x15600 of the begin, in Go 1.23's within
 * 0x80a80; the one its threads wait in within 0x99320, and so is not looked for much further (one
 * program, linked by another build system, has both behind 22 MiB). Each was there once in the
 * whole code. The whole is not read: that costs 1.2 ms in docker and 2 in dockerd when cached (half
 * of it page faults, half memory's speed), 7 to 90 when not; 512 KiB cost 20 to 45 us. A second one
 * further on is not to be feared: only the runtime's own packages may hold assembly of Go's
 * internal ABI (cmd/asm sees to that), and the linker puts them first.
 */
#define STEP	  (128u * 1024)
#define PARK_MOST (1024u * 1024)

struct program {
	const Elf64_Phdr *headers;
	const Elf64_Phdr *end;
	uintptr_t base; /* what is added to addresses in the headers */
	Elf64_Phdr code, data, relro;
};

/* Whether the kernel, and so we, can read 8 bytes there: it does so before it sees that the call
 * asks for nothing sensible. (valgrind has nothing to say of this one, and much of others.) */
static bool readable(uintptr_t at)
{
	return sys4(SYS_signalfd4, -1, at, 8, -1 /* flags */) == -EINVAL;
}

/* n bytes at an address of the headers, n >= 8: NULL where they are not a segment's, or where the
 * file ends before it (pages behind it are there, and kill who reads them). */
static const uint8_t *piece(const struct program *program, uintptr_t vaddr, size_t n)
{
	const Elf64_Phdr *p;

	for (p = program->headers; p < program->end; p++)
		if (p->p_type == PT_LOAD && (p->p_flags & PF_R) && n >= 8 && n <= p->p_filesz &&
		    vaddr >= p->p_vaddr && vaddr - p->p_vaddr <= p->p_filesz - n)
			return readable(program->base + vaddr) &&
					       readable(program->base + vaddr + n - 8)
				       ? (const uint8_t *)program->base + vaddr
				       : NULL;
	return NULL;
}

/*
 * The headers say where they are themselves; where they do not (static PIE, as gcc links it), the
 * file's header lies before them, at the begin of the segment that has the begin of the file. The
 * entry, which the kernel tells apart from that, must then be code.
 */
static bool find_base(struct program *program)
{
	const uintptr_t first = (uintptr_t)program->headers, entry = host_auxv(AT_ENTRY);
	const Elf64_Phdr *p, *itself = NULL, *begin = NULL;

	for (p = program->headers; p < program->end; p++) {
		if (p->p_type == PT_PHDR)
			itself = p;
		else if (p->p_type == PT_LOAD && !p->p_offset && !begin)
			begin = p;
	}
	if (itself)
		program->base = first - itself->p_vaddr;
	else if (begin && first % PAGE == sizeof(Elf64_Ehdr))
		program->base = first - sizeof(Elf64_Ehdr) - begin->p_vaddr;
	else
		return false;
	for (p = program->headers; p < program->end; p++)
		if (p->p_type == PT_LOAD && (p->p_flags & PF_X) &&
		    entry - program->base - p->p_vaddr < p->p_memsz)
			return program->base % PAGE == 0;
	return false;
}

/* The kernel tells where the program headers are, of a dynamic program as of a static one. */
static bool find_headers(struct program *program)
{
	const uintptr_t first = host_auxv(AT_PHDR);
	const size_t bytes = host_auxv(AT_PHNUM) * sizeof(Elf64_Phdr);

	if (!first || first % _Alignof(Elf64_Phdr) || !bytes ||
	    host_auxv(AT_PHENT) != sizeof(Elf64_Phdr) || !readable(first) ||
	    !readable(first + bytes - 8))
		return false;
	program->headers = (const Elf64_Phdr *)first;
	program->end = program->headers + host_auxv(AT_PHNUM);
	return find_base(program);
}

/* Takes the segments down; is it a program of Go's? */
static bool read_headers(struct program *program)
{
	const Elf64_Phdr *p;
	const uint8_t *notes;
	bool go = false;

	for (p = program->headers; p < program->end; p++) {
		size_t n = p->p_filesz < NOTE_MOST ? p->p_filesz : NOTE_MOST;

		if (p->p_type == PT_NOTE && !go)
			go = (notes = piece(program, p->p_vaddr, n)) && go_note_in(notes, n);
		else if (p->p_type == PT_GNU_RELRO)
			program->relro = *p;
		else if (p->p_type == PT_LOAD && p->p_flags == (PF_R | PF_X) &&
			 !program->code.p_memsz)
			program->code = *p;
		else if (p->p_type == PT_LOAD && p->p_flags == (PF_R | PF_W))
			program->data = *p;
	}
	return go;
}

static enum go_refusal find_version(const struct program *program, char *version)
{
	const Elf64_Phdr *data = &program->data;
	uintptr_t begin = data->p_vaddr, relro = program->relro.p_vaddr + program->relro.p_memsz;
	const uint8_t *bytes;
	size_t n;

	/* Behind megabytes of relocated data, where there are some; else at the begin. */
	if (relro > begin && relro - begin < data->p_filesz)
		begin = relro;
	begin = (begin + 15) & ~(uintptr_t)15;
	n = begin - data->p_vaddr < data->p_filesz ? data->p_vaddr + data->p_filesz - begin : 0;
	n = n < INFO_MOST ? n : INFO_MOST;
	bytes = piece(program, begin, n);
	return bytes ? go_version_find(bytes, n, version) : GO_REFUSAL_NO_VERSION;
}

/* Beginning behind what was read before, of which one may lie across the end. */
static enum go_refusal find_functions(const struct program *program, struct go_program *found)
{
	const size_t size = program->code.p_filesz;
	size_t begin = 0, end = 0, at = 0;
	enum go_refusal refusal;
	bool two_parks = false;

	do {
		const uint8_t *bytes;

		end = size - end < STEP ? size : end + STEP;
		bytes = piece(program, program->code.p_vaddr, end);
		if (!bytes)
			break;
		bytes += begin;
		refusal = go_site_find(bytes, end - begin, &at);
		if (refusal == GO_REFUSAL_NONE && found->site)
			refusal = GO_REFUSAL_TWO_SITES;
		if (refusal == GO_REFUSAL_NONE)
			found->site = (uint8_t *)bytes + at;
		else if (refusal != GO_REFUSAL_NO_SITE)
			return refusal;
		refusal = go_park_find(bytes, end - begin, &at);
		two_parks |= refusal == GO_REFUSAL_TWO_SITES ||
			     (refusal == GO_REFUSAL_NONE && found->park);
		if (refusal == GO_REFUSAL_NONE)
			found->park = (uint8_t *)bytes + at;
		begin = end - (GO_SITE_BYTES - 1);
	} while (end < size && !(found->site && (found->park || end >= PARK_MOST)));
	if (two_parks)
		found->park = NULL;
	return found->site ? GO_REFUSAL_NONE : GO_REFUSAL_NO_SITE;
}

void go_look(struct go_program *program)
{
	struct program parts = {0};

	memset(program, 0, sizeof(*program));
	program->refusal = GO_REFUSAL_NOT_GO;
	if (!find_headers(&parts) || !read_headers(&parts))
		return;
	program->headers = parts.headers;
	program->header_count = (size_t)(parts.end - parts.headers);
	program->base = parts.base;
	program->refusal = find_version(&parts, program->version);
	if (program->refusal == GO_REFUSAL_NONE)
		program->refusal = find_functions(&parts, program);
}
