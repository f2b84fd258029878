/*
 * duration.h - durations and dates as people read them.
 */
#ifndef ANALYZER_DURATION_H
#define ANALYZER_DURATION_H

#include <stddef.h>
#include <stdint.h>

#define DURATION_TEXT 40
#define DATE_TEXT     40

/* `ns` as Go's time.Duration prints it ("12.34ms", "1m2.5s", "0s"), exact. */
const char *duration_exact(int64_t ns, char text[DURATION_TEXT]);
/* The same, rounded to four significant digits. */
const char *duration_text(int64_t ns, char text[DURATION_TEXT]);

/* ns since the epoch as "YYYY-MM-DD HH:MM:SS" in UTC. */
const char *date_text(int64_t realtime_ns, char text[DATE_TEXT]);
/* Now, or SOURCE_DATE_EPOCH when it is set; ns since the epoch. */
int64_t date_now(void);

/* A measured or computed time as a whole number; beyond its range the end of it. */
static inline int64_t duration_of(double ns)
{
	const double most = 9e18;

	return ns >= most ? (int64_t)most : ns > -most ? (int64_t)ns : ns < 0 ? -(int64_t)most : 0;
}

#endif
