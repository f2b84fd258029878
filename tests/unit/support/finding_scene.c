/* finding_scene.c - see finding_scene.h. */
#include "support/finding_scene.h"

#include "support/cmocka.h"

#include <stdlib.h>
#include <string.h>

struct scene scene_new(void)
{
	return (struct scene){.builder = builder_new()};
}

void scene_cpu(struct scene *scene, uint64_t ms, uint64_t cpu_ms)
{
	struct builder *builder = scene->builder;

	builder_anchor(builder, BEGIN + ms * MS, BEGIN + ms * MS, 1700000001000000000 + ms * MS);
	builder->samples[builder->sample_count - 1].user_us = cpu_ms * 1000;
}

void scene_ask(struct scene *scene, int fd, uint64_t ms, uint64_t wait_us, const char *line,
	       int status)
{
	builder_get(scene->builder, fd, BEGIN + ms * MS, line);
	builder_answer(scene->builder, fd, BEGIN + ms * MS + wait_us * 1000, status, 10);
}

void scene_build(struct scene *scene)
{
	scene->run = builder_run(scene->builder);
	scene->model = model_build(&scene->run, 1);
	builder_free(scene->builder);
}

void scene_free(struct scene *scene)
{
	model_free(scene->model);
	run_close(scene->run);
}

const struct finding *scene_find(const struct scene *scene, const char *rule)
{
	for (size_t i = 0; i < scene->model->findings.count; i++)
		if (strcmp(scene->model->findings.items[i].rule, rule) == 0)
			return &scene->model->findings.items[i];
	return NULL;
}

void scene_sound(const struct scene *scene)
{
	int64_t sum = 0, before = INT64_MAX;

	for (size_t i = 0; i < scene->model->findings.count; i++) {
		const struct finding *finding = &scene->model->findings.items[i];

		assert_true(finding->impact_ns <= before);
		before = finding->impact_ns;
		sum += finding->impact_ns > 0 ? finding->impact_ns : 0;
		assert_true(*finding->description && *finding->impact && *finding->recommendation);
	}
	assert_true(sum <= scene->model->summary.wall_ns);
}

bool scene_holds(struct scene scene, const char *rule, int64_t ms)
{
	const struct finding *finding;
	bool held;

	scene_build(&scene);
	scene_sound(&scene);
	finding = scene_find(&scene, rule);
	held = finding;
	if (held && ms >= 0 && llabs(finding->impact_ns - ms * (int64_t)MS) > (int64_t)MS)
		fail_msg("%s saves %lld", finding->description, (long long)finding->impact_ns);
	scene_free(&scene);
	return held;
}

struct scene scene_engine(uint64_t ms)
{
	struct scene scene = scene_new();

	scene_ask(&scene, 5, 10, ms * 1000, "GET /v1.41/version HTTP/1.1", 200);
	return scene;
}

struct scene scene_computing(uint64_t cpu_ms)
{
	struct scene scene = scene_new();

	scene_cpu(&scene, 2000, cpu_ms);
	return scene;
}
