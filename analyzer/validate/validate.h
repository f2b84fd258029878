/*
 * validate.h - what `dndprof validate` is made of: programs that know how long things took, run
 * under the very gates that record them, and the comparison of both.
 *
 * A target makes things last: it waits by spinning up to an absolute deadline, or for a peer that
 * spins before it answers; it never sleeps. Beside that it reads CLOCK_MONOTONIC itself, which the
 * recorder does not time with where the processor's counter can be trusted, and writes down what it
 * saw: references. The file: text, a line "fd N" (-1: none), then a line "DELAY START DURATION", in
 * ns, for each, in their order. DELAY is what was aimed at.
 *
 * A DELAY below zero is one of enum empty_delay: what EMPTY_BATCH calls that do nothing took, made
 * past the gate, and with EMPTY_THROUGH added to it as many through the gate, with all that is not
 * the call taken off: those are what records are compared with.
 */
#ifndef ANALYZER_VALIDATE_H
#define ANALYZER_VALIDATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/memory.h"

#define DELAYS_MOST 9
#define EMPTY_MOST  10
#define EMPTY_BATCH 64

struct reference {
	int64_t delay_ns, start_ns, duration_ns;
};

struct references {
	int fd;
	LIST(struct reference) list, empty;
};

/* Of no bytes, but recv: of one that is not there. The descriptor is the references', poll's none.
 */
enum empty_delay {
	EMPTY_READ = -1,
	EMPTY_WRITE = -2,
	EMPTY_SEND = -3,
	EMPTY_RECV = -4,
	EMPTY_POLL = -5,
	EMPTY_SENDTO = -6,
	EMPTY_READV = -7,
	EMPTY_WRITEV = -8,
	EMPTY_THROUGH = -100, /* added to one of them */
};
struct empty_class {
	int delay; /* enum empty_delay; name NULL ends the table */
	unsigned int call;
	const char *name;
};
extern const struct empty_class validate_empty[];

/* Of what a program's records are compared with its references. */
enum trial_kind {
	TRIAL_REGION,	/* regions marked by the C API */
	TRIAL_RECEIVE,	/* calls that received on the references' fd */
	TRIAL_REQUEST,	/* HTTP transactions, up to the first byte of the answer */
	TRIAL_EXCHANGE, /* the same, and the reference is the peer's: waking is part of it */
};

struct trial {
	const char *gate, *what, *witness; /* of the report */
	enum trial_kind kind;
	bool precise;	     /* decides on the verdict */
	char *command[8];    /* the target; NULL-terminated */
	const char *skipped; /* why it was not tried; NULL: it was */
};

struct error_row {
	int64_t delay_ns; /* what was aimed at */
	size_t count;
	int64_t bias_ns;		/* median of recorded less true */
	int64_t p50_ns, p99_ns, max_ns; /* of its size */
};

/* Intervals in which nothing happened, as recorded: the null interval still in them. */
struct empty_row {
	const char *name;
	size_t count;
	double min_ns, p50_ns, p99_ns, max_ns;
	/* What is left once it is taken off: of regions, the mean up to P99; of calls, what they
	 * are recorded as beyond what they took there (empty.c), and beyond what they take past the
	 * gate, where they may be quicker. */
	double residual_ns, past_ns;
	bool residual_known, past_known;
};

struct outcome {
	struct trial trial;
	bool loaded; /* both cores were busy besides */
	struct error_row rows[DELAYS_MOST];
	size_t row_count;
	struct empty_row empty[EMPTY_MOST];
	size_t empty_count;
	double null_ns, call_null_ns; /* what was taken off regions and off calls */
	size_t count;
	int64_t p99_ns;	  /* over all */
	double drift_ppm; /* of recorded begins against the references' */
	bool drift_known;
	const char *gate_found; /* as the run's coverage has it */
	const char *failure;	/* NULL, or why there is nothing to compare */
	bool passed;
};

/* ---- targets (target.c, target_curl.c): run under the gate; exit status 0 ---- */

/* `kind` "calls": regions and receives, one file each; "curl": requests to the socket of a stub. */
int validate_target(int argc, char **argv);
int validate_nothing(FILE *file, int fd, unsigned int part); /* target_empty.c */
int validate_curl(const char *socket, const char *file, unsigned int part);
/* How often each delay is tried; a count of 0 ends the table. Delay 0 is nothing at all, which only
 * regions can show. `part`: 1 of so many, at least 2. */
struct repeat {
	int64_t delay_ns;
	unsigned int count;
};
extern const struct repeat validate_repeats[];
unsigned int validate_count(const struct repeat *repeat, unsigned int part);
int64_t validate_now(void); /* CLOCK_MONOTONIC */
void validate_spin(int64_t deadline_ns);

/* ---- the stub engine (stub.c) ---- */

struct validate_stub;
/* Answers GET /version and /delay/NS after spinning so long; NULL: errno says why. */
struct validate_stub *validate_stub_start(const char *socket, int64_t delay_ns);
/* What it did, for TRIAL_EXCHANGE: request read to answer begun. */
void validate_stub_take(struct validate_stub *stub, struct references *references);
void validate_stub_stop(struct validate_stub *stub);

/* ---- comparison (compare.c) ---- */

bool references_read(const char *path, struct references *references);
/* Fills all but trial and loaded. `directory`: of the run. */
void outcome_compare(struct outcome *outcome, const char *directory,
		     const struct references *references, int64_t precision_ns);

/* ---- what recording leaves (empty.c) ---- */

struct model;
void outcome_empty(struct outcome *outcome, const struct model *model,
		   const struct references *references);

/* ---- the report (print.c) ---- */

struct validation {
	LIST(struct outcome) outcomes;
	int64_t precision_ns;
	double slew_ppm; /* CLOCK_MONOTONIC against CLOCK_MONOTONIC_RAW meanwhile */
	bool passed;
};

struct buffer;
void validation_text(struct buffer *buffer, const struct validation *validation, bool ascii);
void validation_json(struct buffer *buffer, const struct validation *validation);

#endif
