/*
 * names.c - the wrappers of name lookups. The sockets the resolver opens itself are libc's own and
 * are not seen. Calls of resolver plugins are, inside the lookup's interval on its thread; the
 * analyzer counts them as part of it. (A guard held across the real call would be left behind by
 * longjmp and cancellation.)
 */
#include <string.h>

#include "libc/gate.h"

static void lookup_end(const struct span *s, unsigned call, int result, bool failed,
		       const char *name)
{
	struct event e;

	if (!s->writer)
		return;
	e = span_event_error(s, call, result);
	e.error = (uint8_t)(failed ? (result > 0 ? result : -result) : 0);
	e.payload = name ? DNDPROF_PAYLOAD_NAME : DNDPROF_PAYLOAD_NONE;
	event_done(s->writer, &e, name, name ? strnlen(name, 255) : 0);
}

EXPORT int getaddrinfo(const char *restrict node, const char *restrict service,
		       const struct addrinfo *restrict hints, struct addrinfo **restrict result)
{
	struct span s = span_begin(DNDPROF_CALL_getaddrinfo);
	int r = REAL(getaddrinfo)(node, service, hints, result);

	lookup_end(&s, DNDPROF_CALL_getaddrinfo, r, r != 0, node);
	return r;
}

EXPORT int getnameinfo(const struct sockaddr *restrict a, socklen_t n, char *restrict host,
		       socklen_t hostlen, char *restrict service, socklen_t servicelen, int flags)
{
	struct span s = span_begin(DNDPROF_CALL_getnameinfo);
	int r = REAL(getnameinfo)(a, n, host, hostlen, service, servicelen, flags);

	lookup_end(&s, DNDPROF_CALL_getnameinfo, r, r != 0, NULL);
	return r;
}

EXPORT struct hostent *gethostbyname(const char *name)
{
	struct span s = span_begin(DNDPROF_CALL_gethostbyname);
	struct hostent *r = REAL(gethostbyname)(name);

	lookup_end(&s, DNDPROF_CALL_gethostbyname, r ? 0 : h_errno, !r, name);
	return r;
}

EXPORT struct hostent *gethostbyname2(const char *name, int family)
{
	struct span s = span_begin(DNDPROF_CALL_gethostbyname2);
	struct hostent *r = REAL(gethostbyname2)(name, family);

	lookup_end(&s, DNDPROF_CALL_gethostbyname2, r ? 0 : h_errno, !r, name);
	return r;
}

/* These return 0 and no result when the name is not found. */
static void end_reentrant(const struct span *s, unsigned call, int r, struct hostent **result,
			  const int *error, const char *name)
{
	bool failed = r != 0 || !*result;

	lookup_end(s, call, failed && !r ? *error : r, failed, name);
}

EXPORT int gethostbyname_r(const char *restrict name, struct hostent *restrict ret,
			   char *restrict buf, size_t buflen, struct hostent **restrict result,
			   int *restrict error)
{
	struct span s = span_begin(DNDPROF_CALL_gethostbyname_r);
	int r = REAL(gethostbyname_r)(name, ret, buf, buflen, result, error);

	end_reentrant(&s, DNDPROF_CALL_gethostbyname_r, r, result, error, name);
	return r;
}

EXPORT int gethostbyname2_r(const char *restrict name, int family, struct hostent *restrict ret,
			    char *restrict buf, size_t buflen, struct hostent **restrict result,
			    int *restrict error)
{
	struct span s = span_begin(DNDPROF_CALL_gethostbyname2_r);
	int r = REAL(gethostbyname2_r)(name, family, ret, buf, buflen, result, error);

	end_reentrant(&s, DNDPROF_CALL_gethostbyname2_r, r, result, error, name);
	return r;
}
