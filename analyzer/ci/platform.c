/*
 * platform.c - see platform.h.
 */
#include "ci/platform.h"

#include <stddef.h>
#include <stdlib.h>

static const struct platform platforms[] = {
	{"GitHub Actions", "GITHUB_ACTIONS", "GITHUB_JOB", "GITHUB_WORKSPACE", true, false},
	{"GitLab CI", "CI_JOB_ID", "CI_JOB_NAME", "CI_PROJECT_DIR", false, true},
	{"Jenkins", "JENKINS_URL", "JOB_NAME", "WORKSPACE", false, true},
};

const char *platform_value(const char *variable)
{
	const char *value = variable ? getenv(variable) : NULL;

	return value ? value : "";
}

const struct platform *platform_here(void)
{
	for (size_t i = 0; i < sizeof(platforms) / sizeof(platforms[0]); i++)
		if (*platform_value(platforms[i].sign))
			return &platforms[i];
	return NULL;
}
