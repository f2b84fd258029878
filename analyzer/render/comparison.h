/*
 * comparison.h - a comparison of runs, or figures against a budget, for people and for programs.
 */
#ifndef ANALYZER_RENDER_COMPARISON_H
#define ANALYZER_RENDER_COMPARISON_H

#include "compare/gate.h"
#include "render/report.h"

void comparison_text(struct buffer *buffer, const struct style *style,
		     const struct comparison *comparison);
/* Its schema is comparison.schema.json. */
void comparison_json(struct buffer *buffer, const struct style *style,
		     const struct comparison *comparison);
void comparison_markdown(struct buffer *buffer, const struct style *style,
			 const struct comparison *comparison);
/* The gates as JUnit has tests: a suite, a case a result. */
void comparison_junit(struct buffer *buffer, const struct comparison *comparison);

extern const struct table changes_table, gates_table;

/* "+12.5%", "+3ms"; of shares "+1.2pp". */
const char *change_text(struct arena *arena, const struct change *change, double difference);
/* A figure in its unit. */
struct value figure_value(enum metric metric, double value);

#endif
