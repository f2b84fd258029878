/*
 * asleep.h - is a thread of this process asleep in the kernel? For programs that disturb a call
 * only once it waits.
 */
#ifndef ASLEEP_H
#define ASLEEP_H

#include "check.h"

static int asleep(pid_t thread)
{
	char path[64], line[256] = "";
	FILE *file;

	snprintf(path, sizeof path, "/proc/self/task/%d/stat", thread);
	file = fopen(path, "r");
	if (!file)
		return 0;
	if (!fgets(line, sizeof line, file))
		line[0] = 0;
	fclose(file);
	return strstr(line, ") S ") != NULL;
}

#endif
