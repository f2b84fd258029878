/*
 * rule_requests.c - how things were asked: the same again; one after the other where at once would
 * do; in small pieces that wait for an acknowledgement.
 */
#include "findings/rules.h"

#include "base/sort.h"

#include <string.h>

#define GROUPS_MOST 3	     /* findings of a rule */
#define AT_ONCE	    4	     /* requests that an engine answers side by side */
#define ACK_NS	    40000000 /* Linux delays an acknowledgement so long at least */
#define ACK_LEAST   38000000
#define ACK_MOST    48000000

static const struct operation *sorted_operations;

/* Requests that are alike, in the order of time, and what would be saved. */
struct group {
	const uint32_t *items;
	size_t count;
	int64_t ns;
};
struct groups_alike {
	struct group *items;
	size_t count, room;
};
struct requests {
	uint32_t *items;
	size_t count, room;
};

static int compare_indices(uint32_t i, uint32_t j)
{
	return (i > j) - (i < j);
}

static int compare_savings(const void *a, const void *b)
{
	const struct group *x = a, *y = b;

	if (x->ns != y->ns)
		return x->ns > y->ns ? -1 : 1;
	return compare_indices(x->items[0], y->items[0]);
}

/* Sorts the requests and cuts them where `alike` says that a group ends. `saved` tells of each what
 * could be saved, 0: nothing. The most comes first. */
static struct groups_alike
group_requests(const struct inquiry *inquiry, struct requests *requests,
	       int (*compare)(const void *, const void *),
	       bool (*alike)(const struct operation *x, const struct operation *y),
	       int64_t (*saved)(const struct inquiry *inquiry, const struct group *group,
				const int64_t *left))
{
	const struct operation *operations = inquiry->model->operations.items;
	int64_t *left = operations_left(inquiry);
	struct groups_alike groups = {0};

	sorted_operations = operations;
	if (requests->count)
		sort(requests->items, requests->count, sizeof(*requests->items), compare);
	for (size_t first = 0, i = 1; first < requests->count && i <= requests->count; i++) {
		struct group group = {requests->items + first, i - first, 0};

		if (i < requests->count &&
		    alike(&operations[requests->items[first]], &operations[requests->items[i]]))
			continue;
		group.ns = saved(inquiry, &group, left);
		if (group.ns > 0)
			*list_add(&groups) = group;
		first = i;
	}
	if (groups.count)
		sort(groups.items, groups.count, sizeof(*groups.items), compare_savings);
	free(left);
	return groups;
}

/* ---- the same again ---- */

static int compare_identities(const void *a, const void *b)
{
	uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
	const struct operation *x = &sorted_operations[i], *y = &sorted_operations[j];

	if (x->process != y->process)
		return x->process < y->process ? -1 : 1;
	if (x->identity != y->identity)
		return x->identity < y->identity ? -1 : 1;
	return compare_indices(i, j);
}

static bool same_identity(const struct operation *x, const struct operation *y)
{
	return x->process == y->process && x->identity == y->identity &&
	       strcmp(x->endpoint, y->endpoint) == 0;
}

/* All but the longest. */
static int64_t saved_of_repeats(const struct inquiry *inquiry, const struct group *group,
				const int64_t *left)
{
	int64_t sum = 0, most = 0;

	if ((int64_t)group->count <= threshold(inquiry, THRESHOLD_REPEATS))
		return 0;
	for (size_t i = 0; i < group->count; i++) {
		int64_t ns = left[group->items[i]];

		sum = add_ns(sum, ns);
		most = ns > most ? ns : most;
	}
	return sum - most < threshold(inquiry, THRESHOLD_IMPACT) ? 0 : sum - most;
}

static void on_repeats(struct inquiry *inquiry, const struct group *group, uint32_t mark)
{
	const struct operation *first = &inquiry->model->operations.items[group->items[0]];
	const char *program = inquiry->model->processes.items[first->process].program;
	int64_t *left = operations_left(inquiry), ns;
	size_t longest = 0;
	struct finding *finding;

	for (size_t i = 1; i < group->count; i++)
		if (left[group->items[i]] > left[group->items[longest]])
			longest = i;
	for (size_t i = 0; i < group->count; i++)
		if (i != longest)
			inquiry->marks[group->items[i]] = mark;
	ns = path_claim(inquiry, want_marked, &mark);
	finding = finding_add(inquiry, "repeated_requests", ns,
			      "all but one of them, as far as they are on the critical path");
	inquiry->marks[group->items[longest]] = mark; /* one of those the finding stands on */
	cite_marked(inquiry, finding, mark);
	finding->description =
		sentence(inquiry,
			 "%s asked %s %zu times with the very same request; all but one took %s "
			 "(%.1f%% of the wall time).",
			 program, operation_name(inquiry, first), group->count,
			 text_ns(inquiry, ns), percent(inquiry, ns));
	finding->recommendation =
		"Ask once and keep the answer; to wait for a change follow GET /events or `docker "
		"wait` instead of asking again and again.";
	finding->command = "docker events --filter type=container; docker wait CONTAINER";
	free(left);
}

void rule_repeated_requests(struct inquiry *inquiry)
{
	struct requests requests = {0};
	struct groups_alike groups;

	for (uint32_t i = 0; i < inquiry->model->operations.count; i++) {
		const struct operation *operation = &inquiry->model->operations.items[i];

		if (is_client_http(operation) && operation->identity && !operation->stream &&
		    !operation->error)
			*list_add(&requests) = i;
	}
	groups = group_requests(inquiry, &requests, compare_identities, same_identity,
				saved_of_repeats);
	for (size_t i = 0; i < groups.count && i < GROUPS_MOST; i++)
		on_repeats(inquiry, &groups.items[i], (uint32_t)i + 1);
	list_free(&groups);
	list_free(&requests);
}

/* ---- one after the other ---- */

static int compare_endpoints(const void *a, const void *b)
{
	uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
	const struct operation *x = &sorted_operations[i], *y = &sorted_operations[j];
	int order;

	if (x->process != y->process)
		return x->process < y->process ? -1 : 1;
	order = strcmp(x->endpoint, y->endpoint);
	return order ? order : compare_indices(i, j);
}

static bool same_endpoint(const struct operation *x, const struct operation *y)
{
	return x->process == y->process && strcmp(x->endpoint, y->endpoint) == 0;
}

static int compare_numbers(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Was nothing asked twice, and nothing while something else of the group was under way? */
static bool is_series(const struct operation *operations, const struct group *group)
{
	uint64_t *identities = memory_get(group->count * sizeof(*identities));
	bool series = true;

	for (size_t i = 0; i < group->count && series; i++) {
		const struct operation *operation = &operations[group->items[i]];

		identities[i] = operation->identity;
		series = !i || operation->start_ns >= operations[group->items[i - 1]].end_ns;
	}
	if (series)
		sort(identities, group->count, sizeof(*identities), compare_numbers);
	for (size_t i = 1; i < group->count && series; i++)
		series = identities[i] != identities[i - 1];
	free(identities);
	return series;
}

/* Every fourth stays: so many at once an engine answers. */
static int64_t saved_of_series(const struct inquiry *inquiry, const struct group *group,
			       const int64_t *left)
{
	int64_t sum = 0;

	if ((int64_t)group->count <= threshold(inquiry, THRESHOLD_SERIAL_REQUESTS) ||
	    !is_series(inquiry->model->operations.items, group))
		return 0;
	for (size_t i = 0; i < group->count; i++)
		if (i % AT_ONCE)
			sum = add_ns(sum, left[group->items[i]]);
	return above_share(inquiry, THRESHOLD_SERIAL_SHARE, sum) &&
			       sum >= threshold(inquiry, THRESHOLD_BOUND)
		       ? sum
		       : 0;
}

static void on_series(struct inquiry *inquiry, const struct group *group, uint32_t mark)
{
	const struct operation *first = &inquiry->model->operations.items[group->items[0]];
	struct finding *finding;
	int64_t ns;

	for (size_t i = 0; i < group->count; i++)
		if (i % AT_ONCE)
			inquiry->marks[group->items[i]] = mark;
	ns = path_claim(inquiry, want_marked, &mark);
	finding = finding_add(inquiry, "serial_requests", ns,
			      "three of four of them, were four asked at once");
	for (size_t i = 0; i < group->count; i++)
		inquiry->marks[group->items[i]] = mark;
	cite_marked(inquiry, finding, mark);
	finding->description =
		sentence(inquiry,
			 "%s asked %s of %zu different things, one after the other; their paths "
			 "show no need to wait for one another.",
			 inquiry->model->processes.items[first->process].program,
			 operation_name(inquiry, first), group->count);
	finding->recommendation =
		"Ask them side by side (threads, goroutines, Promise.all), or all with one "
		"request: a list with filters instead of one look at each.";
	finding->command = "docker ps --all --no-trunc --format json";
}

void rule_serial_requests(struct inquiry *inquiry)
{
	struct requests requests = {0};
	struct groups_alike groups;

	for (uint32_t i = 0; i < inquiry->model->operations.count; i++) {
		const struct operation *operation = &inquiry->model->operations.items[i];

		if (is_client_http(operation) && operation->identity && !operation->stream &&
		    has_duration(operation) && strcmp(operation->method, "GET") == 0 &&
		    strchr(operation->endpoint, '{'))
			*list_add(&requests) = i;
	}
	groups = group_requests(inquiry, &requests, compare_endpoints, same_endpoint,
				saved_of_series);
	for (size_t i = 0; i < groups.count && i < GROUPS_MOST; i++)
		on_series(inquiry, &groups.items[i], (uint32_t)i + 1);
	list_free(&groups);
	list_free(&requests);
}

/* ---- delayed acknowledgements ---- */

static bool is_step(int64_t ns)
{
	return ns >= ACK_LEAST && ns <= ACK_MOST;
}

/* The 40 ms of each. */
static int64_t want_step(const struct inquiry *inquiry, const struct stretch *stretch,
			 const void *data)
{
	int64_t ns = want_marked(inquiry, stretch, data);

	return ns < ACK_NS ? ns : ACK_NS;
}

void rule_delayed_ack(struct inquiry *inquiry)
{
	const struct model *model = inquiry->model;
	const uint32_t mark = 1;
	size_t sent = 0, count = 0;
	struct finding *finding;
	int64_t ns;

	for (size_t i = 0; i < model->operations.count; i++) {
		const struct operation *operation = &model->operations.items[i];
		bool pieces, answer;

		if (!is_client_http(operation) || operation->stream || !has_duration(operation) ||
		    !model->flows.items[operation->flow].is_inet)
			continue;
		pieces = operation->sends > 1 && is_step(operation->wait_ns);
		answer = is_step(operation->receive_ns);
		sent += pieces;
		count += pieces || answer;
		inquiry->marks[i] = pieces || answer ? mark : 0;
	}
	ns = count ? path_left(inquiry, want_step, &mark) : 0;
	if ((int64_t)count <= threshold(inquiry, THRESHOLD_DELAYED_ACKS) ||
	    ns < threshold(inquiry, THRESHOLD_IMPACT))
		return;
	path_claim(inquiry, want_step, &mark);
	finding = finding_add(inquiry, "delayed_ack", ns, "40ms each, on the critical path");
	cite_marked(inquiry, finding, mark);
	finding->description = sentence(
		inquiry,
		"%zu requests over TCP waited about 40ms, as long as an acknowledgement is "
		"delayed: %zu of them were sent in small pieces, of the others the answer "
		"came so.",
		count, sent);
	finding->recommendation =
		"Send head and body with one write, or set TCP_NODELAY on the side that writes in "
		"pieces; a unix socket has no such delay.";
	finding->command = "DOCKER_HOST=unix:///var/run/docker.sock";
}
