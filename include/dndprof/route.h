/*
 * route.h - what became of a program that is started: followed, or why not. The shim writes the id
 * into `result` of an exec's BEGIN record and of a successful spawn's; reports print the sentence.
 */
#ifndef DNDPROF_ROUTE_H
#define DNDPROF_ROUTE_H

/* What a name in LD_PRELOAD cannot have: it would end there, or be expanded. */
#define DNDPROF_PRELOAD_SPECIAL " :$"

#define DNDPROF_ASAN_REASON "built with the address sanitizer, which wants nothing loaded before it"

/* X(id, word, sentence). PLAIN: nothing to be done but to start it; FOLLOWED: seized, to be
 * injected when it begins. Ids are the file format's: new ones at the end. */
#define DNDPROF_ROUTES(X)                                                                  \
	X(PLAIN, "plain", "")                                                              \
	X(FOLLOWED, "followed", "")                                                        \
	X(NO_HELPER, "no-helper", "static Go: dndprof-exec is not beside libdndprof.so")   \
	X(PTRACE, "ptrace", "static Go: the system refuses ptrace here")                   \
	X(TRACED, "traced", "static Go: traced by another program")                        \
	X(PRIVILEGED, "privileged", "setuid, setgid or with file capabilities")            \
	X(SUBREAPER, "subreaper", "static Go: started by pid 1 or a subreaper")            \
	X(NAMESPACE, "namespace", "in another mount namespace or root, as containers are") \
	X(FAILED, "failed", "static Go: no memory or process to follow it with")           \
	X(ASAN, "asan", DNDPROF_ASAN_REASON)                                               \
	X(LISTING, "listing", "did not run: its loader was asked for its libraries only")  \
	X(PROC, "proc", "static Go: /proc is missing here, or that of other processes")

#define DNDPROF_ROUTE_ENUM(id, word, sentence) DNDPROF_ROUTE_##id,
enum dndprof_route { DNDPROF_ROUTES(DNDPROF_ROUTE_ENUM) DNDPROF_ROUTE_COUNT };

#endif
