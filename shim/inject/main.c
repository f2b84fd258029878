/*
 * main.c - dndprof-exec: brings us into programs that no loader could bring us into. For the shim
 * and for `dndprof run`; not meant to be typed.
 *
 *	dndprof-exec follow TID			follows that thread of its caller's through its exec
 *	dndprof-exec become PROGRAM ARG...	becomes PROGRAM, followed (ARG 0 included)
 *
 * `follow` ends with a status of include/dndprof/route.h. No libc: it is started for every program
 * that is followed, and its image goes into them.
 */
#include <errno.h>
#include <string.h>
#include <sys/wait.h>

#include "exec/yama.h"
#include "inject/image.h"
#include "inject/tracer.h"

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

__attribute__((visibility("hidden"), used)) int program_main(long *sp)
{
	char *const *argv = (char *const *)(sp + 1), *const *env = argv + sp[0] + 1;

	image_relocate();
	if (sp[0] == 3 && !strcmp(argv[1], "follow"))
		return tracer_start(number(argv[2]), env);
	if (sp[0] >= 4 && !strcmp(argv[1], "become"))
		return become(argv + 2, env);
	return 2;
}
