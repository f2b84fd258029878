/*
 * api_pool.c - a pool of workers that marks its jobs: jobs of known length, handed out in turn, so
 * that what each worker did is known beforehand.
 *
 * usage: api_pool [WORKERS JOBS]
 */
#include "check.h"

#include <dndprof/dndprof.h>
#include <pthread.h>

enum { JOB_MS = 4 };

/* Worker i takes jobs i, i + workers, ...; those of the last take twice as long. */
static int workers = 3, jobs = 12;

static int job(void *worker)
{
	check_sleep_ms(worker == (void *)(long)(workers - 1) ? 2 * JOB_MS : JOB_MS);
	return 0;
}

static void *work(void *worker)
{
	char name[16];
	int i;

	snprintf(name, sizeof(name), "pool-%ld", (long)worker);
	for (i = (int)(long)worker; i < jobs; i += workers) {
		dndprof_profile_worker_job(name, "copy", job, worker);
		check_sleep_ms(JOB_MS); /* no job */
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[64];
	struct dndprof_metrics m;
	long i;

	if (argc == 3) {
		workers = atoi(argv[1]);
		jobs = atoi(argv[2]);
	}
	CHECK(workers > 0 && workers <= 64, "usage: api_pool [WORKERS JOBS]");
	for (i = 0; i < workers && check_failures == 0; i++)
		pthread_create(&threads[i], NULL, work, (void *)i);
	while (i-- > 0)
		pthread_join(threads[i], NULL);
	if (dndprof_get_metrics(&m) == 0) {
		CHECK((int)m.workers == workers, "%u workers", m.workers);
		CHECK((int)m.jobs.count == jobs && m.active_jobs == 0, "jobs");
		CHECK(m.jobs.min_ns >= JOB_MS * 1000000L && m.jobs.max_ns >= JOB_MS * 2000000L &&
			      m.busy_ns >= jobs * JOB_MS * 1000000L,
		      "shorter than they were");
		CHECK(m.idle_ns >= (jobs - workers) * JOB_MS * 1000000L, "idle %ld",
		      (long)m.idle_ns);
		CHECK(m.utilization > 0.3 && m.utilization < 0.8, "utilization %f", m.utilization);
	}
	printf("%d jobs\n", jobs);
	return check_failures != 0;
}
