/*
 * path.h - parts of paths, which are texts from anywhere.
 */
#ifndef ANALYZER_PATH_H
#define ANALYZER_PATH_H

#include <string.h>

/* What follows the last slash; all of it where nothing does. */
static inline const char *path_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

#endif
