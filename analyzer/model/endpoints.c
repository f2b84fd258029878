/*
 * endpoints.c - the tables of endpoints (HTTP transactions by method, template and kind) and of
 * child processes (by program).
 */
#include "model/internal.h"
#include "base/sort.h"
#include "stats/percentile.h"

#include <string.h>

static int compare_keys(const struct operation *x, const struct operation *y)
{
	int order = (int)x->server - (int)y->server;

	order = order ? order : (int)x->stream - (int)y->stream;
	order = order ? order : (int)x->category - (int)y->category;
	order = order ? order : strcmp(x->endpoint, y->endpoint);
	return order || !x->method || !y->method ? order : strcmp(x->method, y->method);
}

static int compare(const void *a, const void *b)
{
	return compare_keys(*(const struct operation *const *)a,
			    *(const struct operation *const *)b);
}

/* Clients before servers, latencies before streams, what took longest first. */
static int compare_rows(const void *a, const void *b)
{
	const struct endpoint_row *x = a, *y = b;

	if (x->server != y->server)
		return x->server - y->server;
	if (x->stream != y->stream)
		return x->stream - y->stream;
	if (x->total_ns != y->total_ns)
		return x->total_ns > y->total_ns ? -1 : 1;
	if (strcmp(x->endpoint, y->endpoint) || !x->method || !y->method)
		return strcmp(x->endpoint, y->endpoint);
	return strcmp(x->method, y->method);
}

static int64_t median(int64_t *values, size_t count)
{
	percentile_sort(values, count);
	return count ? percentile_rank(values, count, 500) : -1;
}

static void fill_row(struct endpoint_row *row, struct operation *const *operations, size_t count)
{
	int64_t *durations = memory_get(3 * count * sizeof(*durations));
	int64_t *waits = durations + count, *receives = waits + count;
	size_t answered = 0, timed = 0;

	row->method = operations[0]->method;
	row->endpoint = operations[0]->endpoint;
	row->category = operations[0]->category;
	row->stream = operations[0]->stream;
	row->server = operations[0]->server;
	row->count = count;
	for (size_t i = 0; i < count; i++) {
		row->errors += operations[i]->error;
		row->unanswered += is_unanswered(operations[i]);
		if (has_duration(operations[i])) {
			durations[timed++] = operations[i]->duration_ns;
			row->total_ns = add_ns(row->total_ns, operations[i]->duration_ns);
		}
		if (operations[i]->wait_ns >= 0 && !operations[i]->unfinished) {
			waits[answered] = operations[i]->wait_ns;
			receives[answered++] = operations[i]->receive_ns;
		}
	}
	percentile_sort(durations, timed);
	row->latencies = timed;
	if (timed) {
		row->p50_ns = percentile_rank(durations, timed, 500);
		row->p95_ns = percentile_rank(durations, timed, 950);
		row->p99_ns = percentile_rank(durations, timed, 990);
	}
	row->wait_ns = median(waits, answered);
	row->receive_ns = median(receives, answered);
	free(durations);
}

static void make_table(struct model *model, enum operation_kind kind, struct endpoint_rows *rows)
{
	LIST(struct operation *) sorted = {0};

	for (size_t i = 0; i < model->operations.count; i++)
		if (model->operations.items[i].kind == kind)
			*list_add(&sorted) = &model->operations.items[i];
	if (sorted.count)
		sort(sorted.items, sorted.count, sizeof(*sorted.items), compare);
	for (size_t first = 0, i = 1; first < sorted.count && i <= sorted.count; i++)
		if (i == sorted.count || compare_keys(sorted.items[first], sorted.items[i])) {
			fill_row(list_add(rows), sorted.items + first, i - first);
			first = i;
		}
	if (rows->count)
		sort(rows->items, rows->count, sizeof(*rows->items), compare_rows);
	list_free(&sorted);
}

void model_endpoints(struct model *model)
{
	make_table(model, OPERATION_HTTP, &model->endpoints);
	make_table(model, OPERATION_CHILD, &model->children);
}
