/* clang-format off */
/*
 * calls.h - the one table of everything dndprof can record.
 *
 * A call is one row. Call ids, names, categories, the shim's list of symbols to resolve and the
 * analyzer's decoding are all made from it. A profile file carries its own copy of names and
 * columns (section CALLS), so rows may be added and moved without breaking older files; a reader
 * goes by the file's copy, never by its own numbers.
 *
 * X(id, category, subject, result)
 *   id        the symbol's name; for pseudo calls the name of the thing
 *   category  one of DNDPROF_CATEGORIES: where the call's own time belongs when nothing bigger
 *             explains it
 *   subject   what record.fd means: FD the descriptor argument; NEWFD the descriptor the call made
 *             (record.arg then holds the one it was made from); NONE
 *   result    how record.result reads: BYTES moved, COUNT of ready things, ZERO for success, NUMBER
 *             (a descriptor or process id), ERROR (0 or an error number, the pthread convention),
 *             VOID. For all but ERROR and VOID a negative result is a failure and record.error its
 *             errno.
 */
/* clang-format on */
#ifndef DNDPROF_CALLS_H
#define DNDPROF_CALLS_H

/* X(id, name, meaning) - design.md "Category". docker_api, registry and http are given by the
 * analyzer only. */
#define DNDPROF_CATEGORIES(X)                                                  \
	X(IO, "io", "reading, writing and waiting for descriptors")            \
	X(CONNECT, "connect", "opening and closing connections")               \
	X(DNS, "dns", "name lookups")                                          \
	X(PROCESS, "process", "starting, replacing and waiting for processes") \
	X(LOCK, "lock", "contended locks")                                     \
	X(THREAD, "thread", "threads and waiting for other threads' work")     \
	X(USER, "user", "regions marked by the program")                       \
	X(DOCKER_API, "docker_api", "requests to a container engine")          \
	X(REGISTRY, "registry", "requests to an image registry")               \
	X(HTTP, "http", "other HTTP requests")

/* Calls whose symbol is interposed. */
#define DNDPROF_INTERPOSED_CALLS(X)                      \
	/* sockets: life */                              \
	X(socket, CONNECT, NEWFD, NUMBER)                \
	X(socketpair, CONNECT, NEWFD, ZERO)              \
	X(connect, CONNECT, FD, ZERO)                    \
	X(accept, CONNECT, NEWFD, NUMBER)                \
	X(accept4, CONNECT, NEWFD, NUMBER)               \
	X(listen, CONNECT, FD, ZERO)                     \
	X(bind, CONNECT, FD, ZERO)                       \
	X(shutdown, CONNECT, FD, ZERO)                   \
	X(getsockopt, CONNECT, FD, ZERO)                 \
	X(close, CONNECT, FD, ZERO)                      \
	X(closefrom, CONNECT, NONE, VOID)                \
	X(close_range, CONNECT, NONE, ZERO)              \
	X(fclose, CONNECT, FD, ZERO)                     \
	X(dup, CONNECT, NEWFD, NUMBER)                   \
	X(dup2, CONNECT, NEWFD, NUMBER)                  \
	X(dup3, CONNECT, NEWFD, NUMBER)                  \
	X(fcntl, CONNECT, NEWFD, NUMBER)                 \
	X(fcntl64, CONNECT, NEWFD, NUMBER)               \
	/* sockets: data */                              \
	X(send, IO, FD, BYTES)                           \
	X(sendto, IO, FD, BYTES)                         \
	X(sendmsg, IO, FD, BYTES)                        \
	X(sendmmsg, IO, FD, COUNT)                       \
	X(recv, IO, FD, BYTES)                           \
	X(recvfrom, IO, FD, BYTES)                       \
	X(recvmsg, IO, FD, BYTES)                        \
	X(recvmmsg, IO, FD, COUNT)                       \
	X(__recv_chk, IO, FD, BYTES)                     \
	X(__recvfrom_chk, IO, FD, BYTES)                 \
	X(read, IO, FD, BYTES)                           \
	X(__read_chk, IO, FD, BYTES)                     \
	X(readv, IO, FD, BYTES)                          \
	X(write, IO, FD, BYTES)                          \
	X(writev, IO, FD, BYTES)                         \
	X(sendfile, IO, FD, BYTES)                       \
	X(sendfile64, IO, FD, BYTES)                     \
	X(splice, IO, FD, BYTES)                         \
	X(ioctl, CONNECT, FD, NUMBER)                    \
	/* readiness */                                  \
	X(poll, IO, NONE, COUNT)                         \
	X(__poll_chk, IO, NONE, COUNT)                   \
	X(ppoll, IO, NONE, COUNT)                        \
	X(__ppoll_chk, IO, NONE, COUNT)                  \
	X(select, IO, NONE, COUNT)                       \
	X(pselect, IO, NONE, COUNT)                      \
	X(epoll_wait, IO, FD, COUNT)                     \
	X(epoll_pwait, IO, FD, COUNT)                    \
	X(epoll_pwait2, IO, FD, COUNT)                   \
	/* names */                                      \
	X(getaddrinfo, DNS, NONE, ERROR)                 \
	X(getnameinfo, DNS, NONE, ERROR)                 \
	X(gethostbyname, DNS, NONE, ERROR)               \
	X(gethostbyname2, DNS, NONE, ERROR)              \
	X(gethostbyname_r, DNS, NONE, ERROR)             \
	X(gethostbyname2_r, DNS, NONE, ERROR)            \
	/* threads and locks */                          \
	X(pthread_create, THREAD, NONE, ERROR)           \
	X(pthread_exit, THREAD, NONE, VOID)              \
	X(pthread_setname_np, THREAD, NONE, ERROR)       \
	X(pthread_join, THREAD, NONE, ERROR)             \
	X(pthread_tryjoin_np, THREAD, NONE, ERROR)       \
	X(pthread_timedjoin_np, THREAD, NONE, ERROR)     \
	X(pthread_clockjoin_np, THREAD, NONE, ERROR)     \
	X(pthread_mutex_lock, LOCK, NONE, ERROR)         \
	X(pthread_mutex_trylock, LOCK, NONE, ERROR)      \
	X(pthread_mutex_timedlock, LOCK, NONE, ERROR)    \
	X(pthread_mutex_clocklock, LOCK, NONE, ERROR)    \
	X(pthread_rwlock_rdlock, LOCK, NONE, ERROR)      \
	X(pthread_rwlock_wrlock, LOCK, NONE, ERROR)      \
	X(pthread_rwlock_tryrdlock, LOCK, NONE, ERROR)   \
	X(pthread_rwlock_trywrlock, LOCK, NONE, ERROR)   \
	X(pthread_rwlock_timedrdlock, LOCK, NONE, ERROR) \
	X(pthread_rwlock_timedwrlock, LOCK, NONE, ERROR) \
	X(pthread_rwlock_clockrdlock, LOCK, NONE, ERROR) \
	X(pthread_rwlock_clockwrlock, LOCK, NONE, ERROR) \
	X(pthread_cond_wait, THREAD, NONE, ERROR)        \
	X(pthread_cond_timedwait, THREAD, NONE, ERROR)   \
	X(pthread_cond_clockwait, THREAD, NONE, ERROR)   \
	X(pthread_cond_signal, THREAD, NONE, ERROR)      \
	X(pthread_cond_broadcast, THREAD, NONE, ERROR)   \
	X(pthread_barrier_wait, THREAD, NONE, ERROR)     \
	X(sem_wait, THREAD, NONE, ZERO)                  \
	X(sem_timedwait, THREAD, NONE, ZERO)             \
	X(sem_clockwait, THREAD, NONE, ZERO)             \
	X(sem_trywait, THREAD, NONE, ZERO)               \
	X(sem_post, THREAD, NONE, ZERO)                  \
	/* processes */                                  \
	X(fork, PROCESS, NONE, NUMBER)                   \
	X(vfork, PROCESS, NONE, NUMBER)                  \
	X(posix_spawn, PROCESS, NONE, ERROR)             \
	X(posix_spawnp, PROCESS, NONE, ERROR)            \
	X(execve, PROCESS, NONE, ZERO)                   \
	X(execv, PROCESS, NONE, ZERO)                    \
	X(execvp, PROCESS, NONE, ZERO)                   \
	X(execvpe, PROCESS, NONE, ZERO)                  \
	X(execl, PROCESS, NONE, ZERO)                    \
	X(execlp, PROCESS, NONE, ZERO)                   \
	X(execle, PROCESS, NONE, ZERO)                   \
	X(execveat, PROCESS, NONE, ZERO)                 \
	X(fexecve, PROCESS, NONE, ZERO)                  \
	X(wait, PROCESS, NONE, NUMBER)                   \
	X(waitpid, PROCESS, NONE, NUMBER)                \
	X(waitid, PROCESS, NONE, ZERO)                   \
	X(wait3, PROCESS, NONE, NUMBER)                  \
	X(wait4, PROCESS, NONE, NUMBER)                  \
	X(_exit, PROCESS, NONE, VOID)                    \
	X(_Exit, PROCESS, NONE, VOID)                    \
	/* for the checks, and what can hurt us */       \
	X(open, IO, NEWFD, NUMBER)                       \
	X(open64, IO, NEWFD, NUMBER)                     \
	X(openat, IO, NEWFD, NUMBER)                     \
	X(openat64, IO, NEWFD, NUMBER)                   \
	X(__open_2, IO, NEWFD, NUMBER)                   \
	X(__open64_2, IO, NEWFD, NUMBER)                 \
	X(__openat_2, IO, NEWFD, NUMBER)                 \
	X(__openat64_2, IO, NEWFD, NUMBER)               \
	X(fopen, IO, NEWFD, NUMBER)                      \
	X(fopen64, IO, NEWFD, NUMBER)                    \
	X(prctl, PROCESS, NONE, NUMBER)                  \
	X(syscall, IO, NONE, NUMBER)

/* Pseudo calls: `null` is the empty interval of the calibration, `thread` a thread's life, `futex`
 * a thread of a Go program that waits until its runtime has work for it. The program itself marks
 * (dndprof.h) a `region`, a `check` and a worker's `job`, and with `stopped` a time of which
 * nothing is recorded. `null_go` is the empty interval of the Go gate. */
#define DNDPROF_PSEUDO_CALLS(X)        \
	X(null, USER, NONE, VOID)      \
	X(thread, THREAD, NONE, VOID)  \
	X(region, USER, NONE, ERROR)   \
	X(futex, THREAD, NONE, NUMBER) \
	X(check, USER, NONE, ERROR)    \
	X(job, USER, NONE, ERROR)      \
	X(stopped, USER, NONE, VOID)   \
	X(null_go, USER, NONE, VOID)

#define DNDPROF_CALLS(X)        \
	DNDPROF_PSEUDO_CALLS(X) \
	DNDPROF_INTERPOSED_CALLS(X)

#define DNDPROF_CATEGORY_ENUM(id, name, meaning) DNDPROF_CATEGORY_##id,
enum dndprof_category { DNDPROF_CATEGORIES(DNDPROF_CATEGORY_ENUM) DNDPROF_CATEGORY_COUNT };
#undef DNDPROF_CATEGORY_ENUM

#define DNDPROF_CALL_ENUM(id, category, subject, result) DNDPROF_CALL_##id,
enum dndprof_call { DNDPROF_CALLS(DNDPROF_CALL_ENUM) DNDPROF_CALL_COUNT };
#undef DNDPROF_CALL_ENUM

enum dndprof_subject { DNDPROF_SUBJECT_NONE, DNDPROF_SUBJECT_FD, DNDPROF_SUBJECT_NEWFD };

enum dndprof_result {
	DNDPROF_RESULT_VOID,
	DNDPROF_RESULT_ZERO,
	DNDPROF_RESULT_NUMBER,
	DNDPROF_RESULT_COUNT,
	DNDPROF_RESULT_BYTES,
	DNDPROF_RESULT_ERROR,
};

#endif
