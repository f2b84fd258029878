/*
 * route.c - see route.h. A program is followed by attaching, then making the original exec: a
 * helper seizes the caller from a process of its own and ends; what was seized goes on to the very
 * exec it was asked for.
 */
#include "exec/route.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "exec/internal.h"
#include "exec/peek.h"
#include "exec/yama.h"
#include "recorder/host.h"
#include "recorder/recorder.h"
#include "recorder/sys.h"
#include "recorder/text.h"

#define TOLD_MOST 24
#define CHLD	  (1ull << (SIGCHLD - 1))

/* What children must be told. Read-only after route_start. Aligned so that what every start writes
 * is on one page. */
static struct {
	struct place {
		uint64_t namespace, device, root;
	} place;
	bool ready;
	char *told[TOLD_MOST + 1];
	char helper[1024];
	char text[6 * 1024]; /* last: little of it is used */
} route __attribute__((aligned(2048)));

char *const *route_told(void)
{
	return route.told;
}

static void tell(struct text *t, size_t *count, const char *name, const char *value)
{
	size_t n = strlen(name) + strlen(value) + 1;
	char *entry = t->at + t->used;

	if (*count == TOLD_MOST || n > t->size - 1 - t->used)
		return;
	text_string(t, name);
	text_string(t, value);
	t->used++; /* its end */
	t->at[t->used] = 0;
	route.told[(*count)++] = entry;
}

static void tell_preload(struct text *t, size_t *count, const char *entry)
{
	char own[sizeof(route.helper) + 64];
	struct text o = {own, sizeof(own), 0};

	if (environment_own_preload(&o, entry, route.helper) && o.used + 1 < o.size)
		tell(t, count, "", own);
}

/* Where this process is: mount namespace and root. What we tell children holds only there. A mount
 * belongs to one namespace, so its number tells both, and is asked for in 1 us instead of 20. */
static struct place here(void)
{
	struct place p = {0, 0, 0};
	struct statx x;
	struct stat st;

	if (sys5(SYS_statx, AT_FDCWD, "/", 0, STATX_INO | STATX_MNT_ID, &x) == 0 &&
	    x.stx_mask & STATX_MNT_ID) {
		p.namespace = x.stx_mnt_id;
		p.device = (uint64_t)x.stx_dev_major << 32 | x.stx_dev_minor;
		p.root = x.stx_ino;
		return p;
	}
	if (sys2(SYS_stat, "/proc/self/ns/mnt", &st) == 0)
		p.namespace = st.st_ino;
	if (sys2(SYS_stat, "/", &st) == 0) {
		p.device = st.st_dev;
		p.root = st.st_ino;
	}
	return p;
}

static bool moved(void)
{
	struct place p = here();

	return memcmp(&p, &route.place, sizeof(p)) != 0;
}

void route_start(const struct rundir *run, char *const *env)
{
	struct text t = {route.text, sizeof(route.text), 0}, k;
	char key[2 * sizeof(run->key) + 1] = "";
	size_t count = 0, i;

	host_helper(route.helper, sizeof(route.helper));
	for (; env && *env; env++) {
		if (environment_is_preload(*env))
			tell_preload(&t, &count, *env);
		else if (!strncmp(*env, "DNDPROF_", 8) &&
			 (!run || strncmp(*env, "DNDPROF_RUN", 11) != 0))
			tell(&t, &count, "", *env);
	}
	if (run)
		tell(&t, &count, "DNDPROF_RUN=", run->path);
	if (run && run->has_key) {
		k = (struct text){key, sizeof(key), 0};
		for (i = 0; i < sizeof(run->key); i++)
			text_number(&k, run->key[i], 16, 2);
		tell(&t, &count, "DNDPROF_RUN_KEY=", key);
	}
	route.told[count] = NULL;
	route.place = here();
	route.ready = true;
}

bool route_active(void)
{
	return route.ready && recorder_may_call();
}

void route_plan(struct route_plan *plan, const struct inspected *in, char *const *env)
{
	enum environment has;

	*plan = (struct route_plan){.refused = DNDPROF_ROUTE_PLAIN};
	if (!route_active() || in->kind == IMAGE_ABSENT)
		return;
	if (in->privileged) {
		plan->refused = DNDPROF_ROUTE_PRIVILEGED;
		return;
	}
	if (moved()) {
		plan->strip = true;
		plan->refused = DNDPROF_ROUTE_NAMESPACE;
		return;
	}
	if (in->kind == IMAGE_ASAN)
		plan->refused = DNDPROF_ROUTE_ASAN;
	plan->strip = in->kind == IMAGE_FOREIGN || in->kind == IMAGE_ASAN;
	plan->follow = in->kind == IMAGE_STATIC_GO;
	if (plan->strip || !route.told[0])
		return;
	has = environment_look(env);
	if (has == ENVIRONMENT_LISTING) {
		*plan = (struct route_plan){.strip = true, .refused = DNDPROF_ROUTE_LISTING};
		return;
	}
	plan->add = has == ENVIRONMENT_WITHOUT;
	plan->follow &= has != ENVIRONMENT_BAD; /* such an exec will fail */
}

static bool chld_pending(void)
{
	uint64_t set = 0;

	return sys2(SYS_rt_sigpending, &set, sizeof(set)) == 0 && set & CHLD;
}

/* The helper's end made a signal, which is not the caller's business; another's stays. */
static void take_back_signal(long pid)
{
	const uint64_t set = CHLD;
	const struct timespec at_once = {0, 0};
	siginfo_t info;

	if (sys4(SYS_rt_sigtimedwait, &set, &info, &at_once, sizeof(set)) == SIGCHLD &&
	    info.si_pid != pid)
		sys3(SYS_rt_sigqueueinfo, sys0(SYS_getpid), SIGCHLD, &info);
}

/* A whole file of /proc, as far as it fits. */
static void read_text(const char *path, char *to, long size)
{
	long fd = sys3(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC), n;

	n = fd < 0 ? -1 : sys3(SYS_read, fd, to, size - 1);
	if (fd >= 0)
		sys1(SYS_close, fd);
	to[n > 0 ? n : 0] = 0;
}

/* Who traces this process; 0: nobody. */
static long tracer(void)
{
	char text[1024], *at;
	long pid = 0;

	read_text("/proc/self/status", text, sizeof(text));
	at = strstr(text, "TracerPid:\t");
	for (at = at ? at + 11 : text + strlen(text); *at >= '0' && *at <= '9'; at++)
		pid = pid * 10 + (*at - '0');
	return pid;
}

/* Runs the helper with all signals held. Its exit status, or a negative number. */
static long run_helper(void)
{
	char caller[24] = "";
	struct text t = {caller, sizeof(caller), 0};
	const char *argv[] = {route.helper, "follow", caller, NULL};
	bool pending = chld_pending();
	int status = 0;
	long pid, r;

	text_number(&t, (uint64_t)sys0(SYS_gettid), 10, 1);
	pid = arch_spawn(route.helper, argv, route.told);
	if (pid < 0)
		return pid;
	do
		r = sys4(SYS_wait4, pid, &status, __WALL, NULL);
	while (r == -EINTR);
	if (!pending)
		take_back_signal(pid);
	if (r == -ECHILD) /* a caller that ignores SIGCHLD: its children's ends are nowhere kept */
		return tracer() ? DNDPROF_ROUTE_FOLLOWED : DNDPROF_ROUTE_PTRACE;
	return r == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

enum dndprof_route route_follow(void)
{
	uint64_t all = ~0ull, mask = 0;
	int reaps = 0;
	long end;

	if (!route.helper[0])
		return DNDPROF_ROUTE_NO_HELPER;
	/* The tracer, an orphan, would become our child. */
	if (sys0(SYS_getpid) == 1 ||
	    (sys2(SYS_prctl, PR_GET_CHILD_SUBREAPER, &reaps) == 0 && reaps))
		return DNDPROF_ROUTE_SUBREAPER;
	sys4(SYS_rt_sigprocmask, 0 /* SIG_BLOCK */, &all, &mask, 8);
	yama_permit();
	end = run_helper();
	yama_forbid();
	sys4(SYS_rt_sigprocmask, 2 /* SIG_SETMASK */, &mask, NULL, 8);
	if (end == 127)
		return DNDPROF_ROUTE_NO_HELPER;
	return end > 0 && end < DNDPROF_ROUTE_COUNT ? (enum dndprof_route)end
						    : DNDPROF_ROUTE_FAILED;
}

void route_let_go(void)
{
	const struct timespec moment = {0, 50000};
	char path[40], name[24];
	struct text t = {path, sizeof(path), 0};
	long pid = tracer();
	int i;

	text_string(&t, "/proc/");
	text_number(&t, (uint64_t)pid, 10, 1);
	text_string(&t, "/comm");
	read_text(path, name, sizeof(name));
	if (!pid || strcmp(name, "dndprof-exec\n") != 0)
		return;
	sys2(SYS_kill, pid, ROUTE_LET_GO);
	for (i = 0; i < 200 && tracer() == pid; i++)
		sys2(SYS_nanosleep, &moment, NULL);
}

const char *route_become(const char **to, const char *path, char *const *argv)
{
	size_t i = 0, n = 0;

	if (!route.helper[0] || sys3(SYS_faccessat, AT_FDCWD, route.helper, 1 /* X_OK */) < 0)
		return NULL;
	to[n++] = route.helper;
	to[n++] = "become";
	to[n++] = path;
	while (argv[i])
		to[n++] = argv[i++];
	to[n] = NULL;
	return route.helper;
}

/*
 * Room for an environment that must outlive its maker's stack, up to the exec. The child of a vfork
 * is gone with its exec, but the memory is its parent's: a place is free again when no exec can be
 * under way any more.
 */
static char *const *without_us(const struct route_plan *plan, char *const *env)
{
	static struct {
		uint64_t taken; /* ns of CLOCK_MONOTONIC */
		struct route_env env;
	} places[4];
	const uint64_t long_ago = 1000000000;
	struct timespec t = {0, 0};
	uint64_t now_ns, taken;
	size_t i;

	if (environment_look(env) == ENVIRONMENT_BAD)
		return env;
	sys2(SYS_clock_gettime, CLOCK_MONOTONIC, &t);
	now_ns = (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
	for (i = 0; i < ARRAY_LEN(places); i++) {
		taken = load_relaxed(&places[i].taken);
		if ((!taken || now_ns - taken > long_ago) &&
		    __atomic_compare_exchange_n(&places[i].taken, &taken, now_ns, false,
						__ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			return route_environment(&places[i].env, plan, env);
	}
	return env;
}

enum dndprof_route exec_route(int dir, const char *path, char *const **env, int flags)
{
	struct inspected in;
	struct route_plan plan;
	enum dndprof_route r;
	char first;

	if (!route_active() || !peek(&first, path, 1))
		return DNDPROF_ROUTE_PLAIN;
	if (!first && (flags & AT_EMPTY_PATH))
		inspect_fd(&in, dir);
	else
		inspect_file(&in, dir, path);
	route_plan(&plan, &in, *env);
	if (plan.strip)
		*env = without_us(&plan, *env);
	if (!plan.follow && !plan.add)
		return plan.refused;
	r = route_follow();
	/* One that only misses its environment is not static Go, of which the reasons speak. */
	return plan.follow || r == DNDPROF_ROUTE_FOLLOWED ? r : DNDPROF_ROUTE_PLAIN;
}
