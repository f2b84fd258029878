/*
 * named_file.h - opens a file that a profile names, and what has its debug information beside it. A
 * profile may name anything: nothing but regular files of a disk are opened, up to a size, and
 * nothing is waited for.
 */
#ifndef ANALYZER_NAMED_FILE_H
#define ANALYZER_NAMED_FILE_H

#include <stddef.h>
#include <stdint.h>

#define NAMED_FILE_MIB 1024 /* of it, with what is beside it */

/* A descriptor, and the file's bytes. Else a negative errno: -EBADMSG where it is no such file,
 * -EFBIG. */
int named_file_open(const char *path, uint64_t *size);
/* A descriptor of its debug information on this machine, -1: there is none. Where it belongs: by
 * the build id, by its name. Whether it is that file's is for the reader to see. `size` is the
 * file's.
 */
int named_file_debug(const char *path, uint64_t size, const uint8_t *build_id, size_t bytes);

#endif
