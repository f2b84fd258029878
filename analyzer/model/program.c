/*
 * program.c - reads the head of a program file: ELF header, program headers, Go's build
 * information. The file is anybody's: every offset is checked, sizes are bounded, and only regular
 * files are read.
 */
#define _GNU_SOURCE /* memmem */
#include "model/program.h"

#include "base/path.h"

#include <dndprof/asan.h>
#include <dndprof/go.h>
#include <dndprof/route.h>

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define HEADERS_MOST  128
#define WRITABLE_MOST 8
#define SCRIPTS_MOST  4
#define NOTE_BYTES    4096
#define SCAN_BYTES    (256u << 20) /* of data segments, for Go's build information */
#define SCAN_PIECE    65536
#define SCAN_OVERLAP  128 /* the information, whole, lies in one piece */

static bool read_at(int fd, void *data, size_t size, uint64_t offset)
{
	return offset <= INT64_MAX && pread(fd, data, size, (off_t)offset) == (ssize_t)size;
}

static bool read_any(long fd, void *data, size_t size, uint64_t offset)
{
	return read_at((int)fd, data, size, offset);
}

/* Go's build information: magic, pointer size, flags; with flag 2 the version follows inline after
 * 32 bytes, its length as a varint. */
static bool parse_go(const uint8_t *at, size_t left, struct program *program)
{
	if (left < 32 || memcmp(at, "\xff Go buildinf:", 14) != 0)
		return false;
	program->go = true;
	if (at[15] & 2 && left > 33 && at[32] < sizeof(program->go_version) &&
	    (size_t)at[32] + 33 <= left)
		memcpy(program->go_version, at + 33, at[32]);
	return true;
}

/* Looks through [from, to) of the file, 16 bytes apart, as Go aligns it; `from` is such a place. Of
 * what *left still allows; the file is read, for it may shrink meanwhile. */
static void look_for_go(int fd, uint64_t from, uint64_t to, uint64_t *left, struct program *program)
{
	const size_t step = SCAN_PIECE - SCAN_OVERLAP;
	uint8_t piece[SCAN_PIECE];

	for (; !program->go && from < to && from <= INT64_MAX - SCAN_PIECE && *left >= step;
	     from += step, *left -= step) {
		size_t most = to - from < SCAN_PIECE ? to - from : SCAN_PIECE;
		ssize_t got = pread(fd, piece, most, (off_t)from);

		for (size_t at = 0; got > 0 && at < step && at + 32 <= (size_t)got; at += 16)
			if (parse_go(piece + at, (size_t)got - at, program))
				return;
		if (got < (ssize_t)most)
			return;
	}
}

/* Does a note say that Go's linker made the program? Type 4, name "Go". */
static bool has_go_note(int fd, const Elf64_Phdr *header)
{
	size_t size = header->p_filesz < NOTE_BYTES ? header->p_filesz : NOTE_BYTES;
	uint8_t notes[NOTE_BYTES];

	return read_at(fd, notes, size, header->p_offset) && memmem(notes, size, "\4\0\0\0Go\0", 8);
}

struct segments {
	Elf64_Phdr writable[WRITABLE_MOST], relro;
	unsigned int count;
	bool note;
};

/* The information is written data, and those lie behind what is read-only once it is relocated:
 * megabytes, which are looked at where the program is one of Go's after all. */
static void find_go(int fd, const struct segments *found, struct program *program)
{
	uint64_t relro = found->relro.p_offset + found->relro.p_filesz, left = SCAN_BYTES;

	for (unsigned int i = 0; i < found->count; i++) {
		const Elf64_Phdr *data = &found->writable[i];
		uint64_t from = data->p_offset, to = from + data->p_filesz, behind = from;

		if (to < from || to > INT64_MAX)
			continue;
		from = (from + 15) & ~(uint64_t)15;
		if (found->relro.p_offset >= data->p_offset && relro > from && relro <= to)
			behind = (relro + 15) & ~(uint64_t)15;
		look_for_go(fd, behind > from ? behind : from, to, &left, program);
	}
	for (unsigned int i = 0; i < found->count && found->note; i++)
		look_for_go(fd, (found->writable[i].p_offset + 15) & ~(uint64_t)15,
			    found->writable[i].p_offset + found->writable[i].p_filesz, &left,
			    program);
}

static void read_headers(int fd, const Elf64_Ehdr *elf, struct program *program)
{
	struct dndprof_asan_headers needs = {.count = 0};
	struct segments found = {0};
	bool loads = false;

	for (unsigned int i = 0; i < elf->e_phnum && i < HEADERS_MOST; i++) {
		Elf64_Phdr header;

		if (!read_at(fd, &header, sizeof(header), elf->e_phoff + i * sizeof(header)))
			break;
		dndprof_asan_keep(&needs, &header);
		if (header.p_type == PT_INTERP) {
			size_t size = header.p_filesz < sizeof(program->loader) - 1
					      ? header.p_filesz
					      : sizeof(program->loader) - 1;

			if (read_at(fd, program->loader, size, header.p_offset))
				loads = true;
		} else if (header.p_type == PT_NOTE) {
			found.note = found.note || has_go_note(fd, &header);
		} else if (header.p_type == PT_GNU_RELRO) {
			found.relro = header;
		} else if (header.p_type == PT_LOAD && header.p_flags & PF_W &&
			   found.count < WRITABLE_MOST) {
			found.writable[found.count++] = header;
		}
	}
	find_go(fd, &found, program);
	program->kind = loads ? PROGRAM_DYNAMIC : PROGRAM_STATIC;
	program->asan = loads && dndprof_needs_asan(fd, read_any, &needs);
	program->musl = strstr(program->loader, "ld-musl") != NULL;
}

static void read_elf(int fd, struct program *program)
{
	Elf64_Ehdr elf;

	if (!read_at(fd, &elf, sizeof(elf), 0) || memcmp(elf.e_ident, ELFMAG, SELFMAG) != 0)
		return;
	if (elf.e_ident[EI_CLASS] != ELFCLASS64)
		program->kind = PROGRAM_OTHER_CLASS;
#if defined(__x86_64__)
	else if (elf.e_machine != EM_X86_64)
		program->kind = PROGRAM_OTHER_MACHINE;
#elif defined(__aarch64__)
	else if (elf.e_machine != EM_AARCH64)
		program->kind = PROGRAM_OTHER_MACHINE;
#endif
	else if (elf.e_phentsize == sizeof(Elf64_Phdr))
		read_headers(fd, &elf, program);
}

/* A regular executable file `name`, as it is or below a directory of PATH. */
static bool find_program(const char *name, char path[PATH_MAX])
{
	const char *list = getenv("PATH");
	struct stat status;

	if (strchr(name, '/'))
		return snprintf(path, PATH_MAX, "%s", name) < PATH_MAX &&
		       stat(path, &status) == 0 && S_ISREG(status.st_mode);
	list = list ? list : "/usr/local/bin:/usr/bin:/bin";
	for (;;) {
		size_t length = strcspn(list, ":");

		if (snprintf(path, PATH_MAX, "%.*s/%s", length ? (int)length : 1,
			     length ? list : ".", name) < PATH_MAX &&
		    stat(path, &status) == 0 && S_ISREG(status.st_mode) && access(path, X_OK) == 0)
			return true;
		if (!list[length])
			return false;
		list += length + 1;
	}
}

/* "#! /usr/bin/env -S python3 -u": the word that names what runs, into `next`. */
static bool read_script(int fd, char next[PATH_MAX])
{
	char line[512] = "", *word, *rest = NULL;
	ssize_t got = pread(fd, line, sizeof(line) - 1, 0);

	if (got < 3 || line[0] != '#' || line[1] != '!')
		return false;
	line[strcspn(line, "\n")] = 0;
	word = strtok_r(line + 2, " \t\r", &rest);
	if (!word)
		return false;
	snprintf(next, PATH_MAX, "%s", word);
	if (strcmp(path_base(word), "env") != 0)
		return true;
	while ((word = strtok_r(NULL, " \t\r", &rest)))
		if (word[0] != '-' && !strchr(word, '='))
			return snprintf(next, PATH_MAX, "%s", word) < PATH_MAX;
	return true;
}

static void inspect(const char *name, struct program *program, int depth)
{
	char path[PATH_MAX], next[PATH_MAX], capability[64];
	struct stat status;
	int fd;

	if (!find_program(name, path)) {
		program->kind = PROGRAM_ABSENT;
		snprintf(depth ? program->interpreter : program->path, PATH_MAX, "%s", name);
		return;
	}
	snprintf(depth ? program->interpreter : program->path, PATH_MAX, "%s", path);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0) {
		program->kind = PROGRAM_UNREADABLE;
		return;
	}
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
		if (depth < SCRIPTS_MOST && read_script(fd, next)) {
			program->script = true;
			close(fd);
			inspect(next, program, depth + 1);
			return;
		}
		/* The kernel honours these on what it runs, not on scripts. */
		program->setuid = (status.st_mode & S_ISUID && status.st_uid != geteuid()) ||
				  (status.st_mode & S_ISGID && status.st_mode & S_IXGRP &&
				   status.st_gid != getegid()) ||
				  (geteuid() && fgetxattr(fd, "security.capability", capability,
							  sizeof(capability)) > 0);
		read_elf(fd, program);
	}
	close(fd);
}

void program_inspect(const char *name, struct program *program)
{
	memset(program, 0, sizeof(*program));
	inspect(name, program, 0);
}

#define TEXT_OF(number) #number
#define TEXT(number)	TEXT_OF(number)

static bool go_is_known(const char *version)
{
	int minor;

	return sscanf(version, "go1.%d", &minor) == 1 && minor >= DNDPROF_GO_FIRST &&
	       minor <= DNDPROF_GO_LAST;
}

const char *program_reason(const struct program *program)
{
	if (program->kind == PROGRAM_UNREADABLE)
		return "its file may not be read: what cannot be looked at is left alone";
	if (program->kind == PROGRAM_OTHER_CLASS)
		return "32-bit program";
	if (program->kind == PROGRAM_OTHER_MACHINE)
		return "program of another architecture";
	if (program->asan)
		return DNDPROF_ASAN_REASON;
	if (program->setuid)
		return "setuid or file capabilities: the loader ignores the preload";
	if (program->go && !go_is_known(program->go_version))
		return "Go program of a version the go gate does not know (it knows 1." TEXT(
			DNDPROF_GO_FIRST) " to 1." TEXT(DNDPROF_GO_LAST) ")";
	if (program->kind == PROGRAM_STATIC && !program->go)
		return "static program";
	return NULL;
}

void program_describe(const struct program *program, char *text, size_t room)
{
	static const char *const kinds[] = {
		[PROGRAM_UNKNOWN] = "file of an unknown kind",
		[PROGRAM_ABSENT] = "program that was not found",
		[PROGRAM_UNREADABLE] = "file that may not be read",
		[PROGRAM_DYNAMIC] = "dynamic program",
		[PROGRAM_STATIC] = "static program",
		[PROGRAM_OTHER_CLASS] = "32-bit program",
		[PROGRAM_OTHER_MACHINE] = "program of another architecture",
	};
	int used = 0;

	if (program->script)
		used = snprintf(text, room, "script, run by %s: ", program->interpreter);
	if (used < 0 || (size_t)used >= room)
		return;
	if (program->go)
		snprintf(text + used, room - (size_t)used, "%s Go program%s%s%s",
			 program->kind == PROGRAM_STATIC ? "static" : "dynamic",
			 program->go_version[0] ? " (" : "", program->go_version,
			 program->go_version[0] ? ")" : "");
	else
		snprintf(text + used, room - (size_t)used, "%s%s%s", kinds[program->kind],
			 program->kind != PROGRAM_DYNAMIC ? ""
			 : program->musl		  ? " (musl)"
							  : " (glibc)",
			 program->setuid ? ", setuid or with file capabilities" : "");
}
