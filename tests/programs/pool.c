/*
 * pool.c - pools of workers of which all is known: what the workers themselves count and time goes
 * to stdout, a JSON line a worker.
 *
 * usage: pool QUEUE JOB WORKERS JOBS MICROSECONDS SPACING
 *   QUEUE  cond (mutex and condition), both (the same, and done jobs are counted under its mutex),
 *          broadcast (all are woken for each job), sem (semaphore), barrier (a job a worker between
 *          barriers), filled (as cond, but the jobs are there before the workers), none (each
 * thread does its part of the jobs, and nothing else) JOB    sleep, spin or recv; uneven: the first
 * jobs go to whom they find, each tenth is ten times as long SPACING between two jobs, in
 * microseconds; 0: all at once Ends by a stop flag (cond) or by a job that is none (sem). With a
 * seventh argument "leave", main returns without ending the workers; with "cancel", it cancels them
 * as they wait.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define WORKERS_MOST 64
#define STOP	     (-1L)

static struct {
	pthread_mutex_t mutex, take;
	pthread_cond_t cond;
	sem_t items;
	pthread_barrier_t barrier;
	long jobs[100000], head, tail, done;
	bool stop;
} queue = {.mutex = PTHREAD_MUTEX_INITIALIZER,
	   .take = PTHREAD_MUTEX_INITIALIZER,
	   .cond = PTHREAD_COND_INITIALIZER};

static struct worker {
	pthread_t thread;
	int number, tid, pair[2];
	long jobs;
	double busy;
} workers[WORKERS_MOST];

static const char *kind, *what, *end;
static int worker_count;
static long job_count, job_us, spacing_us;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void pause_for(long us)
{
	nanosleep(&(struct timespec){us / 1000000, us % 1000000 * 1000}, NULL);
}

static void spin_for(long us)
{
	double until = now() + (double)us * 1e-6;

	while (now() < until)
		;
}

/* Nobody sends: the socket's timeout ends it. */
static void receive_for(struct worker *worker, long us)
{
	struct timeval t = {us / 1000000, us % 1000000};
	char byte;

	setsockopt(worker->pair[0], SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t));
	if (recv(worker->pair[0], &byte, 1, 0) >= 0)
		abort();
}

static void do_job(struct worker *worker, long number)
{
	double begin = now();

	if (strcmp(what, "recv") == 0)
		receive_for(worker, job_us);
	else if (strcmp(what, "spin") == 0)
		spin_for(job_us);
	else
		pause_for(strcmp(what, "uneven") == 0 && number % 10 == 0 ? job_us * 10 : job_us);
	worker->jobs++;
	worker->busy += now() - begin;
}

static void unlock(void *mutex)
{
	pthread_mutex_unlock(mutex);
}

static long take_cond(void)
{
	volatile long job = STOP; /* cleanup may come by a jump */

	pthread_mutex_lock(&queue.mutex);
	pthread_cleanup_push(unlock, &queue.mutex); /* it may be cancelled */
	while (queue.head == queue.tail && !queue.stop)
		pthread_cond_wait(&queue.cond, &queue.mutex);
	if (queue.head < queue.tail)
		job = queue.jobs[queue.head++];
	pthread_cleanup_pop(1);
	return job;
}

static long take_sem(void)
{
	long job;

	while (sem_wait(&queue.items))
		;
	pthread_mutex_lock(&queue.take);
	job = queue.jobs[queue.head++];
	pthread_mutex_unlock(&queue.take);
	return job;
}

static void run_parts(struct worker *worker)
{
	long part = job_count / worker_count;

	if (strcmp(kind, "barrier") != 0) {
		for (long i = 0; i < part; i++)
			do_job(worker, i + 1);
		return;
	}
	pthread_barrier_wait(&queue.barrier);
	for (long i = 0; i < part; i++) {
		do_job(worker, i + 1);
		pthread_barrier_wait(&queue.barrier);
	}
}

static void *consume(void *argument)
{
	struct worker *worker = argument;
	long job;

	worker->tid = gettid();
	if (strcmp(kind, "none") == 0 || strcmp(kind, "barrier") == 0) {
		run_parts(worker);
		return NULL;
	}
	while ((job = strcmp(kind, "sem") == 0 ? take_sem() : take_cond()) != STOP) {
		do_job(worker, job);
		if (strcmp(kind, "both") == 0) {
			pthread_mutex_lock(&queue.mutex);
			queue.done++;
			pthread_mutex_unlock(&queue.mutex);
		}
	}
	return NULL;
}

static void start_workers(void)
{
	for (int i = 0; i < worker_count; i++) {
		workers[i].number = i;
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, workers[i].pair) ||
		    pthread_create(&workers[i].thread, NULL, consume, &workers[i]))
			exit(1);
		pthread_setname_np(workers[i].thread, "consume");
	}
}

static void put(long job)
{
	if (strcmp(kind, "sem") == 0) {
		pthread_mutex_lock(&queue.take);
		queue.jobs[queue.tail++] = job;
		pthread_mutex_unlock(&queue.take);
		sem_post(&queue.items);
		return;
	}
	pthread_mutex_lock(&queue.mutex);
	queue.jobs[queue.tail++] = job;
	pthread_mutex_unlock(&queue.mutex);
	if (strcmp(kind, "broadcast") == 0)
		pthread_cond_broadcast(&queue.cond);
	else
		pthread_cond_signal(&queue.cond);
}

static void fill(void)
{
	for (long i = 1; i <= job_count; i++) {
		put(i);
		if (spacing_us)
			pause_for(spacing_us);
	}
}

static void stop_workers(void)
{
	if (end && strcmp(end, "cancel") == 0) {
		for (int i = 0; i < worker_count; i++)
			pthread_cancel(workers[i].thread);
		return;
	}
	if (strcmp(kind, "sem") == 0) {
		for (int i = 0; i < worker_count; i++)
			put(STOP);
		return;
	}
	pthread_mutex_lock(&queue.mutex);
	queue.stop = true;
	pthread_mutex_unlock(&queue.mutex);
	pthread_cond_broadcast(&queue.cond);
}

static void report(void)
{
	for (int i = 0; i < worker_count; i++)
		printf("{\"tid\": %d, \"jobs\": %ld, \"busy\": %.6f}\n", workers[i].tid,
		       workers[i].jobs, workers[i].busy);
}

int main(int argc, char **argv)
{
	if (argc < 7)
		return 2;
	kind = argv[1];
	what = argv[2];
	worker_count = atoi(argv[3]);
	job_count = atol(argv[4]);
	job_us = atol(argv[5]);
	spacing_us = atol(argv[6]);
	end = argc > 7 ? argv[7] : NULL;
	if (worker_count < 1 || worker_count > WORKERS_MOST || job_count > 90000)
		return 2;
	sem_init(&queue.items, 0, 0);
	pthread_barrier_init(&queue.barrier, NULL, (unsigned)worker_count);
	if (strcmp(kind, "filled") == 0)
		fill();
	start_workers();
	if (strcmp(kind, "none") != 0 && strcmp(kind, "barrier") != 0) {
		if (strcmp(kind, "filled") != 0) {
			pause_for(20000); /* all of them wait */
			fill();
		}
		if (end)
			pause_for(100000 + job_us * 10);
	}
	if (end && strcmp(end, "leave") == 0) {
		report();
		fflush(stdout);
		_exit(0);
	}
	stop_workers();
	for (int i = 0; i < worker_count; i++)
		pthread_join(workers[i].thread, NULL);
	report();
	return 0;
}
