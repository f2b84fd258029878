/*
 * worker_scene.h - for tests of workers: a process whose threads begin, wait, work and end, and the
 * rows that come of it.
 */
#ifndef TESTS_WORKER_SCENE_H
#define TESTS_WORKER_SCENE_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/model.h"
#include "support/builder.h"
#include "support/cmocka.h"

#define MS	 UINT64_C(1000000)
#define AT	 (UINT64_C(1100) * MS)
#define QUEUE	 0x7000u
#define ROUTINE	 0x4242u
#define WAIT	 DNDPROF_CALL_pthread_cond_wait
#define TIMED	 DNDPROF_CALL_pthread_cond_timedwait
#define SIGNAL	 DNDPROF_CALL_pthread_cond_signal
#define HELD	 DNDPROF_TAKEN_HELD
#define TRIED(n) ((uint32_t)(n) << DNDPROF_TAKEN_SHIFT)

struct scene {
	struct run *run;
	struct model *model;
	const struct workers *workers;
};

static inline struct scene scene_of(struct builder *builder)
{
	struct scene scene = {.run = builder_run(builder)};

	scene.model = model_build(&scene.run, 1);
	scene.workers = &scene.model->workers;
	builder_free(builder);
	return scene;
}

static inline void scene_free(struct scene *scene)
{
	model_free(scene->model);
	run_close(scene->run);
}

static inline const struct worker_row *row_of(const struct scene *scene, uint32_t tid)
{
	for (size_t i = 0; i < scene->workers->count; i++)
		if (scene->workers->items[i].tid == tid)
			return &scene->workers->items[i];
	fail_msg("no worker %u", tid);
	return NULL;
}

static inline struct builder *with_main(void)
{
	struct builder *builder = builder_new();

	builder_thread(builder, 1000, "client", 0, AT - 90 * MS);
	return builder;
}

/* `count` jobs of `job` ms with waits of 10 ms around them, the first wait at `at`. Returns the end
 * of the last wait. */
static inline uint64_t work(struct builder *builder, uint64_t at, int count, uint64_t job,
			    uint32_t taken)
{
	builder_wait(builder, WAIT, QUEUE, at, 10 * MS, 2, 0);
	for (int i = 0; i < count; i++) {
		at += (10 + job) * MS;
		builder_wait(builder, WAIT, QUEUE, at, 10 * MS, taken, 0);
	}
	return at + 10 * MS;
}

#endif
