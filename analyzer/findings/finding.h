/*
 * finding.h - what is wrong and what to do about it, made from a whole model by the rules of
 * findings/.
 */
#ifndef ANALYZER_FINDING_H
#define ANALYZER_FINDING_H

#include <stddef.h>
#include <stdint.h>

struct finding {
	const char *rule;	    /* key of the rule */
	const char *description;    /* one sentence with its numbers */
	const char *recommendation; /* with the command or setting to try */
	int64_t impact_ns;	    /* estimated time saved; -1: cannot be told */
};

struct findings {
	struct finding *items; /* the most time saved first */
	size_t count, room;
};

#endif
