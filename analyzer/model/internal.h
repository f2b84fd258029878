/*
 * internal.h - the steps model_build takes, in their order, and what they share.
 */
#ifndef ANALYZER_MODEL_INTERNAL_H
#define ANALYZER_MODEL_INTERNAL_H

#include <errno.h>

#include "model/model.h"

#include <dndprof/marks.h>

void model_clocks(struct model *model, struct model_run *run); /* clocks.c */
bool model_this_boot(const struct profile *profile);	       /* the machine's, now */
const struct clock *model_clock_of(const struct model_run *run, const struct profile *profile);
void model_window(struct model *model, struct model_run *run); /* window.c */
void model_window_warn(struct model *model);
void model_processes(struct model *model, uint32_t run); /* process.c */
void model_children(struct model *model, uint32_t run);	 /* children.c */
void model_alive(struct model *model, uint32_t run);	 /* alive.c */
/* By the settings of who started it; left_out.c. */
bool model_left_out(const struct profile *parent, const char *program);
/* A line for a process without a profile, whose reason is still to be told; unrecorded.c. */
struct process *model_unobserved(struct model *model, uint32_t run, int pid, int ppid,
				 const char *program);
/* Why it has none, as the shim in it said; NULL: it did not. */
const char *model_unrecorded(struct model *model, const struct process *process, int64_t exec_ns);
void model_unrecorded_rest(struct model *model, uint32_t run); /* those nobody saw start */
void model_flows(struct model *model, uint32_t process);       /* flow.c */
void model_http(struct model *model, uint32_t flow);	       /* http.c */
void model_engine_peers(struct model *model);		       /* http.c */
void model_connects(struct model *model, uint32_t flow);       /* connect.c */
void model_dns_flow(struct model *model, uint32_t flow);       /* dns.c */
void model_calls(struct model *model, uint32_t process);       /* call.c */
void model_endpoints(struct model *model);		       /* endpoints.c */
void model_locks(struct model *model);			       /* locks.c */
void model_locks_again(struct model *model);		       /* after operations were dropped */
void model_sites(struct model *model);			       /* sites.c */
/* NULL: it was never waited for. */
const struct lock_row *model_lock_of(const struct model *model, uint32_t process, uint64_t address);
void model_region_costs(struct model *model); /* region_cost.c */
void model_regions(struct model *model);      /* regions.c */
void model_stops(struct model *model);	      /* stops.c */
/* NULL: no region is of it. */
struct category_row *model_user_category(struct model *model, const char *category);
/* The program the run was made for, in whatever image; all others are its children.
 * (critical_rows.c) */
bool model_is_client(const struct model *model, uint32_t run, uint32_t process);
void model_summary(struct model *model);    /* summary.c */
void model_call_rows(struct model *model);  /* calls.c */
void model_latencies(struct model *model);  /* latencies.c */
void model_critical(struct model *model);   /* critical.c */
void model_categories(struct model *model); /* category.c */
void model_checks(struct model *model);	    /* checks.c */
void model_workers(struct model *model);    /* workers.c */
void model_resources(struct model *model);  /* resources.c */
void model_overhead(struct model *model);   /* overhead.c */
void model_rate(struct model *model);	    /* rating.c, of all before it */

/* A new operation of `process` from start to end, duration compensated. Its address is good until
 * the next one is made. */
struct operation *model_operation(struct model *model, enum operation_kind kind, uint32_t process,
				  int64_t start_ns, int64_t end_ns);
/* Sums of times out of a damaged file must not overflow. */
static inline int64_t add_ns(int64_t a, int64_t b)
{
	int64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? (a < 0 ? INT64_MIN / 2 : INT64_MAX / 2) : sum;
}
static inline int64_t times_ns(int64_t count, int64_t ns)
{
	int64_t product;

	return __builtin_mul_overflow(count, ns, &product)
		       ? ((count < 0) != (ns < 0) ? INT64_MIN / 2 : INT64_MAX / 2)
		       : product;
}
void model_warn(struct model *model, const char *sentence);
/* When what began at `after_ns` and never ended was given up: with its flow, its process, its run.
 */
static inline int64_t flow_end_ns(const struct flow *flow, const struct process *process,
				  int64_t after_ns)
{
	int64_t end = flow->closed_ns > after_ns ? flow->closed_ns : process->gone_ns;

	return end > after_ns ? end : after_ns;
}
/* An HTTP request that got no answer, for whatever reason. */
static inline bool is_unanswered(const struct operation *operation)
{
	return operation->kind == OPERATION_HTTP && operation->wait_ns < 0;
}
/* Has it a duration that says how long something took? */
static inline bool has_duration(const struct operation *operation)
{
	return !operation->unfinished && !is_unanswered(operation);
}
/* One of Total Operations. */
static inline bool operation_counts(const struct operation *operation)
{
	return operation->kind <= OPERATION_REGION && !operation->server;
}
/* Its duration says how fast something was. */
static inline bool operation_is_latency(const struct operation *operation)
{
	return !operation->stream && has_duration(operation);
}
/* Of a call id known to this program, is it the one? */
static inline bool event_is(const struct event *event, enum dndprof_call call)
{
	return event->call->known == (int)call;
}
/* What recording has put into the duration of such a call. */
static inline double null_of(const struct process *process, int known)
{
	return dndprof_call_is_mark(known) ? process->null_ns : process->call_null_ns;
}
static inline bool event_is_region(const struct event *event)
{
	return event_is(event, DNDPROF_CALL_region) || event_is(event, DNDPROF_CALL_check) ||
	       event_is(event, DNDPROF_CALL_job);
}
/* To be asked again: no failure. */
static inline bool error_is_retry(int error)
{
	return error == EAGAIN || error == EINTR || error == EINPROGRESS || error == EALREADY;
}
/* How many calls it stands for. */
static inline int64_t event_weight(const struct event *event)
{
	return INT64_C(1) << (event->record->raw.weight_log2 & 15);
}
static inline bool event_failed(const struct event *event)
{
	return event->record->raw.error != 0;
}
/* wait, waitpid, wait3, wait4: the child's id is their result; and waitid, whose is read here:
 * 0 when nobody ended. */
bool event_waits(const struct event *event);
int event_reaped(const struct event *event);
/* Payload as text in the arena, up to its first NUL or `length`. */
const char *event_text(struct model *model, const struct event *event);
/* Its part `index`, up to a NUL; "" where there is none. */
const char *event_part(struct model *model, const struct event *event, unsigned int index);

#endif
