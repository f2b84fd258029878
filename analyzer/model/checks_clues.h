/*
 * checks_clues.h - what the steps of recognising checks share (checks.c): clues are found in
 * operations, processes and single calls, in the order of time; labels claim those they cover; of
 * the others rules make checks.
 */
#ifndef ANALYZER_CHECKS_CLUES_H
#define ANALYZER_CHECKS_CLUES_H

#include "model/internal.h"

enum clue_kind {
	CLUE_NONE,
	CLUE_CONNECT,	/* to an engine; with the first request on it */
	CLUE_UNREACHED, /* an engine that could not be connected to */
	CLUE_PING,
	CLUE_NETWORKS, /* an engine's networks are asked for: all, or one */
	CLUE_BRIDGE,   /* the one called bridge */
	CLUE_EXEC_PING_NAME,
	CLUE_EXEC_PING_ADDRESS,
	CLUE_EXEC_LOOKUP,
	CLUE_EXEC_START,
	CLUE_ENGINE, /* any other request to an engine */
	CLUE_LOOKUP,
	CLUE_BARE_CONNECT, /* by TCP, to no engine, closed without a byte moved */
	CLUE_TALK,	   /* the same, with bytes */
	CLUE_FORWARDING,   /* the kernel is asked whether it forwards */
	CLUE_LINKS,	   /* for all links, or an interface's MTU */
	CLUE_DOCKER0,	   /* for docker0 by name */
	CLUE_FIREWALL,	   /* a program that asks netfilter */
};

enum check_result { CHECK_UNKNOWN, CHECK_PASSED, CHECK_FAILED };

static inline enum check_result check_result_of(bool failed)
{
	return failed ? CHECK_FAILED : CHECK_PASSED;
}

struct clue {
	enum clue_kind kind;
	enum check_result result;
	uint32_t process, tid;
	uint32_t operation;		       /* NONE: it is a call, or the process itself */
	uint32_t call;			       /* in inquest.calls; NONE likewise */
	int64_t at_ns;			       /* when it was */
	int64_t start_ns, end_ns, duration_ns; /* what it takes into account */
	bool timed;
	const char *part_kind, *text; /* of a call */
};

/* One check that took place. */
struct instance {
	const char *name;
	const char *const *candidates;
	uint32_t process;
	int64_t start_ns, end_ns;
	int64_t duration_ns; /* of a single part, compensated; -1: end - start */
	enum check_result result;
	bool timed, label;
	bool dropped;	  /* it turned out to be part of something else */
	bool networks;	  /* by rule, of an engine's networks, and docker0 not looked up yet */
	uint32_t waiting; /* execs: the next of its process that has not begun; NONE */
};

struct labels {
	uint32_t *process; /* by process: the instance whose label covers it, or NONE */
	struct labelled_region {
		uint32_t operation, instance;
		int64_t until_ns; /* the latest end of those of its thread up to here ... */
		uint32_t outer;	  /* ... and which instance's it is */
	} * regions;		  /* by process, thread and start */
	size_t region_count;
};

/* What an instance stands on: an operation, a call, or, where both are NONE, its process. */
struct instance_part {
	uint32_t instance, operation, call, process;
};

struct inquest {
	struct model *model;
	LIST(struct instance) instances;
	LIST(struct instance_part) parts;
	struct labels labels;
	LIST(struct clue) calls; /* clues that are no operations, by time */
	bool *bystander; /* by process: an engine's own, or below one: what it does is no check */
	bool *knows_engine;  /* by process: it has a connection to one */
	uint32_t *connected; /* by flow: the connect that no request followed yet, or NONE */
};

uint32_t inquest_instance(struct inquest *inquest, const char *name);
void inquest_part(struct inquest *inquest, uint32_t instance, const struct clue *clue);

/* How a process ended, and from when to when it was there. */
enum check_result process_result(const struct process *process);
int64_t process_begin_ns(const struct process *process);
int64_t process_end_ns(const struct process *process, bool *known);

void labels_find(struct inquest *inquest); /* checks_labels.c */
/* The instance whose label covers this moment of a thread, or NONE. */
uint32_t label_at(const struct inquest *inquest, uint32_t process, uint32_t tid, int64_t at_ns);

void clues_find(struct inquest *inquest); /* checks_clues.c: what can be known beforehand */

/* Of checks_operations.c. The list ends with NULL. */
bool clue_is_in(const char *const *list, const char *text);
bool clue_of_operation(struct inquest *inquest, uint32_t index, struct clue *clue);
/* What docker's own arguments say it runs in a container; ENGINE: nothing that is a check. */
enum clue_kind clue_of_own_exec(const struct process *process);

void rules_apply(struct inquest *inquest); /* checks_rules.c */

#endif
