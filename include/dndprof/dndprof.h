/*
 * dndprof.h - for a program that wants to say itself what it does: marks operations, checks and
 * jobs of workers for dndprof's report, stops and starts recording, and asks for figures while it
 * runs. C (C99 and newer) and C++ (the classes from C++11 on).
 *
 * Header only: there is no library to link, and none is needed at run time. When the program runs
 * under dndprof (`dndprof run -- PROGRAM`, or with libdndprof.so in LD_PRELOAD) everything here
 * works; when it does not, when it is linked statically, or with DNDPROF_ENABLED=0, marking costs a
 * load and a branch, the functions marked are called as they are, and whatever returns an error
 * returns -ENOSYS.
 *
 *	static int ping_all(void *networks) { ...; return 0; }
 *
 *	dndprof_profile_operation("ping all", "network", ping_all, networks);
 *
 * Errors are negative errno values; errno itself is never changed, but by what you give to be
 * called, and by dndprof_generate_report.
 *
 * Threads and signals: all functions may be called by any thread at any time. All but
 * dndprof_generate_report may be called in signal handlers, and in a forked child. After vfork they
 * do nothing, until exec. They allocate nothing, take no lock and never block;
 * dndprof_generate_report does, and may be used where stdio may.
 *
 * Texts (names, categories, workers) may be any bytes; what is beyond 128 bytes is cut. They are
 * read when the region ends and must live until then. Do not put secrets into them.
 */
#ifndef DNDPROF_DNDPROF_H
#define DNDPROF_DNDPROF_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- regions ---- */

/*
 * Something that began and will end. Lives where the caller wants it, on the stack as a rule; its
 * members are private. Regions nest: those that lie within each other on one thread are reported as
 * parts of each other, and no time is counted twice. A region that is left without its end (by
 * longjmp) is not recorded, nor is one that ended in a forked child and began before the fork, or
 * that began or ended while recording was stopped.
 */
struct dndprof_region {
	uint64_t start; /* 0: not recorded */
	const char *category, *name, *worker;
	uint32_t kind;
	uint32_t process;
};

enum { DNDPROF_KIND_REGION, DNDPROF_KIND_CHECK, DNDPROF_KIND_WORKER_JOB };

/* ---- figures ---- */

/* Durations of what ended so far, in ns. The recorder's own part is taken off, so that very short
 * ones may be below 0. Percentiles are of the histogram: at most 1.1 % off the true nearest-rank
 * value. All 0 when nothing ended. */
struct dndprof_timing {
	uint64_t count;
	uint64_t errors; /* of these, failed */
	int64_t total_ns;
	int64_t average_ns;
	int64_t min_ns;
	int64_t max_ns;
	int64_t p50_ns;
	int64_t p95_ns;
	int64_t p99_ns;
};

/* This process since recording began in it (a forked child begins anew). All of it is exact, and
 * stays so however long the program runs. A field of which there is no data is 0; a double, -1. */
struct dndprof_metrics {
	uint64_t elapsed_ns; /* since recording began */
	uint64_t stopped_ns; /* of this, how long recording was stopped */
	uint32_t recording;  /* 1: it is on; 0: stopped */

	/* Threads. */
	uint32_t threads;     /* alive, as far as seen */
	uint32_t workers;     /* that ended jobs */
	uint32_t active;      /* regions of all kinds under way (left by longjmp, too) */
	uint32_t active_jobs; /* of these, jobs */
	uint32_t reserved;

	/* What the program marked, apart and together. */
	struct dndprof_timing regions; /* all three */
	struct dndprof_timing operations;
	struct dndprof_timing checks;
	struct dndprof_timing jobs;
	/* What was seen of its calls. Requests need the whole report. */
	struct dndprof_timing lookups; /* names */
	struct dndprof_timing connects;
	struct dndprof_timing locks; /* waits for contended ones */
	uint64_t calls;
	uint64_t call_errors;
	uint64_t bytes; /* moved through sockets */

	/* Workers: each from its first job's begin to its last job's end, or until now while it
	 * lives. */
	int64_t busy_ns;    /* in jobs; nested jobs count twice */
	int64_t idle_ns;    /* between them */
	double utilization; /* busy of both, 0 to 1 */

	/* Resources. */
	uint64_t cpu_user_ns, cpu_system_ns; /* of the process, since it began */
	double cpu_percent;		     /* since recording began, of one CPU */
	uint64_t rss_bytes, peak_rss_bytes;
	uint64_t voluntary_switches, involuntary_switches;
	uint64_t minor_faults, major_faults;

	/* What recording costs: estimated from calibrated costs and exact counts (cost.h). */
	uint64_t startup_ns;	 /* before main, the shim's loading included */
	uint64_t overhead_ns;	 /* startup_ns included */
	double overhead_percent; /* of elapsed_ns */
	uint64_t lost; /* records overwritten by newer ones, or dropped; counts include them */
};

/* ---- how the shim is found ---- */

/* What the shim offers. Members are only ever added at the end; `size` says how many there are. */
struct dndprof_api {
	uint64_t size;
	void (*begin)(struct dndprof_region *region);
	void (*end)(struct dndprof_region *region, int result);
	int (*start)(void);
	int (*stop)(void);
	int (*metrics)(struct dndprof_metrics *metrics, size_t size);
	int (*report)(const char *format);
};

/*
 * The shim carries a note with the distance to its struct dndprof_api. It is looked for among the
 * loaded objects, by dl_iterate_phdr, which every libc for Linux has: dlsym may need a library of
 * its own, and weak references do not work in every kind of executable. Once, before main.
 */
#define DNDPROF_NOTE_NAME "dndprof" /* 8 bytes with its NUL */
#define DNDPROF_NOTE_API  1	    /* its type; the description is an int64_t */

#ifndef DNDPROF_TYPES_ONLY /* for the shim itself */

#if defined(__linux__) && defined(__LP64__) && defined(__GNUC__)

#define DNDPROF_SHARED_ __attribute__((weak, visibility("hidden")))

/* One in a program or library, however many of its files include this. NULL: not looked for yet;
 * its own address: there is no shim. */
DNDPROF_SHARED_ const void *dndprof_found_;

/* As libc's headers have them, which declare them only to programs that ask for GNU's extensions.
 */
struct dndprof_segment_ {
	uint32_t type, flags;
	uint64_t offset, address, physical, file_bytes, bytes, align;
};
struct dndprof_object_ {
	uintptr_t base;
	const char *name;
	const struct dndprof_segment_ *segments;
	uint16_t count;
};
int dndprof_objects_(int (*visit)(struct dndprof_object_ *, size_t, void *),
		     void *) __asm__("dl_iterate_phdr");

static inline int dndprof_visit_(struct dndprof_object_ *object, size_t size, void *found)
{
	enum { PT_NOTE_ = 4, HEAD = 12 };
	uint16_t i;

	(void)size;
	for (i = 0; i < object->count; i++) {
		const struct dndprof_segment_ *segment = &object->segments[i];
		const char *note = (const char *)(object->base + segment->address);
		uint64_t left = segment->type == PT_NOTE_ ? segment->bytes : 0;
		uint64_t pad = segment->align == 8 ? 7 : 3;

		while (left >= HEAD) {
			uint32_t head[3]; /* bytes of name and description, type */
			uint64_t name, all;
			int64_t distance;

			memcpy(head, note, HEAD);
			name = (HEAD + (uint64_t)head[0] + pad) & ~pad;
			all = (name + head[1] + pad) & ~pad;
			if (all > left)
				break;
			if (head[0] == sizeof(DNDPROF_NOTE_NAME) && head[1] == sizeof(distance) &&
			    head[2] == DNDPROF_NOTE_API &&
			    memcmp(note + HEAD, DNDPROF_NOTE_NAME, head[0]) == 0) {
				memcpy(&distance, note + name, sizeof(distance));
				*(const void **)found = note + name + distance;
				return 1;
			}
			note += all;
			left -= all;
		}
	}
	return 0;
}

static inline const struct dndprof_api *dndprof_api_(void)
{
	const void *found = __atomic_load_n(&dndprof_found_, __ATOMIC_ACQUIRE);

	if (!found) {
		found = &dndprof_found_;
		dndprof_objects_(dndprof_visit_, &found);
		__atomic_store_n(&dndprof_found_, found, __ATOMIC_RELEASE);
	}
	return found == &dndprof_found_ ? NULL : (const struct dndprof_api *)found;
}

/* Before main, so that no signal handler has to look for it. */
void dndprof_look_(void);
DNDPROF_SHARED_ __attribute__((constructor)) void dndprof_look_(void)
{
	dndprof_api_();
}

#else

static inline const struct dndprof_api *dndprof_api_(void)
{
	return NULL;
}

#endif

#define DNDPROF_OFFERS_(api, member) \
	((api) && (api)->size >= offsetof(struct dndprof_api, member) + sizeof((api)->member))

/* ---- recording ---- */

/*
 * Stops recording in this process, and starts it again, any number of times. It is on when the
 * program begins. Each stop is told in the report. Programs that this one starts are recorded
 * nevertheless. 0 when it is as asked for now, or was before; -ENOSYS: nothing can be recorded
 * here; -EBUSY: between vfork and exec.
 */
static inline int dndprof_start(void)
{
	const struct dndprof_api *api = dndprof_api_();

	return DNDPROF_OFFERS_(api, start) ? api->start() : -ENOSYS;
}

static inline int dndprof_stop(void)
{
	const struct dndprof_api *api = dndprof_api_();

	return DNDPROF_OFFERS_(api, stop) ? api->stop() : -ENOSYS;
}

/* ---- marking: begin and end ---- */

static inline void dndprof_begin_(struct dndprof_region *region, uint32_t kind,
				  const char *category, const char *name, const char *worker)
{
	const struct dndprof_api *api = dndprof_api_();

	region->start = 0;
	region->kind = kind;
	region->category = category;
	region->name = name;
	region->worker = worker;
	if (DNDPROF_OFFERS_(api, end))
		api->begin(region);
}

/* An operation; `category` is a word of yours ("database") under which the report sums it up; NULL:
 * none. Those of category "check" and "worker" are checks and jobs. */
static inline void dndprof_begin_operation(struct dndprof_region *region, const char *name,
					   const char *category)
{
	dndprof_begin_(region, DNDPROF_KIND_REGION, category, name, NULL);
}

/* A diagnostic check, for the report's CHECK PERFORMANCE. */
static inline void dndprof_begin_check(struct dndprof_region *region, const char *name)
{
	dndprof_begin_(region, DNDPROF_KIND_CHECK, NULL, name, NULL);
}

/* A job of a worker, for WORKER PERFORMANCE; worker NULL: named after its thread. */
static inline void dndprof_begin_worker_job(struct dndprof_region *region, const char *worker,
					    const char *name)
{
	dndprof_begin_(region, DNDPROF_KIND_WORKER_JOB, NULL, name, worker);
}

/* Ends it; result 0: it succeeded, else it failed. Ending it again does nothing. */
static inline void dndprof_end(struct dndprof_region *region, int result)
{
	if (region->start) {
		dndprof_api_()->end(region, result);
		region->start = 0;
	}
}

/* ---- marking: a function ---- */

/* A region left by an exception, or by pthread_exit or cancellation, failed with ECANCELED. (In C
 * that takes -fexceptions; without it such a region is not recorded.) */
static inline void dndprof_left_(struct dndprof_region *region)
{
	dndprof_end(region, ECANCELED);
}

#ifdef __GNUC__
#define DNDPROF_ENDS_ __attribute__((cleanup(dndprof_left_)))
#else
#define DNDPROF_ENDS_
#endif

/* fn(arg) as a region: its return value is the region's result, and is returned. */
static inline int dndprof_profile_operation(const char *name, const char *category,
					    int (*fn)(void *), void *arg)
{
	struct dndprof_region region DNDPROF_ENDS_;
	int result;

	dndprof_begin_operation(&region, name, category);
	result = fn(arg);
	dndprof_end(&region, result);
	return result;
}

static inline int dndprof_profile_check(const char *name, int (*fn)(void *), void *arg)
{
	struct dndprof_region region DNDPROF_ENDS_;
	int result;

	dndprof_begin_check(&region, name);
	result = fn(arg);
	dndprof_end(&region, result);
	return result;
}

static inline int dndprof_profile_worker_job(const char *worker, const char *name,
					     int (*fn)(void *), void *arg)
{
	struct dndprof_region region DNDPROF_ENDS_;
	int result;

	dndprof_begin_worker_job(&region, worker, name);
	result = fn(arg);
	dndprof_end(&region, result);
	return result;
}

/* ---- asking ---- */

/* Fills *metrics. 0; -ENOSYS: nothing is recorded here, all fields are 0 or, doubles, -1. */
static inline int dndprof_get_metrics(struct dndprof_metrics *metrics)
{
	const struct dndprof_api *api = dndprof_api_();

	memset(metrics, 0, sizeof(*metrics));
	metrics->utilization = metrics->cpu_percent = metrics->overhead_percent = -1;
	return DNDPROF_OFFERS_(api, metrics) ? api->metrics(metrics, sizeof(*metrics)) : -ENOSYS;
}

/* What recording has cost so far, in percent of the time since it began; below 0: no data. */
static inline double dndprof_overhead_percentage(void)
{
	struct dndprof_metrics metrics;

	dndprof_get_metrics(&metrics);
	return metrics.overhead_percent;
}

/*
 * Writes the report on the run up to now to `file`, in a format of `dndprof report` ("text",
 * "json", ...; NULL: text). Runs the `dndprof` that was installed with the shim, or the one in
 * PATH, as a process that the program cannot meet: no SIGCHLD comes of it, and wait(-1) does not
 * return it. Blocks for as long as that takes, some 10 ms.
 *
 * 0; -ENOSYS: nothing is recorded here; -ENOENT: there is no dndprof; -EINVAL: it does not know the
 * format; -EBUSY: between vfork and exec; -EIO: it failed, or `file` did; or why it could not be
 * started.
 */
static inline int dndprof_generate_report(FILE *file, const char *format)
{
	const struct dndprof_api *api = dndprof_api_();
	char buffer[4096];
	int fd = DNDPROF_OFFERS_(api, report) ? api->report(format) : -ENOSYS;
	int error = fd < 0 ? fd : 0;
	ssize_t got = 0;

	while (!error && (got = read(fd, buffer, sizeof(buffer))) != 0) {
		if (got < 0)
			error = errno == EINTR ? 0 : -errno;
		else if (fwrite(buffer, 1, (size_t)got, file) != (size_t)got)
			error = -EIO;
	}
	if (fd >= 0)
		close(fd);
	if (!error && fflush(file) != 0)
		error = -EIO;
	return error;
}

#endif /* DNDPROF_TYPES_ONLY */

#ifdef __cplusplus
} /* extern "C" */

#if __cplusplus >= 201103L && !defined(DNDPROF_TYPES_ONLY)
#include <exception>
#include <type_traits>
#include <utility>

namespace dndprof
{

/* A region as long as the object lives. It succeeds, unless fail() was called or an exception
 * destroys it. (C++11 and 14: not told when it was made while another was under way.) */
class region
{
      public:
	explicit region(const char *name, const char *category = nullptr)
	{
		dndprof_begin_operation(&region_, name, category);
	}
	~region()
	{
		dndprof_end(&region_, result_ ? result_ : exceptions() > before_ ? ECANCELED : 0);
	}
	region(const region &) = delete;
	region &operator=(const region &) = delete;

	void fail(int result = -1)
	{
		result_ = result;
	}

      protected:
	struct unbegun {
	};
	explicit region(unbegun)
	{
	}

	struct dndprof_region region_;

      private:
	static int exceptions()
	{
#if __cplusplus >= 201703L
		return std::uncaught_exceptions();
#else
		return std::uncaught_exception();
#endif
	}

	int result_ = 0;
	int before_ = exceptions();
};

class check : public region
{
      public:
	explicit check(const char *name) : region(unbegun())
	{
		dndprof_begin_check(&region_, name);
	}
};

/* worker nullptr: named after its thread. */
class worker_job : public region
{
      public:
	worker_job(const char *worker, const char *name) : region(unbegun())
	{
		dndprof_begin_worker_job(&region_, worker, name);
	}
};

/* Calls f() within a region that is there already. An int that is not 0 fails it; results of other
 * types succeed. */
template <typename F>
auto run(region &around, F &&f) ->
	typename std::enable_if<std::is_same<decltype(f()), int>::value, int>::type
{
	int result = std::forward<F>(f)();

	around.fail(result);
	return result;
}

template <typename F>
auto run(region &, F &&f) ->
	typename std::enable_if<!std::is_same<decltype(f()), int>::value, decltype(f())>::type
{
	return std::forward<F>(f)();
}

template <typename F>
auto profile_operation(const char *name, const char *category, F &&f) -> decltype(f())
{
	region around(name, category);

	return run(around, std::forward<F>(f));
}

template <typename F> auto profile_check(const char *name, F &&f) -> decltype(f())
{
	check around(name);

	return run(around, std::forward<F>(f));
}

template <typename F>
auto profile_worker_job(const char *worker, const char *name, F &&f) -> decltype(f())
{
	worker_job around(worker, name);

	return run(around, std::forward<F>(f));
}

} // namespace dndprof
#endif
#endif

#endif
