/* inspect.c - see inspect.h. */
#include <elf.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include <dndprof/asan.h>

#include "exec/inspect.h"
#include "go/note.h"
#include "recorder/sys.h"
#include "recorder/text.h"

#define HEAD_BYTES                                                                    \
	1024 /* of the file: its header and, as linkers lay it out, those of segments \
	      */
#define NOTES_BYTES  512
#define SCRIPTS_MOST 4
#define XATTR_CAPS   "security.capability"

#if defined(__x86_64__)
#define OWN_CLASS   ELFCLASS64
#define OWN_MACHINE EM_X86_64
#endif

struct head {
	union {
		Elf64_Ehdr elf;
		char bytes[HEAD_BYTES];
	};
	long size;
};

static bool notes_are_go(long fd, const Elf64_Phdr *p)
{
	uint8_t notes[NOTES_BYTES];
	long n = p->p_filesz < sizeof(notes) ? (long)p->p_filesz : (long)sizeof(notes);

	n = sys4(SYS_pread64, fd, notes, n, p->p_offset);
	return n > 0 && go_note_in(notes, (size_t)n);
}

static bool read_at(long fd, void *to, size_t n, uint64_t offset)
{
	return sys4(SYS_pread64, fd, to, n, offset) == (long)n;
}

static enum image_kind elf_kind(long fd, const struct head *h)
{
	enum image_kind kind = IMAGE_STATIC;
	struct dndprof_asan_headers headers = {.count = 0};
	bool loaded = false;
	unsigned i;

	if (h->bytes[EI_CLASS] != OWN_CLASS)
		return IMAGE_FOREIGN;
	if (h->size < (long)sizeof(h->elf) || h->elf.e_machine != OWN_MACHINE ||
	    h->elf.e_phentsize != sizeof(Elf64_Phdr))
		return IMAGE_OTHER;
	for (i = 0; i < h->elf.e_phnum && i < 64; i++) {
		uint64_t at = h->elf.e_phoff + i * sizeof(Elf64_Phdr);
		Elf64_Phdr p;

		if (h->size >= (long)sizeof(p) && at <= (uint64_t)h->size - sizeof(p))
			memcpy(&p, h->bytes + at, sizeof(p));
		else if (!read_at(fd, &p, sizeof(p), at))
			return loaded ? IMAGE_DYNAMIC : IMAGE_OTHER;
		loaded |= p.p_type == PT_INTERP;
		if (p.p_type == PT_NOTE && !loaded && notes_are_go(fd, &p))
			kind = IMAGE_STATIC_GO;
		dndprof_asan_keep(&headers, &p);
	}
	if (!loaded)
		return kind;
	return dndprof_needs_asan(fd, read_at, &headers) ? IMAGE_ASAN : IMAGE_DYNAMIC;
}

/* "#! /bin/sh -e": the interpreter's path, in place. */
static const char *script_interpreter(struct head *h)
{
	char *p = h->bytes + 2, *end;

	h->bytes[h->size < HEAD_BYTES ? h->size : HEAD_BYTES - 1] = 0;
	p += strspn(p, " \t");
	end = p + strcspn(p, " \t\n");
	*end = 0;
	return *p == '/' ? p : NULL;
}

static bool is_privileged(long fd)
{
	char caps[64];
	struct stat st;

	if (sys2(SYS_fstat, fd, &st) < 0)
		return true;
	return (st.st_mode & S_ISUID) ||
	       (st.st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) ||
	       sys4(SYS_fgetxattr, fd, XATTR_CAPS, caps, sizeof(caps)) > 0;
}

/* Looks at an open file; true: it is a script, and *next names what runs it. */
static bool look(struct inspected *in, long fd, struct head *h, const char **next)
{
	struct stat st;

	in->kind = IMAGE_ABSENT;
	if (sys2(SYS_fstat, fd, &st) < 0 || !S_ISREG(st.st_mode))
		return false;
	h->size = sys4(SYS_pread64, fd, h->bytes, sizeof(h->bytes), 0);
	if (h->size < 0)
		return false;
	in->kind = IMAGE_OTHER;
	if (h->size > 2 && !memcmp(h->bytes, "#!", 2))
		return (*next = script_interpreter(h)) != NULL;
	if (h->size < EI_NIDENT || memcmp(h->bytes, ELFMAG, SELFMAG))
		return false;
	in->privileged = is_privileged(fd);
	in->kind = elf_kind(fd, h);
	return false;
}

/* The chain of scripts that begins at path. */
static void look_at(struct inspected *in, struct head *head, int dir, const char *path)
{
	int i;

	for (i = 0; i < SCRIPTS_MOST; i++) {
		long fd = sys3(SYS_openat, dir, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
		bool again;

		in->kind = IMAGE_ABSENT;
		if (fd < 0)
			return;
		again = look(in, fd, head, &path);
		sys1(SYS_close, fd);
		if (!again)
			return;
		dir = AT_FDCWD;
	}
}

void inspect_file(struct inspected *in, int dir, const char *path)
{
	struct head head;

	*in = (struct inspected){IMAGE_ABSENT, false};
	look_at(in, &head, dir, path);
}

void inspect_fd(struct inspected *in, int fd)
{
	struct head head;
	const char *next;

	*in = (struct inspected){IMAGE_ABSENT, false};
	if (look(in, fd, &head, &next))
		look_at(in, &head, AT_FDCWD, next);
}

void inspect_in_path(struct inspected *in, const char *list, const char *name,
		     char path[INSPECT_PATH])
{
	bool search = !strchr(name, '/');

	*in = (struct inspected){IMAGE_ABSENT, false};
	if (!*name)
		return;
	for (list = list ? list : "/bin:/usr/bin"; *list && in->kind == IMAGE_ABSENT;) {
		struct text t = {path, INSPECT_PATH, 0};
		size_t n = strcspn(list, ":");

		if (search) {
			text_bytes(&t, n ? list : ".", n ? n : 1);
			text_bytes(&t, "/", 1);
		}
		text_string(&t, name);
		if (t.used < INSPECT_PATH - 1)
			inspect_file(in, AT_FDCWD, path);
		if (!search)
			return;
		list += n;
		list += *list == ':';
	}
}
