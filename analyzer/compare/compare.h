/*
 * compare.h - two sides of runs, figure by figure: how much each changed, how sure that is, and
 * whether it can be told from noise.
 *
 * What varies by itself varies from run to run, so with COMPARE_RUNS_LEAST runs a side or more the
 * runs are what is tested: each has one value of a figure. Fewer new ones, as the one of a CI job,
 * are held against the spread of the base's COMPARE_SPREAD_LEAST or more. With fewer of both,
 * latencies are compared by their operations: that shows the noise within runs only; other figures
 * cannot be told from noise then, and the verdict says so. Of both twice the change is asked for.
 */
#ifndef ANALYZER_COMPARE_H
#define ANALYZER_COMPARE_H

#include "compare/figures.h"
#include "stats/mann_whitney.h"

#define COMPARE_RUNS_LEAST   4
#define COMPARE_SPREAD_LEAST 6	  /* of the base, for fewer new ones */
#define COMPARE_RISK	     0.05 /* of calling noise a change, over all rows together */
#define COMPARE_CHANGE	     0.05 /* a smaller part of the base is no change worth a word */

/* X(id, key, word for a time, word for a number, is it a change?) */
#define VERDICTS(X)                                           \
	X(NOISE, "noise", "noise", "noise", false)            \
	X(SAME, "same", "same", "same", false)                \
	X(TOO_FEW, "too_few", "too few", "too few", false)    \
	X(ROSE, "rose", "slower", "more", true)               \
	X(FELL, "fell", "faster", "less", true)               \
	X(APPEARED, "appeared", "appeared", "appeared", true) \
	X(VANISHED, "vanished", "vanished", "vanished", true)

#define VERDICT_ENUM(id, ...) VERDICT_##id,
enum verdict { VERDICTS(VERDICT_ENUM) VERDICT_COUNT };
#undef VERDICT_ENUM

struct verdict_row {
	const char *key, *of_time, *of_number;
	bool change;
};
extern const struct verdict_row verdict_rows[VERDICT_COUNT];

/* What one side has of a figure. */
struct change_side {
	bool present;
	double value;	   /* median of the runs' values, or of their operations together */
	size_t runs;	   /* that have it */
	size_t operations; /* latencies; 0: it is of none */
};

enum tested { TESTED_NOT, TESTED_RUNS, TESTED_SPREAD, TESTED_OPERATIONS };

struct change {
	enum subject subject;
	const char *name;
	enum metric metric;
	struct change_side base, fresh;
	double difference; /* what is new less what was */
	double ratio;	   /* of the base; infinite where that was 0 */
	enum tested tested;
	bool bounded;
	double low, high; /* of the shift (of runs Hodges and Lehmann's), 95 % confidence */
	struct ratio_interval relative; /* of the ratio less 1, at least -1 */
	double p;			/* two-sided, of this row alone */
	double adjusted;		/* with regard to how many rows were tested */
	enum verdict verdict;
	bool few; /* a percentile of so few operations that it is their maximum */
};

struct side {
	struct figures **runs;
	size_t count;
	size_t left_out; /* older runs, beyond SIDE_MOST */
};
#define SIDE_MOST 1000

struct gate_result;

struct comparison {
	struct model model; /* empty: what the tables of render/ are given; leads here */
	const char *base_name, *fresh_name;
	struct side base, fresh;
	bool alone; /* there is no base: figures against a budget */
	double least;
	LIST(struct change) changes; /* by subject, name, metric */
	size_t tested;
	LIST(struct gate_result) gates;
	LIST(const struct change *) rows; /* those to be shown: comparison_choose */
};

static inline const struct comparison *comparison_of(const struct model *model)
{
	return (const struct comparison *)model;
}

/* Compares what both sides have; the sides stay the caller's. `base` without runs: none. */
struct comparison *compare_sides(const struct side *base, const struct side *fresh, double least);
/* Shows all rows, or only what changed, appeared or vanished, and the run's. */
void comparison_choose(struct comparison *comparison, bool all);
void comparison_free(struct comparison *comparison);

/* Opens all runs at `path` (runs_below) and takes their figures. 0, or EXIT_INPUT after having said
 * why. */
int side_read(struct side *side, const char *path);
void side_free(struct side *side);
/* The other way round: runs of the history come the newest first, series want the oldest. */
void side_reverse(struct side *side);

#endif
