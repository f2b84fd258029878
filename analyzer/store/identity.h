/*
 * identity.h - where a run was made: the branch and the CI job, as the environment tells them; the
 * branch also as .git/HEAD does. Nothing is executed.
 */
#ifndef ANALYZER_IDENTITY_H
#define ANALYZER_IDENTITY_H

#include "base/memory.h"

/* "" where it is not known. */
struct run_identity {
	const char *branch, *revision;
	const char *ci;	   /* "github", "gitlab", "jenkins", ... */
	const char *build; /* number or id of the pipeline, workflow run or build */
	const char *job;
};

/* Texts live as long as the arena, or the environment. */
struct run_identity identity_here(struct arena *arena);

#endif
