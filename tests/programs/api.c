/*
 * api.c - a program that marks what it does through dndprof.h. Says the same with dndprof and
 * without: what differs is only whether figures can be had, and then they must be true.
 *
 * usage: api regions|cycles|metrics|processes|handlers|jumps|report|hang|many
 */
#include "check.h"

#include <dndprof/dndprof.h>
#include <inttypes.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define MS 1000000

/* Is there a recorder? Everything about figures is asked only then. */
static int recorded;

static void spin(long ms)
{
	double until = check_seconds() + (double)ms / 1e3;

	while (check_seconds() < until)
		;
}

/* For `*ms` milliseconds; fails where that is odd. */
static int work(void *ms)
{
	spin(*(long *)ms);
	errno = 17;
	return *(long *)ms % 2 ? -7 : 0;
}

static struct dndprof_metrics figures(void)
{
	struct dndprof_metrics m;
	int error = dndprof_get_metrics(&m);

	CHECK(error == (recorded ? 0 : -ENOSYS), "dndprof_get_metrics gave %d", error);
	return m;
}

static int fails(void *unused)
{
	(void)unused;
	return 1;
}

static int nested(void *ms)
{
	long even = 4;

	dndprof_profile_operation("inner", "database", work, &even);
	dndprof_profile_operation("inner", "database", work, ms);
	spin(2);
	return 0;
}

static void regions(void)
{
	struct dndprof_region odd = {0};
	long ms = 5;
	int i;

	errno = CHECK_ERRNO;
	CHECK(dndprof_profile_operation("outer", "web", nested, &ms) == 0, "result lost");
	CHECK(errno == 17, "errno of what was called lost");
	CHECK(dndprof_profile_check("bridge", work, &ms) == -7, "result lost");
	GIVES(dndprof_profile_check("bridge", fails, NULL), 1);
	for (i = 0; i < 3; i++)
		dndprof_profile_worker_job("pool-1", "fetch", work, &(long){2});
	dndprof_profile_operation("recursive", "web", nested, &ms);
	dndprof_end(&odd, 0); /* never begun */
	dndprof_begin_operation(&odd, NULL, NULL);
	dndprof_end(&odd, 0);
	dndprof_end(&odd, 0); /* twice */
	if (recorded)
		CHECK(figures().regions.count == 12, "%" PRIu64 " regions",
		      figures().regions.count);
}

static void cycle(int number)
{
	char name[16];
	int i;

	snprintf(name, sizeof(name), "cycle %d", number);
	CHECK(dndprof_start() == (recorded ? 0 : -ENOSYS), "start");
	for (i = 0; i < number; i++)
		dndprof_profile_operation(name, "cycles", work, &(long){2});
	CHECK(dndprof_stop() == (recorded ? 0 : -ENOSYS), "stop");
	dndprof_profile_operation("not to be seen", "cycles", work, &(long){6});
}

static void cycles(void)
{
	struct dndprof_region across, into;
	struct dndprof_metrics m;

	dndprof_stop();
	CHECK(dndprof_stop() == (recorded ? 0 : -ENOSYS), "stopped twice");
	cycle(1);
	cycle(2);
	m = figures();
	if (!recorded)
		return;
	CHECK(m.operations.count == 3, "%" PRIu64 " operations", m.operations.count);
	CHECK(!m.recording, "it is on");
	CHECK(m.stopped_ns > 12 * MS && m.stopped_ns < m.elapsed_ns, "stopped %" PRIu64,
	      m.stopped_ns);
	dndprof_begin_operation(&into, "begun while stopped", "cycles");
	CHECK(dndprof_start() == 0 && dndprof_start() == 0, "started twice");
	dndprof_end(&into, 0);
	dndprof_begin_operation(&across, "across a stop", "cycles");
	dndprof_stop();
	dndprof_start();
	dndprof_end(&across, 0);
	m = figures();
	CHECK(m.operations.count == 4 && m.recording, "%" PRIu64 " operations", m.operations.count);
	dndprof_stop(); /* for good: its end is known nevertheless */
}

#define KNOWN 10

/* How long each region took, as seen from within it and from outside. */
static double within[KNOWN], outside[KNOWN];

static int timed(void *index)
{
	static const long ms[KNOWN] = {2, 4, 6, 8, 10, 12, 14, 16, 18, 41};
	size_t i = *(size_t *)index;

	within[i] = check_seconds();
	spin(ms[i]);
	within[i] = check_seconds() - within[i];
	return i == 3;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* A figure must lie between what was seen from within and from outside; `tolerance` of it. */
static void between(const char *what, int64_t got, double low, double high, double tolerance)
{
	double slack = 2e-6 + high * tolerance;

	CHECK((double)got / 1e9 > low - slack && (double)got / 1e9 < high + slack,
	      "%s is %" PRId64 " ns, not from %.9f to %.9f s", what, got, low, high);
}

static double sum(const double *values)
{
	double all = 0;
	int i;

	for (i = 0; i < KNOWN; i++)
		all += values[i];
	return all;
}

static double cpu_seconds(void)
{
	struct rusage ru;

	getrusage(RUSAGE_SELF, &ru);
	return (double)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) +
	       (double)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) / 1e6;
}

static void metrics(void)
{
	struct dndprof_metrics before = figures(), m;
	double start = check_seconds(), cpu;
	size_t i;

	for (i = 0; i < KNOWN; i++) {
		outside[i] = check_seconds();
		dndprof_profile_operation("known", "truth", timed, &i);
		outside[i] = check_seconds() - outside[i];
	}
	dndprof_profile_check("one", work, &(long){2});
	start = check_seconds() - start;
	cpu = cpu_seconds();
	m = figures();
	if (!recorded) {
		CHECK(dndprof_overhead_percentage() < 0, "overhead without data");
		return;
	}
	CHECK(m.operations.count == KNOWN && m.operations.errors == 1, "counts");
	CHECK(m.checks.count == 1 && m.regions.count == KNOWN + 1 && m.jobs.count == 0,
	      "counts by kind");
	between("total", m.operations.total_ns, sum(within), sum(outside), 1e-3);
	between("average", m.operations.average_ns, sum(within) / KNOWN, sum(outside) / KNOWN,
		1e-3);
	qsort(within, KNOWN, sizeof(*within), compare);
	qsort(outside, KNOWN, sizeof(*outside), compare);
	between("minimum", m.operations.min_ns, within[0], outside[0], 1e-3);
	between("maximum", m.operations.max_ns, within[9], outside[9], 1e-3);
	between("P50", m.operations.p50_ns, within[4], outside[4], 0.012);
	between("P95", m.operations.p95_ns, within[9], outside[9], 0.012);
	between("P99", m.operations.p99_ns, within[9], outside[9], 0.012);
	between("elapsed", (int64_t)(m.elapsed_ns - before.elapsed_ns), start, start + 0.5, 1e-3);
	between("CPU", (int64_t)(m.cpu_user_ns + m.cpu_system_ns), cpu, cpu_seconds(), 1e-3);
	CHECK(m.cpu_percent > 0 && m.cpu_percent < 110, "CPU %f %%", m.cpu_percent);
	CHECK(m.rss_bytes > 500000 && m.rss_bytes <= m.peak_rss_bytes, "memory");
	CHECK(m.threads == 1 && m.workers == 0 && m.active == 0, "threads");
	CHECK(m.utilization == -1, "utilization without workers");
	CHECK(m.startup_ns > 0 && m.overhead_ns > m.startup_ns, "overhead");
	CHECK(m.overhead_percent > 0 && m.overhead_percent < 100, "overhead %f %%",
	      m.overhead_percent);
	CHECK(m.lost == 0 && m.stopped_ns == 0, "losses");
}

/* Children begin anew; what was begun before the fork is the parent's. */
static void processes(void)
{
	struct dndprof_region around;
	int status = 0;
	pid_t child;

	dndprof_begin_operation(&around, "around a fork", "processes");
	child = fork();
	if (child == 0) {
		struct dndprof_metrics m;

		dndprof_end(&around, 0);
		dndprof_profile_operation("in a child", "processes", work, &(long){2});
		dndprof_get_metrics(&m);
		_exit(m.regions.count == (recorded ? 1 : 0) && m.active == 0 ? 5 : 6);
	}
	CHECK(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 5, "forked child: %x",
	      status);
	dndprof_end(&around, 0);
	/* a child forked while stopped records only when told so */
	dndprof_stop();
	child = fork();
	if (child == 0) {
		dndprof_profile_operation("not to be seen", "processes", fails, NULL);
		dndprof_start();
		dndprof_profile_operation("started in a child", "processes", fails, NULL);
		_exit(7);
	}
	CHECK(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 7, "forked child: %x",
	      status);
	dndprof_start();
	child = vfork();
	if (child == 0) {
		if (dndprof_stop() == (recorded ? -EBUSY : -ENOSYS))
			_exit(8);
		_exit(9);
	}
	CHECK(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 8, "vforked child: %x",
	      status);
	if (recorded)
		CHECK(figures().regions.count == 1 && figures().recording, "parent's regions");
}

static volatile int handled;

static void on_alarm(int signal)
{
	struct dndprof_metrics m;

	(void)signal;
	dndprof_profile_operation("handler", "signals", fails, NULL);
	dndprof_get_metrics(&m);
	handled++;
}

/* In handlers, which interrupt the same functions, on the smallest stack there may be. */
static void handlers(void)
{
	struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_ONSTACK};
	stack_t stack = {.ss_size = 32768, .ss_sp = malloc(32768)};
	struct timespec ts = {0, 100000};
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};
	struct itimerspec often = {ts, ts};
	uint64_t made = 0;
	timer_t timer;

	sigaltstack(&stack, NULL);
	sigaction(SIGALRM, &action, NULL);
	timer_create(CLOCK_MONOTONIC, &event, &timer);
	timer_settime(timer, 0, &often, NULL);
	while (handled < 500) {
		struct dndprof_metrics m;

		dndprof_profile_operation("main", "signals", fails, NULL);
		made++;
		if (made % 100 == 0)
			dndprof_get_metrics(&m);
	}
	timer_delete(timer);
	if (recorded)
		CHECK(figures().operations.count == made + (uint64_t)handled &&
			      figures().operations.errors == figures().operations.count,
		      "%" PRIu64 " of %" PRIu64, figures().operations.count,
		      made + (uint64_t)handled);
}

static jmp_buf out;

static int jumps_out(void *unused)
{
	(void)unused;
	longjmp(out, 3);
}

static void jumps(void)
{
	int r = setjmp(out);

	if (r == 0)
		dndprof_profile_operation("left", "jumps", jumps_out, NULL);
	CHECK(r == 3, "longjmp gave %d", r);
	dndprof_profile_operation("after", "jumps", fails, NULL);
	if (recorded)
		CHECK(figures().regions.count == 1 && figures().active == 1, "after longjmp");
}

static volatile int children_ended;

static void on_child(int signal)
{
	(void)signal;
	children_ended++;
}

static void *reaps(void *unused)
{
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
	CHECK(errno == ECHILD, "waitpid(-1) failed otherwise");
	return unused;
}

static void one_report(const char *format, const char *within)
{
	char *text = NULL;
	size_t size = 0;
	FILE *memory = open_memstream(&text, &size);
	int error = dndprof_generate_report(memory, format);

	fclose(memory);
	CHECK(error == (recorded ? 0 : -ENOSYS), "dndprof_generate_report gave %d", error);
	CHECK(!recorded || strstr(text, within), "no %s in the report: %.200s", within, text);
	free(text);
}

/* The program's children, signals and descriptors are its own while a report is made. */
static void report(void)
{
	void (*const ways[])(int) = {on_child, SIG_DFL, SIG_IGN};
	int next = dup(0), after;
	pthread_t reaper;
	size_t i;

	close(next);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	dndprof_profile_operation("before the report", "reports", work, &(long){2});
	for (i = 0; i < 3; i++) {
		signal(SIGCHLD, ways[i]);
		pthread_create(&reaper, NULL, reaps, NULL);
		one_report(NULL, "marked by the program");
		one_report("json", "\"reports\"");
		pthread_join(reaper, NULL);
		CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD, "a child is there");
	}
	CHECK(children_ended == 0, "%d SIGCHLD", children_ended);
	CHECK(dndprof_generate_report(stderr, "no such format") == (recorded ? -EINVAL : -ENOSYS),
	      "an unknown format");
	dndprof_stop();
	one_report("text", "stopped by the program");
	after = dup(0);
	CHECK(after == next, "a descriptor is left: %d, not %d", after, next);
}

/* Killed by who started it: what ended before is there. */
static void hang(void)
{
	struct dndprof_region never;

	dndprof_profile_operation("before the end", "hang", fails, NULL);
	dndprof_begin_operation(&never, "never ends", "hang");
	raise(SIGKILL);
}

static void *marks(void *unused)
{
	struct dndprof_metrics m;
	int i;

	for (i = 0; i < 20000; i++)
		dndprof_profile_operation("many", "threads", fails, NULL);
	dndprof_get_metrics(&m);
	return unused;
}

/* More than the rings hold, from many threads, while another stops, starts and asks. */
static void many(void)
{
	pthread_t threads[8];
	int i;

	for (i = 0; i < 8; i++)
		pthread_create(&threads[i], NULL, marks, NULL);
	for (i = 0; i < 200; i++)
		figures();
	for (i = 0; i < 8; i++)
		pthread_join(threads[i], NULL);
	if (recorded)
		CHECK(figures().operations.count == 160000, "%" PRIu64 " operations",
		      figures().operations.count);
	for (i = 0; i < 8; i++)
		pthread_create(&threads[i], NULL, marks, NULL);
	for (i = 0; i < 200; i++) {
		dndprof_stop();
		dndprof_start();
	}
	for (i = 0; i < 8; i++)
		pthread_join(threads[i], NULL);
	if (recorded)
		CHECK(figures().active == 0, "%u under way", figures().active);
}

static const struct {
	const char *name;
	void (*run)(void);
} tests[] = {
	{"regions", regions},	  {"cycles", cycles},	  {"metrics", metrics},
	{"processes", processes}, {"handlers", handlers}, {"jumps", jumps},
	{"report", report},	  {"hang", hang},	  {"many", many},
};

int main(int argc, char **argv)
{
	struct dndprof_metrics m;
	size_t i;

	recorded = dndprof_get_metrics(&m) == 0;
	for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		if (argc == 2 && strcmp(argv[1], tests[i].name) == 0) {
			tests[i].run();
			if (check_failures == 0)
				puts("all as expected");
			return check_failures != 0;
		}
	fputs("usage: api regions|cycles|...\n", stderr);
	return 2;
}
