/*
 * json_file.h - a JSON file out of a directory that may be anybody's: only a regular one, of a size
 * that is worth it.
 */
#ifndef ANALYZER_JSON_FILE_H
#define ANALYZER_JSON_FILE_H

#include <jansson.h>
#include <stddef.h>

/* NULL: there is none, it is none, or has more than `most` bytes. */
json_t *json_file_read(const char *path, size_t most);

#endif
