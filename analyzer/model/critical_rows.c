/*
 * critical_rows.c - pieces of the critical path named, and summed by name.
 */
#include "model/critical.h"
#include "base/sort.h"
#include "model/filter.h"

#include <string.h>

#define NAME(id, key, title) {key, title},
static const struct {
	const char *key, *title;
} causes[] = {CAUSES(NAME)};
#undef NAME

const char *cause_key(enum cause cause)
{
	return cause < CAUSE_COUNT ? causes[cause].key : "?";
}

const char *cause_title(enum cause cause)
{
	return cause < CAUSE_COUNT ? causes[cause].title : "?";
}

static enum cause cause_of_http(const struct operation *operation, enum piece_phase phase)
{
	if (operation->stream)
		return CAUSE_STREAM;
	if (phase == PHASE_SEND)
		return CAUSE_SEND;
	if (phase == PHASE_RECEIVE)
		return CAUSE_RECEIVE;
	return operation->category == DNDPROF_CATEGORY_DOCKER_API ? CAUSE_ENGINE_WAIT
	       : operation->category == DNDPROF_CATEGORY_REGISTRY ? CAUSE_REGISTRY_WAIT
								  : CAUSE_SERVER_WAIT;
}

static void name_operation(const struct model *model, const struct piece *piece,
			   struct cause_row *row)
{
	const struct operation *operation = &model->operations.items[piece->index];

	row->cause = operation->kind == OPERATION_HTTP	? cause_of_http(operation, piece->phase)
		     : operation->kind == OPERATION_DNS ? CAUSE_DNS
							: CAUSE_CONNECT;
	row->category = operation->category;
	row->method = operation->method;
	row->what = operation->endpoint;
}

static void name_call(const struct model *model, const struct piece *piece, struct cause_row *row)
{
	const struct process *process = &model->processes.items[piece->process];
	const struct event *event = &process->events.items[piece->index];
	const struct lock_row *lock;

	row->cause = event->call->category == DNDPROF_CATEGORY_LOCK	? CAUSE_LOCK
		     : event->call->category == DNDPROF_CATEGORY_THREAD ? CAUSE_THREADS
									: CAUSE_IO;
	row->category = row->cause == CAUSE_LOCK      ? DNDPROF_CATEGORY_LOCK
			: row->cause == CAUSE_THREADS ? DNDPROF_CATEGORY_THREAD
						      : DNDPROF_CATEGORY_IO;
	row->what = event->call->name;
	if (row->cause == CAUSE_LOCK &&
	    (lock = model_lock_of(model, piece->process, event->record->raw.arg)))
		row->what = lock->title;
}

static void name_flow(const struct model *model, const struct piece *piece, struct cause_row *row)
{
	const struct flow *flow = &model->flows.items[piece->index];

	row->cause = CAUSE_SERVER_WAIT;
	row->category = DNDPROF_CATEGORY_IO;
	row->method = flow->tls ? "TLS" : "";
	row->what = flow->peer ? flow->peer : "an unknown peer";
}

bool model_is_client(const struct model *model, uint32_t run, uint32_t index)
{
	const struct run_facts *facts = &model->runs.items[run].run->facts;
	const struct process *process = &model->processes.items[index];

	if (facts->present && facts->child > 0)
		return process->pid == facts->child;
	return process->maker == NONE && process->parent == NONE;
}

struct rows {
	struct cause_row *items;
	size_t count, room;
	struct map index; /* by hash of what compare_names compares */
	const struct model *model;
	const struct piece *piece; /* that is being added */
};

static int compare_names(const struct cause_row *x, const struct cause_row *y)
{
	int order = (int)x->cause - (int)y->cause;

	order = order ? order : (int)x->category - (int)y->category;
	order = order ? order : strcmp(x->what, y->what);
	order = order ? order : strcmp(x->method, y->method);
	return order ? order : strcmp(x->program, y->program);
}

static uint64_t hash_text(uint64_t hash, const char *text) /* FNV-1a */
{
	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return hash * 31;
}

static uint64_t hash_names(const struct cause_row *row)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325) + row->cause * CATEGORY_ROWS + row->category;

	hash = hash_text(hash, row->what);
	hash = hash_text(hash, row->method);
	return hash_text(hash, row->program);
}

static void sum(struct cause_row *into, const struct cause_row *row)
{
	into->total_ns = add_ns(into->total_ns, row->total_ns);
	into->count += row->count;
	if (row->cpu_ns >= 0)
		into->cpu_ns = add_ns(into->cpu_ns < 0 ? 0 : into->cpu_ns, row->cpu_ns);
}

static uint32_t thread_of(const struct model *model, const struct piece *piece)
{
	if (piece->kind == PIECE_OPERATION)
		return model->operations.items[piece->index].tid;
	if (piece->kind == PIECE_CALL)
		return model->processes.items[piece->process].events.items[piece->index].tid;
	return 0;
}

/* Is it what the report is about? */
static bool is_asked_for(const struct rows *rows, const struct cause_row *row)
{
	const struct piece *piece = rows->piece;
	struct filter_view view = {.category = category_name(row->category),
				   .method = row->method,
				   .endpoint = row->what,
				   .process = piece->process,
				   .tid = thread_of(rows->model, piece),
				   .start_ns = piece->start_ns,
				   .end_ns = piece->end_ns};

	return !rows->model->filter || filter_holds(rows->model->filter, rows->model, &view);
}

/* Adds to the row of that name. (Two names of one hash may leave two rows of one name: merge.) */
static void add(struct rows *rows, struct cause_row row, enum cause cause, int64_t ns, int64_t cpu)
{
	uint64_t hash;
	uint32_t index;

	if (ns <= 0)
		return;
	row.cause = cause;
	if (!is_asked_for(rows, &row)) {
		row = (struct cause_row){CAUSE_LEFT_OUT, CATEGORY_LEFT_OUT, "", "", "", 0, 0, 0};
		cpu = -1;
	}
	row.total_ns = ns;
	row.cpu_ns = cpu;
	row.count = 1;
	hash = hash_names(&row);
	index = map_get(&rows->index, hash);
	if (index != UINT32_MAX && compare_names(&rows->items[index], &row) == 0) {
		sum(&rows->items[index], &row);
		return;
	}
	map_set(&rows->index, hash, (uint32_t)rows->count);
	*list_add(rows) = row;
}

static bool in_region(const struct model *model, const struct piece *piece)
{
	return piece->index != NONE &&
	       model->operations.items[piece->index].kind == OPERATION_REGION;
}

/* Computing (`cpu` of `ns`; -1: no data), or unexplained; of a child both are its own. */
static void add_program(const struct model *model, uint32_t run, const struct piece *piece,
			struct cause_row row, int64_t ns, int64_t cpu, struct rows *rows)
{
	bool client = model_is_client(model, run, piece->process);

	row.category = client ? CATEGORY_PROGRAM : DNDPROF_CATEGORY_PROCESS;
	if (in_region(model, piece))
		name_operation(model, piece, &row);
	if (client) {
		add(rows, row, CAUSE_CPU, cpu, -1);
		add(rows, row, CAUSE_UNEXPLAINED, cpu > 0 ? ns - cpu : ns, -1);
		return;
	}
	if (!*row.what)
		row.what = row.program;
	add(rows, row, CAUSE_CHILD, ns, cpu);
}

/* A process's own time: what was overwritten, what was computing, and the rest. */
static void add_own(const struct model *model, uint32_t run, const struct piece *piece,
		    struct cause_row row, struct rows *rows)
{
	const struct process *process = &model->processes.items[piece->process];
	int64_t ns = piece->end_ns - piece->start_ns, cpu = piece->cpu_ns, uncovered = 0;

	if (process->profile && process->window_ns > process->start_ns &&
	    piece->start_ns < process->window_ns)
		uncovered =
			(piece->end_ns < process->window_ns ? piece->end_ns : process->window_ns) -
			piece->start_ns;
	row.category = CATEGORY_UNCOVERED;
	add(rows, row, CAUSE_UNCOVERED, uncovered, -1);
	ns -= uncovered;
	cpu = cpu > ns ? ns : cpu;
	if (piece->index != NONE && !in_region(model, piece)) {
		struct cause_row operation = row;

		name_operation(model, piece, &operation);
		add(rows, operation, operation.cause, cpu > 0 ? ns - cpu : ns, -1);
		ns = cpu > 0 ? cpu : 0;
	}
	add_program(model, run, piece, row, ns, cpu, rows);
}

/* A call that waited; while it waited for other threads those may have computed. */
static void add_call(const struct model *model, uint32_t run, const struct piece *piece,
		     struct cause_row row, struct rows *rows)
{
	int64_t ns = piece->end_ns - piece->start_ns, cpu = piece->cpu_ns > 0 ? piece->cpu_ns : 0;
	struct piece computing = *piece;
	struct cause_row waiting = row;

	cpu = cpu > ns ? ns : cpu;
	computing.index = NONE;
	name_call(model, piece, &waiting);
	add(rows, waiting, waiting.cause, ns - cpu, -1);
	add_program(model, run, &computing, row, cpu, cpu, rows);
}

static void add_piece(const struct model *model, uint32_t run, const struct piece *piece,
		      struct rows *rows)
{
	struct cause_row row = {
		.method = "", .what = "", .program = "", .category = CATEGORY_PROGRAM};
	int64_t ns = piece->end_ns - piece->start_ns;

	if (piece->process != NONE)
		row.program = model->processes.items[piece->process].program;
	switch (piece->kind) {
	case PIECE_STOPPED:
		row.category = CATEGORY_UNCOVERED;
		add(rows, row, CAUSE_STOPPED, ns, -1);
		break;
	case PIECE_NOBODY:
		add(rows, row, CAUSE_UNEXPLAINED, ns, -1);
		break;
	case PIECE_OWN:
		add_own(model, run, piece, row, rows);
		break;
	case PIECE_OPERATION:
		name_operation(model, piece, &row);
		add(rows, row, row.cause, ns, -1);
		break;
	case PIECE_FLOW:
		name_flow(model, piece, &row);
		add(rows, row, row.cause, ns, -1);
		break;
	case PIECE_CALL:
		add_call(model, run, piece, row, rows);
	}
}

static int compare(const void *a, const void *b)
{
	return compare_names(a, b);
}

/* Rows of one name become one. */
static void merge(struct rows *rows)
{
	size_t kept = 0;

	if (rows->count)
		sort(rows->items, rows->count, sizeof(*rows->items), compare);
	for (size_t i = 0; i < rows->count; i++)
		if (kept && compare_names(&rows->items[kept - 1], &rows->items[i]) == 0)
			sum(&rows->items[kept - 1], &rows->items[i]);
		else
			rows->items[kept++] = rows->items[i];
	rows->count = kept;
}

/* A piece's part from..to. */
static void add_part(const struct model *model, uint32_t run, const struct piece *whole,
		     int64_t from_ns, int64_t to_ns, struct rows *rows)
{
	struct piece part = *whole;
	double length = (double)(whole->end_ns - whole->start_ns);

	part.start_ns = from_ns > whole->start_ns ? from_ns : whole->start_ns;
	part.end_ns = to_ns < whole->end_ns ? to_ns : whole->end_ns;
	if (part.end_ns <= part.start_ns)
		return;
	if (part.cpu_ns > 0)
		part.cpu_ns = (int64_t)((double)part.cpu_ns *
					((double)(part.end_ns - part.start_ns) / length));
	rows->piece = &part;
	add_piece(model, run, &part, rows);
}

void critical_rows(struct model *model, uint32_t run, const struct pieces *pieces)
{
	struct rows rows = {.model = model};
	int64_t from = INT64_MIN, to = INT64_MAX;

	if (model->filter)
		filter_window(model->filter, model, run, &from, &to);
	for (size_t i = 0; i < pieces->count; i++) {
		add_part(model, run, &pieces->items[i], INT64_MIN, from, &rows);
		add_part(model, run, &pieces->items[i], from, to, &rows);
		add_part(model, run, &pieces->items[i], to, INT64_MAX, &rows);
	}
	for (size_t i = 0; i < rows.count; i++)
		*list_add(&model->critical.rows) = rows.items[i];
	map_free(&rows.index);
	list_free(&rows);
}

static const int64_t *sorted_sums;

static int compare_sums(const void *a, const void *b)
{
	const struct cause_row *x = a, *y = b;

	if (x->cause != y->cause)
		return sorted_sums[x->cause] != sorted_sums[y->cause]
			       ? (sorted_sums[x->cause] > sorted_sums[y->cause] ? -1 : 1)
			       : (int)x->cause - (int)y->cause;
	if (x->total_ns != y->total_ns)
		return x->total_ns > y->total_ns ? -1 : 1;
	return compare_names(x, y);
}

void critical_sort(struct model *model)
{
	struct critical *critical = &model->critical;
	struct rows rows = {.items = critical->rows.items, .count = critical->rows.count};

	merge(&rows); /* of several runs, too */
	critical->rows.count = rows.count;
	for (size_t i = 0; i < rows.count; i++)
		critical->cause_ns[rows.items[i].cause] =
			add_ns(critical->cause_ns[rows.items[i].cause], rows.items[i].total_ns);
	sorted_sums = critical->cause_ns;
	if (rows.count)
		sort(rows.items, rows.count, sizeof(*rows.items), compare_sums);
}
