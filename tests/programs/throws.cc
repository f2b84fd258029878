/*
 * throws.cc - a C++ exception out of every call that can block: a handler throws while the thread
 * sleeps in the call, and the exception passes libc's frames and the wrapper's to be caught by the
 * caller, with every destructor run. A line a call ("ok NAME = ..."), the same in every run; what a
 * call does to its lock when it is left so is libc's matter and not looked at.
 */
// cflags: -std=gnu++17 -fnon-call-exceptions
#include "asleep.h"
#include "check.h"
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdexcept>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>

static int destroyed;
static volatile int inside, finished;
static pid_t blocker;

struct Witness {
	~Witness()
	{
		destroyed++;
	}
};

static void throws(int)
{
	throw std::runtime_error("from a handler");
}

/* Sends the signal where the thread was found asleep in its call, twice. */
static void *disturbs(void *thread)
{
	int seen = 0;

	while (!finished) {
		check_sleep_ms(1);
		seen = inside && asleep(blocker) ? seen + 1 : 0;
		if (seen < 2)
			continue;
		inside = 0;
		seen = 0;
		pthread_kill(*(pthread_t *)thread, SIGUSR1);
	}
	return NULL;
}

/* The headers say of many of these that they never throw: the compiler must not know them here. */
template <typename Result, typename... Formal, typename... Actual>
static void through(Result (*call)(Formal...), Actual... arguments)
{
	Result (*volatile unknown)(Formal...) = call;
	Witness witness;

	inside = 1;
	unknown(arguments...);
}

template <typename Result, typename... Formal, typename... Actual>
static void through(Result (*call)(Formal..., ...), Actual... arguments)
{
	Result (*volatile unknown)(Formal..., ...) = call;
	Witness witness;

	inside = 1;
	unknown(arguments...);
}

/* Calls `body` in a place where an exception ends; says how it ended. */
template <typename Body> static void attempt(const char *name, Body body)
{
	int caught = 0;

	destroyed = 0;
	try {
		Witness witness;

		body();
	} catch (const std::runtime_error &error) {
		caught = strcmp(error.what(), "from a handler") == 0;
	}
	inside = 0;
	if (caught && destroyed == 2)
		printf("ok %s\n", name);
	else
		printf("not ok %s: caught %d, %d destructors\n", name, caught, destroyed);
	fflush(stdout);
}

#define THROUGH(call, ...) attempt(#call, [&] { through(call, __VA_ARGS__); })

static int empty[2], full[2], drained[2], other[2];
static char bytes[1 << 16];

static void sockets()
{
	struct iovec piece = {bytes, sizeof bytes};
	struct mmsghdr messages[1] = {};
	struct msghdr message = {};
	struct sockaddr_un address = {AF_UNIX, "throws.sock"};
	socklen_t size = sizeof address;
	int listener = socket(AF_UNIX, SOCK_STREAM, 0), crowded = socket(AF_UNIX, SOCK_STREAM, 0),
	    file;

	message.msg_iov = &piece;
	message.msg_iovlen = 1;
	messages[0].msg_hdr = message;
	unlink(address.sun_path);
	CHECK(bind(listener, (struct sockaddr *)&address, sizeof address) == 0 &&
		      listen(listener, 0) == 0,
	      "no listener");
	attempt("accept", [&] { through(accept, listener, nullptr, nullptr); });
	attempt("accept4", [&] { through(accept4, listener, nullptr, nullptr, 0); });
	CHECK(connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&address, size) == 0,
	      "not connected");
	THROUGH(connect, crowded, (const struct sockaddr *)&address, size);
	unlink(address.sun_path);
	THROUGH(recv, empty[0], bytes, sizeof bytes, 0);
	THROUGH(recvfrom, empty[0], bytes, sizeof bytes, 0, nullptr, nullptr);
	THROUGH(recvmsg, empty[0], &message, 0);
	THROUGH(recvmmsg, empty[0], messages, 1, 0, nullptr);
	THROUGH(read, empty[0], bytes, sizeof bytes);
	THROUGH(readv, empty[0], &piece, 1);
	while (send(full[0], bytes, sizeof bytes, MSG_DONTWAIT) > 0)
		;
	THROUGH(send, full[0], bytes, sizeof bytes, 0);
	THROUGH(sendto, full[0], bytes, sizeof bytes, 0, nullptr, (socklen_t)0);
	THROUGH(sendmsg, full[0], &message, 0);
	THROUGH(sendmmsg, full[0], messages, 1, 0);
	THROUGH(write, full[0], bytes, sizeof bytes);
	THROUGH(writev, full[0], &piece, 1);
	file = open("/proc/self/exe", O_RDONLY);
	THROUGH(sendfile, full[0], file, nullptr, sizeof bytes);
	THROUGH(splice, drained[0], nullptr, other[1], nullptr, sizeof bytes, 0);
	THROUGH(syscall, (long)SYS_read, empty[0], bytes, sizeof bytes);
	close(file);
}

static void readiness()
{
	struct pollfd set = {empty[0], POLLIN, 0};
	struct epoll_event event;
	int many = epoll_create1(0);
	fd_set fds;

	FD_ZERO(&fds);
	FD_SET(empty[0], &fds);
	THROUGH(poll, &set, 1, -1);
	THROUGH(ppoll, &set, 1, nullptr, nullptr);
	THROUGH(select, empty[0] + 1, &fds, nullptr, nullptr, nullptr);
	FD_SET(empty[0], &fds);
	THROUGH(pselect, empty[0] + 1, &fds, nullptr, nullptr, nullptr, nullptr);
	THROUGH(epoll_wait, many, &event, 1, -1);
	THROUGH(epoll_pwait, many, &event, 1, -1, nullptr);
	THROUGH(epoll_pwait2, many, &event, 1, nullptr, nullptr);
	close(many);
}

static void *sleeps(void *unused)
{
	for (;;)
		pause();
	return unused;
}

/* Each call has a lock of its own: an abandoned wait may leave a waiter counted. */
static pthread_mutex_t *held_mutex()
{
	pthread_mutex_t *mutex = new pthread_mutex_t(PTHREAD_MUTEX_INITIALIZER);

	pthread_mutex_lock(mutex);
	return mutex;
}

static pthread_rwlock_t *held_rwlock()
{
	pthread_rwlock_t *lock = new pthread_rwlock_t(PTHREAD_RWLOCK_INITIALIZER);
	pthread_t holder;

	pthread_create(
		&holder, nullptr,
		[](void *it) -> void * {
			pthread_rwlock_wrlock((pthread_rwlock_t *)it);
			return nullptr;
		},
		lock);
	pthread_join(holder, nullptr);
	return lock;
}

static sem_t *empty_semaphore()
{
	sem_t *semaphore = new sem_t();

	sem_init(semaphore, 0, 0);
	return semaphore;
}

static void locks()
{
	pthread_cond_t *condition = new pthread_cond_t[3]();
	pthread_barrier_t *barrier = new pthread_barrier_t();
	struct timespec real = check_after_ms(CLOCK_REALTIME, 600000);
	struct timespec steady = check_after_ms(CLOCK_MONOTONIC, 600000);
	pthread_t sleeper;

	THROUGH(pthread_mutex_lock, held_mutex());
	THROUGH(pthread_mutex_timedlock, held_mutex(), &real);
	THROUGH(pthread_mutex_clocklock, held_mutex(), CLOCK_MONOTONIC, &steady);
	THROUGH(pthread_rwlock_rdlock, held_rwlock());
	THROUGH(pthread_rwlock_wrlock, held_rwlock());
	THROUGH(pthread_rwlock_timedrdlock, held_rwlock(), &real);
	THROUGH(pthread_rwlock_timedwrlock, held_rwlock(), &real);
	THROUGH(pthread_rwlock_clockrdlock, held_rwlock(), CLOCK_MONOTONIC, &steady);
	THROUGH(pthread_rwlock_clockwrlock, held_rwlock(), CLOCK_MONOTONIC, &steady);
	THROUGH(pthread_cond_wait, &condition[0], held_mutex());
	THROUGH(pthread_cond_timedwait, &condition[1], held_mutex(), &real);
	THROUGH(pthread_cond_clockwait, &condition[2], held_mutex(), CLOCK_MONOTONIC, &steady);
	pthread_barrier_init(barrier, nullptr, 2);
	THROUGH(pthread_barrier_wait, barrier);
	THROUGH(sem_wait, empty_semaphore());
	THROUGH(sem_timedwait, empty_semaphore(), &real);
	THROUGH(sem_clockwait, empty_semaphore(), CLOCK_MONOTONIC, &steady);
	pthread_create(&sleeper, nullptr, sleeps, nullptr);
	THROUGH(pthread_join, sleeper, nullptr);
	pthread_create(&sleeper, nullptr, sleeps, nullptr);
	THROUGH(pthread_timedjoin_np, sleeper, nullptr, &real);
	pthread_create(&sleeper, nullptr, sleeps, nullptr);
	THROUGH(pthread_clockjoin_np, sleeper, nullptr, CLOCK_MONOTONIC, &steady);
}

static void children()
{
	struct flock all = {F_WRLCK, SEEK_SET, 0, 0, 0};
	siginfo_t info;
	pid_t child = fork();
	int first, second;

	if (child == 0) {
		close(empty[1]); /* so that it ends when we do */
		sleeps(nullptr);
	}
	THROUGH(wait, nullptr);
	THROUGH(waitpid, child, nullptr, 0);
	THROUGH(waitid, P_PID, (id_t)child, &info, WEXITED);
	THROUGH(wait3, nullptr, 0, nullptr);
	THROUGH(wait4, child, nullptr, 0, nullptr);
	kill(child, SIGKILL);
	waitpid(child, nullptr, 0);

	unlink("throws.lock");
	first = open("throws.lock", O_RDWR | O_CREAT, 0600);
	second = open("throws.lock", O_RDWR);
	CHECK(fcntl(first, F_OFD_SETLK, &all) == 0, "not locked");
	THROUGH(fcntl, second, F_OFD_SETLKW, &all);
	unlink("throws.lock");
	unlink("throws.fifo");
	CHECK(mkfifo("throws.fifo", 0600) == 0, "no fifo");
	THROUGH(open, "throws.fifo", O_RDONLY);
	THROUGH(openat, AT_FDCWD, "throws.fifo", O_RDONLY);
	THROUGH(fopen, "throws.fifo", "r");
	unlink("throws.fifo");
}

int main()
{
	struct sigaction action = {};
	pthread_t self = pthread_self(), disturber;

	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, empty) == 0 &&
		      socketpair(AF_UNIX, SOCK_STREAM, 0, full) == 0 && pipe(drained) == 0 &&
		      pipe(other) == 0,
	      "no sockets");
	action.sa_handler = throws;
	action.sa_flags = SA_NODEFER;
	sigaction(SIGUSR1, &action, nullptr);
	blocker = gettid();
	pthread_create(&disturber, nullptr, disturbs, &self);
	sockets();
	readiness();
	locks();
	children();
	finished = 1;
	pthread_join(disturber, nullptr);
	printf("ok end\n");
	fflush(stdout);
	_exit(check_failures ? 1 : 0);
}
