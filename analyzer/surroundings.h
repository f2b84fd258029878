/*
 * surroundings.h - what the place this process runs in forbids the programs it starts.
 */
#ifndef ANALYZER_SURROUNDINGS_H
#define ANALYZER_SURROUNDINGS_H

#include <stdbool.h>

struct surroundings {
	int ptrace_error; /* errno with which one process of ours may not trace another; 0: it may
			   */
	int tracer;	  /* pid of who traces us, and so what we start; 0: nobody */
	bool filtered;	  /* by seccomp, without new privileges: programs are left alone */
};

/* Tries what can only be tried, with two short-lived children. */
void surroundings_look(struct surroundings *here);

#endif
