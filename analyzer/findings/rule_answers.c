/*
 * rule_answers.c - waiting for answers where nothing special explains it: the time is the engine's,
 * or another server's. And slow checks, and the tail of the latencies.
 */
#include "findings/advice.h"
#include "findings/rules.h"

#include <inttypes.h>
#include <string.h>

/* Whose answers are waited for. */
static const struct {
	enum dndprof_category category;
	const char *who;
} servers[] = {
	{DNDPROF_CATEGORY_DOCKER_API, "the engine"},
	{DNDPROF_CATEGORY_REGISTRY, "a registry"},
	{DNDPROF_CATEGORY_HTTP, "another server"},
};

/* The unclaimed time of each endpoint's operations; the most of them. */
struct endpoint_share {
	const struct operation *operation; /* one of them */
	int64_t ns;
	size_t count;
};

static uint64_t endpoint_hash(const struct operation *operation)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (const char *at = operation->method; *at; at++)
		hash = (hash ^ (unsigned char)*at) * UINT64_C(0x100000001b3);
	for (const char *at = operation->endpoint; *at; at++)
		hash = (hash ^ (unsigned char)*at) * UINT64_C(0x100000001b3);
	return hash;
}

static struct endpoint_share largest_endpoint(const struct inquiry *inquiry, uint32_t mark)
{
	const struct critical *critical = &inquiry->model->critical;
	LIST(struct endpoint_share) shares = {0};
	struct endpoint_share most = {0};
	struct map index = {0};

	for (size_t i = 0; i < critical->stretches.count; i++) {
		const struct stretch *stretch = &critical->stretches.items[i];
		const struct operation *operation;
		uint32_t at;

		if (stretch->kind != STRETCH_OPERATION || inquiry->marks[stretch->index] != mark)
			continue;
		operation = &inquiry->model->operations.items[stretch->index];
		at = map_get(&index, endpoint_hash(operation));
		if (at == UINT32_MAX) {
			at = (uint32_t)shares.count;
			map_set(&index, endpoint_hash(operation), at);
			*list_add(&shares) = (struct endpoint_share){.operation = operation};
		}
		shares.items[at].ns = add_ns(shares.items[at].ns, inquiry->left[i]);
		shares.items[at].count++;
	}
	for (size_t i = 0; i < shares.count; i++)
		if (shares.items[i].ns > most.ns)
			most = shares.items[i];
	list_free(&shares);
	map_free(&index);
	return most;
}

static void wait_for(struct inquiry *inquiry, uint32_t mark, const char *who)
{
	struct endpoint_share most;
	struct finding *finding;
	int64_t ns = path_left(inquiry, want_marked, &mark);

	if (!above_share(inquiry, THRESHOLD_WAIT_SHARE, ns) ||
	    ns < threshold(inquiry, THRESHOLD_BOUND))
		return;
	most = largest_endpoint(inquiry, mark);
	path_claim(inquiry, want_marked, &mark);
	finding = finding_add(inquiry, "daemon_bound", ns,
			      "so long the run did nothing but wait for these answers");
	cite_marked(inquiry, finding, mark);
	if (!most.operation)
		return;
	finding->description =
		sentence(inquiry,
			 "Waiting for %s took %s (%.1f%% of the wall time); %s alone took "
			 "%s (%.1f%%).",
			 who, text_ns(inquiry, ns), percent(inquiry, ns),
			 operation_name(inquiry, most.operation), text_ns(inquiry, most.ns),
			 percent(inquiry, most.ns));
	finding->recommendation = advice_on_endpoint(most.operation);
	finding->command = advice_command(inquiry, most.operation);
}

void rule_daemon_bound(struct inquiry *inquiry)
{
	for (uint32_t i = 0; i < sizeof(servers) / sizeof(servers[0]); i++) {
		for (size_t j = 0; j < inquiry->model->operations.count; j++) {
			const struct operation *operation = &inquiry->model->operations.items[j];

			if (is_client_http(operation) && !operation->stream &&
			    operation->category == servers[i].category)
				inquiry->marks[j] = i + 1;
		}
		wait_for(inquiry, i + 1, servers[i].who);
	}
}

/* ---- slow checks, the tail ---- */

/* The operations a check stands on. */
static void mark_check(const struct inquiry *inquiry, const struct check_row *row, uint32_t mark)
{
	const struct check_part *parts = inquiry->model->checks.parts.items + row->first_part;

	for (size_t i = 0; i < row->kept_parts; i++)
		if (parts[i].operation != NONE)
			inquiry->marks[parts[i].operation] = mark;
}

void rule_slow_check(struct inquiry *inquiry)
{
	const struct checks *checks = &inquiry->model->checks;

	for (uint32_t i = 0; i < checks->count; i++) {
		const struct check_row *row = &checks->items[i];
		const uint32_t mark = i + 1;
		struct finding *finding;
		int64_t ns;

		if (!row->timed || row->average_ns <= threshold(inquiry, THRESHOLD_CHECK_AVERAGE))
			continue;
		mark_check(inquiry, row, mark);
		ns = path_claim(inquiry, want_marked, &mark);
		finding = finding_add(inquiry, "slow_check", ns,
				      ns ? "its part of the critical path that no other finding has"
					 : "its time is in the findings on what it waited for, or "
					   "others worked meanwhile");
		cite_marked(inquiry, finding, mark);
		finding->description = sentence(inquiry,
						"The check %s takes %s on average; of %" PRIu64
						" %" PRIu64 " succeeded, %" PRIu64 " failed.",
						row->name, text_ns(inquiry, row->average_ns),
						row->count, row->succeeded, row->failed);
		finding->recommendation = "Profile the check alone, and see what it waits for.";
		finding->command = sentence(inquiry, "dndprof run --check %s -- COMMAND",
					    row->candidates ? "NAME" : row->name);
	}
}

void rule_tail(struct inquiry *inquiry)
{
	const struct summary *summary = &inquiry->model->summary;
	int64_t p99 = summary->percentile[PERCENTILE_P99].value_ns, ns;
	const uint32_t mark = 1;
	struct finding *finding;

	if (!summary->percentile[PERCENTILE_P99].enough ||
	    p99 <= threshold(inquiry, THRESHOLD_TAIL_P99))
		return;
	for (size_t i = 0; i < inquiry->model->operations.count; i++) {
		const struct operation *operation = &inquiry->model->operations.items[i];

		if (operation->kind <= OPERATION_REGION && !operation->server &&
		    !operation->stream && has_duration(operation) && operation->duration_ns >= p99)
			inquiry->marks[i] = mark;
	}
	ns = path_claim(inquiry, want_marked, &mark);
	finding = finding_add(inquiry, "tail", ns,
			      ns ? "their part of the critical path that no other finding has"
				 : "their time is in other findings, or others worked meanwhile");
	cite_marked(inquiry, finding, mark);
	finding->description = sentence(
		inquiry, "One operation in a hundred takes %s or longer; half of them take %s.",
		text_ns(inquiry, p99),
		text_ns(inquiry, summary->percentile[PERCENTILE_P50].value_ns));
	finding->recommendation = "Look at what the slowest have in common: the endpoint, the "
				  "moment, what else the engine did then.";
}
