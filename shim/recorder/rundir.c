/*
 * rundir.c - see rundir.h. Everything is opened without following links, and only below a directory
 * that is ours alone.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include <dndprof/budget.h>

#include "recorder/clock.h"
#include "recorder/identity.h"
#include "recorder/rundir.h"
#include "recorder/siphash.h"
#include "recorder/start.h"
#include "recorder/sys.h"
#include "recorder/text.h"

#define RUN_DISK_CAP (2ull << 30) /* 16,000 small programs */

static struct dndprof_budget *budget AT_START;

/* Civil date of a day count since 1970-01-01, by counting; runs are not made before or long after
 * now. */
static void civil(uint64_t days, unsigned *year, unsigned *month, unsigned *day)
{
	static const uint8_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	unsigned y = 1970, m = 0, n;

	for (;; y++) {
		n = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0 ? 366 : 365;
		if (days < n)
			break;
		days -= n;
	}
	for (;; m++) {
		unsigned len = lengths[m] + (m == 1 && n == 366);

		if (days < len)
			break;
		days -= len;
	}
	*year = y;
	*month = m + 1;
	*day = (unsigned)days + 1;
}

/* "run-YYYYMMDDTHHMMSSZ-PID" */
static void run_name(struct text *t)
{
	uint64_t s = clock_read_ns(CLOCK_REALTIME) / 1000000000u;
	unsigned y, m, d;

	civil(s / 86400, &y, &m, &d);
	text_string(t, "run-");
	text_number(t, y, 10, 4);
	text_number(t, m, 10, 2);
	text_number(t, d, 10, 2);
	text_string(t, "T");
	text_number(t, s % 86400 / 3600, 10, 2);
	text_number(t, s % 3600 / 60, 10, 2);
	text_number(t, s % 60, 10, 2);
	text_string(t, "Z-");
	text_number(t, (uint64_t)sys0(SYS_getpid), 10, 1);
}

/* True: it is in a directory that others write to as well. */
static bool parent_name(struct text *t, const struct settings *s, char *const *env)
{
	const char *v;

	if ((v = s->text[DNDPROF_CONFIG_ID_DIR]) != NULL) {
		if (*v != '/') {
			char cwd[2048];

			if (sys2(SYS_getcwd, cwd, sizeof(cwd)) > 0) {
				text_string(t, cwd);
				text_string(t, "/");
			}
		}
		text_string(t, v);
	} else if ((v = settings_env(env, "XDG_STATE_HOME")) && *v == '/') {
		text_string(t, v);
		text_string(t, "/dndprof");
	} else if ((v = settings_env(env, "HOME")) && *v == '/') {
		text_string(t, v);
		text_string(t, "/.local/state/dndprof");
	} else {
		v = settings_env(env, "TMPDIR");
		text_string(t, v && *v == '/' ? v : "/tmp");
		text_string(t, "/dndprof-");
		text_number(t, (uint64_t)sys0(SYS_getuid), 10, 1);
		return true;
	}
	return false;
}

/* Makes the directory and, where they are missing, those above it. */
static long make_directories(char *path)
{
	long r = sys2(SYS_mkdir, path, 0700);
	char *p;

	if (r != -2 /* ENOENT */)
		return r;
	for (p = path + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = 0;
		sys2(SYS_mkdir, path, 0700);
		*p = '/';
	}
	return sys2(SYS_mkdir, path, 0700);
}

static long open_owned(const char *path)
{
	struct stat st;
	long r, fd = sys3(SYS_openat, AT_FDCWD, path,
			  O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return fd;
	r = sys2(SYS_fstat, fd, &st);
	if (r == 0 && (st.st_uid != (uid_t)sys0(SYS_geteuid) || (st.st_mode & 022)))
		r = -1; /* EPERM */
	if (r < 0) {
		sys1(SYS_close, fd);
		return r;
	}
	return fd;
}

static long begin_run(struct rundir *d, const struct settings *s, char *const *env)
{
	struct text t = {d->path, sizeof(d->path), 0};
	bool shared = parent_name(&t, s, env);
	long r;

	if (shared &&
	    t.used + 1 < t.size) { /* what stands there may be somebody else's, or a link */
		r = make_directories(d->path);
		r = r < 0 && r != -EEXIST ? r : open_owned(d->path);
		if (r < 0)
			return r;
		sys1(SYS_close, r);
	}
	text_string(&t, "/");
	run_name(&t);
	if (t.used + 1 >= t.size)
		return -ENAMETOOLONG;
	r = make_directories(d->path);
	/* -EEXIST: one process was several programs within a second; the directory is then still
	 * its own. */
	if (r < 0 && r != -EEXIST)
		return r;
	d->made = true;
	d->has_key = sys3(SYS_getrandom, d->key, sizeof(d->key), 1 /* GRND_NONBLOCK */) ==
		     sizeof(d->key);
	return 0;
}

long rundir_open(struct rundir *d, const struct settings *s, char *const *env)
{
	struct text t = {d->path, sizeof(d->path), 0};
	long r = 0;

	if (s->run) {
		text_string(&t, s->run);
		d->has_key = s->has_key;
		memcpy(d->key, s->key, sizeof(d->key));
	}
	/* A run that is gone, or not ours (after su), is not a reason to record nothing: begin
	 * another. */
	if (!s->run || (r = open_owned(d->path)) < 0) {
		t.used = 0;
		r = begin_run(d, s, env);
		if (r == 0)
			r = open_owned(d->path);
	}
	if (r < 0)
		d->path[0] = 0;
	else
		d->id = siphash(d->key, d->path, strlen(d->path));
	return r;
}

long rundir_reopen(const struct rundir *d)
{
	return d->path[0] ? open_owned(d->path) : -2;
}

char **rundir_environment(const struct rundir *d, char **env)
{
	static char run[sizeof("DNDPROF_RUN=") + sizeof(d->path)], key[64];
	struct text t = {run, sizeof(run), 0}, k = {key, sizeof(key), 0};
	size_t n = 0, i, kept = 0;
	char **copy;

	while (env && env[n])
		n++;
	copy = (char **)sys6(SYS_mmap, 0, (long)((n + 3) * sizeof(*copy)), PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if ((unsigned long)copy > -4096ul)
		return NULL;
	for (i = 0; i < n; i++)
		if (strncmp(env[i], "DNDPROF_RUN=", 12) && strncmp(env[i], "DNDPROF_RUN_KEY=", 16))
			copy[kept++] = env[i];
	text_string(&t, "DNDPROF_RUN=");
	text_string(&t, d->path);
	copy[kept++] = run;
	if (d->has_key) {
		text_string(&k, "DNDPROF_RUN_KEY=");
		for (i = 0; i < sizeof(d->key); i++)
			text_number(&k, d->key[i], 16, 2);
		copy[kept++] = key;
	}
	copy[kept] = NULL;
	return copy;
}

uint64_t rundir_file_limit(void)
{
	struct rlimit limit;

	return sys2(SYS_getrlimit, RLIMIT_FSIZE, &limit) == 0 ? limit.rlim_cur : UINT64_MAX;
}

void rundir_map_budget(long dir)
{
	enum { BYTES = DNDPROF_BUDGET_BYTES };
	long fd = sys4(SYS_openat, dir, DNDPROF_BUDGET_FILE,
		       O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	struct stat st;
	void *p;

	budget = NULL;
	if (fd < 0)
		return;
	/* A whole page on disk, written: a store into it must not fail later. Beyond the limit of
	 * file sizes there is not even trying: the kernel would kill for it. */
	if (sys2(SYS_fstat, fd, &st) == 0 && st.st_size < BYTES &&
	    (rundir_file_limit() < BYTES || sys4(SYS_fallocate, fd, 0, 0, BYTES) < 0))
		goto out;
	p = (void *)sys6(SYS_mmap, 0, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if ((unsigned long)p <= -4096ul) {
		budget = p;
		if (!budget->cap) {
			memcpy(budget->magic, DNDPROF_BUDGET_MAGIC, sizeof(budget->magic));
			budget->cap = RUN_DISK_CAP;
		}
	}
out:
	sys1(SYS_close, fd);
}

bool rundir_spend(uint64_t n)
{
	if (!budget)
		return true;
	if (__atomic_add_fetch(&budget->used, n, __ATOMIC_RELAXED) <= budget->cap)
		return true;
	__atomic_fetch_sub(&budget->used, n, __ATOMIC_RELAXED);
	__atomic_fetch_add(&budget->refused, 1, __ATOMIC_RELAXED);
	return false;
}

void rundir_unrecorded(long error)
{
	struct dndprof_unrecorded *entry;
	uint64_t n;

	if (!budget)
		return;
	n = __atomic_fetch_add(&budget->unrecorded, 1, __ATOMIC_RELAXED);
	if (n >= DNDPROF_BUDGET_ENTRIES)
		return;
	entry = &budget->entries[n];
	entry->error = (uint32_t)-error;
	entry->limit = rundir_file_limit();
	entry->ns = clock_read_ns(CLOCK_MONOTONIC);
	identity_program(entry->program);
	store_release(&entry->pid, (uint32_t)sys0(SYS_getpid));
}
