/*
 * random.c - see random.h. The generator is SplitMix64; Gamma by Marsaglia and Tsang's rejection.
 */
#include "stats/random.h"

#include <math.h>

#define TWO_PI 6.283185307179586

uint64_t random_next(struct random *random)
{
	uint64_t z = random->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

double random_share(struct random *random)
{
	return ((double)(random_next(random) >> 12) + 0.5) / 4503599627370496.0;
}

size_t random_below(struct random *random, size_t limit)
{
	return (size_t)((unsigned __int128)random_next(random) * limit >> 64);
}

static double normal(struct random *random)
{
	double length = sqrt(-2 * log(random_share(random)));

	return length * cos(TWO_PI * random_share(random));
}

double random_gamma(struct random *random, double shape)
{
	double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);

	for (;;) {
		double x = normal(random), v = 1 + c * x;

		v = v * v * v;
		if (v > 0 && log(random_share(random)) < x * x / 2 + d - d * v + d * log(v))
			return d * v;
	}
}
