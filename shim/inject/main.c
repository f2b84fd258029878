/*
 * main.c - dndprof-exec: brings us into programs that no loader could bring us into. For the shim
 * and for `dndprof run`; not meant to be typed.
 *
 *	dndprof-exec follow TID			follows that thread of its caller's through its exec
 *	dndprof-exec become PROGRAM ARG...	becomes PROGRAM, followed (ARG 0 included)
 *	#!dndprof-exec /PROGRAM			of a script: becomes PROGRAM, followed
 *	#!dndprof-exec =/PROGRAM		of a script: becomes PROGRAM, which loads libraries
 *
 * The scripts are those of `dndprof ci wrap`. The system starts us with their path and arguments,
 *and with whatever environment there is: what lacks us gets us. `follow` ends with a status of
 *include/dndprof/route.h. No libc: it is started for every program that is followed, and its image
 *goes into them.
 */
#include <errno.h>
#include <string.h>
#include <sys/wait.h>

#include "exec/yama.h"
#include "inject/image.h"
#include "inject/tracer.h"
#include "recorder/text.h"

/* In a child, which ends when the tracer has seized us: what it leaves is an orphan, not ours. */
static void have_followed(char *const *env)
{
	long self = sys0(SYS_getpid), child, r;

	yama_permit();
	child = sys5(SYS_clone, 0 /* no signal */, 0, 0, 0, 0);
	if (child == 0) {
		tracer_start((pid_t)self, env);
		sys1(SYS_exit_group, 0);
	}
	do
		r = child < 0 ? child : sys4(SYS_wait4, child, NULL, __WALL, NULL);
	while (r == -EINTR);
	yama_forbid();
}

static pid_t number(const char *text)
{
	pid_t n = 0;

	while (*text >= '0' && *text <= '9')
		n = n * 10 + (*text++ - '0');
	return n;
}

static int become(char *const *argv, char *const *env)
{
	long r;

	have_followed(env);
	r = sys3(SYS_execve, argv[0], argv + 1, env);
	return r == -ENOENT ? 127 : 126;
}

/* LD_PRELOAD of `env` when it needs nothing; else the library beside this program, then what was
 * there, in `entry`. */
static const char *preload(const char *own, char *const *env, struct text *entry)
{
	const char *slash = strrchr(own, '/'), *old = "";

	for (; *env; env++)
		if (!strncmp(*env, "LD_PRELOAD=", 11))
			old = *env + 11;
	if (strstr(old, "libdndprof.so"))
		return NULL;
	text_string(entry, "LD_PRELOAD=");
	text_bytes(entry, own, (size_t)(slash ? slash + 1 - own : 0));
	text_string(entry, "libdndprof.so");
	if (*old)
		text_string(entry, ":");
	text_string(entry, old);
	return entry->at;
}

/* argv: our path, the script's argument, the script's path, what was given. */
static int become_of_script(char **argv, char *const *env)
{
	static char place[8192];
	struct text entry = {place, sizeof(place), 0};
	const char *own = preload(argv[0], env, &entry);
	size_t count = 0, kept = 0;

	while (env[count])
		count++;

	char *with[count + 2];

	for (size_t i = 0; i < count; i++)
		if (!own || strncmp(env[i], "LD_PRELOAD=", 11))
			with[kept++] = env[i];
	if (own)
		with[kept++] = place;
	with[kept] = NULL;
	argv[2] = argv[1];
	if (*argv[1] == '/')
		return become(argv + 1, with);
	argv[1]++;
	argv[2]++;
	return sys3(SYS_execve, argv[1], argv + 2, with) == -ENOENT ? 127 : 126;
}

__attribute__((visibility("hidden"), used)) int program_main(long *sp)
{
	char *const *argv = (char *const *)(sp + 1), *const *env = argv + sp[0] + 1;

	image_relocate();
	if (sp[0] == 3 && !strcmp(argv[1], "follow"))
		return tracer_start(number(argv[2]), env);
	if (sp[0] >= 4 && !strcmp(argv[1], "become"))
		return become(argv + 2, env);
	if (sp[0] >= 3 && (*argv[1] == '/' || (*argv[1] == '=' && argv[1][1] == '/')))
		return become_of_script((char **)argv, env);
	return 2;
}
