/*
 * student.c - see student.h. The distribution is the incomplete beta function's, by its continued
 * fraction (modified Lentz).
 */
#include "stats/student.h"

#include <math.h>

#define STEPS_MOST 500
#define TINY	   1e-300
#define PRECISE	   1e-15

static double away_from_0(double x)
{
	return fabs(x) < TINY ? TINY : x;
}

/* Converges fast for x < (a + 1) / (a + b + 2). */
static double beta_fraction(double x, double a, double b)
{
	double c = 1, d = 1 / away_from_0(1 - (a + b) * x / (a + 1)), value = d;

	for (int m = 1; m < STEPS_MOST; m++) {
		double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));

		d = 1 / away_from_0(1 + even * d);
		c = away_from_0(1 + even / c);
		value *= c * d;
		d = 1 / away_from_0(1 + odd * d);
		c = away_from_0(1 + odd / c);
		value *= c * d;
		if (fabs(c * d - 1) < PRECISE)
			break;
	}
	return value;
}

static double incomplete_beta(double x, double a, double b)
{
	double front;

	if (x <= 0 || x >= 1)
		return x > 0;
	front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x));
	if (x < (a + 1) / (a + b + 2))
		return front * beta_fraction(x, a, b) / a;
	return 1 - front * beta_fraction(1 - x, b, a) / b;
}

double student_chance(double t, double freedom)
{
	return incomplete_beta(freedom / (freedom + t * t), freedom / 2, 0.5);
}

double student_distance(double part, double freedom)
{
	double low = 0, high = 1;

	while (student_chance(high, freedom) > part && high < 1e12)
		high *= 2;
	for (int i = 0; i < 200 && high - low > PRECISE * high; i++) {
		double middle = (low + high) / 2;

		if (student_chance(middle, freedom) > part)
			low = middle;
		else
			high = middle;
	}
	return high;
}

struct moments {
	double mean, squares; /* sum of squared distances from it */
};

static struct moments moments_of(const double *values, size_t count, bool logarithms)
{
	struct moments moments = {0, 0};

	for (size_t i = 0; i < count; i++) {
		double value = logarithms ? log(values[i]) : values[i];
		double distance = value - moments.mean;

		moments.mean += distance / (double)(i + 1);
		moments.squares += distance * (value - moments.mean);
	}
	return moments;
}

static bool all_above_0(const double *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!(values[i] > 0))
			return false;
	return true;
}

struct outlook student_outlook(const double *first, size_t first_count, const double *others,
			       size_t other_count)
{
	bool logarithms = all_above_0(first, first_count) && all_above_0(others, other_count);
	struct moments base = moments_of(first, first_count, logarithms);
	struct moments fresh = moments_of(others, other_count, logarithms);
	double freedom = (double)first_count - 1, shift = fresh.mean - base.mean, error, far;
	struct outlook outlook;

	error = sqrt(base.squares / freedom * (1 / (double)first_count + 1 / (double)other_count));
	outlook.p = error > 0 ? student_chance(shift / error, freedom) : shift == 0;
	far = error * student_distance(0.05, freedom);
	outlook.low = shift - far;
	outlook.high = shift + far;
	outlook.ratio = (struct ratio_interval){0};
	if (logarithms) {
		outlook.ratio.known = true;
		outlook.ratio.low = expm1(outlook.low);
		outlook.ratio.high = expm1(outlook.high);
		outlook.low = exp(base.mean) * outlook.ratio.low;
		outlook.high = exp(base.mean) * outlook.ratio.high;
	}
	return outlook;
}
