/*
 * error.c - see error.h.
 */
#include "base/error.h"
#include "base/buffer.h"
#include "base/progress.h"

#include <dndprof/profile.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
	int code;
	const char *sentence, *advice;
} sentences[] = {
	{-EMEDIUMTYPE, "is not a dndprof profile",
	 "give a file NAME.dndprof, a run directory or the parent of run directories"},
	{-ENODATA, "is cut off before its first record", "profile again"},
	{-EBADMSG, "is damaged: its header contradicts itself", "profile again"},
	{-EXDEV, "was written on a machine of another byte order", "read it on such a machine"},
	{-ENOMSG, "holds no profiles",
	 "run `dndprof run -- COMMAND`; a static docker started from a plain shell records "
	 "nothing: `dndprof ci wrap DIR` makes a directory for PATH that helps"},
	{-EFBIG, "is larger than a profile can be (1 GiB)", "give a file dndprof wrote"},
	{-ENOENT, "does not exist", "run `dndprof run -- COMMAND` first, or name another path"},
	{-EPERM, "is not yours alone: others can have put there what they like",
	 "name another place with -o or DNDPROF_DIR"},
	{-EACCES, "may not be read", "read it as the user who profiled"},
};

static struct {
	unsigned int major, minor;
	bool lacks_feature;
} newer;

int error_newer(unsigned int major, unsigned int minor, bool lacks_feature)
{
	newer.major = major;
	newer.minor = minor;
	newer.lacks_feature = lacks_feature;
	return -EPROTONOSUPPORT;
}

static void put_newer(struct buffer *sentence)
{
	buffer_print(sentence, " has version %u.%u of the profile format", newer.major,
		     newer.minor);
	if (newer.lacks_feature)
		buffer_print(sentence, " and needs features this dndprof, which knows %d.%d, lacks",
			     DNDPROF_VERSION_MAJOR, DNDPROF_VERSION_MINOR);
	else
		buffer_print(sentence, ", this dndprof knows %d.%d", DNDPROF_VERSION_MAJOR,
			     DNDPROF_VERSION_MINOR);
	buffer_print(sentence, "; read it with the dndprof that wrote it, or a later one");
}

const char *error_sentence(int code, const char *path)
{
	static struct buffer sentence;

	sentence.length = 0;
	buffer_escape(&sentence, path, strlen(path), false);
	if (code == -EPROTONOSUPPORT) {
		put_newer(&sentence);
		return sentence.data;
	}
	for (size_t i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++)
		if (sentences[i].code == code) {
			buffer_print(&sentence, " %s; %s", sentences[i].sentence,
				     sentences[i].advice);
			return sentence.data;
		}
	buffer_print(&sentence, " cannot be used: %s", strerror(-code));
	return sentence.data;
}

int error_say(int code, const char *path)
{
	progress_hide();
	fprintf(stderr, "dndprof: %s\n", error_sentence(code, path));
	return EXIT_INPUT;
}

int error_text(enum exit_code status, const char *format, ...)
{
	struct buffer escaped = {0};
	char text[1024];
	va_list list;

	va_start(list, format);
	vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	buffer_escape(&escaped, text, strlen(text), false);
	progress_hide();
	fprintf(stderr, "dndprof: %s\n", buffer_text(&escaped));
	buffer_free(&escaped);
	return status;
}
