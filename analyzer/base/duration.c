/*
 * duration.c - see duration.h.
 */
#include "base/duration.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SECOND UINT64_C(1000000000)

/* value / unit with up to `digits` decimals and no trailing zeros, then `name`. */
static size_t put_fraction(char *text, size_t room, uint64_t value, uint64_t unit, const char *name)
{
	char fraction[16] = "";
	uint64_t rest = value % unit;
	size_t length = 0;

	for (uint64_t scale = unit / 10; rest && scale; scale /= 10) {
		fraction[length++] = (char)('0' + rest / scale);
		rest %= scale;
	}
	return (size_t)snprintf(text, room, "%" PRIu64 "%s%s%s", value / unit, length ? "." : "",
				fraction, name);
}

const char *duration_exact(int64_t ns, char text[DURATION_TEXT])
{
	uint64_t value = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;
	char *at = text;
	size_t room = DURATION_TEXT;

	if (ns < 0) {
		*at++ = '-';
		room--;
	}
	if (value == 0)
		snprintf(at, room, "0s");
	else if (value < 1000)
		snprintf(at, room, "%" PRIu64 "ns", value);
	else if (value < 1000000)
		put_fraction(at, room, value, 1000, "\xc2\xb5s");
	else if (value < SECOND)
		put_fraction(at, room, value, 1000000, "ms");
	else {
		uint64_t hours = value / (3600 * SECOND), minutes = value / (60 * SECOND) % 60;
		int length = 0;

		if (hours)
			length = snprintf(at, room, "%" PRIu64 "h%" PRIu64 "m", hours, minutes);
		else if (minutes)
			length = snprintf(at, room, "%" PRIu64 "m", minutes);
		put_fraction(at + length, room - (size_t)length, value % (60 * SECOND), SECOND,
			     "s");
	}
	return text;
}

const char *duration_text(int64_t ns, char text[DURATION_TEXT])
{
	uint64_t value = ns < 0 ? -(uint64_t)ns : (uint64_t)ns, step = 1;

	while (value / step >= 10000)
		step *= 10;
	if (step > SECOND) /* whole seconds stay whole */
		step = SECOND;
	value = (value + step / 2) / step * step;
	if (value > INT64_MAX)
		value = INT64_MAX;
	return duration_exact(ns < 0 ? -(int64_t)value : (int64_t)value, text);
}

const char *date_text(int64_t realtime_ns, char text[DATE_TEXT])
{
	time_t seconds = (time_t)(realtime_ns / (int64_t)SECOND);
	struct tm parts;

	if (!gmtime_r(&seconds, &parts) || !strftime(text, DATE_TEXT, "%Y-%m-%d %H:%M:%S", &parts))
		snprintf(text, DATE_TEXT, "no date");
	return text;
}

int64_t date_now(void)
{
	const char *fixed = getenv("SOURCE_DATE_EPOCH");
	struct timespec now;

	if (fixed && *fixed) {
		char *end;
		long long seconds = strtoll(fixed, &end, 10);

		if (!*end && seconds >= 0 && seconds < INT64_C(253402300800))
			return seconds * (int64_t)SECOND;
	}
	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * (int64_t)SECOND + now.tv_nsec;
}
