/*
 * planted.h - what stands where others may write, too: somebody else may have put it there, so that
 * we read what is his, or write where he wants.
 */
#ifndef ANALYZER_PLANTED_H
#define ANALYZER_PLANTED_H

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

/* Is what has this status, in `directory`, somebody's who is neither us nor whose the directory is,
 * for others may write to it? */
bool planted_in(const char *directory, const struct stat *status);
/* Of what we would write to, by its name: the same, of a link itself, or a file of ours that has
 * another name, which somebody may have given it here; false where there is nothing. */
bool planted_at(const char *path);
/* Opens a file to be written, makes it (with the mode) where it is missing, and empties it. -EPERM:
 * it is planted. */
int unplanted_open(const char *path, int flags, mode_t mode);
/* What a failure of that is called. */
const char *planted_problem(int error);

#endif
