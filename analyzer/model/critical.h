/*
 * critical.h - the critical path of a run: the one chain of work and waiting that made its wall
 * time. Every moment of the run is in exactly one piece of it, so pieces add up to the wall time.
 *
 * The chain is walked backwards, from the end of the run, in the process that was run:
 * - Of a program seen through the C library one thread is followed, the main one at first. Between
 *   its calls it works by itself. A call that waited for a child leads into the child, at the end
 *   of the wait, and the chain comes back where the child was made; one that joined a thread leads
 *   into that thread, and comes back where it was created, or where another thread woke it from a
 *   wait, or, where nobody knows what it waited for, to who joined it, as soon as that was not yet
 *   waiting: a worker that idles until it is told to end made no time. Other calls are explained by
 *   the operations they are part of: those of the thread, then, where it waited for something else,
 *   those of the process's other threads.
 * - Of a Go program goroutines wait, not threads, and their waiting is known per flow: there the
 *   operations of the whole process are followed, and its waits for children. Of several under way
 *   the one that ended first is followed to its begin: it is what the program went on after.
 * - On a connection whose messages are not understood (TLS, HTTP/2 inside it, other protocols) the
 *   time from sending to the next bytes received is waiting for its peer.
 * - Streams (attach, wait, logs -f) and operations that never ended explain only what nothing else
 *   does: a stream lasts while others work.
 * - A child reads as waited for where its parent waited for descriptors, too, and the child ended
 *   in that wait (pipes), or where the parent asked again and again (WNOHANG).
 * - A process that slept while another, whose output it reads through a pipe, went on, waited for
 *   that: the chain leads into it, at its end. Nothing records who reads a pipe, and who has one
 *   from its maker need not read it: critical_kinship.c says what makes a reader.
 * - A process that was not observed is one piece, from its making to where the chain came in.
 *
 * What a process does by itself is CPU as far as its samples say it computed. For the rest it
 * slept, had no CPU, or waited in a way that is not seen: that is explained by an operation that
 * was under way, else unexplained. Of child processes CPU and unexplained are "child processes", by
 * program.
 */
#ifndef ANALYZER_CRITICAL_H
#define ANALYZER_CRITICAL_H

#include "base/map.h"
#include "model/internal.h"

enum span_kind { SPAN_CALL, SPAN_OPERATION, SPAN_FLOW, SPAN_CHILD, SPAN_STOP };

struct span {
	int64_t start_ns, end_ns;
	enum span_kind kind;
	uint32_t index; /* of the process's event, the operation, the flow, the child process */
};
/* Ascending; none overlaps another. */
struct spans {
	struct span *items;
	size_t count, room;
};

struct thread_lane {
	uint32_t tid;
	uint32_t joiner;	  /* the thread that waited for its end, as the chain found; 0 */
	int64_t joined_ns;	  /* since when that waited */
	int64_t start_ns, end_ns; /* of its life; 0: not seen */
	struct spans calls;	  /* outermost ones */
	struct spans operations;
	struct spans regions; /* marked by the program */
};

/* A signal, a post: something waited for became true. */
struct wake {
	uint64_t object;
	int64_t ns;
	uint32_t tid;
};

/* What one process did, by thread and as a whole. */
struct lanes {
	bool go;
	LIST(struct wake) wakes; /* by object, then time; of C programs */
	LIST(struct thread_lane) threads;
	struct map by_tid;	 /* index in threads */
	struct spans operations; /* of all threads; of Go programs waits for children as well */
	struct spans exchanges;	 /* on connections whose messages are not understood */
	struct spans background; /* streams, and what never ended */
	struct spans stops;	 /* nothing was recorded */
};

/* The children of each process, and its images. Arrays are by process. */
struct kinship {
	uint32_t *earlier, *later; /* image of the same process, before and after an exec; NONE */
	uint32_t *original;	   /* the first image of the same process */
	uint32_t *children;	   /* grouped by maker, by when they were reaped */
	size_t *first;		   /* where the group of a maker begins; one more than processes */
	uint32_t *writer;	   /* whose output it reads through a pipe: who ended last; NONE */
};

#define EXIT_MOST_NS 10000000 /* from a program's last word to its end */
#define SLEPT	     10	      /* it used less than this part of its time: it had to wait */

/* Is it known when the process ended, by itself? */
static inline bool says_its_end(const struct process *process)
{
	return process->profile && profile_header(process->profile)->end != DNDPROF_END_OPEN;
}

/* Who made it; NONE. */
static inline uint32_t maker_of(const struct process *process)
{
	return process->maker != NONE ? process->maker : process->parent;
}

void kinship_find(struct model *model, struct kinship *kinship);
void kinship_free(struct kinship *kinship);
/* The child (its last image) whose end this call told; NONE. */
uint32_t kinship_reaped(const struct model *model, const struct kinship *kinship, uint32_t maker,
			const struct event *event);

/* Indices of operations or flows, grouped by process. */
struct groups {
	uint32_t *items;
	size_t *first; /* where the group of a process begins; one more than processes */
};

void lanes_build(struct model *model, const struct kinship *kinship,
		 const struct groups *operations, const struct groups *flows, uint32_t process,
		 struct lanes *lanes);
void lanes_free(struct lanes *lanes);
/* The last span that begins before `ns`; NULL: none. */
const struct span *span_before(const struct spans *spans, int64_t ns);

/* Who woke a thread that waited for the object in [start, end]: the last; NULL: nobody known. */
const struct wake *wake_within(const struct lanes *lanes, uint64_t object, uint32_t tid,
			       int64_t start, int64_t end);

enum piece_kind {
	PIECE_OWN,	 /* the process, between its calls; index: of the operation or region
			    under way; NONE */
	PIECE_OPERATION, /* index: of the operation */
	PIECE_FLOW,	 /* index: of the flow */
	PIECE_CALL,	 /* index: of the process's event */
	PIECE_STOPPED,	 /* the program had recording stopped */
	PIECE_NOBODY,	 /* no process of the run was there */
};
enum piece_phase { PHASE_WAIT, PHASE_SEND, PHASE_RECEIVE };

struct piece {
	int64_t start_ns, end_ns;
	enum piece_kind kind;
	enum piece_phase phase; /* of operations */
	uint32_t process, index;
	int64_t cpu_ns; /* critical_cpu: of it; -1: no data */
};
struct pieces { /* descending by time, without gaps */
	struct piece *items;
	size_t count, room;
};

/* CPU time of a process between two moments, as far as its samples tell; -1: they do not. */
int64_t cpu_between(const struct process *process, int64_t from, int64_t to);
/* How much of the pieces that may be computing was. (critical_cpu.c) */
void critical_cpu(const struct model *model, uint32_t run, struct pieces *pieces);
/* Pieces of a run as rows. (critical_rows.c) */
void critical_rows(struct model *model, uint32_t run, const struct pieces *pieces);
void critical_sort(struct model *model);
/* The same pieces as stretches, in the order of time. (critical_stretches.c) */
void critical_stretches(struct model *model, uint32_t run, const struct pieces *pieces);

#endif
