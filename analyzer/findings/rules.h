/*
 * rules.h - the table of rules, in the order in which they claim time: the special before the
 * general.
 */
#ifndef ANALYZER_RULES_H
#define ANALYZER_RULES_H

#include "findings/inquiry.h"

/* X(key): the function is rule_KEY; the key stands in the report. */
#define RULES(X)                                                                  \
	X(failures)	     /* rule_failures.c: 429, 5xx, 4xx, broken, errno */  \
	X(connect)	     /* rule_connect.c: slow, or refused and retried */   \
	X(dns)		     /* rule_connect.c */                                 \
	X(lock_contention)   /* rule_threads.c */                                 \
	X(worker_imbalance)  /* rule_threads.c */                                 \
	X(repeated_requests) /* rule_requests.c */                                \
	X(connection_churn)  /* rule_connect.c */                                 \
	X(delayed_ack)	     /* rule_requests.c */                                \
	X(serial_requests)   /* rule_requests.c */                                \
	X(startup)	     /* rule_programs.c */                                \
	X(child_processes)   /* rule_programs.c */                                \
	X(daemon_bound)	     /* rule_answers.c: the engine, a registry, others */ \
	X(container_bound)   /* rule_containers.c: what runs in a container */    \
	X(client_bound)	     /* rule_client.c: computing */                       \
	X(idle)		     /* rule_client.c: asleep */                          \
	X(slow_check)	     /* rule_answers.c */                                 \
	X(tail)		     /* rule_answers.c */                                 \
	X(lost_data)	     /* rule_data.c: unobserved, overwritten, none */

#define RULE_DECLARATION(key) void rule_##key(struct inquiry *inquiry);
RULES(RULE_DECLARATION)
#undef RULE_DECLARATION

#endif
