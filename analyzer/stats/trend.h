/*
 * trend.h - does a figure rise or fall over time? The slope is Theil-Sen's (the median of the
 * slopes between all pairs: outliers do not bend it), whether it is more than chance is
 * Mann-Kendall's test of the order alone.
 */
#ifndef ANALYZER_TREND_H
#define ANALYZER_TREND_H

#include <stddef.h>

#define TREND_LEAST 5	/* points; with fewer no order is surprising */
#define TREND_MOST  512 /* points; all pairs are looked at */

/* X(id, word) */
#define TREND_WORDS(X)        \
	X(TOO_FEW, "too few") \
	X(STABLE, "stable")   \
	X(RISING, "rising")   \
	X(FALLING, "falling")

#define TREND_ENUM(id, word) TREND_##id,
enum trend_word { TREND_WORDS(TREND_ENUM) };
#undef TREND_ENUM

struct trend {
	enum trend_word word;
	size_t count;
	double slope;	  /* per unit of x */
	double intercept; /* of the line through the medians */
	double low, high; /* of the slope, 95 % confidence */
	double s;	  /* Kendall's: pairs that rise less pairs that fall */
	double p;	  /* two-sided: how likely such an order is by chance; 1 when too few */
};

/* Of `count` points, x not descending; points beyond TREND_MOST are left out. */
struct trend trend_of(const double *x, const double *y, size_t count);
const char *trend_text(enum trend_word word);

#endif
