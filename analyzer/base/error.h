/*
 * error.h - the one place that turns a negative errno into a sentence for a person: what failed, on
 * what, what to do.
 */
#ifndef ANALYZER_ERROR_H
#define ANALYZER_ERROR_H

#include <stdbool.h>

/* Exit statuses of dndprof. */
enum exit_code {
	EXIT_FINE = 0,
	EXIT_GATE = 1,	/* a gate failed */
	EXIT_USAGE = 2, /* the command line is wrong */
	EXIT_INPUT = 3, /* bad or missing input */
};

/* Codes of our own meaning, as negative errno:
 *   -EMEDIUMTYPE no profile at all     -ENODATA  cut off before its first record
 *   -EPROTONOSUPPORT a newer version   -ENOMSG   there are no profiles
 *   -EBADMSG damaged                   -EXDEV    of another byte order */
/* A file's version is newer than ours, or it needs features we lack: -EPROTONOSUPPORT, whose
 * sentence then names both versions. */
int error_newer(unsigned int major, unsigned int minor, bool lacks_feature);
/* The sentence for `code` on `path`, without newline; valid until the next call. */
const char *error_sentence(int code, const char *path);
/* Prints "dndprof: SENTENCE" on stderr. Returns EXIT_INPUT. */
int error_say(int code, const char *path);
/* Prints "dndprof: TEXT" on stderr with what came from outside escaped. Returns `status`. */
int error_text(enum exit_code status, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
