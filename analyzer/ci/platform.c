/*
 * platform.c - see platform.h.
 */
#include "ci/platform.h"

#include <stddef.h>
#include <stdlib.h>

static const struct platform platforms[] = {
	{.name = "GitHub Actions",
	 .key = "github",
	 .signs = {"GITHUB_ACTIONS"},
	 .branches = {"GITHUB_HEAD_REF", "GITHUB_REF_NAME"},
	 .revision = "GITHUB_SHA",
	 .build = "GITHUB_RUN_ID",
	 .job = "GITHUB_JOB",
	 .place = "GITHUB_WORKSPACE",
	 .annotates = true},
	{.name = "GitLab CI",
	 .key = "gitlab",
	 .signs = {"GITLAB_CI", "CI_JOB_ID"},
	 .branches = {"CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "CI_COMMIT_REF_NAME"},
	 .revision = "CI_COMMIT_SHA",
	 .build = "CI_PIPELINE_ID",
	 .job = "CI_JOB_NAME",
	 .place = "CI_PROJECT_DIR",
	 .collects = true},
	{.name = "Jenkins",
	 .key = "jenkins",
	 .signs = {"JENKINS_URL"},
	 .branches = {"CHANGE_BRANCH", "BRANCH_NAME", "GIT_BRANCH"},
	 .revision = "GIT_COMMIT",
	 .build = "BUILD_NUMBER",
	 .job = "JOB_NAME",
	 .place = "WORKSPACE",
	 .collects = true},
	/* These have no place that is known for what we could tell them; runs are kept by theirs.
	 */
	{.name = "Azure Pipelines",
	 .key = "azure",
	 .signs = {"TF_BUILD"},
	 .branches = {"SYSTEM_PULLREQUEST_SOURCEBRANCH", "BUILD_SOURCEBRANCHNAME"},
	 .revision = "BUILD_SOURCEVERSION",
	 .build = "BUILD_BUILDID",
	 .job = "SYSTEM_JOBDISPLAYNAME"},
	{.name = "Buildkite",
	 .key = "buildkite",
	 .signs = {"BUILDKITE"},
	 .branches = {"BUILDKITE_BRANCH"},
	 .revision = "BUILDKITE_COMMIT",
	 .build = "BUILDKITE_BUILD_NUMBER",
	 .job = "BUILDKITE_LABEL"},
	{.name = "CI",
	 .key = "ci",
	 .signs = {"CI"},
	 .branches = {"CI_BRANCH", "BRANCH_NAME"},
	 .revision = "CI_COMMIT",
	 .build = "BUILD_ID",
	 .job = "JOB_NAME"},
};

const char *platform_value(const char *variable)
{
	const char *value = variable ? getenv(variable) : NULL;

	return value ? value : "";
}

const struct platform *platform_here(void)
{
	for (size_t i = 0; i < sizeof(platforms) / sizeof(platforms[0]); i++)
		for (size_t j = 0; j < PLATFORM_SIGNS; j++)
			if (*platform_value(platforms[i].signs[j]))
				return &platforms[i];
	return NULL;
}

bool platform_listens(const struct platform *platform)
{
	return platform && (platform->annotates || platform->collects);
}
