/*
 * finding_scene.h - a profile made for one rule of the findings, and what the rules say of it. All
 * runs last 2 s unless a test says otherwise; they begin at BEGIN.
 */
#ifndef FINDING_SCENE_H
#define FINDING_SCENE_H

#include "findings/findings.h"
#include "model/model.h"
#include "support/builder.h"

#include <stdbool.h>
#include <stdint.h>

#define MS    UINT64_C(1000000)
#define BEGIN UINT64_C(1000000000) /* of the builder's run */
#define SOCK  "/var/run/docker.sock"

struct scene {
	struct builder *builder;
	struct run *run;
	struct model *model;
};

struct scene scene_new(void);
/* CPU time used until `ms`, in ms. */
void scene_cpu(struct scene *scene, uint64_t ms, uint64_t cpu_ms);
/* A request on `fd` at `ms`, answered after `wait_us`. */
void scene_ask(struct scene *scene, int fd, uint64_t ms, uint64_t wait_us, const char *line,
	       int status);
void scene_build(struct scene *scene);
void scene_free(struct scene *scene);
/* What the rule found; NULL: it does not hold. */
const struct finding *scene_find(const struct scene *scene, const char *rule);
/* Sorted by impact, no moment saved twice, each with its sentences. */
void scene_sound(const struct scene *scene);
/* Builds it, frees it. Does the rule hold? `ms`: what it saves; below 0: is not looked at. */
bool scene_holds(struct scene scene, const char *rule, int64_t ms);
/* One request that the engine answers after so long. */
struct scene scene_engine(uint64_t ms);
/* Two seconds of which the program computes for so many ms. */
struct scene scene_computing(uint64_t cpu_ms);

#endif
