/* foreign.c - see foreign.h. */
#include <elf.h>
#include <fcntl.h>
#include <string.h>

#include "libc/foreign.h"
#include "recorder/identity.h"
#include "recorder/recorder.h"
#include "recorder/text.h"

bool foreign_program(const char *path)
{
	char ident[EI_NIDENT];
	long fd, n;

	if (dndprof_recorder.no_syscalls)
		return false;
	fd = sys3(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return false;
	n = sys3(SYS_read, fd, ident, sizeof(ident));
	sys1(SYS_close, fd);
	return n == sizeof(ident) && !memcmp(ident, ELFMAG, SELFMAG) &&
	       ident[EI_CLASS] != (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32);
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
