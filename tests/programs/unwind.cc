/*
 * unwind.cc - C++ through the wrappers: exceptions thrown by a handler out of a blocked call,
 * destructors on pthread_exit and on cancellation of a blocked thread, and the standard library's
 * threads, locks, conditions, call_once and futures.
 */
// cflags: -std=gnu++17 -fnon-call-exceptions
#include "asleep.h"
#include "check.h"
#include <condition_variable>
#include <future>
#include <mutex>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <shared_mutex>
#include <signal.h>
#include <stdexcept>
#include <string>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

static int ended;
static int fds[2];
static sem_t never, entered;

struct Witness {
	~Witness()
	{
		__atomic_fetch_add(&ended, 1, __ATOMIC_SEQ_CST);
	}
};

static void throws(int)
{
	throw std::runtime_error("from a handler");
}

/* 1 once the thread is about to block, whose kernel id is `blocker`. */
static int inside;
static pid_t blocker;

/*
 * Sends the signal once the call sleeps in the kernel: an exception out of any other instruction
 * would end the program natively, too.
 */
static void *disturbs(void *thread)
{
	for (int i = 0; i < 100; i++) {
		while (!__atomic_load_n(&inside, __ATOMIC_SEQ_CST) || !asleep(blocker))
			check_sleep_ms(1);
		__atomic_store_n(&inside, 0, __ATOMIC_SEQ_CST);
		pthread_kill(*(pthread_t *)thread, SIGALRM);
	}
	return NULL;
}

static void block(int which)
{
	Witness witness;
	char byte;
	struct pollfd set = {fds[0], POLLIN, 0};
	struct epoll_event event;
	static int set_fd = epoll_create1(0);

	__atomic_store_n(&inside, 1, __ATOMIC_SEQ_CST);
	switch (which) {
	case 0:
		recv(fds[0], &byte, 1, 0);
		break;
	case 1:
		CHECK(read(fds[0], &byte, 1) == -2, "read returned");
		break;
	case 2:
		poll(&set, 1, -1);
		break;
	case 3:
		recvfrom(fds[0], &byte, 1, 0, NULL, NULL);
		break;
	case 4:
		epoll_wait(set_fd, &event, 1, -1);
		break;
	}
	CHECK(0, "call %d returned", which);
}

/* An exception unwinds from within the call's own instruction through libc's and our frames. */
static void thrown()
{
	pthread_t self = pthread_self(), disturber;
	sigset_t alarm;

	sigemptyset(&alarm);
	sigaddset(&alarm, SIGALRM);
	signal(SIGALRM, throws);
	blocker = gettid();
	pthread_create(&disturber, NULL, disturbs, &self);
	for (int i = 0; i < 100; i++) {
		ended = 0;
		int caught = 0;

		try {
			block(i % 5);
		} catch (const std::runtime_error &error) {
			caught = std::string(error.what()) == "from a handler";
		}
		sigprocmask(SIG_UNBLOCK, &alarm, NULL);
		CHECK(caught && ended == 1, "call %d: caught %d, %d destructors", i % 5, caught,
		      ended);
	}
	pthread_join(disturber, NULL);
	signal(SIGALRM, SIG_DFL);
}

static void *exits(void *argument)
{
	Witness outer;

	if (argument) {
		Witness inner;

		pthread_exit((void *)((long)argument + 1));
	}
	return NULL;
}

static void *blocks(void *argument)
{
	Witness outer;
	std::mutex mutex;
	std::condition_variable condition;
	std::unique_lock<std::mutex> lock(mutex);
	char byte;

	try {
		Witness inner;

		sem_post(&entered);
		switch ((long)argument) {
		case 0:
			recv(fds[0], &byte, 1, 0);
			break;
		case 1:
			pthread_cond_wait(condition.native_handle(), mutex.native_handle());
			break;
		case 2:
			sem_wait(&never);
			break;
		case 3: {
			struct pollfd set = {fds[0], POLLIN, 0};

			poll(&set, 1, -1);
			break;
		}
		case 4: {
			static pthread_t idle;

			pthread_create(
				&idle, NULL,
				[](void *unused) -> void * {
					for (;;)
						pause();
					return unused;
				},
				NULL);
			pthread_join(idle, NULL);
			break;
		}
		}
	} catch (...) {
		__atomic_fetch_add(&ended, 100, __ATOMIC_SEQ_CST);
		throw;
	}
	return NULL;
}

static void forced()
{
	pthread_t thread;
	void *result;

	ended = 0;
	pthread_create(&thread, NULL, exits, (void *)7L);
	pthread_join(thread, &result);
	CHECK((long)result == 8 && ended == 2, "pthread_exit: %ld, %d destructors", (long)result,
	      ended);
	for (long i = 0; i < 5; i++) {
		ended = 0;
		pthread_create(&thread, NULL, blocks, (void *)i);
		while (sem_wait(&entered))
			;
		usleep(2000);
		pthread_cancel(thread);
		pthread_join(thread, &result);
		CHECK(result == PTHREAD_CANCELED, "thread %ld was not cancelled", i);
		CHECK(ended == 102, "thread %ld: %d destructors and catches", i, ended);
	}
}

static void standard()
{
	std::mutex mutex;
	std::timed_mutex timed;
	std::shared_mutex shared;
	std::recursive_mutex recursive;
	std::condition_variable condition;
	std::vector<std::thread> threads;
	std::once_flag once;
	int count = 0, calls = 0, failures = 0, turn = 0;

	for (int i = 0; i < 4; i++)
		threads.emplace_back([&, i] {
			for (int n = 0; n < 1000; n++) {
				std::lock_guard<std::recursive_mutex> twice(recursive);
				std::lock_guard<std::recursive_mutex> again(recursive);

				count++;
			}
			try {
				std::call_once(once, [&] {
					calls++;
					if (calls < 3)
						throw std::logic_error("not yet");
				});
			} catch (const std::logic_error &) {
				std::lock_guard<std::mutex> lock(mutex);

				failures++;
			}
			std::unique_lock<std::mutex> lock(mutex);
			condition.wait(lock, [&] { return turn == i; });
			turn++;
			condition.notify_all();
			lock.unlock();
			std::shared_lock<std::shared_mutex> reads(shared);
		});
	for (auto &thread : threads)
		thread.join();
	CHECK(count == 4000 && turn == 4, "counted %d, turn %d", count, turn);
	CHECK(calls == 3 && failures == 2, "call_once: %d calls, %d failures", calls, failures);

	timed.lock();
	CHECK(!std::async(std::launch::async,
			  [&] { return timed.try_lock_for(std::chrono::milliseconds(5)); })
		       .get(),
	      "a held timed_mutex was locked");
	timed.unlock();
	std::unique_lock<std::mutex> lock(mutex);
	CHECK(condition.wait_for(lock, std::chrono::milliseconds(5)) == std::cv_status::timeout,
	      "wait_for did not time out");
	lock.unlock();
	auto future = std::async(std::launch::async, [] {
		char byte;

		if (recv(-1, &byte, 1, 0) < 0)
			throw std::runtime_error(strerror(errno));
	});
	try {
		future.get();
		CHECK(0, "no exception came out of the future");
	} catch (const std::runtime_error &error) {
		CHECK(std::string(error.what()) == strerror(EBADF), "other: %s", error.what());
	}
}

int main()
{
	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0, "socketpair");
	sem_init(&never, 0, 0);
	sem_init(&entered, 0, 0);
	thrown();
	forced();
	standard();
	return check_end();
}
