/*
 * site.h - what of a Go program decides whether its gate can be opened: the version it was built
 * with, and the one function all its system calls pass.
 *
 * Pure functions over bytes in memory; they read nothing outside what they are given. In doubt they
 * refuse, and say why.
 */
#ifndef DNDPROF_SHIM_GO_SITE_H
#define DNDPROF_SHIM_GO_SITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <dndprof/go.h>

#define GO_REFUSAL_ENUM(id, word, sentence) GO_REFUSAL_##id,
enum go_refusal { DNDPROF_GO_REFUSALS(GO_REFUSAL_ENUM) };
#undef GO_REFUSAL_ENUM

#define GO_SITE_BYTES	  64 /* of the slot the function lies in */
#define GO_SITE_ALIGN	  32
#define GO_PATCH_BYTES	  40 /* from the function's begin */
#define GO_SITE_RESUME	  12 /* offset of the instruction that enters the kernel */
#define GO_PARK_RESUME_AT 33 /* the same, of the function in which threads wait */

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

/* The same for runtime.futex, in which threads wait. */
enum go_refusal go_park_find(const uint8_t *text, size_t size, size_t *offset);

/* The bytes that replace the first GO_PATCH_BYTES of the function: jumps to `before` and to `after`
 * round the instruction that enters the kernel, which stays where it is. */
void go_site_patch(const void *before, const void *after, uint8_t patch[GO_PATCH_BYTES]);

/* The same for runtime.futex and the whole of its slot. */
void go_park_patch(const void *before, const void *after, uint8_t patch[GO_SITE_BYTES]);

const char *go_refusal_word(enum go_refusal refusal);

/* Can the stub ask the processor for its number? */
bool go_processor_told(void);

#endif
