/*
 * rule_failures.c - what failed, by its meaning: refused for now (429), the server's fault (5xx,
 * answers that broke off), the request's (4xx), and the connects and look-ups a failed run ended
 * with. What a client waits before it asks again belongs to the failure.
 */
#include "findings/advice.h"
#include "base/sort.h"
#include "findings/rules.h"

#include <string.h>

enum class { CLASS_NONE, CLASS_LIMITED, CLASS_SERVER, CLASS_CLIENT, CLASS_COUNT };

static const struct {
	const char *what, *how, *recommendation;
} classes[] = {
	[CLASS_LIMITED] = {"answered 429, too many requests: the server turned them away for now",
			   "the refused requests and the waiting before they were made again",
			   "Ask less often, wait as long as Retry-After says, and log in where the "
			   "limit is a registry's for anonymous pulls."},
	[CLASS_SERVER] = {"failed on the server's side (5xx, or an answer that broke off)",
			  "the failed requests and the waiting before they were made again",
			  "Look at the server's log for these moments; asking again does not mend "
			  "it."},
	[CLASS_CLIENT] = {"were refused as wrong (4xx)",
			  "the refused requests and the waiting before they were made again",
			  "Look at what was asked: 404 is a name that is not there, 401 and 403 a "
			  "missing login or right, 409 a conflict with the present state, 400 a "
			  "client too new or too old (DOCKER_API_VERSION)."},
};

static enum class class_of(const struct operation *operation) {
	if (!is_client_http(operation) || operation->unfinished) return CLASS_NONE;
	if (operation->status == 429) return CLASS_LIMITED;
	if (operation->status >= 500 || operation->broken) return CLASS_SERVER;
	/* a registry answers 401 to say where to log in */
	return operation->status >= 400 &&
		!(operation->status == 401 && operation->category == DNDPROF_CATEGORY_REGISTRY)
		? CLASS_CLIENT
		: CLASS_NONE;
}

static const struct operation *sorted_operations;

static int compare_requests(const void *a, const void *b)
{
	uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
	const struct operation *x = &sorted_operations[i], *y = &sorted_operations[j];
	int order;

	if (x->process != y->process)
		return x->process < y->process ? -1 : 1;
	order = strcmp(x->path, y->path);
	order = order ? order : strcmp(x->method, y->method);
	return order ? order : (i > j) - (i < j);
}

/* From each failed request of that class to when the same was asked again. Returns how often that
 * was. */
static size_t add_retries(struct inquiry *inquiry, const uint32_t *sorted, size_t count,
			  uint32_t mark)
{
	const struct operation *operations = inquiry->model->operations.items;
	size_t retries = 0;

	inquiry->intervals.count = 0;
	for (size_t i = 0; i + 1 < count; i++) {
		const struct operation *x = &operations[sorted[i]], *y = &operations[sorted[i + 1]];

		if (inquiry->marks[sorted[i]] != mark || x->process != y->process ||
		    strcmp(x->path, y->path) != 0 || strcmp(x->method, y->method) != 0)
			continue;
		retries++;
		interval_add(&inquiry->intervals, run_of(inquiry->model, x), x->end_ns,
			     y->start_ns);
	}
	intervals_settle(&inquiry->intervals);
	return retries;
}

/* The first operation with that mark whose run failed, else the first; NULL: there is none. */
static const struct operation *first_of(const struct inquiry *inquiry, uint32_t mark, bool *failed)
{
	const struct model *model = inquiry->model;
	const struct operation *first = NULL;

	*failed = false;
	for (size_t i = 0; i < model->operations.count && !*failed; i++) {
		const struct operation *operation = &model->operations.items[i];

		if (inquiry->marks[i] != mark)
			continue;
		first = first ? first : operation;
		*failed = run_failed(model, run_of(model, operation));
	}
	return first;
}

static bool holds(const struct inquiry *inquiry, enum class class, size_t count, size_t answers,
		  bool failed)
{
	switch (class) {
	case CLASS_LIMITED:
		return (int64_t)count > threshold(inquiry, THRESHOLD_RATE_LIMITED);
	case CLASS_SERVER:
		return (int64_t)count > threshold(inquiry, THRESHOLD_SERVER_ERRORS);
	default: /* one in a run that went well is how a client asks whether a thing is there */
		return (failed || count > 1) &&
		       (double)count * (double)SHARE_WHOLE >
			       (double)threshold(inquiry, THRESHOLD_CLIENT_ERRORS) *
				       (double)answers;
	}
}

static void on_class(struct inquiry *inquiry, enum class class, size_t count, size_t answers,
		     size_t retries)
{
	const uint32_t mark = class;
	const struct operation *slowest;
	struct finding *finding;
	int64_t ns;

	ns = path_claim(inquiry, want_marked, &mark);
	finding = finding_add(inquiry, "failures", ns, classes[class].how);
	cite_marked(inquiry, finding, mark);
	slowest = &inquiry->model->operations.items[finding->cited.operation];
	finding->description =
		sentence(inquiry, "%zu of %zu requests %s, as %s (%s)%s; that took %s.", count,
			 answers, classes[class].what, operation_name(inquiry, slowest),
			 slowest->status ? sentence(inquiry, "%d", slowest->status) : "no answer",
			 retries ? sentence(inquiry, "; %zu were made again", retries) : "",
			 text_ns(inquiry, ns));
	finding->recommendation = classes[class].recommendation;
	finding->command = class == CLASS_SERVER && slowest->category == DNDPROF_CATEGORY_DOCKER_API
				   ? "journalctl -u docker -n 50"
				   : advice_command(inquiry, slowest);
}

static void on_answers(struct inquiry *inquiry)
{
	const struct model *model = inquiry->model;
	size_t counts[CLASS_COUNT] = {0}, answers = 0;
	LIST(uint32_t) sorted = {0};

	for (uint32_t i = 0; i < model->operations.count; i++) {
		const struct operation *operation = &model->operations.items[i];

		inquiry->marks[i] = class_of(operation);
		counts[inquiry->marks[i]]++;
		if (is_client_http(operation)) {
			answers += !operation->unfinished;
			*list_add(&sorted) = i;
		}
	}
	sorted_operations = model->operations.items;
	if (sorted.count)
		sort(sorted.items, sorted.count, sizeof(*sorted.items), compare_requests);
	for (uint32_t class = 1; class < CLASS_COUNT; class ++) {
		bool failed;

		if (!first_of(inquiry, class, &failed) ||
		    !holds(inquiry, class, counts[class], answers, failed))
			continue;
		on_class(inquiry, class, counts[class], answers,
			 add_retries(inquiry, sorted.items, sorted.count, class));
	}
	list_free(&sorted);
}

/* ---- connects and look-ups that a failed run ended with ---- */

/* The last of that kind of each process failed: inquiry->process has its index + 1. */
static const struct operation *last_failure(struct inquiry *inquiry, enum operation_kind kind)
{
	const struct model *model = inquiry->model;

	memset(inquiry->process, 0, model->processes.count * sizeof(*inquiry->process));
	for (size_t i = 0; i < model->operations.count; i++)
		if (model->operations.items[i].kind == kind &&
		    !model->operations.items[i].unfinished)
			inquiry->process[model->operations.items[i].process] = (int64_t)i + 1;
	for (size_t i = 0; i < model->processes.count; i++) {
		const struct operation *operation;

		if (!inquiry->process[i] || !run_failed(model, model->processes.items[i].run))
			continue;
		operation = &model->operations.items[inquiry->process[i] - 1];
		if (operation->error)
			return operation;
	}
	return NULL;
}

static struct finding *add_failure(struct inquiry *inquiry, const struct operation *operation)
{
	const uint32_t mark = CLASS_COUNT + operation->kind;
	struct finding *finding;

	inquiry->intervals.count = 0;
	inquiry->marks[operation - inquiry->model->operations.items] = mark;
	finding = finding_add(inquiry, "failures", path_claim(inquiry, want_marked, &mark),
			      "the failed attempt; the run ended with a failure");
	cite_marked(inquiry, finding, mark);
	return finding;
}

/* More than one attempt is the business of rule_connect. */
static bool was_alone(const struct inquiry *inquiry, const struct operation *operation)
{
	int64_t count = 0;

	for (size_t i = 0; i < inquiry->model->operations.count; i++) {
		const struct operation *other = &inquiry->model->operations.items[i];

		count += other->kind == OPERATION_CONNECT && other->error &&
			 strcmp(other->endpoint, operation->endpoint) == 0;
	}
	return count <= threshold(inquiry, THRESHOLD_CONNECT_FAILURES);
}

/* What the program marked itself, and said of it that it failed. */
static void on_regions(struct inquiry *inquiry)
{
	const uint32_t mark = CLASS_COUNT;
	size_t all = 0, failed = 0;
	struct finding *finding;

	for (size_t i = 0; i < inquiry->model->operations.count; i++) {
		const struct operation *operation = &inquiry->model->operations.items[i];

		if (operation->kind != OPERATION_REGION)
			continue;
		all++;
		failed += operation->error;
		if (operation->error)
			inquiry->marks[i] = mark;
	}
	if (!failed || (double)failed * (double)SHARE_WHOLE <=
			       (double)threshold(inquiry, THRESHOLD_REGION_ERRORS) * (double)all)
		return;
	finding =
		finding_add(inquiry, "failures", -1, "what a failure costs only the program knows");
	cite_marked(inquiry, finding, mark);
	finding->description = sentence(
		inquiry, "%zu of %zu operations that the program marks failed, as %s.", failed, all,
		operation_name(inquiry,
			       &inquiry->model->operations.items[finding->cited.operation]));
	finding->recommendation = "See what the program says of them: their results are its own.";
}

void rule_failures(struct inquiry *inquiry)
{
	const struct operation *operation;

	on_answers(inquiry);
	on_regions(inquiry);
	operation = last_failure(inquiry, OPERATION_CONNECT);
	if (operation && was_alone(inquiry, operation)) {
		const struct error_advice *advice = advice_on_error(operation->status);
		struct finding *finding = add_failure(inquiry, operation);

		finding->description =
			sentence(inquiry, "Connecting to %s failed (%s: %s), and the run failed.",
				 operation->endpoint, strerror(operation->status), advice->meaning);
		finding->recommendation = advice->recommendation;
		finding->command = advice->command;
	}
	operation = last_failure(inquiry, OPERATION_DNS);
	if (operation) {
		struct finding *finding = add_failure(inquiry, operation);

		finding->description =
			sentence(inquiry, "The name %s could not be looked up, and the run failed.",
				 operation->endpoint);
		finding->recommendation =
			"See whether the name is right and a name server of /etc/resolv.conf "
			"knows it.";
		finding->command = "getent ahosts NAME; cat /etc/resolv.conf";
	}
}
