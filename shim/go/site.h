/*
 * site.h - what of a Go program decides whether its gate can be opened: the version it was built
 * with, and the one function all its system calls pass.
 *
 * Pure functions over bytes in memory; they read nothing outside what they are given. In doubt they
 * refuse, and say why.
 */
#ifndef DNDPROF_SHIM_GO_SITE_H
#define DNDPROF_SHIM_GO_SITE_H

#include <stddef.h>
#include <stdint.h>

/* Why a Go program is not patched. X(id, word of INFO's go_refused) */
#define GO_REFUSALS(X)                                                               \
	X(NONE, "")                                                                  \
	X(NOT_GO, "no-go")	       /* not a Go program: nothing to refuse */     \
	X(NO_VERSION, "no-version")    /* no build information where it should be */ \
	X(ODD_VERSION, "odd-version")  /* a version that is no release */            \
	X(OLD_VERSION, "old-version")  /* before 1.19 */                             \
	X(NEW_VERSION, "new-version")  /* newer than what was tried */               \
	X(NO_SITE, "no-site")	       /* the function was not found */              \
	X(TWO_SITES, "two-sites")      /* more than one function looks like it */    \
	X(ODD_SITE, "odd-site")	       /* its end is not as known */                 \
	X(NO_CLOCK, "clock")	       /* the time stamp counter cannot be used */   \
	X(NO_FORK_GUARD, "fork-guard") /* forked children could not be told apart */ \
	X(NO_MEMORY, "memory")	       /* no room in the profile file */             \
	X(PROTECTED, "protected")      /* the system forbids changing code */

#define GO_REFUSAL_ENUM(id, word) GO_REFUSAL_##id,
enum go_refusal { GO_REFUSALS(GO_REFUSAL_ENUM) };
#undef GO_REFUSAL_ENUM

#define GO_MINOR_FIRST 19 /* go1.19: the first whose system calls all pass one function */
#define GO_MINOR_LAST  27 /* the newest whose function was looked at */

#define GO_SITE_BYTES  64 /* of the slot the function lies in */
#define GO_SITE_ALIGN  32
#define GO_PATCH_BYTES 40 /* from the function's begin */
#define GO_SITE_RESUME 12 /* offset of the instruction that enters the kernel */

#define GO_VERSION_BYTES 32

/*
 * Finds the build information in a piece of the data segment (16-byte aligned in memory, as `data`
 * must be) and copies the version's text, NUL-terminated, cut to its room. NONE: found, and a
 * version the gate knows; NO_VERSION: not found here.
 */
enum go_refusal go_version_find(const uint8_t *data, size_t size, char version[GO_VERSION_BYTES]);

/* Does the gate know a version of this name? */
enum go_refusal go_version_known(const char *version);

/*
 * Finds the function in `size` bytes of code at `text`, which are at the same address modulo 64 as
 * in the program. NONE: *offset is where it begins.
 */
enum go_refusal go_site_find(const uint8_t *text, size_t size, size_t *offset);

/* The bytes that replace the first GO_PATCH_BYTES of the function: jumps to `before` and to `after`
 * round the instruction that enters the kernel, which stays where it is. */
void go_site_patch(const void *before, const void *after, uint8_t patch[GO_PATCH_BYTES]);

const char *go_refusal_word(enum go_refusal refusal);

#endif
