/* program.c - see program.h. */
#include <string.h>

#include <dndprof/config.h>

#include "exec/internal.h"
#include "exec/peek.h"
#include "exec/program.h"
#include "recorder/identity.h"
#include "recorder/recorder.h"
#include "recorder/sys.h"
#include "recorder/text.h"

static void add_subcommand(struct program *p, char *const *argv)
{
	struct text t = {p->text, sizeof(p->text), p->n};
	char words[24][24], *copy[25];
	char *word;
	int n = 0;

	if (!argv || !identity_is_docker(identity_base(p->text)))
		return;
	/* Words that are longer than any of docker's are not docker's. */
	while (n < 24 && peek(&word, &argv[n], sizeof(word)) && word) {
		if (!peek_string(words[n], sizeof(words[n]), word))
			words[n][0] = 0;
		copy[n] = words[n];
		n++;
	}
	copy[n] = NULL;
	if (n < 2)
		return;
	text_bytes(&t, "", 1);
	identity_subcommand(&t, copy);
	p->n = t.used;
}

bool program_name(struct program *p, const char *path, char *const *argv)
{
	if (!path || !peek_string(p->text, sizeof(p->text), path))
		return false;
	p->n = strlen(p->text);
	add_subcommand(p, argv);
	return true;
}

static bool is_label(const char *text)
{
	int64_t none;

	return dndprof_config_parse(DNDPROF_CONFIG_ID_CHECK, text, &none) == 0;
}

void program_label(struct program *p, char *const *env)
{
	char label[sizeof(ENVIRONMENT_CHECK) + 64];
	const char *entry = environment_find(env, ENVIRONMENT_CHECK), *value;
	struct text t = {p->text, sizeof(p->text), p->n};

	if (!entry || !peek_string(label, sizeof(label), entry))
		return;
	value = label + sizeof(ENVIRONMENT_CHECK) - 1;
	if (!*value || !is_label(value))
		return;
	if (!memchr(p->text, 0, p->n)) /* no subcommand */
		text_bytes(&t, "", 1);
	text_bytes(&t, "", 1);
	text_string(&t, value);
	p->n = t.used;
}

bool program_readable(const char *path)
{
	char text[256];

	return path && peek_string(text, sizeof(text), path);
}

bool program_name_fd(struct program *p, int fd, char *const *argv)
{
	char link[40];
	struct text t = {link, sizeof(link), 0};
	long n;

	text_string(&t, "/proc/self/fd/");
	text_number(&t, (uint64_t)fd, 10, 1);
	n = recorder_may_call() ? sys3(SYS_readlink, link, p->text, sizeof(p->text) - 1) : -1;
	if (n <= 0)
		return false;
	p->text[n] = 0;
	p->n = (size_t)n;
	add_subcommand(p, argv);
	return true;
}
