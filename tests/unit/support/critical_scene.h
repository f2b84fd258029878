/*
 * critical_scene.h - for tests of the critical path: a run of processes, what each did in a line
 * each, and what the path says of it. Times are ms after the run's begin.
 */
#ifndef TESTS_CRITICAL_SCENE_H
#define TESTS_CRITICAL_SCENE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/model.h"
#include "support/builder.h"
#include "support/cmocka.h"

#define MS UINT64_C(1000000)
#define AT (UINT64_C(1000) * MS) /* the run's begin */

struct scene {
	struct run *run;
	struct model *model;
};

/* A process from `start` to `end` ms after the run's begin. */
static inline struct builder *process(unsigned int pid, unsigned int ppid, const char *program,
				      uint64_t start, uint64_t end)
{
	struct builder *builder = builder_new();

	snprintf(builder->info, sizeof(builder->info), "program=%s\nboot_id=none\n", program);
	builder->header.pid = builder->tid = pid;
	builder->header.ppid = ppid;
	builder->header.start_ticks = builder->header.ready_ticks = AT + start * MS;
	builder->header.end_ticks = AT + end * MS;
	builder->sample_count = 0;
	builder_anchor(builder, AT + start * MS, AT + start * MS, UINT64_C(1700000001000000000));
	return builder;
}

static inline void cpu(struct builder *builder, uint64_t ms, uint64_t cpu_ms)
{
	builder_anchor(builder, AT + ms * MS, AT + ms * MS, UINT64_C(1700000001000000000));
	builder->samples[builder->sample_count - 1].user_us = cpu_ms * 1000;
}

static inline void call(struct builder *builder, enum dndprof_call id, int fd, uint64_t start,
			uint64_t duration, int64_t result)
{
	builder_call(builder, id, fd, AT + start * MS, duration * MS, result, 0, 0);
}

static inline void child(struct builder *builder, uint64_t fork_ms, int pid, uint64_t wait_ms,
			 uint64_t wait_for_ms)
{
	struct dndprof_record wait = {.start = AT + wait_ms * MS,
				      .duration = wait_for_ms ? wait_for_ms * MS : MS / 200,
				      .result = pid,
				      .fd = -1,
				      .call = DNDPROF_CALL_wait4};

	call(builder, DNDPROF_CALL_fork, -1, fork_ms, 0, pid);
	builder_record(builder, wait, NULL, 0);
}

/* `count` builders, which are freed; a run of `dndprof run` from 0 to `end` ms whose child is the
 * first, or, with `end` 0, of a preload alone. */
static inline struct scene scene_of(struct builder **builders, size_t count, uint64_t end)
{
	struct scene scene = {.run = builder_run(builders[0])};

	for (size_t i = 1; i < count; i++)
		*list_add(&scene.run->profiles) = builder_profile(builders[i]);
	if (end) {
		scene.run->facts.present = scene.run->facts.finished = true;
		scene.run->facts.start_ns = (int64_t)AT;
		scene.run->facts.end_ns = (int64_t)(AT + end * MS);
		scene.run->facts.child = (int)builders[0]->header.pid;
		scene.run->facts.exit_status = 0;
	}
	scene.model = model_build(&scene.run, 1);
	for (size_t i = 0; i < count; i++)
		builder_free(builders[i]);
	return scene;
}

static inline void scene_free(struct scene *scene)
{
	model_free(scene->model);
	run_close(scene->run);
}

static inline void assert_adds_up(const struct model *model)
{
	int64_t rows = 0, causes = 0, self = 0;

	for (size_t i = 0; i < model->critical.rows.count; i++) {
		assert_true(model->critical.rows.items[i].total_ns > 0);
		rows += model->critical.rows.items[i].total_ns;
	}
	for (unsigned int i = 0; i < CAUSE_COUNT; i++)
		causes += model->critical.cause_ns[i];
	for (unsigned int i = 0; i < CATEGORY_ROWS; i++)
		self += model->categories[i].self_ns;
	assert_int_equal(self, model->summary.wall_ns);
	assert_int_equal(rows, model->summary.wall_ns);
	assert_int_equal(causes, model->summary.wall_ns);
}

/* ms of a cause; what: NULL is anything. */
static inline int64_t spent(const struct scene *scene, enum cause cause, const char *what,
			    const char *program)
{
	int64_t sum = 0;

	for (size_t i = 0; i < scene->model->critical.rows.count; i++) {
		const struct cause_row *row = &scene->model->critical.rows.items[i];

		if (row->cause == cause && (!what || strcmp(row->what, what) == 0) &&
		    (!program || strcmp(row->program, program) == 0))
			sum += row->total_ns;
	}
	return (sum + (int64_t)MS / 2) / (int64_t)MS;
}

#endif
