/*
 * inject.h - what is done to a program that is about to begin.
 */
#ifndef DNDPROF_SHIM_INJECT_H
#define DNDPROF_SHIM_INJECT_H

#include "inject/remote.h"

/* With the target stopped behind its exec: adds our variables to its environment where they are
 * missing, puts our image into static Go and runs it there, lets the target go. Where anything is
 * not as it should be, it only lets go. */
void inject(struct remote *r, char *const *env);

#endif
