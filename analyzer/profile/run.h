/*
 * run.h - the files of one run: where they are, and what `dndprof run` wrote beside them.
 */
#ifndef ANALYZER_RUN_H
#define ANALYZER_RUN_H

#include <limits.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "profile/clock.h"
#include "profile/reader.h"
#include "profile/usage.h"

#define RUN_FILE "run.json"

/* run.json. Texts are "" and numbers 0 or -1 when unknown. */
struct run_facts {
	bool present;
	bool finished; /* the child ended while `dndprof run` looked */
	char program[256], exe[PATH_MAX], subcommand[256], host[256], boot_id[64], version[64];
	char check[64];
	int64_t start_realtime_ns, start_ns, end_ns; /* the latter two of CLOCK_MONOTONIC */
	int child, exit_status, signal;		     /* -1: none */
	int64_t cpu_ns; /* what the child and its own children used; 0: unknown */
	/* The same in parts, of all it waited for; 0 page faults: unknown. */
	int64_t user_ns, system_ns, voluntary_switches, involuntary_switches;
	int64_t minor_faults, major_faults;
	struct clock_anchor anchors[4];
	enum dndprof_clock anchor_clock;
	size_t anchor_count;
	size_t file_bytes; /* of run.json, as run_facts_write made it */
};

struct run_failure {
	char *path;
	int code; /* as of profile_open */
};

/* A program that the shim was in and that could not make a profile (dndprof/budget.h). */
struct run_unrecorded {
	int pid, error; /* errno */
	uint64_t limit; /* its RLIMIT_FSIZE in bytes */
	int64_t ns;	/* CLOCK_MONOTONIC */
	char program[17];
};

struct run {
	char *path;
	struct run_facts facts;
	LIST(struct run_unrecorded) unrecorded;
	struct usage usage; /* resources.json */
	LIST(struct profile *) profiles;
	LIST(struct run_failure) failures; /* files NAME.dndprof that could not be read */
};

/* Opens a profile file, a run directory, or a parent of run directories (its newest run; the newest
 * profile files where they lie in it directly). 0, or a negative errno; *at is then the path to be
 * named in the sentence when it is not `path`. */
int run_open(const char *path, struct run **run);
void run_close(struct run *run);

/* The default parent: $DNDPROF_DIR, $XDG_STATE_HOME/dndprof, ~/.local/state/dndprof, or
 * $TMPDIR/dndprof-UID. */
const char *run_parent(char path[PATH_MAX]);
/* -EPERM: it is the one in $TMPDIR, where others may have come first, and not ours alone; else 0.
 */
int run_parent_check(const char *parent);
/* Did somebody else put that into the directory, for others may write to it (base/planted.h)? */
bool run_entry_is_planted(const char *directory, const char *name);

/* Writes them, or writes them again: at every instant the file holds the one or the other. */
int run_facts_write(const char *directory, struct run_facts *facts);
void run_facts_read(const char *directory, struct run_facts *facts);

#endif
