/*
 * recorder.h - how a gate records an event: find the thread's writer, read the clock, reserve
 * slots, fill them, commit.
 *
 * Nothing here takes a lock, allocates from the heap, calls libc or touches errno, and nothing here
 * is held across the real call: a signal handler, a cancellation or a longjmp may leave at any
 * instruction. A writer is this thread's private view of its ring in the profile file; pointers are
 * never read back from the file, which others could change.
 */
#ifndef DNDPROF_SHIM_RECORDER_H
#define DNDPROF_SHIM_RECORDER_H

#include <stdbool.h>
#include <stdint.h>

#include <dndprof/calls.h>
#include <dndprof/profile.h>

#include "recorder/arena.h"
#include "recorder/histogram.h"
#include "recorder/sampling.h"
#include "recorder/sys.h"

_Static_assert((int)DNDPROF_CALL_COUNT <= DNDPROF_RING_CALLS,
	       "more calls than a ring has room for");

#define RING_BASE_SLOTS 128u
#define RING_MARGIN \
	64u /* slots left when a ring grows: room for handlers that record while it does */

/*
 * What a thread took and was woken by, so that its waits can say what it did since the last one:
 * small tables of the latest, by address. What a wait went with stays (`kept`), whatever else is
 * locked in between. Not for shared writers; nobody waits in the image that starts static programs.
 */
struct taken {
	const void *object; /* a mutex or a semaphore */
	uint32_t times;
	bool kept;
	bool held; /* a semaphore's last take, and the thread has not posted it since */
};

struct woken {
	const void *object; /* a condition or a semaphore */
	const void *lock;   /* its mutex; the semaphore */
};

#ifdef DNDPROF_FREESTANDING
#define TAKEN_PLACES 1
#else
#define TAKEN_PLACES 64 /* a power of two */
#endif

struct writer {
	struct dndprof_ring *ring;
	uint64_t mask;	  /* slots - 1 */
	uint64_t grow_at; /* head beyond which the ring grows; UINT64_MAX when it no longer can */
	uint32_t tid;
	uint32_t state;	  /* enum writer_state */
	bool shared;	  /* many threads write: atomic additions */
	bool long_way;	  /* it is, or its calls may have stacks: see event_done_hot */
	bool ending;	  /* its thread has said goodbye; look whether it is gone before others */
	uint8_t rate;	  /* one of 2^rate cheap calls is kept (sampling.h); 0: all; RATE_FULL */
	uint32_t lot;	  /* state of the lots drawn */
	uint64_t begun;	  /* ticks of the thread's start */
	uint64_t look_at; /* ticks at which its costs, and whether a sample is due, are looked at */
	uint64_t looked, looked_head, looked_left; /* when that was, and what there was then */
	uint32_t job_tid;    /* the thread that the jobs are of (libc/api.c), 0: none */
	uint64_t jobs_begun; /* ticks: its first job's begin */
	uint64_t jobs_ended; /* its last job's end */
	void *(*start_routine)(void *);
	void *start_argument;
	struct dndprof_thread *thread; /* in the file; NULL: no memory */
	const void *waited_with;       /* the lock of the last wait; NULL: never waited */
	uint32_t tried;		       /* semaphores taken as locks since it last waited at one */
	struct taken taken[TAKEN_PLACES];
	struct woken woken[TAKEN_PLACES];
	/* Of each segment where slot 0 of the ring would be if all of it lay there in one piece. */
	uintptr_t origin[DNDPROF_RING_SEGMENTS];
	struct dndprof_stats *stats[DNDPROF_RING_CALLS];
};

/* What a vfork under way keeps off the stack. */
struct vfork_frame {
	void *return_address;
	uint64_t register_value;
	struct writer *writer;
	uint64_t start;
};

/* One per thread, in initial-exec TLS: musl and early callers allow nothing else. In a static
 * program, whose thread-local storage is not ours, C runs only before its first instruction. */
#ifdef DNDPROF_FREESTANDING
#define RECORDER_TLS
#else
#define RECORDER_TLS __thread __attribute__((tls_model("initial-exec")))
#endif
struct tls {
	struct writer *writer; /* NULL: none yet, or recording is off here */
	uint32_t off; /* depth of vforks: above 0 in a vfork child, where nothing of the parent's
			 may be touched */
	uint32_t filtered; /* bit n: who was at depth n filters its system calls; never bit 0 */
	struct vfork_frame vfork[6];
};
extern RECORDER_TLS struct tls dndprof_tls __attribute__((visibility("hidden")));

enum recorder_state {
	RECORDER_NEW,
	RECORDER_ON,
	RECORDER_OFF,
	RECORDER_FORKING,
	RECORDER_STOPPED,  /* by the program, which may start it again */
	RECORDER_STARTING, /* it does */
};

/* Of what the program marks (libc/api.c). */
struct marked {
	uint32_t active, active_jobs; /* under way */
	uint32_t workers;	      /* gone, of which another thread has the writer now */
	uint64_t worker_ticks;	      /* their lives, from first begin to last end */
};

struct recorder {
	uint32_t state;	  /* enum recorder_state */
	bool counter;	  /* clock is the CPU's counter */
	bool records;	  /* write records, not only counters (detail above basic) */
	bool no_syscalls; /* the target filters its system calls: make none of our own. Only
			     recorder_may_call knows whether it does. */
	bool sample_rss;  /* /proc/self/statm may be opened: no other thread can see the descriptor
			   */
	bool stacks;	  /* take stacks of slow and failed calls (stacks/stack.h) */
	uint32_t threads; /* alive, as far as pthread_create and our writers tell */
	uint32_t pid;
	uint64_t max_slots;	/* of one ring */
	uint64_t stopped_since; /* ticks; of the last stop */
	uint64_t stopped_ticks; /* of all that are over */
	struct marked marked;
	uint64_t slow; /* ticks from which on a call is slow; UINT64_MAX: stacks are not wanted */
	struct dndprof_header *header; /* the mapped file */
	uint64_t capacity;	       /* of it */
	struct writer *shared;
	bool full; /* files, too, and nothing is left out */
};
extern struct recorder dndprof_recorder __attribute__((visibility("hidden")));

/* A page the kernel wipes in a forked child, but not in a vfork child: its words are 0 there. */
struct fork_page {
	uint64_t alive;
	uint64_t go;  /* the Go gate is open; never again in a forked child */
	uint64_t own; /* the file is this process's, whether recording is on or stopped */
	char pad[4096 - 24];
};
extern struct fork_page dndprof_fork_page __attribute__((visibility("hidden")));

/* ---- clock ---- */

uint64_t clock_monotonic(void); /* ns; for machines whose kernel does not trust the counter */

static inline uint64_t now(void)
{
	return likely(dndprof_recorder.counter) ? counter_read() : clock_monotonic();
}

/* ---- the thread's writer ---- */

struct writer *writer_find(void);

/* The calling thread's writer, or NULL where nothing is to be recorded. */
static inline struct writer *writer_self(void)
{
	struct writer *w = dndprof_tls.writer;

	if (likely(w && dndprof_fork_page.alive))
		return w;
	return writer_find();
}

/* ---- counters ---- */

/* An exact addition: one instruction against our own handlers, locked where threads share. */
static inline void writer_add(const struct writer *w, uint64_t *p, uint64_t v)
{
	if (unlikely(w->shared))
		__atomic_fetch_add(p, v, __ATOMIC_RELAXED);
	else
		local_add(p, v);
}

struct dndprof_stats *writer_new_stats(struct writer *w, unsigned call); /* NULL: no memory */
uint64_t *writer_new_octave(const struct writer *w, struct dndprof_stats *st,
			    unsigned octave); /* likewise */
void histogram_elsewhere(unsigned call, uint64_t duration, uint8_t weight);
void writer_raise(uint64_t *max, uint64_t v); /* slow halves of extremes, shared writers only */
void writer_lower(uint64_t *min, uint64_t v);
void loss_add(unsigned loss);

static inline struct dndprof_stats *writer_stats(struct writer *w, unsigned call)
{
	struct dndprof_stats *st = w->stats[call];

	return likely(st != NULL) ? st : writer_new_stats(w, call);
}

void count_shared(unsigned call, uint64_t retries,
		  uint64_t errors); /* where a writer has no statistics of its own */

/* Counts a call that has no duration worth a clock: an uncontended lock, a signal nobody waits for.
 */
static inline void count_result(struct writer *w, unsigned call, uint64_t retries, uint64_t errors)
{
	struct dndprof_stats *st = writer_stats(w, call);

	if (unlikely(!st || w->shared)) {
		count_shared(call, retries, errors);
		return;
	}
	local_add(&st->count, 1);
	if (unlikely(retries | errors)) {
		local_add(&st->retries, retries);
		local_add(&st->errors, errors);
	}
}

static inline void count_call(struct writer *w, unsigned call)
{
	count_result(w, call, 0, 0);
}

struct event {
	uint64_t start;
	uint64_t duration;
	int64_t result;
	int32_t fd;
	uint32_t generation;
	uint64_t arg;
	uint16_t call;
	uint8_t payload;
	uint8_t error;
	uint8_t flags;
	uint8_t kind;	/* 0 means DNDPROF_KIND_CALL */
	uint8_t weight; /* log2 of the calls it stands for */
	bool retry;	/* failed, but as the protocol has it: EAGAIN and its like */
	uint64_t bytes; /* to count as moved */
};

void stats_add(struct writer *w, const struct event *e);

/* A piece of a payload, where the caller has it: nothing is joined on the stack, which may be
 * small. */
struct part {
	const void *p;
	size_t n;
};

#define PAYLOAD_MAX (12 * DNDPROF_MORE_BYTES) /* longer ones are cut */

/* The call's stack, after its record; where stacks are had only (stacks/stack.c). */
void stack_take(struct writer *w, const struct event *e);

static inline __attribute__((always_inline)) void stack_due(struct writer *w, const struct event *e)
{
#ifndef DNDPROF_FREESTANDING
	if (unlikely(dndprof_recorder.stacks))
		stack_take(w, e);
#else
	(void)w, (void)e;
#endif
}

/* Writes one record of e with the parts as its payload (0: none), and counts nothing. */
void event_write(struct writer *w, const struct event *e, const struct part *parts, int count);

/* On the path of every event: is it time to look at costs and resources? */
static inline void look_due(struct writer *w, uint64_t now_ticks)
{
	if (unlikely(now_ticks >= w->look_at))
		sampling_look(w, now_ticks);
}

/* The whole of a call: counts, histogram, record, and, when its time has come, a sample. */
void event_done_parts(struct writer *w, const struct event *e, const struct part *parts, int count);

static inline void event_done(struct writer *w, const struct event *e, const void *payload,
			      size_t n)
{
	struct part part = {payload, n};

	event_done_parts(w, e, &part, n != 0);
}

/* ---- life ---- */

/* The constructor's work. Returns the environment the program's children shall get: env, or a copy
 * with what they must know, where a run was begun. */
char **recorder_start(char **env);
void recorder_stay_out(void);	/* or not at all: no system call is made */
const char *recorder_run(void); /* the run's directory */
void recorder_finish(unsigned end,
		     int status); /* enum dndprof_end; nothing is lost if it is never called */
void recorder_resume(void);	  /* an exec failed after all */
void recorder_off(unsigned note); /* stop for good, with the reason */
void recorder_note(unsigned note);
/* The program stops recording, and starts it again. 0, also where it was so before; -ENOSYS: off
 * for good; -EBUSY: in a vfork child. (stop.c) */
int recorder_stop(void);
int recorder_start_again(void);
/* Is this process the one that stopped it, and no forked child? */
bool recorder_stopped_here(void);
void recorder_filtered(void); /* the target is about to filter its system calls */
/* May a system call of our own be made? Before each of them: the target may have set a filter where
 * we did not see it. */
bool recorder_may_call(void);
bool recorder_forked(void); /* in a forked child: make it a process of its own */
struct writer *
recorder_parent_writer(void); /* between fork and exec: the parent's shared writer; NULL: none */

/* ---- writers (writer.c) ---- */

enum writer_state { WRITER_FREE, WRITER_USED };

#define RATE_FULL 0xff /* at detail full all calls go the long way, and none is left out */

/* Slots before those of segment k. */
static inline uint64_t segment_first(unsigned k)
{
	return k ? (uint64_t)RING_BASE_SLOTS << (k - 1) : 0;
}

#define WRITER_MAX 1024 /* rings a process, the shared one aside */

/* A ring of this many segments, all of them one piece of memory at *slots. NULL: no memory. */
struct dndprof_ring *ring_make(uint32_t kind, unsigned segments, enum arena_use use,
			       struct dndprof_record **slots);
/* The writer of that number, the shared one is 0; NULL: there are no more. */
struct writer *writer_at(uint32_t index);
/* Empties the pool and makes the calling thread's ring in a new file. Its writer, or NULL: no
 * memory. */
struct writer *writers_start(void);
/* Then the shared ring: behind what every program uses, for most of it is never touched. False: no
 * memory. */
bool writers_share(void);
/* A writer for a thread that is about to be: a dead thread's, or a new one. NULL: none left, use
 * the shared one. */
struct writer *writer_take(void);
void writer_release(struct writer *w);	    /* it could not be made after all */
void writer_begin_thread(struct writer *w); /* the calling thread is w's from here on */
void writer_end_thread(void);		    /* says goodbye; calls after this are still recorded */
void writer_first_wait(struct writer *w);   /* a thread has given itself its name by then */
/* A thread was given that name, by itself or by another; handle 0: the calling one. Other threads'
 * names are in files only, and a descriptor of ours could be met: so they are taken as they are
 * set. */
void writer_named(uint64_t handle, const char *text);
void writers_finish(void); /* CPU times of the threads that are still there */

/* ---- what a thread took since its last wait ---- */

static inline unsigned taken_place(const void *object)
{
	return (unsigned)(((uintptr_t)object >> 3) * 0x9e3779b1u >> 16) % TAKEN_PLACES;
}

/* The object's place, or NULL: another has it. */
static inline struct taken *taken_claim(struct writer *w, const void *object)
{
	struct taken *t = &w->taken[taken_place(object)];

	if (likely(t->object == object))
		return t;
	if (t->kept)
		return NULL;
	*t = (struct taken){.object = object};
	return t;
}

/* The lock or semaphore was had without waiting. */
static inline void taken_add(struct writer *w, const void *object)
{
	struct taken *t = taken_claim(w, object);

	if (likely(t != NULL))
		t->times++;
}

static inline void taken_hold(struct writer *w, const void *semaphore)
{
	struct taken *t = taken_claim(w, semaphore);

	if (likely(t != NULL))
		t->held = true;
}

static inline void taken_post(struct writer *w, const void *semaphore)
{
	struct taken *t = &w->taken[taken_place(semaphore)];

	if (t->object == semaphore)
		t->held = false;
}

/* What record.generation says of it: profile.h. */
static inline uint32_t taken_told(const struct writer *w, const void *object)
{
	const struct taken *t = &w->taken[taken_place(object)];

	if (w->shared)
		return 0;
	if (t->object != object)
		return t->kept ? 0 : 1;
	return (t->times < DNDPROF_TAKEN_MOST ? t->times + 1 : DNDPROF_TAKEN_MOST) |
	       (t->held ? DNDPROF_TAKEN_HELD : 0);
}

/* The thread waits with it: it is counted from here on. Returns what taken_told said. */
static inline uint32_t taken_since(struct writer *w, const void *object)
{
	uint32_t told = taken_told(w, object);

	w->taken[taken_place(object)] = (struct taken){.object = object, .kept = true};
	w->waited_with = object;
	return told;
}

#endif
