/*
 * api_cc.cc - regions in C++: objects, functions and lambdas; exceptions, cancellation and
 * pthread_exit through them. Says the same with dndprof and without.
 */
// cflags: -std=c++17
#include "check.h"

#include <dndprof/dndprof.h>
#include <memory>
#include <pthread.h>
#include <stdexcept>
#include <string>
#include <thread>

static int c_throws(void *)
{
	throw std::runtime_error("out of a C function's region");
}

static void exceptions()
{
	int caught = 0;

	try {
		dndprof_profile_operation("C function throws", "exceptions", c_throws, nullptr);
	} catch (const std::runtime_error &) {
		caught++;
	}
	try {
		dndprof::profile_operation("lambda throws", "exceptions",
					   []() -> int { throw std::runtime_error("lambda"); });
	} catch (const std::runtime_error &) {
		caught++;
	}
	try {
		dndprof::region outer("outer throws", "exceptions");
		dndprof::check inner("check within");

		throw 1;
	} catch (int) {
		caught++;
	}
	CHECK(caught == 3, "%d exceptions came through", caught);
}

/* A region made and ended while an exception is under way has not failed. */
struct Cleans {
	~Cleans()
	{
		dndprof::region fine("within a destructor", "exceptions");
	}
};

static void objects()
{
	try {
		Cleans cleans;

		throw 2;
	} catch (int) {
	}
	{
		dndprof::region fails("told to fail", "objects");

		fails.fail();
	}
	{
		dndprof::worker_job job(nullptr, "job of a thread");
		dndprof::region plain("succeeds");
	}
}

static void results()
{
	auto text =
		dndprof::profile_operation("text", "results", [] { return std::string("abc"); });
	auto moved = dndprof::profile_operation("moved", "results",
						[] { return std::unique_ptr<int>(new int(5)); });
	int number = 3;
	int &same = dndprof::profile_operation("reference", "results",
					       [&]() -> int & { return number; });

	CHECK(text == "abc" && *moved == 5 && &same == &number, "results differ");
	CHECK(dndprof::profile_check("int", [] { return 9; }) == 9, "result of a check");
	dndprof::profile_worker_job("w", "void", [] {});
}

static int waits_for_ever(void *)
{
	for (;;)
		check_sleep_ms(1000);
}

static int exits(void *)
{
	pthread_exit((void *)4);
}

static void *runs(void *fn)
{
	dndprof_profile_operation(fn ? "cancelled" : "exits", "threads",
				  fn ? waits_for_ever : exits, nullptr);
	return nullptr;
}

static void threads()
{
	pthread_t thread;
	void *result;

	pthread_create(&thread, nullptr, runs, (void *)1);
	check_sleep_ms(5);
	pthread_cancel(thread);
	pthread_join(thread, &result);
	CHECK(result == PTHREAD_CANCELED, "not cancelled");
	pthread_create(&thread, nullptr, runs, nullptr);
	pthread_join(thread, &result);
	CHECK(result == (void *)4, "did not exit");
}

int main()
{
	exceptions();
	objects();
	results();
	threads();
	return check_end();
}
