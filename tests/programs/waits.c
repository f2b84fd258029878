/*
 * waits.c - condition variables and semaphores give natively what they should: wait, timed and
 * clock waits, signal, broadcast, errors, values. Timing is only checked from below.
 */
#include "check.h"
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static int waiting, released, gone;

static void *waits(void *unused)
{
	int error = 0;

	pthread_mutex_lock(&mutex);
	waiting++;
	while (!released && !error)
		error = pthread_cond_wait(&cond, &mutex);
	released--;
	gone++;
	pthread_mutex_unlock(&mutex);
	(void)unused;
	return (void *)(long)error;
}

static void *posts(void *semaphore)
{
	check_sleep_ms(5);
	return (void *)(long)sem_post(semaphore);
}

static int held(void)
{
	int error = pthread_mutex_trylock(&mutex);

	if (!error)
		pthread_mutex_unlock(&mutex);
	return error == EBUSY;
}

static void conditions(void)
{
	pthread_t threads[8];
	pthread_condattr_t attributes;
	pthread_cond_t monotonic;
	struct timespec bad = {0, 1000000000}, limit;
	void *result;
	double start;

	RETURNS(pthread_cond_signal(&cond), 0);
	RETURNS(pthread_cond_broadcast(&cond), 0);
	for (int i = 0; i < 8; i++)
		pthread_create(&threads[i], NULL, waits, NULL);
	while (waiting < 8) {
		check_sleep_ms(1);
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
	}
	pthread_mutex_lock(&mutex);
	released = 1;
	RETURNS(pthread_cond_signal(&cond), 0);
	pthread_mutex_unlock(&mutex);
	while (__atomic_load_n(&gone, __ATOMIC_SEQ_CST) < 1)
		check_sleep_ms(1);
	CHECK(gone == 1, "one signal woke %d", gone);
	pthread_mutex_lock(&mutex);
	released = 7;
	RETURNS(pthread_cond_broadcast(&cond), 0);
	pthread_mutex_unlock(&mutex);
	for (int i = 0; i < 8; i++) {
		pthread_join(threads[i], &result);
		CHECK(!result, "cond_wait gave %ld", (long)result);
	}

	pthread_mutex_lock(&mutex);
	start = check_seconds();
	limit = check_after_ms(CLOCK_REALTIME, 20);
	RETURNS(pthread_cond_timedwait(&cond, &mutex, &limit), ETIMEDOUT);
	CHECK(check_seconds() - start > 0.019 && held(), "timedwait ended early or unlocked");
	start = check_seconds();
	limit = check_after_ms(CLOCK_MONOTONIC, 20);
	RETURNS(pthread_cond_clockwait(&cond, &mutex, CLOCK_MONOTONIC, &limit), ETIMEDOUT);
	CHECK(check_seconds() - start > 0.019 && held(), "clockwait ended early or unlocked");
	RETURNS(pthread_cond_timedwait(&cond, &mutex, &bad), EINVAL);
	RETURNS(pthread_cond_clockwait(&cond, &mutex, CLOCK_REALTIME, &bad), EINVAL);
	RETURNS(pthread_cond_clockwait(&cond, &mutex, CLOCK_PROCESS_CPUTIME_ID, &limit), EINVAL);
	limit = check_after_ms(CLOCK_REALTIME, -1);
	RETURNS(pthread_cond_timedwait(&cond, &mutex, &limit), ETIMEDOUT);
	/* The older version of the symbol takes its limit on another clock. */
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&monotonic, &attributes);
	start = check_seconds();
	limit = check_after_ms(CLOCK_MONOTONIC, 20);
	RETURNS(pthread_cond_timedwait(&monotonic, &mutex, &limit), ETIMEDOUT);
	CHECK(check_seconds() - start > 0.019, "timedwait on CLOCK_MONOTONIC ended early");
	limit = check_after_ms(CLOCK_MONOTONIC, 10);
	RETURNS(pthread_cond_timedwait(&monotonic, &mutex, &limit), ETIMEDOUT);
	pthread_mutex_unlock(&mutex);
	RETURNS(pthread_cond_destroy(&monotonic), 0);
	RETURNS(pthread_cond_destroy(&cond), 0);
}

/* A condition whose mutex is error-checking and not held. */
static void unheld(void)
{
	pthread_mutexattr_t attributes;
	pthread_mutex_t checking;
	pthread_cond_t condition = PTHREAD_COND_INITIALIZER;

	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
	pthread_mutex_init(&checking, &attributes);
	RETURNS(pthread_cond_wait(&condition, &checking), EPERM);
}

static void on_alarm(int number)
{
	(void)number;
}

static void semaphores(void)
{
	struct sigaction action = {.sa_handler = on_alarm};
	struct itimerval often = {{0, 10000}, {0, 10000}}, off = {{0, 0}, {0, 0}};
	struct timespec bad = {0, 1000000000}, limit;
	pthread_t thread;
	sem_t sem;
	int value;

	GIVES(sem_init(&sem, 0, 1), 0);
	GIVES(sem_wait(&sem), 0);
	FAILS(sem_trywait(&sem), EAGAIN);
	GIVES(sem_post(&sem), 0);
	GIVES(sem_post(&sem), 0);
	GIVES(sem_getvalue(&sem, &value), 0);
	CHECK(value == 2, "the semaphore stands at %d", value);
	GIVES(sem_trywait(&sem), 0);
	GIVES(sem_wait(&sem), 0);
	FAILS(sem_timedwait(&sem, &bad), EINVAL);
	FAILS(sem_clockwait(&sem, CLOCK_MONOTONIC, &bad), EINVAL);
	limit = check_after_ms(CLOCK_REALTIME, 10);
	FAILS(sem_timedwait(&sem, &limit), ETIMEDOUT);
	limit = check_after_ms(CLOCK_MONOTONIC, 10);
	FAILS(sem_clockwait(&sem, CLOCK_MONOTONIC, &limit), ETIMEDOUT);
	FAILS(sem_clockwait(&sem, CLOCK_PROCESS_CPUTIME_ID, &limit), EINVAL);
	pthread_create(&thread, NULL, posts, &sem);
	GIVES(sem_wait(&sem), 0);
	pthread_join(thread, NULL);
	limit = check_after_ms(CLOCK_REALTIME, 60000);
	pthread_create(&thread, NULL, posts, &sem);
	GIVES(sem_timedwait(&sem, &limit), 0);
	pthread_join(thread, NULL);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	FAILS(sem_wait(&sem), EINTR);
	FAILS(sem_timedwait(&sem, &limit), EINTR);
	FAILS(sem_clockwait(&sem, CLOCK_REALTIME, &limit), EINTR);
	setitimer(ITIMER_REAL, &off, NULL);
	GIVES(sem_destroy(&sem), 0);
	GIVES(sem_init(&sem, 0, SEM_VALUE_MAX), 0);
	FAILS(sem_post(&sem), EOVERFLOW);
	GIVES(sem_destroy(&sem), 0);
}

/* Shared memory, named, and across a fork. */
static void between_processes(void)
{
	sem_t *sem = mmap(NULL, 2 * sizeof *sem, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			  -1, 0);
	pid_t pid;
	int status;

	sem_init(&sem[0], 1, 0);
	sem_init(&sem[1], 1, 0);
	pid = fork();
	if (pid == 0) {
		for (int i = 0; i < 1000; i++)
			if (sem_wait(&sem[0]) || sem_post(&sem[1]))
				_exit(1);
		_exit(0);
	}
	for (int i = 0; i < 1000; i++) {
		GIVES(sem_post(&sem[0]), 0);
		GIVES(sem_wait(&sem[1]), 0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0, "the child ended with %x", status);
	munmap(sem, 2 * sizeof *sem);
}

int main(void)
{
	conditions();
	unheld();
	semaphores();
	between_processes();
	return check_end();
}
