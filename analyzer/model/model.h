/*
 * model.h - what the profiles of one or more runs mean: processes, flows, operations, and the
 * tables made from them. Everything a renderer prints is here; renderers compute nothing.
 *
 * Times are ns of CLOCK_MONOTONIC of the machine that was profiled, durations ns with the median
 * null interval taken off (and so below 0 now and then), unless a name says otherwise. Texts may
 * hold any byte: renderers escape. All of it lives as long as the model and its runs.
 */
#ifndef ANALYZER_MODEL_H
#define ANALYZER_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/map.h"
#include "base/memory.h"
#include "findings/finding.h"
#include "model/calls.h"
#include "model/checks.h"
#include "model/endpoint.h"
#include "model/overhead.h"
#include "model/resources.h"
#include "model/sites.h"
#include "model/workers.h"
#include "profile/run.h"

#define NONE UINT32_MAX /* an index that leads nowhere */

/* A record with its times. */
struct event {
	int64_t start_ns, end_ns; /* the duration in between is raw */
	const struct profile_record *record;
	const struct profile_call *call;
	uint32_t tid;
	uint32_t pid; /* not the file's own pid: a vfork child, or a fork before its exec */
};

/* The program had recording stopped. */
struct stop {
	int64_t start_ns, end_ns;
	bool open; /* it never started it again */
};

/* One process image; a process that execs is several. */
struct process {
	uint32_t run, parent;	       /* indices */
	int pid, ppid;		       /* ppid -1: unknown */
	const struct profile *profile; /* NULL: it left none */
	const struct clock *clock;
	const char *program, *exe, *subcommand;
	const char *check;  /* DNDPROF_CHECK of its environment; NULL: none */
	const char *gate;   /* "libc", "go", "libc+go", "unobserved" */
	const char *reason; /* NULL, or why unobserved, or what the gate could not see */
	LIST(const char *) notes;
	int64_t start_ns, end_ns; /* end: last thing known of it */
	int64_t gone_ns;	  /* until when it lived for sure: its end, or the run's */
	int64_t window_ns;	  /* from here on no record was overwritten */
	int64_t startup_ns;	  /* what our constructor cost */
	double null_ns;		  /* median null interval, in all that is recorded */
	double call_null_ns;  /* what is too much of calls, which enter the kernel; may be < 0 */
	bool forked;	      /* no exec since its parent */
	bool running;	      /* still, or killed: nothing saw its end */
	bool alive;	      /* of those: it is there now */
	int wait_status;      /* as waitpid gives it; -1: nobody saw */
	uint64_t calls, lost; /* exact; slots overwritten or missing */
	size_t operations;
	uint32_t maker;		   /* who made it, as that one's records say; NONE: they do not */
	uint32_t made_by;	   /* the maker's thread; 0: unknown */
	int64_t made_ns;	   /* when; of its first image */
	int64_t reaped_ns;	   /* when the maker's wait for it returned; 0: nobody waited */
	LIST(struct stop) stops;   /* by start; none overlaps another */
	LIST(struct event) events; /* by start */
	LIST(struct event) stacks; /* records of stacks; they are not among the events */
};

/* Nobody saw what it did. dndprof itself, left alone on purpose, is none of these. */
bool model_is_unseen(const struct process *process);

enum flow_role { FLOW_ROLE_UNKNOWN, FLOW_ROLE_CLIENT, FLOW_ROLE_SERVER };

/* A socket from creation to close: (process, fd, generation). */
struct flow {
	uint32_t process;
	int32_t fd;
	uint32_t generation;
	enum flow_role role;
	bool is_unix, is_inet, tls, engine, http, hijacked, dns, end_of_file;
	const char *peer;	 /* "/var/run/docker.sock", "127.0.0.1:80"; NULL: unknown */
	int peer_port;		 /* 0: none */
	int64_t closed_ns;	 /* 0: not seen */
	uint64_t sent, received; /* bytes, peeked ones not */
	LIST(uint32_t) events;	 /* indices into the process's, by when bytes moved */
};

enum operation_kind {
	OPERATION_HTTP,
	OPERATION_DNS,
	OPERATION_CONNECT,
	OPERATION_REGION,
	OPERATION_CHILD, /* the following do not count in Total Operations */
	OPERATION_LOCK,
};

/* What the program marked (dndprof.h). `endpoint` is its name, `status` its result. */
enum region_kind { REGION_NONE, REGION_OPERATION, REGION_CHECK, REGION_JOB };

struct operation {
	enum operation_kind kind;
	enum dndprof_category category;
	uint32_t process, flow; /* flow: NONE where it has none */
	uint32_t tid;
	int64_t start_ns, end_ns, duration_ns;
	int64_t self_ns; /* regions: without the operations within; else the duration */
	bool stream, error, broken, server;
	bool unfinished;      /* under way when its flow, process or run ended: no duration */
	int status;	      /* HTTP status, errno, resolver's code, or a child's wait status */
	const char *method;   /* HTTP; regions: their own category */
	const char *endpoint; /* HTTP: template; else what a person would call it */
	const char *path;     /* HTTP: as sent, up to its query */
	enum region_kind region;
	const char *worker; /* regions: who a job names as its worker; "" */
	uint64_t lock;	    /* locks: its address */
	const char *site;   /* from where it was called; NULL: no stack was taken */
	/* Phases of HTTP; -1: none. Sending ends where the last bytes left, waiting with the first
	 * byte of the answer, receiving with its last. */
	int64_t send_ns, wait_ns, receive_ns;
	uint32_t sends;			    /* HTTP: calls that sent the request */
	uint32_t question;		    /* DNS: the type asked for; 0: not known */
	enum dndprof_exec_class exec_class; /* HTTP: of an exec-create, what it is to run */
	uint64_t identity; /* HTTP without a body: equal ones asked the same; 0: cannot be told */
};

struct endpoint_row {
	const char *method, *endpoint;
	enum dndprof_category category;
	bool stream, server;
	size_t count, errors, unanswered;
	size_t latencies; /* those with a duration, which the figures below are of */
	int64_t p50_ns, p95_ns, p99_ns, total_ns;
	int64_t wait_ns, receive_ns; /* medians; -1: none */
};
struct endpoint_rows {
	struct endpoint_row *items;
	size_t count, room;
};

/* A contended lock. */
struct lock_row {
	uint32_t process;
	uint64_t address;
	uint32_t number;
	const char *kind;  /* "mutex", "rwlock" */
	const char *what;  /* "mutex 1", "rwlock 2": addresses differ from run to run */
	const char *title; /* and who held it most, when that is known */
	uint64_t waits;
	size_t threads; /* that waited */
	int64_t total_ns, max_ns;
	uint32_t holder; /* who held it longest while others waited; 0: unknown */
	const char *holder_name;
	int64_t holder_ns; /* how long */
	const char *site;  /* where it was waited for longest; NULL: no stack was taken */
};

/* One past the last category stands for the programs' own work, the next for the time whose
 * records were overwritten: nobody knows what that was spent on; the last for what a filter left
 * out. */
#define CATEGORY_PROGRAM   DNDPROF_CATEGORY_COUNT
#define CATEGORY_UNCOVERED (CATEGORY_PROGRAM + 1)
#define CATEGORY_LEFT_OUT  (CATEGORY_UNCOVERED + 1)
#define CATEGORY_ROWS	   (CATEGORY_LEFT_OUT + 1)

struct category_row {
	const char *name;
	const char *remark;		  /* NULL: none */
	uint64_t count;			  /* 0: no figures but self_ns */
	int64_t total_ns, min_ns, max_ns; /* durations, concurrent ones each for itself */
	int64_t sum_ns; /* the same, those within each other, too; average_ns is of it */
	int64_t average_ns;
	int64_t self_ns; /* its part of the critical path; adds up to the wall time over all rows */
};

/* What a piece of the critical path was spent on (critical.h). X(id, key, title) */
#define CAUSES(X)                                                                       \
	X(ENGINE_WAIT, "engine_wait", "waiting for the engine")                         \
	X(REGISTRY_WAIT, "registry_wait", "waiting for a registry")                     \
	X(SERVER_WAIT, "server_wait", "waiting for another server")                     \
	X(SEND, "send", "sending requests")                                             \
	X(RECEIVE, "receive", "receiving answers as they come")                         \
	X(STREAM, "stream", "following a stream")                                       \
	X(DNS, "dns", "looking up names")                                               \
	X(CONNECT, "connect", "connecting")                                             \
	X(CHILD, "child_process", "child processes themselves")                         \
	X(LOCK, "lock", "waiting for locks")                                            \
	X(THREADS, "threads", "waiting for other threads")                              \
	X(IO, "io", "other reading, writing, waiting")                                  \
	X(CPU, "client_cpu", "client computing (CPU)")                                  \
	X(UNEXPLAINED, "unexplained", "unexplained (asleep, no CPU free, or not seen)") \
	X(STOPPED, "stopped", "profiling stopped by the program")                       \
	X(UNCOVERED, "not_covered", "records overwritten or left out")                  \
	X(LEFT_OUT, "left_out", "left out by --filter")

#define CAUSE_ENUM(id, key, title) CAUSE_##id,
enum cause { CAUSES(CAUSE_ENUM) CAUSE_COUNT };
#undef CAUSE_ENUM

struct cause_row {
	enum cause cause;
	unsigned int category; /* or CATEGORY_PROGRAM, CATEGORY_UNCOVERED */
	/* "" where there is none; what: endpoint, name, peer, program, region, call */
	const char *method, *what;
	const char *program; /* whose time it was */
	uint64_t count;	     /* pieces of the path */
	int64_t total_ns;
	int64_t cpu_ns; /* of child processes: how much of it was CPU; -1: no data */
};

/* A stretch of the critical path that belongs to one thing. */
enum stretch_kind {
	STRETCH_OWN, /* a process by itself: computing, asleep, in calls that are part of nothing */
	STRETCH_OPERATION, /* index: of the operation */
	STRETCH_LOCK,	   /* index: in `locks`; NONE: cannot be told */
	STRETCH_FLOW,	   /* index: of the flow, whose messages are not understood */
	STRETCH_NOBODY,	   /* no process of the run was there */
};

struct stretch {
	int64_t start_ns, end_ns;
	int64_t cpu_ns; /* of it; 0 where that is not known */
	bool cpu_known;
	enum stretch_kind kind;
	uint32_t run, process, index;
};

/* All rows, and all stretches, add up to the wall time. */
struct critical {
	LIST(struct cause_row) rows; /* causes by their sum, in each the longest first */
	int64_t cause_ns[CAUSE_COUNT];
	LIST(struct stretch) stretches; /* by run, ascending by time, without gaps */
};

/* Those that reports have where no others were asked for. X(id, parts of a million) */
#define PERCENTILES(X) \
	X(P50, 500000) \
	X(P90, 900000) \
	X(P95, 950000) \
	X(P99, 990000) \
	X(P99_9, 999000)

#define PERCENTILE_ENUM(id, ppm) PERCENTILE_##id,
enum { PERCENTILES(PERCENTILE_ENUM) PERCENTILE_COUNT };
#undef PERCENTILE_ENUM

struct percentile_row {
	const char *key, *name; /* "p99_9", "P99.9" */
	unsigned int ppm;
	bool enough; /* so many operations can tell it from the maximum */
	int64_t value_ns, low_ns, high_ns;
	bool low_known, high_known; /* so few operations may give the interval no bound */
};

#define OUTLIERS_SHOWN 5

struct summary {
	size_t operations, errors, streams, broken, unanswered, server_operations, latencies;
	int64_t total_ns, wall_ns, average_ns, min_ns, max_ns; /* of operations but streams */
	struct percentile_row percentile[PERCENTILE_COUNT];
	struct percentile_row *asked; /* to be shown; these, or others that were asked for */
	size_t asked_count;
	int64_t *sorted;  /* the durations: `latencies` of them, ascending unless approximate */
	bool approximate; /* so many that percentiles come from a histogram: error <= 1.1 % */
	struct {
		bool known;	  /* enough operations to tell */
		int64_t limit_ns; /* median + 3.5 deviations (stats/mad.h); what is above: */
		size_t count;
		uint32_t worst[OUTLIERS_SHOWN]; /* operations, the longest first */
		size_t shown;
	} outliers;
	int64_t accuracy_ns; /* -1: no data */
	int64_t precision_ns;
	uint64_t total_calls, lost_slots, orphans;
	int64_t startup_ns;
	double null_ns;
	int score; /* rating, 0 to 100; -1: no data */
	int stars;
	const char *rating, *rating_reasons; /* reasons: "" when none */
};

struct model_run {
	const struct run *run;
	const char *program, *subcommand, *host, *version;
	int64_t start_ns, end_ns, start_realtime_ns; /* realtime 0: unknown */
	LIST(struct clock *) clocks;
	LIST(const struct profile *) owners; /* whose clock each is */
	bool clock_unknown;		     /* a counter with one anchor: durations are in ticks */
	int64_t window_ns; /* records that ended before were left out; INT64_MIN: none were */
};

struct filter;

/* What a report shall be of. */
/* Records of a run that are looked at where nothing was said: the newest. */
#define MODEL_RECORDS 1000000

struct model_choice {
	struct filter *filter; /* NULL: everything */
	uint64_t records;      /* of a run, the newest; 0: MODEL_RECORDS; UINT64_MAX: all */
	const unsigned int *percentiles; /* in parts of a million, ascending; NULL: the usual */
	size_t percentile_count;
};

struct model {
	struct arena *arena;
	const struct model_choice *choice;
	struct filter *filter; /* NULL: everything */
	size_t left_out;       /* operations, by the filter */
	LIST(struct model_run) runs;
	LIST(struct process) processes;
	LIST(struct flow) flows;
	LIST(struct operation) operations; /* by start */
	struct endpoint_rows endpoints;
	struct endpoint_rows children; /* child processes; `endpoint` is the program */
	LIST(struct lock_row) locks;   /* the longest waited for first */
	struct map lock_index;	       /* locks by process and address: model_lock_of */
	struct category_row categories[CATEGORY_ROWS];
	LIST(struct category_row) user_categories; /* what USER's is made of, by name */
	LIST(const struct category_row *)
	category_rows; /* all there is to show of both, in order */
	struct critical critical;
	struct symbols *symbols; /* NULL: nobody has asked for one yet */
	struct sites sites;
	struct call_rows calls;
	struct checks checks;
	struct workers workers;
	struct resources resources;
	struct overhead overhead;
	struct summary summary;
	struct findings findings;
	LIST(const char *) warnings; /* sentences on what is missing, for the whole report */
};

/* What lies at an address of a process, for people: a function, or a file and an offset in it.
 * NULL: unknown. */
const char *model_symbol(struct model *model, uint32_t process, uint64_t address);

/* The runs must outlive the model. Never fails: what cannot be understood is a warning. */
struct model *model_build(struct run *const *runs, size_t count);
/* The same of a part of it. What `choice` leads to must outlive the model. */
struct model *model_build_of(struct run *const *runs, size_t count,
			     const struct model_choice *choice);
void model_free(struct model *model);

const char *category_name(unsigned int category);
const char *cause_key(enum cause cause);   /* of JSON */
const char *cause_title(enum cause cause); /* for people */

#endif
