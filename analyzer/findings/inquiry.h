/*
 * inquiry.h - what the rules work with: the model, the thresholds, and which part of the critical
 * path no finding has claimed yet. Rules are tried from the special to the general; each claims the
 * time it explains, so that the general ones (waiting for the engine, computing) get what is left
 * and no moment is saved twice.
 */
#ifndef ANALYZER_INQUIRY_H
#define ANALYZER_INQUIRY_H

#include "findings/findings.h"
#include "model/internal.h"

struct interval {
	int64_t start_ns, end_ns;
	uint32_t run;
};
struct intervals {
	struct interval *items;
	size_t count, room;
};

struct inquiry {
	struct model *model;
	const struct thresholds *thresholds;
	int64_t *left;		    /* of each stretch of the critical path: what is not claimed */
	uint32_t *marks;	    /* of each operation: a rule's own; all 0 when a rule begins */
	int64_t *process;	    /* of each process: likewise */
	struct intervals intervals; /* likewise, empty */
};

/* How much of a stretch, at most its length, a rule is after. */
typedef int64_t wanted_function(const struct inquiry *inquiry, const struct stretch *stretch,
				const void *data);

/* What of that nobody has claimed; and takes it. */
int64_t path_left(const struct inquiry *inquiry, wanted_function *wanted, const void *data);
int64_t path_claim(struct inquiry *inquiry, wanted_function *wanted, const void *data);
/* The same, no more than `most_ns`. */
int64_t path_claim_most(struct inquiry *inquiry, wanted_function *wanted, const void *data,
			int64_t most_ns);

/* Stretches of operations whose mark is *data, and, where a process of the run was idle, the time
 * in the intervals, which must be settled. */
wanted_function want_marked;
/* Sorts the intervals and joins those that overlap. */
void intervals_settle(struct intervals *intervals);
void interval_add(struct intervals *intervals, uint32_t run, int64_t start_ns, int64_t end_ns);
/* Of [start, end) the part within a stretch. */
int64_t overlap(const struct stretch *stretch, int64_t start_ns, int64_t end_ns);
/* The part of a stretch of a process's own that it did not compute. */
int64_t idle_ns(const struct stretch *stretch);
/* Was its process observed then, and are its records there? */
bool is_covered(const struct inquiry *inquiry, const struct stretch *stretch);

int64_t threshold(const struct inquiry *inquiry, enum threshold id);
/* Is it above that share of the wall time? */
bool above_share(const struct inquiry *inquiry, enum threshold id, int64_t ns);
double percent(const struct inquiry *inquiry, int64_t ns); /* of the wall time */

/* A new finding whose time is claimed already; `how` it was estimated ends the sentence of its
 * impact. impact_ns -1: it cannot be told. Its address is good until the next one is made. */
struct finding *finding_add(struct inquiry *inquiry, const char *rule, int64_t impact_ns,
			    const char *how);
/* The operation is one that the finding stands on. */
void cite(const struct inquiry *inquiry, struct finding *finding, uint32_t operation);
/* All operations with this mark. */
void cite_marked(const struct inquiry *inquiry, struct finding *finding, uint32_t mark);

/* What of each operation is on the critical path and not claimed; for the caller to free. */
int64_t *operations_left(const struct inquiry *inquiry);

/* A process the finding stands on, of `count` like it: it had `ns` of the time. */
void cite_process(const struct inquiry *inquiry, struct finding *finding, uint32_t process,
		  size_t count, int64_t ns);

/* Texts that live as long as the model. */
const char *text_ns(const struct inquiry *inquiry, int64_t ns);
const char *text_times(const struct inquiry *inquiry, uint64_t count); /* "once", "3 times" */
const char *operation_name(const struct inquiry *inquiry, const struct operation *operation);
#define sentence(inquiry, ...) arena_print((inquiry)->model->arena, __VA_ARGS__)

/* A client's operation of that kind. */
static inline bool is_client_http(const struct operation *operation)
{
	return operation->kind == OPERATION_HTTP && !operation->server;
}
static inline uint32_t run_of(const struct model *model, const struct operation *operation)
{
	return model->processes.items[operation->process].run;
}
/* The program's own exit status, or a signal, says that the run failed. */
bool run_failed(const struct model *model, uint32_t run);

#endif
