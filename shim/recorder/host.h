/*
 * host.h - what the recorder asks of the place it lives in: libdndprof.so in a dynamic program
 * (libc/constructor.c), or the image that dndprof-exec puts into a static one (inject/image.c).
 */
#ifndef DNDPROF_SHIM_HOST_H
#define DNDPROF_SHIM_HOST_H

#include <stdint.h>

extern const uint32_t host_gates __attribute__((visibility("hidden"))); /* DNDPROF_GATE_* */

unsigned long host_auxv(unsigned long type); /* a value of the auxiliary vector; 0: not there */
void *host_vdso(const char *name);    /* a function of the vDSO; NULL: none that can be had */
void host_secret(const uint8_t *key); /* the run's, for hashes of requests; NULL: there is none */
const char *host_libc(void);	      /* its version, or what stands for it */

/* Stacks of its C code: where they are wanted, prepares them. */
void host_stacks(void);

/* Where dndprof-exec should be: path[0] is 0 when that cannot be known. */
void host_helper(char *path, unsigned long size);

#endif
