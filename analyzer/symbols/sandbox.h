/*
 * sandbox.h - gives up what reading a hostile file needs not: from then on a process can compute,
 * read what it has open, answer on its socket and end; nothing else, and not for long.
 */
#ifndef ANALYZER_SANDBOX_H
#define ANALYZER_SANDBOX_H

#define SANDBOX_SECONDS 4 /* of processor time */
#define SANDBOX_GIB	2 /* of address space; not where a sanitizer needs terabytes of it */

/* Closes all descriptors but the first `keep`. */
void sandbox_close(int keep);
/* For good. Without libraries loaded later, without files opened later. */
void sandbox_enter(void);

#endif
