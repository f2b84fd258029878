/*
 * files.c - for the checks: files of /proc/sys/net and interface queries; and prctl, which can
 * hurt us.
 */
#include <linux/sockios.h>
#include <stdarg.h>
#include <string.h>

#include "libc/gate.h"
#include "recorder/lockout.h"

/* Is it below /proc/sys/net? More slashes than needed do not matter; links and dots are not
 * followed. */
static bool is_watched(const char *path)
{
	static const char *const parts[] = {"proc", "sys", "net"};
	size_t i, n;

	for (i = 0; i < ARRAY_LEN(parts); i++) {
		if (*path != '/')
			return false;
		while (*path == '/')
			path++;
		n = strlen(parts[i]);
		if (strncmp(path, parts[i], n))
			return false;
		path += n;
	}
	return *path == '/';
}

/* Failures of an open after which the kernel has read its path. */
static bool path_was_read(int error)
{
	return error == ENOENT || error == EACCES;
}

/* Writing a setting is no look at it. The path is looked at when the kernel has read it without
 * fault, and only then. */
int gate_end_open(const struct span *s, unsigned call, int r, int dir, const char *path, int flags)
{
	bool failed = r < 0;

	if (dndprof_tls.off || (failed && !path_was_read(errno)))
		return r;
	if (!failed)
		fd_other(r);
	if (s->writer && (flags & O_ACCMODE) != O_WRONLY && is_watched(path)) {
		struct event e = span_event(s, call, r);

		e.fd = r;
		e.arg = (uint64_t)(int64_t)dir;
		e.payload = DNDPROF_PAYLOAD_PATH;
		event_done(s->writer, &e, path, strnlen(path, 255));
	} else if (s->writer && dndprof_recorder.full) { /* without its name */
		struct event e = span_event(s, call, r);

		e.fd = r;
		event_done(s->writer, &e, NULL, 0);
	}
	return r;
}

/* A span that shows nowhere as under way: opening files is not our business, but for a few. */
struct span gate_span_quiet(void)
{
	struct writer *w = writer_self();

	return (struct span){w, w ? now() : 0};
}

static mode_t open_mode(int flags, va_list ap)
{
	return flags & (O_CREAT | __O_TMPFILE) ? va_arg(ap, mode_t) : 0;
}

EXPORT int open(const char *path, int flags, ...)
{
	struct span s = gate_span_quiet();
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = open_mode(flags, ap);
	va_end(ap);
	return gate_end_open(&s, DNDPROF_CALL_open, REAL(open)(path, flags, mode), AT_FDCWD, path,
			     flags);
}

EXPORT int open64(const char *path, int flags, ...)
{
	struct span s = gate_span_quiet();
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = open_mode(flags, ap);
	va_end(ap);
	return gate_end_open(&s, DNDPROF_CALL_open64, REAL(open64)(path, flags, mode), AT_FDCWD,
			     path, flags);
}

EXPORT int openat(int dir, const char *path, int flags, ...)
{
	struct span s = gate_span_quiet();
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = open_mode(flags, ap);
	va_end(ap);
	return gate_end_open(&s, DNDPROF_CALL_openat, REAL(openat)(dir, path, flags, mode), dir,
			     path, flags);
}

EXPORT int openat64(int dir, const char *path, int flags, ...)
{
	struct span s = gate_span_quiet();
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = open_mode(flags, ap);
	va_end(ap);
	return gate_end_open(&s, DNDPROF_CALL_openat64, REAL(openat64)(dir, path, flags, mode), dir,
			     path, flags);
}

/* ---- the fortified ones: flags that need no mode ---- */

EXPORT int __open_2(const char *path, int flags)
{
	struct span s = gate_span_quiet();

	return gate_end_open(&s, DNDPROF_CALL___open_2, REAL(__open_2)(path, flags), AT_FDCWD, path,
			     flags);
}

EXPORT int __open64_2(const char *path, int flags)
{
	struct span s = gate_span_quiet();

	return gate_end_open(&s, DNDPROF_CALL___open64_2, REAL(__open64_2)(path, flags), AT_FDCWD,
			     path, flags);
}

EXPORT int __openat_2(int dir, const char *path, int flags)
{
	struct span s = gate_span_quiet();

	return gate_end_open(&s, DNDPROF_CALL___openat_2, REAL(__openat_2)(dir, path, flags), dir,
			     path, flags);
}

EXPORT int __openat64_2(int dir, const char *path, int flags)
{
	struct span s = gate_span_quiet();

	return gate_end_open(&s, DNDPROF_CALL___openat64_2, REAL(__openat64_2)(dir, path, flags),
			     dir, path, flags);
}

/* ---- streams: libc opens their files itself, where nobody can interpose ---- */

static FILE *end_fopen(const struct span *s, unsigned call, FILE *f, const char *path,
		       const char *mode)
{
	int r = f ? fileno_unlocked(f) : -1;

	gate_end_open(s, call, r, AT_FDCWD, path, f && *mode != 'r' ? O_WRONLY : O_RDONLY);
	return f;
}

EXPORT FILE *fopen(const char *restrict path, const char *restrict mode)
{
	struct span s = gate_span_quiet();

	return end_fopen(&s, DNDPROF_CALL_fopen, REAL(fopen)(path, mode), path, mode);
}

EXPORT FILE *fopen64(const char *restrict path, const char *restrict mode)
{
	struct span s = gate_span_quiet();

	if (!REAL_EXISTS(fopen64)) /* musl has but one */
		return fopen(path, mode);
	return end_fopen(&s, DNDPROF_CALL_fopen64, REAL(fopen64)(path, mode), path, mode);
}

/* SIOCGIFNAME to SIOCGIFMAP's neighbours: asking about interfaces. */
static bool asks_interface(unsigned long request)
{
	return request >= SIOCGIFNAME && request <= SIOCGIFMAP;
}

EXPORT int ioctl(int fd, unsigned long request, ...)
{
	struct span s;
	va_list ap;
	void *arg;
	int r;

	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	if (likely(!asks_interface(request)))
		return REAL(ioctl)(fd, request, arg);
	s = span_begin_socket(DNDPROF_CALL_ioctl, fd);
	r = REAL(ioctl)(fd, request, arg);
	span_end_fd(&s, DNDPROF_CALL_ioctl, r, fd, request);
	return r;
}

void gate_before_prctl(long number, long a, long b, long c)
{
	if (dndprof_tls.off)
		lockout_in_vfork(number, a, b, c);
	else
		lockout_before(number, a, b, c);
}

void gate_after_prctl(long number, long a, long b, long r)
{
	if (number == SYS_prctl && (int)a == PR_SET_NAME && r == 0)
		writer_named(0, (const char *)b);
}

EXPORT int prctl(int option, ...)
{
	struct writer *w;
	unsigned long a[4];
	va_list ap;
	int i, r;

	va_start(ap, option);
	for (i = 0; i < 4; i++)
		a[i] = va_arg(ap, unsigned long);
	va_end(ap);
	w = writer_self();
	if (w)
		count_call(w, DNDPROF_CALL_prctl);
	gate_before_prctl(SYS_prctl, option, (long)a[0], (long)a[1]);
	r = REAL(prctl)(option, a[0], a[1], a[2], a[3]);
	gate_after_prctl(SYS_prctl, option, (long)a[0], r);
	return r;
}
