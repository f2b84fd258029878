/*
 * wrap.c - see wrap.h.
 */
#include "ci/wrap.h"
#include "command.h"

#include <dndprof/words.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WORD(word) word,
const char *const wrap_programs[] = {DNDPROF_DOCKER_PROGRAMS(WORD) "buildctl",
				     "buildah",
				     "skopeo",
				     "crane",
				     "regctl",
				     "dive",
				     "hadolint",
				     "trivy",
				     "kubectl",
				     "helm",
				     NULL};
#undef WORD

#define INTERPRETER_MOST 120 /* bytes; before 5.1 the kernel read 127 of the first line */

/* The second line of each: what we may write over. */
#define SIGN "# Made by `dndprof ci`: starts the program below so that dndprof sees it."

static bool same_directory(const char *a, const char *b)
{
	struct stat x, y;

	return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

bool wrap_find(const char *name, const char *directory, struct program *program)
{
	const char *path = getenv("PATH");
	char place[PATH_MAX], file[PATH_MAX];

	while (path && *path) {
		size_t length = strcspn(path, ":");

		snprintf(place, sizeof(place), "%.*s", (int)length, path);
		path += length + (path[length] == ':');
		if (place[0] != '/' || same_directory(place, directory) ||
		    snprintf(file, sizeof(file), "%s/%s", place, name) >= PATH_MAX ||
		    access(file, X_OK) < 0)
			continue;
		program_inspect(file, program);
		return program->kind != PROGRAM_ABSENT;
	}
	return false;
}

bool wrap_is_needed(const struct program *program)
{
	return program->kind == PROGRAM_STATIC && program->go && !program->script &&
	       !program->setuid;
}

char *shell_quoted(const char *text)
{
	struct buffer quoted = {0};

	buffer_print(&quoted, "'");
	for (; *text; text++)
		buffer_print(&quoted, "%s", *text == '\'' ? "'\\''" : (char[]){*text, 0});
	buffer_print(&quoted, "'");
	return quoted.data;
}

int wrap_begin(const char *directory)
{
	return mkdir(directory, 0755) < 0 && errno != EEXIST ? -errno : 0;
}

/* What is there may be a wrapper of ours, which is written anew. */
static bool is_ours(const char *path)
{
	FILE *file = fopen(path, "re");
	char line[256] = "";
	bool ours;

	if (!file)
		return errno == ENOENT;
	ours = fgets(line, sizeof(line), file) && fgets(line, sizeof(line), file) &&
	       strncmp(line, SIGN, strlen(SIGN)) == 0;
	fclose(file);
	return ours;
}

/* By dndprof-exec as its interpreter, so that no shell stands between; by a shell where that line
 * would be longer than old kernels read. */
static void put_script(struct buffer *script, const struct program *program)
{
	char shim[PATH_MAX], helper[PATH_MAX];
	bool follow = wrap_is_needed(program), there = helper_find(helper);
	char *real, *library;

	if (there && strlen(helper) + strlen(program->path) < INTERPRETER_MOST &&
	    !strpbrk(helper, " \t\n") && !strchr(program->path, '\n')) {
		buffer_print(script, "#!%s %s%s\n%s\n", helper, follow ? "" : "=", program->path,
			     SIGN);
		return;
	}
	shim_find(shim);
	library = shell_quoted(shim);
	real = shell_quoted(program->path);
	buffer_print(script, "#!/bin/sh\n%s\n", SIGN);
	if (follow) /* a shell that was preloaded brings us in itself; another one makes one that is
		     */
		buffer_print(script,
			     "case ${LD_PRELOAD-} in\n*libdndprof.so*) exec %s \"$@\" ;;\nesac\n",
			     real);
	buffer_print(script, "LD_PRELOAD=%s${LD_PRELOAD:+:$LD_PRELOAD}\nexport LD_PRELOAD\n",
		     library);
	if (follow)
		buffer_print(script, "exec /bin/sh -c 'exec \"$0\" \"$@\"' %s \"$@\"\n", real);
	else
		buffer_print(script, "exec %s \"$@\"\n", real);
	free(real);
	free(library);
}

/* Beside it, then in its place: whoever starts it meanwhile has the one or the other. */
static int write_file(const char *path, const struct buffer *script)
{
	char fresh[PATH_MAX + 16];
	int fd, error = 0;

	snprintf(fresh, sizeof(fresh), "%s.%d", path, (int)getpid());
	fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0755);
	if (fd < 0)
		return -errno;
	errno = ENOSPC; /* of a write that is not whole */
	if (write(fd, script->data, script->length) != (ssize_t)script->length ||
	    fchmod(fd, 0755) < 0)
		error = -errno;
	if (close(fd) < 0 && !error)
		error = -errno;
	if (!error && rename(fresh, path) < 0)
		error = -errno;
	if (error)
		unlink(fresh);
	return error;
}

int wrap_write(const char *directory, const char *name, const struct program *program)
{
	struct buffer script = {0};
	char path[PATH_MAX];
	int error;

	if (snprintf(path, sizeof(path), "%s/%s", directory, name) >= PATH_MAX)
		return -ENAMETOOLONG;
	if (!is_ours(path))
		return -EEXIST;
	put_script(&script, program);
	error = write_file(path, &script);
	buffer_free(&script);
	return error;
}
