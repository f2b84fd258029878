/*
 * symbolizer_process.h - what the two sides of symbolizer.h know of each other beside their
 * messages.
 */
#ifndef ANALYZER_SYMBOLIZER_PROCESS_H
#define ANALYZER_SYMBOLIZER_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

#define SYMBOLIZER_NAME	 "dndprof-symbolizer" /* argv[0] */
#define SYMBOLIZER_SHORT "dndprof-symbols"    /* of the process, as the kernel has room for */
#define CONTROL		 3		      /* its end of the socket pair */

/* This program's main asked symbolizer_serve: started by that name, it serves. */
extern bool symbolizer_is_served;

/* Starts it; `control` becomes its end of the pair. 0, or an errno. */
int symbolizer_spawn(pid_t *process, int control);

#endif
