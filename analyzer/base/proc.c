/*
 * proc.c - see proc.h.
 */
#include "base/proc.h"

#include <stdio.h>
#include <string.h>

const char *proc_stat(int pid, char text[PROC_STAT])
{
	char path[40], *name_end;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "re");
	if (!file)
		return NULL;
	text[fread(text, 1, PROC_STAT - 1, file)] = 0;
	fclose(file);
	name_end = strrchr(text, ')');
	return name_end ? name_end + 1 : NULL;
}
