/*
 * platform.h - which CI system this job runs in, by the environment it is given: the one table of
 * these systems and of the variables they set.
 */
#ifndef ANALYZER_CI_PLATFORM_H
#define ANALYZER_CI_PLATFORM_H

#include <stdbool.h>

#define PLATFORM_SIGNS	  2
#define PLATFORM_BRANCHES 3

/* All but names are names of variables; NULL: it has none. */
struct platform {
	const char *name;			 /* for people; NAME job */
	const char *key;			 /* "github", in the history */
	const char *signs[PLATFORM_SIGNS];	 /* either is set there and nowhere else */
	const char *branches[PLATFORM_BRANCHES]; /* the first that is set; of a merge request the
						  * source's */
	const char *revision, *build, *job;
	const char *place; /* directory of the project, from which artifacts are taken */
	bool annotates;	   /* reads "::warning ...::" */
	bool collects;	   /* takes files: JUnit, metrics */
};

/* The first that names itself is believed. NULL: none that is known. */
const struct platform *platform_here(void);
/* Can it be told anything? */
bool platform_listens(const struct platform *platform);
/* Value of one of its variables, or "". */
const char *platform_value(const char *variable);

#endif
