/*
 * random.h - numbers that look like chance and are the same each time: whoever compares two runs
 * twice must read the same.
 */
#ifndef ANALYZER_RANDOM_H
#define ANALYZER_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct random {
	uint64_t state; /* any seed */
};

uint64_t random_next(struct random *random);
double random_share(struct random *random); /* above 0, below 1 */
size_t random_below(struct random *random, size_t limit);
/* Of the Gamma distribution with this shape (at least 1) and scale 1. */
double random_gamma(struct random *random, double shape);

#endif
