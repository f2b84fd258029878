/*
 * thresholds.h - the numbers the rules compare with, in one table. A person changes them with
 * `--threshold NAME=VALUE`; `dndprof help thresholds` lists them.
 */
#ifndef ANALYZER_THRESHOLDS_H
#define ANALYZER_THRESHOLDS_H

#include <stdint.h>

#include <dndprof/config.h>

/* X(ID, name, kind, default, meaning): kind and unit of the default as in config.h (durations in
 * ns, shares in millionths). A rule holds when the measured value is above its threshold. */
/* clang-format off */
#define THRESHOLDS(X) \
	X(IMPACT,            "impact",            DURATION, 10000000,   "least time a finding must save") \
	X(BOUND,             "bound",             DURATION, 100000000,  "the same of children, serial requests, waiting for the engine, computing") \
	X(QUIET,             "quiet",             DURATION, 250000000,  "the same of start-up and sleep: on a busy machine both are long by themselves") \
	X(CHECK_AVERAGE,     "check-average",     DURATION, 200000000,  "average of a check, above which it is slow") \
	X(TAIL_P99,          "tail-p99",          DURATION, 1000000000, "P99 of a hundred operations or more") \
	X(WORKER_SPREAD,     "worker-spread",     PERCENT,  300000,     "between the utilizations of a pool's workers") \
	X(LOCK_SHARE,        "lock-share",        PERCENT,  50000,      "of a thread's life spent waiting for one lock") \
	X(CHURN_CONNECTIONS, "churn-connections", COUNT,    10,         "connections of a process to one peer") \
	X(CHURN_REQUESTS,    "churn-requests",    COUNT,    2,          "requests a connection, of which so many are no churn") \
	X(REPEATS,           "repeats",           COUNT,    3,          "equal requests of a process") \
	X(DNS_SHARE,         "dns-share",         PERCENT,  50000,      "of the wall time spent looking up names") \
	X(DNS_TIME,          "dns-time",          DURATION, 100000000,  "spent looking up names") \
	X(CONNECT_TIME,      "connect-time",      DURATION, 100000000,  "to open one connection") \
	X(CONNECT_FAILURES,  "connect-failures",  COUNT,    1,          "failed attempts at one peer before it was retried well, or given up") \
	X(CHILD_SHARE,       "child-share",       PERCENT,  300000,     "of the wall time spent in child processes themselves") \
	X(WAIT_SHARE,        "wait-share",        PERCENT,  300000,     "of the wall time spent waiting for the engine, a registry, another server") \
	X(CONTAINER_SHARE,   "container-share",   PERCENT,  300000,     "of the wall time spent following what runs in a container") \
	X(CPU_SHARE,         "cpu-share",         PERCENT,  500000,     "of the wall time the client computes") \
	X(IDLE_SHARE,        "idle-share",        PERCENT,  500000,     "of the wall time the client sleeps, or nothing explains") \
	X(STARTUP_SHARE,     "startup-share",     PERCENT,  300000,     "of the wall time from exec to the first request") \
	X(SERIAL_REQUESTS,   "serial-requests",   COUNT,    5,          "like requests one after the other") \
	X(SERIAL_SHARE,      "serial-share",      PERCENT,  200000,     "of the wall time that asking them at once would save") \
	X(DELAYED_ACKS,      "delayed-acks",      COUNT,    2,          "waits of 40 ms on a TCP connection after small writes") \
	X(RATE_LIMITED,      "rate-limited",      COUNT,    0,          "answers 429") \
	X(SERVER_ERRORS,     "server-errors",     COUNT,    0,          "answers 500 to 599, and answers that broke off") \
	X(REGION_ERRORS,     "region-errors",     PERCENT,  100000,     "of the operations, checks and jobs a program marks failed") \
	X(CLIENT_ERRORS,     "client-errors",     PERCENT,  100000,     "of a run's answers are 400 to 499")
/* clang-format on */

#define THRESHOLD_ENUM(id, name, kind, preset, meaning) THRESHOLD_##id,
enum threshold { THRESHOLDS(THRESHOLD_ENUM) THRESHOLD_COUNT };
#undef THRESHOLD_ENUM

struct thresholds {
	int64_t value[THRESHOLD_COUNT];
};

#define SHARE_WHOLE INT64_C(1000000) /* shares are in millionths */

/* What was chosen for this invocation; the defaults where nothing was. */
const struct thresholds *thresholds_chosen(void);
/* Reads "NAME=VALUE" into *thresholds. 0, -ENOENT: no such name, -EINVAL: it cannot have that
 * value. */
int thresholds_set(struct thresholds *thresholds, const char *assignment);
/* The same for this invocation; says what is wrong, as in error.h, and returns its status. */
int thresholds_choose(const char *assignment);
void thresholds_default(struct thresholds *thresholds);
/* Prints the table on stdout. */
void thresholds_print(void);

#endif
