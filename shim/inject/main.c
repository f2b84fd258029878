/*
 * main.c - dndprof-exec: brings us into programs that no loader could bring us into. For the shim
 * and for `dndprof run`; not meant to be typed.
 *
 *	dndprof-exec follow			follows the caller, its parent, through its next
 *exec dndprof-exec become PROGRAM ARG...	becomes PROGRAM, followed (ARG 0 included)
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
	if (sp[0] == 2 && !strcmp(argv[1], "follow"))
		return tracer_start((pid_t)sys0(SYS_getppid), env);
	if (sp[0] >= 4 && !strcmp(argv[1], "become"))
		return become(argv + 2, env);
	return 2;
}
