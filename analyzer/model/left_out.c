/*
 * left_out.c - was a program not to be recorded? By the settings of who started it, as the shim
 * reads them (settings.c): globs between commas or colons.
 */
#include "model/internal.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

static bool in_list(const char *list, const char *program)
{
	while (*list) {
		size_t length = strcspn(list, ",:");
		char glob[256];

		snprintf(glob, sizeof(glob), "%.*s", (int)(length < sizeof(glob) ? length : 0),
			 list);
		if (*glob && fnmatch(glob, program, FNM_NOESCAPE) == 0)
			return true;
		list += length + (list[length] != 0);
	}
	return false;
}

bool model_left_out(const struct profile *parent, const char *program)
{
	const char *only = parent ? profile_info(parent, "config.ONLY") : NULL;
	const char *skip = parent ? profile_info(parent, "config.SKIP") : NULL;

	return (only && *only && !in_list(only, program)) || (skip && in_list(skip, program));
}
