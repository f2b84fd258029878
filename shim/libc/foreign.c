/* foreign.c - see foreign.h. */
#include <elf.h>
#include <fcntl.h>
#include <string.h>

#include "libc/foreign.h"
#include "libc/program.h"
#include "recorder/identity.h"
#include "recorder/recorder.h"
#include "recorder/settings.h"
#include "recorder/text.h"

extern char **environ;

static bool foreign_ident(const char *ident, long n)
{
	return n == EI_NIDENT && !memcmp(ident, ELFMAG, SELFMAG) &&
	       ident[EI_CLASS] != (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32);
}

/* 1: foreign; 0: not; -1: cannot be opened. */
static int look(int dir, const char *path)
{
	char ident[EI_NIDENT];
	long fd = sys3(SYS_openat, dir, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), n;

	if (fd < 0)
		return -1;
	n = sys3(SYS_read, fd, ident, sizeof(ident));
	sys1(SYS_close, fd);
	return foreign_ident(ident, n);
}

bool foreign_program(const char *path)
{
	return !dndprof_recorder.no_syscalls && look(AT_FDCWD, path) == 1;
}

bool foreign_at(int dir, const char *path)
{
	char ident[EI_NIDENT];
	int r;

	if (dndprof_recorder.no_syscalls)
		return false;
	/* ENOENT for "", EFAULT for a bad pointer: then the descriptor itself, which is left where
	 * it stands. */
	r = path ? look(dir, path) : -1;
	return r >= 0 ? r : foreign_ident(ident, sys4(SYS_pread64, dir, ident, sizeof(ident), 0));
}

bool foreign_in_path(const char *file)
{
	const char *list = settings_env(environ, "PATH");
	char path[512];

	if (dndprof_recorder.no_syscalls || !program_readable(file))
		return false;
	if (strchr(file, '/'))
		return look(AT_FDCWD, file) == 1;
	for (list = list ? list : "/bin:/usr/bin"; *list;) {
		struct text t = {path, sizeof(path), 0};
		size_t n = strcspn(list, ":");
		int r;

		text_bytes(&t, n ? list : ".", n ? n : 1);
		text_bytes(&t, "/", 1);
		text_string(&t, file);
		r = look(AT_FDCWD, path);
		if (r >= 0)
			return r;
		list += n;
		list += *list == ':';
	}
	return false;
}

/* LD_PRELOAD's value without libdndprof.so; its separators are spaces and colons. */
static void without_us(struct text *t, const char *value)
{
	while (*value) {
		size_t n = strcspn(value, " :"), base = n;

		while (base && value[base - 1] != '/')
			base--;
		if (n && (n - base != 13 || memcmp(value + base, "libdndprof.so", 13))) {
			if (t->used > 11)
				text_bytes(t, ":", 1);
			text_bytes(t, value, n);
		}
		value += n;
		value += *value != 0;
	}
}

char *const *foreign_environment(struct foreign *f, char *const *env)
{
	struct text t = {f->preload, sizeof(f->preload), 0};
	size_t n, kept = 0;

	for (n = 0; env && env[n]; n++) {
		if (n == FOREIGN_ENTRIES)
			return env;
		if (strncmp(env[n], "LD_PRELOAD=", 11)) {
			f->env[kept++] = env[n];
			continue;
		}
		if (strlen(env[n]) >= sizeof(f->preload))
			return env;
		text_string(&t, "LD_PRELOAD=");
		without_us(&t, env[n] + 11);
		if (t.used > 11)
			f->env[kept++] = f->preload;
	}
	f->env[kept] = NULL;
	return env ? f->env : env;
}
