/*
 * platform.h - which CI system this job runs in, by the environment it is given.
 */
#ifndef ANALYZER_CI_PLATFORM_H
#define ANALYZER_CI_PLATFORM_H

#include <stdbool.h>

struct platform {
	const char *name;
	const char *sign;  /* a variable that is set there and nowhere else */
	const char *job;   /* variables: name of the job; */
	const char *place; /* directory of the project, from which artifacts are taken */
	bool annotates;	   /* reads "::warning ...::" */
	bool collects;	   /* takes files: JUnit, metrics */
};

/* NULL: none that is known. */
const struct platform *platform_here(void);
/* Value of one of its variables, or "". */
const char *platform_value(const char *variable);

#endif
