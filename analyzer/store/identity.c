/*
 * identity.c - see identity.h.
 */
#include "store/identity.h"
#include "ci/platform.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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
	const struct platform *platform = platform_here();

	if (platform) {
		here.ci = platform->key;
		here.revision = platform_value(platform->revision);
		here.build = platform_value(platform->build);
		here.job = platform_value(platform->job);
		for (size_t i = 0; i < PLATFORM_BRANCHES && !*here.branch; i++)
			here.branch = platform_value(platform->branches[i]);
	}
	if (!*here.branch)
		look_at_git(arena, &here);
	return here;
}
