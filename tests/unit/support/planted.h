/*
 * planted.h - a run in which texts of one's own choice stand wherever a profile, or run.json, may
 * hold one. For tests and fuzz targets of what is printed.
 */
#ifndef TESTS_PLANTED_H
#define TESTS_PLANTED_H

#include "support/builder.h"

/* X(id): where a text can stand. What run.json says comes last. */
/* clang-format off */
#define PLACES(X) \
	X(PROGRAM) X(SUBCOMMAND) X(EXE) X(HOST) X(VERSION) X(GO_VERSION) X(CHECK) \
	X(METHOD) X(TARGET) X(STATUS_LINE) X(SOCKET) X(NAME) X(DNS) X(PATH) X(THREAD) \
	X(REGION) X(REGION_CATEGORY) X(LABEL) X(WORKER) \
	X(CHILD) X(CHILD_SUBCOMMAND) X(CHILD_CHECK) X(MODULE) \
	X(RUN_PROGRAM) X(RUN_SUBCOMMAND) X(RUN_HOST) X(RUN_PATH) X(RUN_VERSION)
/* clang-format on */

#define PLACE_ENUM(id) PLACE_##id,
enum place { PLACES(PLACE_ENUM) PLACE_COUNT };
#undef PLACE_ENUM

struct planted {
	const char *text;
	size_t length;
};

/* Every place's text; of length 0: what is usual there. */
struct run *planted_run(const struct planted texts[PLACE_COUNT]);

#endif
