/*
 * identity.c - see identity.h.
 */
#include "store/identity.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The first that names itself is believed. Branches: the first that is set, of a merge request the
 * source's. */
static const struct {
	const char *ci, *sign;
	const char *branch[3], *revision, *build, *job;
} providers[] = {
	{"github",
	 "GITHUB_ACTIONS",
	 {"GITHUB_HEAD_REF", "GITHUB_REF_NAME"},
	 "GITHUB_SHA",
	 "GITHUB_RUN_ID",
	 "GITHUB_JOB"},
	{"gitlab",
	 "GITLAB_CI",
	 {"CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "CI_COMMIT_REF_NAME"},
	 "CI_COMMIT_SHA",
	 "CI_PIPELINE_ID",
	 "CI_JOB_NAME"},
	{"jenkins",
	 "JENKINS_URL",
	 {"CHANGE_BRANCH", "BRANCH_NAME", "GIT_BRANCH"},
	 "GIT_COMMIT",
	 "BUILD_NUMBER",
	 "JOB_NAME"},
	{"azure",
	 "TF_BUILD",
	 {"SYSTEM_PULLREQUEST_SOURCEBRANCH", "BUILD_SOURCEBRANCHNAME"},
	 "BUILD_SOURCEVERSION",
	 "BUILD_BUILDID",
	 "SYSTEM_JOBDISPLAYNAME"},
	{"buildkite",
	 "BUILDKITE",
	 {"BUILDKITE_BRANCH"},
	 "BUILDKITE_COMMIT",
	 "BUILDKITE_BUILD_NUMBER",
	 "BUILDKITE_LABEL"},
	{"ci", "CI", {"CI_BRANCH", "BRANCH_NAME"}, "CI_COMMIT", "BUILD_ID", "JOB_NAME"},
};

static const char *variable(const char *name)
{
	const char *value = name ? getenv(name) : NULL;

	return value ? value : "";
}

/* One small file, without its line's end. False: it is not there. */
static bool read_line(const char *path, char *line, size_t room)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t length = fd < 0 ? -1 : read(fd, line, room - 1);

	if (fd >= 0)
		close(fd);
	line[length < 0 ? 0 : length] = 0;
	line[strcspn(line, "\r\n")] = 0;
	return length > 0;
}

static bool is_revision(const char *text)
{
	size_t length = strspn(text, "0123456789abcdef");

	return !text[length] && (length == 40 || length == 64);
}

/* .git of this directory or one above it: a directory, or a file that names one (a worktree). */
static bool find_head(char head[PATH_MAX])
{
	char at[PATH_MAX / 2], path[PATH_MAX], line[PATH_MAX / 2];

	if (!getcwd(at, sizeof(at)))
		return false;
	for (;; *strrchr(at, '/') = 0) {
		snprintf(path, sizeof(path), "%s/.git", at);
		if (read_line(path, line, sizeof(line)) && strncmp(line, "gitdir: ", 8) == 0) {
			snprintf(head, PATH_MAX, "%s%s%s/HEAD", line[8] == '/' ? "" : at,
				 line[8] == '/' ? "" : "/", line + 8);
			return true;
		}
		snprintf(head, PATH_MAX, "%s/.git/HEAD", at);
		if (access(head, R_OK) == 0)
			return true;
		if (!strchr(at, '/'))
			return false;
	}
}

static void look_at_git(struct arena *arena, struct run_identity *here)
{
	static const char branch[] = "ref: refs/heads/";
	char head[PATH_MAX], line[PATH_MAX];

	if (!find_head(head) || !read_line(head, line, sizeof(line)))
		return;
	if (strncmp(line, branch, strlen(branch)) == 0)
		here->branch = arena_print(arena, "%s", line + strlen(branch));
	else if (is_revision(line) && !*here->revision)
		here->revision = arena_print(arena, "%s", line);
}

struct run_identity identity_here(struct arena *arena)
{
	struct run_identity here = {"", "", "", "", ""};
	size_t i = 0, count = sizeof(providers) / sizeof(providers[0]);

	while (i < count && !*variable(providers[i].sign))
		i++;
	if (i < count) {
		here.ci = providers[i].ci;
		here.revision = variable(providers[i].revision);
		here.build = variable(providers[i].build);
		here.job = variable(providers[i].job);
		for (size_t j = 0; j < 3 && !*here.branch; j++)
			here.branch = variable(providers[i].branch[j]);
	}
	if (!*here.branch)
		look_at_git(arena, &here);
	return here;
}
