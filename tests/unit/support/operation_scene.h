/*
 * operation_scene.h - for tests of operations: one process's profile, and the model that comes of
 * it.
 */
#ifndef TESTS_OPERATION_SCENE_H
#define TESTS_OPERATION_SCENE_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/model.h"
#include "support/builder.h"
#include "support/cmocka.h"

#define MS UINT64_C(1000000)
#define AT (UINT64_C(1100) * MS)

struct scene {
	struct run *run;
	struct model *model;
};

static inline struct scene scene_of(struct builder *builder)
{
	struct scene scene = {.run = builder_run(builder)};

	scene.model = model_build(&scene.run, 1);
	builder_free(builder);
	return scene;
}

static inline void scene_free(struct scene *scene)
{
	model_free(scene->model);
	run_close(scene->run);
}

static inline const struct operation *nth(const struct scene *scene, enum operation_kind kind,
					  size_t n)
{
	for (size_t i = 0; i < scene->model->operations.count; i++)
		if (scene->model->operations.items[i].kind == kind && !n--)
			return &scene->model->operations.items[i];
	return NULL;
}

#endif
