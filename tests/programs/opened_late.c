/*
 * opened_late.c - opens a library (argv[1]) that stands in front of calls, when the program runs
 * already, and calls through its handle: each call must do what libc's does (which may be the
 * library itself). argv[2] says how it is opened: "local", "global", or in a "namespace" of its own
 * (dlmopen). Opened and closed three times.
 */
// ldflags: -ldl
#include "check.h"
#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

/* The calls used here, by their names: a pointer to each. */
#define CALLS(X)                 \
	X(socket)                \
	X(socketpair)            \
	X(bind)                  \
	X(listen)                \
	X(connect)               \
	X(accept)                \
	X(send)                  \
	X(recv)                  \
	X(read)                  \
	X(write)                 \
	X(poll)                  \
	X(dup)                   \
	X(fcntl)                 \
	X(open)                  \
	X(fopen)                 \
	X(fclose)                \
	X(close)                 \
	X(getsockopt)            \
	X(pthread_create)        \
	X(pthread_join)          \
	X(pthread_mutex_lock)    \
	X(pthread_mutex_trylock) \
	X(pthread_cond_signal)   \
	X(fork)                  \
	X(waitpid)               \
	X(execv)                 \
	X(posix_spawn)           \
	X(syscall)               \
	X(getaddrinfo)
#define POINTER(call) __typeof__(call) *call;
static struct {
	CALLS(POINTER)
} by;
static int *(*error_of)(void); /* a library in another namespace has an errno of its own */

static int find(void *library)
{
#define FIND(call)                                  \
	*(void **)&by.call = dlsym(library, #call); \
	if (!by.call)                               \
		return 0;
	CALLS(FIND)
	*(void **)&error_of = dlsym(library, "__errno_location");
	return error_of != NULL;
}

static void *answer(void *fd)
{
	char byte = 0;

	if (by.recv(*(int *)fd, &byte, 1, 0) != 1 || by.send(*(int *)fd, &byte, 1, 0) != 1)
		return NULL;
	return fd;
}

static void sockets(void)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int server, client, one, kind = 0;
	socklen_t length = sizeof kind;

	snprintf(a.sun_path + 1, sizeof a.sun_path - 1, "dndprof-test-%d", (int)getpid());
	server = by.socket(AF_UNIX, SOCK_STREAM, 0);
	client = by.socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK(server >= 0 && client >= 0, "socket");
	*error_of() = 0;
	CHECK(by.connect(client, (void *)&a, sizeof a) == -1 && *error_of() == ECONNREFUSED,
	      "connect");
	CHECK(by.bind(server, (void *)&a, sizeof a) == 0 && by.listen(server, 1) == 0, "listen");
	CHECK(by.connect(client, (void *)&a, sizeof a) == 0, "connect to a listener");
	one = by.accept(server, NULL, NULL);
	CHECK(one >= 0, "accept");
	CHECK(by.write(client, "ab", 2) == 2, "write");
	CHECK(by.poll(&(struct pollfd){.fd = one, .events = POLLIN}, 1, 1000) == 1, "poll");
	CHECK(by.read(one, &a, 2) == 2 && !memcmp(&a, "ab", 2), "read");
	CHECK(by.getsockopt(one, SOL_SOCKET, SO_TYPE, &kind, &length) == 0 && kind == SOCK_STREAM,
	      "getsockopt");
	CHECK(by.close(server) == 0 && by.close(client) == 0 && by.close(one) == 0, "close");
	*error_of() = 0;
	CHECK(by.close(one) == -1 && *error_of() == EBADF, "close again");
}

static void threads(void)
{
	static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
	void *result = NULL;
	pthread_t thread;
	char byte = 'x';
	int pair[2];

	CHECK(by.socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0, "socketpair");
	CHECK(by.pthread_create(&thread, NULL, answer, &pair[1]) == 0, "pthread_create");
	CHECK(by.send(pair[0], &byte, 1, 0) == 1 && by.recv(pair[0], &byte, 1, 0) == 1, "talk");
	CHECK(by.pthread_join(thread, &result) == 0 && result == &pair[1], "pthread_join");
	CHECK(by.pthread_mutex_lock(&mutex) == 0, "pthread_mutex_lock");
	CHECK(by.pthread_mutex_trylock(&mutex) == EBUSY, "pthread_mutex_trylock");
	CHECK(by.pthread_cond_signal(&condition) == 0, "pthread_cond_signal");
	CHECK(pthread_mutex_unlock(&mutex) == 0, "pthread_mutex_unlock");
	CHECK(by.close(pair[0]) == 0 && by.close(pair[1]) == 0, "close");
}

static void files(void)
{
	int fd = by.open("/dev/null", O_RDONLY), copy = by.dup(fd);
	FILE *file = by.fopen("/dev/null", "r");

	CHECK(fd >= 0 && copy > fd && by.fcntl(copy, F_GETFD) == 0, "open, dup");
	CHECK(by.close(fd) == 0 && by.close(copy) == 0, "close");
	CHECK(file && by.fclose(file) == 0, "fopen, fclose");
	*error_of() = 0;
	CHECK(by.open("/nowhere/none", O_RDONLY) == -1 && *error_of() == ENOENT, "open nothing");
}

static void processes(void)
{
	char *argv[] = {"true", NULL}, *none[] = {NULL};
	int status = 0;
	pid_t child = by.fork();

	if (child == 0) {
		by.execv("/nowhere/none", argv);
		by.execv("/bin/true", argv);
		_exit(9);
	}
	CHECK(by.waitpid(child, &status, 0) == child && status == 0, "fork, exec, waitpid");
	CHECK(by.posix_spawn(&child, "/bin/true", NULL, NULL, argv, none) == 0, "posix_spawn");
	CHECK(by.waitpid(child, &status, 0) == child && status == 0, "waitpid");
	CHECK(by.waitpid(child, &status, 0) == -1, "waitpid again");
	CHECK(by.syscall(SYS_getpid) == getpid() && by.syscall(SYS_write, -1, "", 1) == -1,
	      "syscall");
}

static void names(void)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST}, *result;

	CHECK(by.getaddrinfo("127.0.0.1", "80", &hints, &result) == 0, "getaddrinfo");
	CHECK(by.getaddrinfo("none.", "80", &hints, &result) == EAI_NONAME, "getaddrinfo of none");
}

static void *opened(const char *path, const char *way)
{
	if (!strcmp(way, "namespace"))
		return dlmopen(LM_ID_NEWLM, path, RTLD_NOW | RTLD_LOCAL);
	return dlopen(path, RTLD_NOW | (strcmp(way, "global") ? RTLD_LOCAL : RTLD_GLOBAL));
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	for (int i = 0; i < 3; i++) {
		void *library = opened(argv[1], argv[2]);

		CHECK(library != NULL, "%s", dlerror());
		if (!library)
			break;
		CHECK(find(library), "a call is missing");
		sockets();
		threads();
		files();
		names();
		processes();
		CHECK(dlclose(library) == 0, "dlclose");
	}
	return check_end();
}
