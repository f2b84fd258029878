/*
 * columns.h - the tables' columns.
 */
#ifndef ANALYZER_COLUMNS_H
#define ANALYZER_COLUMNS_H

#include "render/table.h"

extern const struct column coverage_columns[]; /* rows: struct process */
extern const size_t coverage_column_count;
extern const struct column endpoint_columns[]; /* struct endpoint_row */
extern const size_t endpoint_column_count;
extern const struct column child_columns[]; /* the same, of child processes */
extern const size_t child_column_count;
extern const struct column lock_columns[]; /* struct lock_row */
extern const size_t lock_column_count;
extern const struct column category_columns[]; /* struct category_row */
extern const size_t category_column_count;
extern const struct column cause_columns[]; /* struct cause_row; JSON only */
extern const size_t cause_column_count;
extern const struct column run_columns[]; /* struct model_run; JSON only */
extern const size_t run_column_count;
extern const struct column summary_columns[]; /* struct summary; JSON only */
extern const size_t summary_column_count;

#endif
