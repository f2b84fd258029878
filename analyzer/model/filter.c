/*
 * filter.c - see filter.h.
 */
#include "model/filter.h"
#include "model/internal.h"

#include <dndprof/config.h>

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#define KEY(id, key, what) key,
static const char *const keys[] = {FILTER_KEYS(KEY)};
#undef KEY

static int key_of(const char *text, size_t length)
{
	for (int i = 0; i < FILTER_KEY_COUNT; i++)
		if (strlen(keys[i]) == length && strncmp(keys[i], text, length) == 0)
			return i;
	return -1;
}

/* One KEY=VALUE. */
static const char *add_term(struct filter *filter, char *text)
{
	static char wrong[160];
	char *equal = strchr(text, '=');
	int key = equal ? key_of(text, (size_t)(equal - text)) : -1;
	struct filter_term *term;

	if (key < 0 || !equal[1]) {
		snprintf(wrong, sizeof(wrong),
			 "%.40s is none of category=, endpoint=, process=, worker= and a glob, "
			 "from=, to= and a duration",
			 text);
		return wrong;
	}
	if (filter->count == FILTER_TERMS)
		return "there are too many conditions";
	term = &filter->terms[filter->count++];
	term->key = (enum filter_key)key;
	term->glob = equal + 1;
	if ((key == FILTER_FROM || key == FILTER_TO) &&
	    dndprof_config_number(DNDPROF_CONFIG_DURATION, term->glob, &term->ns) < 0) {
		snprintf(wrong, sizeof(wrong), "%.40s is no duration, like 1.5s or 200ms",
			 term->glob);
		return wrong;
	}
	return NULL;
}

const char *filter_add(struct filter *filter, const char *text)
{
	char *part = memory_text(text), *old = filter->text, *comma;
	const char *wrong = NULL;

	if (filter->part_count == FILTER_TERMS) {
		free(part);
		return "there are too many conditions";
	}
	filter->parts[filter->part_count++] = part;
	filter->text = memory_get(strlen(text) + (old ? strlen(old) : 0) + 2);
	sprintf(filter->text, "%s%s%s", old ? old : "", old ? "," : "", text);
	free(old);
	for (; part && !wrong; part = comma) {
		comma = strchr(part, ',');
		if (comma)
			*comma++ = 0;
		wrong = add_term(filter, part);
	}
	return wrong;
}

bool filter_has_time(const struct filter *filter)
{
	int64_t from = INT64_MAX, to = INT64_MIN;

	for (size_t i = 0; i < filter->count; i++) {
		const struct filter_term *term = &filter->terms[i];

		if (term->key == FILTER_FROM && term->ns < from)
			from = term->ns;
		if (term->key == FILTER_TO && term->ns > to)
			to = term->ns;
	}
	return from == INT64_MAX || to == INT64_MIN || from < to;
}

void filter_free(struct filter *filter)
{
	for (size_t i = 0; i < filter->part_count; i++)
		free(filter->parts[i]);
	free(filter->text);
	map_free(&filter->workers);
	memset(filter, 0, sizeof(*filter));
}

static bool matches(const char *glob, const char *text)
{
	return fnmatch(glob, text, 0) == 0;
}

/* "A B", or A where B is empty. */
static bool matches_both(const char *glob, const char *first, const char *second)
{
	char text[1024];

	if (!*second)
		return false;
	snprintf(text, sizeof(text), "%s %s", first, second);
	return matches(glob, text);
}

static bool matches_number(const char *glob, uint32_t number)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", number);
	return matches(glob, text);
}

static bool is_process(const struct model *model, const char *glob, uint32_t index)
{
	const struct process *process = &model->processes.items[index];
	const char *slash = strrchr(process->program, '/');

	return matches(glob, process->program) || (slash && matches(glob, slash + 1)) ||
	       matches_both(glob, process->program, process->subcommand) ||
	       (process->pid > 0 && matches_number(glob, (uint32_t)process->pid));
}

static uint64_t worker_key(uint32_t process, uint32_t tid)
{
	return (uint64_t)process << 32 | tid;
}

static bool term_holds(const struct filter *filter, const struct filter_term *term,
		       const struct model *model, const struct filter_view *view)
{
	int64_t start =
		view->process == NONE
			? 0
			: model->runs.items[model->processes.items[view->process].run].start_ns;

	switch (term->key) {
	case FILTER_CATEGORY:
		return matches(term->glob, view->category);
	case FILTER_ENDPOINT:
		return (*view->endpoint && matches(term->glob, view->endpoint)) ||
		       (*view->method && matches_both(term->glob, view->method, view->endpoint));
	case FILTER_PROCESS:
		return view->process != NONE && is_process(model, term->glob, view->process);
	case FILTER_WORKER:
		return view->tid && (matches_number(term->glob, view->tid) ||
				     map_get(&filter->workers,
					     worker_key(view->process, view->tid)) != UINT32_MAX);
	case FILTER_FROM: /* what begins and ends at once is in as well */
		return view->end_ns > add_ns(start, term->ns) ||
		       view->start_ns >= add_ns(start, term->ns);
	case FILTER_TO:
		return view->start_ns < add_ns(start, term->ns);
	default:
		return true;
	}
}

bool filter_holds(const struct filter *filter, const struct model *model,
		  const struct filter_view *view)
{
	enum { NOT_ASKED, NO, YES } state[FILTER_KEY_COUNT] = {NOT_ASKED};

	for (size_t i = 0; i < filter->count; i++) {
		enum filter_key key = filter->terms[i].key;

		if (state[key] != YES)
			state[key] = term_holds(filter, &filter->terms[i], model, view) ? YES : NO;
	}
	for (int key = 0; key < FILTER_KEY_COUNT; key++)
		if (state[key] == NO)
			return false;
	return true;
}

struct filter_view filter_view_of(const struct operation *operation)
{
	return (struct filter_view){.category = category_name(operation->category),
				    .method = operation->method,
				    .endpoint = operation->endpoint,
				    .process = operation->process,
				    .tid = operation->tid,
				    .start_ns = operation->start_ns,
				    .end_ns = operation->end_ns};
}

void filter_workers(struct filter *filter, const struct model *model)
{
	map_free(&filter->workers);
	for (uint32_t i = 0; i < filter->count; i++)
		for (size_t j = 0; j < model->workers.count; j++) {
			const struct worker_row *row = &model->workers.items[j];

			if (filter->terms[i].key == FILTER_WORKER &&
			    matches(filter->terms[i].glob, row->name))
				map_set(&filter->workers, worker_key(row->process, row->tid), i);
		}
}

void filter_window(const struct filter *filter, const struct model *model, uint32_t run,
		   int64_t *from_ns, int64_t *to_ns)
{
	int64_t start = model->runs.items[run].start_ns;
	bool from = false, to = false;

	*from_ns = start;
	*to_ns = model->runs.items[run].end_ns;
	for (size_t i = 0; i < filter->count; i++) {
		int64_t at = add_ns(start, filter->terms[i].ns);

		if (filter->terms[i].key == FILTER_FROM && (!from || at < *from_ns)) {
			*from_ns = at;
			from = true;
		}
		if (filter->terms[i].key == FILTER_TO && (!to || at > *to_ns)) {
			*to_ns = at;
			to = true;
		}
	}
}
