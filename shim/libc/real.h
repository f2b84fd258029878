/*
 * real.h - the functions we stand in front of: the next definition of each interposed symbol, after
 * our own library.
 *
 * Found by walking the loaded objects ourselves: dlsym would bind us to the newest glibc's symbol
 * version, take its locks, and may allocate. REAL(name) is that function, looked up on first use.
 */
#ifndef DNDPROF_SHIM_REAL_H
#define DNDPROF_SHIM_REAL_H

#include <dirent.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <dndprof/calls.h>

#include "recorder/sys.h"

/* The fortified entries, which no header declares in this build. */
int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);
int __openat_2(int dir, const char *path, int flags);
int __openat64_2(int dir, const char *path, int flags);
ssize_t __read_chk(int fd, void *buf, size_t n, size_t buflen);
ssize_t __recv_chk(int fd, void *buf, size_t n, size_t buflen, int flags);
ssize_t __recvfrom_chk(int fd, void *restrict buf, size_t n, size_t buflen, int flags,
		       struct sockaddr *restrict from, socklen_t *restrict fromlen);
int __poll_chk(struct pollfd *fds, nfds_t n, int timeout, size_t fdslen);
int __ppoll_chk(struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask,
		size_t fdslen);

#define REAL_FIELD(id, category, subject, result) __typeof__(id) *id;
struct real {
	DNDPROF_INTERPOSED_CALLS(REAL_FIELD)
};
#undef REAL_FIELD
extern struct real dndprof_real __attribute__((visibility("hidden")));

/* The real function of call `id`, found now; a function that fails with ENOSYS where there is none.
 */
void *real_find(unsigned id);

#define REAL(name)                                             \
	(likely(dndprof_real.name != NULL) ? dndprof_real.name \
					   : (__typeof__(name) *)real_find(DNDPROF_CALL_##name))

/* Learns where they are; the constructor. True if we stand in front of libc: false where we were
 * opened later, or in a namespace of our own, and are called by handle alone. */
bool real_resolve(void);

/* Is there a real function at all? Never calls it. False before the constructor, unless it was
 * used. */
#define REAL_EXISTS(name)                                                                      \
	(likely(dndprof_real.name != NULL) ? (void *)dndprof_real.name != (void *)real_missing \
					   : real_exists(DNDPROF_CALL_##name))
long real_missing(void);
bool real_exists(unsigned id);

/* libc's, which we do not stand in front of; NULL before the constructor. */
extern void (*dndprof_testcancel)(void) __attribute__((visibility("hidden")));

/* A function of libc or the loader by name, or NULL. */
void *real_symbol(const char *name);

/* A function of the vDSO, or NULL. */
void *real_vdso(const char *name);

#define EXPORT __attribute__((visibility("default")))

#endif
