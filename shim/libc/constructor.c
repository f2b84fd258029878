/*
 * constructor.c - where it begins and ends.
 *
 * Not `-z initfirst`: that would run before libc has set `environ`, which we read, and add the
 * run's directory to. The price: what other libraries' constructors call is passed on unrecorded,
 * each real function found on first use (real.h).
 */
#include <link.h>
#include <string.h>
#include <sys/auxv.h>

#include "libc/http.h"
#include "libc/real.h"
#include "recorder/host.h"
#include "recorder/recorder.h"
#include "recorder/text.h"
#include "stacks/stack.h"

extern char **environ;
extern const char *gnu_get_libc_version(void) __attribute__((weak));

const uint32_t host_gates = DNDPROF_GATE_LIBC;

unsigned long host_auxv(unsigned long type)
{
	return getauxval(type);
}

void *host_vdso(const char *name)
{
	return real_vdso(name);
}

void host_secret(const uint8_t *key)
{
	http_secret(key);
}

const char *host_libc(void)
{
	return gnu_get_libc_version ? gnu_get_libc_version() : "other";
}

void host_stacks(void)
{
	stacks_start();
}

struct own {
	uintptr_t address;
	const char *path;
};

static int find_own(struct dl_phdr_info *info, size_t size, void *data)
{
	struct own *own = data;
	int i;

	(void)size;
	for (i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_LOAD &&
		    own->address - info->dlpi_addr - info->dlpi_phdr[i].p_vaddr <
			    info->dlpi_phdr[i].p_memsz) {
			own->path = info->dlpi_name;
			return 1;
		}
	return 0;
}

/* Beside our own file. */
void host_helper(char *path, unsigned long size)
{
	struct own own = {(uintptr_t)find_own, NULL};
	struct text t = {path, size, 0};
	const char *slash;

	path[0] = 0;
	dl_iterate_phdr(find_own, &own);
	slash = own.path ? strrchr(own.path, '/') : NULL;
	if (!slash || own.path[0] != '/')
		return;
	text_bytes(&t, own.path, (size_t)(slash + 1 - own.path));
	text_string(&t, "dndprof-exec");
}

static __attribute__((constructor)) void begin(void)
{
	char **env;

	/* Who opens us does not mean the process to be recorded; it may be already, by another of
	 * us. */
	if (!real_resolve()) {
		recorder_stay_out();
		return;
	}
	env = recorder_start(environ);
	if (env != environ)
		environ = env;
}

/* exit() and return from main come here; _exit, exec and signals do not, and lose nothing by it. */
static __attribute__((destructor)) void end(void)
{
	recorder_finish(DNDPROF_END_EXIT, 0);
}
