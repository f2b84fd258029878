/*
 * identity.c - see identity.h. Arguments are secrets ("docker login -p ..."): of argv only words
 * that docker itself defines are kept, and only after a program whose name is known.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include <dndprof/version.h>
#include <dndprof/words.h>

#include "recorder/execclass.h"
#include "recorder/file.h"
#include "recorder/host.h"
#include "recorder/identity.h"
#include "recorder/sys.h"

/* Lists of words, each with its end, behind the last an empty one. Not of pointers: those the
 * loader would have to make right in every program that starts. */
#define WORD(text) text "\0"
static const char docker_programs[] = DNDPROF_DOCKER_PROGRAMS(WORD);
static const char management[] = DNDPROF_DOCKER_GROUPS(WORD); /* followed by a second */
static const char commands[] = DNDPROF_DOCKER_COMMANDS(WORD);

static int in(const char *list, const char *word)
{
	for (; *list; list += strlen(list) + 1)
		if (!strcmp(list, word))
			return 1;
	return 0;
}

const char *identity_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

int identity_is_docker(const char *program)
{
	return in(docker_programs, program);
}

void identity_subcommand(struct text *t, char *const *argv)
{
	const char *first = NULL;
	int i;

	for (i = 1; argv[0] && argv[i] && i < 64; i++) {
		int manages = in(management, argv[i]);

		if (!manages && !in(commands, argv[i]))
			continue;
		if (first)
			text_string(t, " ");
		text_string(t, argv[i]);
		if (first || !manages)
			return;
		first = argv[i];
	}
}

/* Where docker's command begins that runs a program in a container: behind "exec", or a group's
 * "exec". NULL: it is another command. */
static char *const *exec_arguments(char *const *argv)
{
	bool grouped = false;
	int i;

	for (i = 1; argv[0] && argv[i] && i < 64; i++) {
		bool manages = in(management, argv[i]);

		if (!strcmp(argv[i], "exec"))
			return argv + i + 1;
		if (!manages && !in(commands, argv[i]))
			continue;
		if (grouped || !manages)
			return NULL;
		grouped = true;
	}
	return NULL;
}

/* Options of docker's, podman's and compose's exec whose value is the next word. */
static bool exec_option_has_value(const char *word)
{
	static const char options[] = WORD("--detach-keys") WORD("--env") WORD("--env-file")
		WORD("--user") WORD("--workdir") WORD("--index") WORD("--preserve-fds")
			WORD("--preserve-fd");

	if (word[1] == '-')
		return in(options, word);
	return exec_value_follows(word, strlen(word), "euw");
}

unsigned identity_exec_class(char *const *argv)
{
	struct exec_words words = {.class = DNDPROF_EXEC_NONE};
	bool named = false; /* podman's --latest stands for the container's name */

	argv = exec_arguments(argv);
	for (; argv && *argv && **argv == '-' && (*argv)[1]; argv++) {
		named |= !strcmp(*argv, "--latest") || !strcmp(*argv, "-l");
		if (exec_option_has_value(*argv) && argv[1])
			argv++;
	}
	if (argv && *argv && !named)
		argv++;
	for (; argv && *argv; argv++)
		exec_word(&words, *argv, strlen(*argv));
	return words.class;
}

void identity_program(char name[16])
{
	memset(name, 0, 16);
	sys2(SYS_prctl, PR_GET_NAME, name);
}

static long read_file(const char *path, char *buf, size_t size)
{
	long fd = sys3(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC), n, used = 0;

	if (fd < 0)
		return fd;
	while ((size_t)used < size && (n = sys3(SYS_read, fd, buf + used, size - (size_t)used)) > 0)
		used += n;
	sys1(SYS_close, fd);
	return used;
}

/* docker's words out of our own command line: after the program, or after the script an interpreter
 * runs; and the class of what it runs in a container. */
static void own_subcommand(struct text *info, const char *program)
{
#define NAME(id, name) name,
	static const char *const classes[] = {DNDPROF_EXEC_CLASSES(NAME)};
#undef NAME
	static char line[4096];
	char *argv[66], words[64];
	unsigned class;
	struct text t = {words, sizeof(words), 0};
	long n, at;
	int argc = 0;

	if (!identity_is_docker(program))
		return;
	n = read_file("/proc/self/cmdline", line, sizeof(line) - 1);
	if (n <= 0)
		return;
	line[n] = 0;
	for (at = 0; at < n && argc < 64; at += (long)strlen(line + at) + 1)
		argv[argc++] = line + at;
	argv[argc] = NULL;
	words[0] = 0;
	identity_subcommand(&t, argv);
	class = identity_exec_class(argv);
	memset(line, 0, (size_t)n);
	if (class != DNDPROF_EXEC_NONE)
		text_line(info, "exec_class", classes[class], strlen(classes[class]));
	if (t.used)
		text_line(info, "subcommand", words, t.used);
}

static void settings_lines(struct text *info, const struct settings *s)
{
	char key[64], value[32];
	unsigned i;

	for (i = 0; i < DNDPROF_CONFIG_ID_COUNT; i++) {
		struct text k = {key, sizeof(key), 0}, v = {value, sizeof(value), 0};
		const char *name = dndprof_setting_names[i];

		if (s->bad & 1u << i)
			text_line(info, "bad_config", name, strlen(name));
		if (i == DNDPROF_CONFIG_ID_DIR)
			continue;
		text_string(&k, "config.");
		text_string(&k, name);
		text_number(&v, (uint64_t)s->value[i], 10, 1);
		if (s->text[i])
			text_line(info, key, s->text[i], strlen(s->text[i]));
		else if (s->value[i])
			text_line(info, key, value, v.used);
	}
}

/* Which pipe a standard stream is: what writes into one end makes what reads from the other wait.
 */
static void stream_pipe(struct text *info, const char *key, int fd)
{
	char pipe[44];
	struct text t = {pipe, sizeof(pipe), 0};
	struct stat st;

	if (sys2(SYS_fstat, fd, &st) < 0 || !S_ISFIFO(st.st_mode))
		return;
	text_number(&t, st.st_dev, 10, 1);
	text_string(&t, ":");
	text_number(&t, st.st_ino, 10, 1);
	text_line(info, key, pipe, t.used);
}

static char buf[FILE_INFO_BYTES];
static struct text info = {buf, sizeof(buf), 0};

void identity_add(const char *key, const char *value)
{
	text_line(&info, key, value, strlen(value));
	file_info(buf, info.used);
}

void identity_write(const struct settings *s, const char *run, bool forked)
{
	char scratch[1024];
	struct utsname uts;
	char name[16], fs[20];
	struct text t = {fs, sizeof(fs), 0};
	const char *check = s->text[DNDPROF_CONFIG_ID_CHECK];
	long n;

	info.used = 0;
	text_line(&info, "version", DNDPROF_VERSION, strlen(DNDPROF_VERSION));
	identity_program(name);
	text_line(&info, "program", name, strlen(name));
	n = sys3(SYS_readlink, "/proc/self/exe", scratch, sizeof(scratch));
	if (n > 0)
		text_line(&info, "exe", scratch, (size_t)n);
	own_subcommand(&info, name);
	if (sys1(SYS_uname, &uts) == 0)
		text_line(&info, "host", uts.nodename, strlen(uts.nodename));
	n = read_file("/proc/sys/kernel/random/boot_id", scratch, 36);
	if (n == 36)
		text_line(&info, "boot_id", scratch, 36);
	text_line(&info, "libc", host_libc(), strlen(host_libc()));
	run = identity_base(run);
	text_line(&info, "run", run, strlen(run));
	if (check)
		text_line(&info, "check", check, strlen(check));
	text_number(&t, file_system_magic(), 16, 1);
	text_line(&info, "fs", fs, t.used);
	if (!forked) { /* a fork is about to change them */
		stream_pipe(&info, "stdin_pipe", 0);
		stream_pipe(&info, "stdout_pipe", 1);
	}
	settings_lines(&info, s);
	file_info(buf, info.used);
}
