/*
 * go.h - which Go programs the Go gate knows, and why it leaves others alone. The shim writes the
 * word into the profile (INFO key go_refused); reports print the sentence.
 */
#ifndef DNDPROF_GO_H
#define DNDPROF_GO_H

#define DNDPROF_GO_FIRST 19 /* go1.19: the first whose system calls all pass one function */
#define DNDPROF_GO_LAST	 27 /* the newest that tests run */

/* X(id, word, sentence). NONE: open. NOT_GO: nothing to refuse. */
#define DNDPROF_GO_REFUSALS(X)                                                                   \
	X(NONE, "", "")                                                                          \
	X(NOT_GO, "no-go", "not a Go program")                                                   \
	X(NO_VERSION, "no-version", "its build information was not found")                       \
	X(ODD_VERSION, "odd-version", "built with a Go that is no release")                      \
	X(OLD_VERSION, "old-version", "built with a Go before 1.19")                             \
	X(NEW_VERSION, "new-version", "built with a newer Go than this version was tested with") \
	X(NO_SITE, "no-site", "its system call function was not found")                          \
	X(TWO_SITES, "two-sites", "more than one function looks like its system calls")          \
	X(ODD_SITE, "odd-site", "its system call function is not as known")                      \
	X(NO_CLOCK, "clock", "the processor's time stamp counter cannot be used here")           \
	X(NO_FORK_GUARD, "fork-guard", "this kernel cannot mark memory for forked children")     \
	X(NO_MEMORY, "memory", "no room in its profile file")                                    \
	X(PROTECTED, "protected", "the system forbids changing its code")

#endif
