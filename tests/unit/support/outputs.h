/*
 * outputs.h - everything a model can be printed as, and what no profile may ever make of it: the
 * rules of each format, as whoever reads it has them. For the tests and the fuzz targets alike.
 */
#ifndef TESTS_OUTPUTS_H
#define TESTS_OUTPUTS_H

#include "model/model.h"
#include "render/table.h"

struct output {
	const char *name;
	void (*print)(struct buffer *buffer, const struct model *model);
	/* NULL, or what is wrong with the text. */
	const char *(*problem)(const char *text, size_t length);
};
extern const struct output outputs[];
extern const size_t output_count;

/* The rules, for texts that come from elsewhere. Lines end with \n but for CSV. */
const char *problem_terminal(const char *text, size_t length);
const char *problem_ascii(const char *text, size_t length);
const char *problem_json(const char *text, size_t length);
const char *problem_json_lines(const char *text, size_t length);
const char *problem_csv(const char *text, size_t length);
const char *problem_markdown(const char *text, size_t length);
const char *problem_page(const char *text, size_t length);
const char *problem_xml(const char *text, size_t length);
const char *problem_metrics(const char *text, size_t length);
const char *problem_annotations(const char *text, size_t length);

#endif
