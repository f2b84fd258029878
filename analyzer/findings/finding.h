/*
 * finding.h - what is wrong and what to do about it, made from a whole model by the rules of
 * findings/.
 */
#ifndef ANALYZER_FINDING_H
#define ANALYZER_FINDING_H

#include <stddef.h>
#include <stdint.h>

/* The operations a finding stands on. */
struct citation {
	size_t count;	  /* 0: none are cited */
	const char *what; /* the slowest as a person would call it */
	int64_t slowest_ns;
	int64_t offset_ns;  /* when the slowest began, from the begin of its run */
	const char *site;   /* from where the slowest was called; NULL: no stack was taken */
	uint32_t operation; /* the slowest; UINT32_MAX: it is none of the model's operations */
};

struct finding {
	const char *rule;	    /* key of the rule */
	const char *description;    /* one sentence with its numbers */
	const char *impact;	    /* what would be saved, and how that was estimated */
	const char *recommendation; /* what to do, a sentence */
	const char *command;	    /* to try; NULL: none */
	int64_t impact_ns;	    /* estimated time saved; -1: cannot be told */
	uint32_t process;	    /* whose it is; UINT32_MAX: nobody's alone */
	struct citation cited;
};

/* Impacts are parts of the wall time, no moment in two of them: their sum never exceeds it. */
struct findings {
	struct finding *items; /* the most time saved first */
	size_t count, room;
};

#endif
