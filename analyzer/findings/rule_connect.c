/*
 * rule_connect.c - before anything is asked: names looked up, connections opened, refused, retried,
 * and opened anew for every request.
 */
#include "findings/advice.h"
#include "base/sort.h"
#include "findings/rules.h"

#include <netdb.h>
#include <string.h>

#define PEERS_MOST 64 /* with failures; a hostile file may have any number */

/* ---- connects: by run and peer, in the order of time ---- */

static const struct operation *sorted_operations;

static int compare_connects(const void *a, const void *b)
{
	uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
	int order = strcmp(sorted_operations[i].endpoint, sorted_operations[j].endpoint);

	return order ? order : (i > j) - (i < j); /* operations are by start */
}

struct attempts {
	const uint32_t *items; /* of one peer */
	size_t count, failures;
	bool succeeded; /* after a failure */
};

/* From the first failure to the next success nothing else can happen with that peer. */
static void add_retries(struct inquiry *inquiry, struct attempts *attempts)
{
	const struct model *model = inquiry->model;
	const struct operation *failed = NULL, *last = NULL;

	for (size_t i = 0; i < attempts->count; i++) {
		const struct operation *operation = &model->operations.items[attempts->items[i]];
		uint32_t run = run_of(model, operation);

		if (failed && run_of(model, failed) != run)
			failed = NULL;
		if (operation->error) {
			failed = failed ? failed : operation;
			last = operation;
			attempts->failures++;
		} else if (failed) {
			interval_add(&inquiry->intervals, run, failed->start_ns,
				     operation->start_ns);
			attempts->succeeded = true;
			failed = NULL;
		}
	}
	if (failed)
		interval_add(&inquiry->intervals, run_of(model, failed), failed->start_ns,
			     last->end_ns);
	intervals_settle(&inquiry->intervals);
}

static bool any_run_failed(const struct inquiry *inquiry, const struct attempts *attempts)
{
	for (size_t i = 0; i < attempts->count; i++) {
		const struct operation *operation =
			&inquiry->model->operations.items[attempts->items[i]];

		if (operation->error &&
		    run_failed(inquiry->model, run_of(inquiry->model, operation)))
			return true;
	}
	return false;
}

static void on_failures(struct inquiry *inquiry, struct attempts *attempts, uint32_t mark)
{
	const struct error_advice *advice;
	struct finding *finding;
	int64_t ns;
	int error = 0;

	inquiry->intervals.count = 0;
	add_retries(inquiry, attempts);
	for (size_t i = 0; i < attempts->count; i++) {
		const struct operation *operation =
			&inquiry->model->operations.items[attempts->items[i]];

		if (!operation->error)
			continue;
		inquiry->marks[attempts->items[i]] = mark;
		error = operation->status;
	}
	ns = path_left(inquiry, want_marked, &mark);
	if ((int64_t)attempts->failures <= threshold(inquiry, THRESHOLD_CONNECT_FAILURES) ||
	    (ns < threshold(inquiry, THRESHOLD_IMPACT) && !any_run_failed(inquiry, attempts)))
		return;
	path_claim(inquiry, want_marked, &mark);
	advice = advice_on_error(error);
	finding = finding_add(inquiry, "connect", ns,
			      "from the first failed attempt to the one that succeeded, or the "
			      "last, as far as nothing else was done");
	cite_marked(inquiry, finding, mark);
	finding->description =
		sentence(inquiry, "Connecting to %s failed %s (%s: %s), then it %s; that took %s.",
			 inquiry->model->operations.items[attempts->items[0]].endpoint,
			 text_times(inquiry, attempts->failures), strerror(error), advice->meaning,
			 attempts->succeeded ? "was retried with success" : "was given up",
			 text_ns(inquiry, ns));
	finding->recommendation = advice->recommendation;
	finding->command = advice->command;
}

static void on_slow(struct inquiry *inquiry)
{
	const uint32_t mark = PEERS_MOST + 1;
	const struct operation *slowest;
	struct finding *finding;
	bool any = false;
	int64_t ns;

	for (size_t i = 0; i < inquiry->model->operations.count; i++) {
		const struct operation *operation = &inquiry->model->operations.items[i];

		if (operation->kind == OPERATION_CONNECT && !inquiry->marks[i] &&
		    operation->end_ns - operation->start_ns >
			    threshold(inquiry, THRESHOLD_CONNECT_TIME)) {
			inquiry->marks[i] = mark;
			any = true;
		}
	}
	inquiry->intervals.count = 0;
	ns = any ? path_left(inquiry, want_marked, &mark) : 0;
	if (!any || ns < threshold(inquiry, THRESHOLD_IMPACT))
		return;
	path_claim(inquiry, want_marked, &mark);
	finding = finding_add(inquiry, "connect", ns, "the connects' part of the critical path");
	cite_marked(inquiry, finding, mark);
	slowest = &inquiry->model->operations.items[finding->cited.operation];
	finding->description = sentence(
		inquiry,
		"Opening connections took %s (%.1f%% of the wall time); the slowest, to %s, %s.",
		text_ns(inquiry, ns), percent(inquiry, ns), slowest->endpoint,
		text_ns(inquiry, finding->cited.slowest_ns));
	finding->recommendation =
		slowest->error ? advice_on_error(slowest->status)->recommendation
			       : "A connect that takes a second or three had its first packet "
				 "dropped: see the peer's backlog, firewalls, and the way there.";
	finding->command = slowest->error ? advice_on_error(slowest->status)->command
					  : "ss -ltn; nstat -az TcpExtListenDrops";
}

void rule_connect(struct inquiry *inquiry)
{
	const struct model *model = inquiry->model;
	LIST(uint32_t) connects = {0};
	uint32_t mark = 0;

	for (uint32_t i = 0; i < model->operations.count; i++)
		if (model->operations.items[i].kind == OPERATION_CONNECT)
			*list_add(&connects) = i;
	sorted_operations = model->operations.items;
	if (connects.count)
		sort(connects.items, connects.count, sizeof(*connects.items), compare_connects);
	for (size_t first = 0, i = 1; first < connects.count && i <= connects.count; i++) {
		const struct operation *one = &model->operations.items[connects.items[first]];
		struct attempts attempts = {connects.items + first, i - first, 0, false};
		bool failures = false;

		if (i < connects.count &&
		    strcmp(model->operations.items[connects.items[i]].endpoint, one->endpoint) == 0)
			continue;
		for (size_t j = first; j < i && !failures; j++)
			failures = model->operations.items[connects.items[j]].error;
		if (failures && mark < PEERS_MOST)
			on_failures(inquiry, &attempts, ++mark);
		first = i;
	}
	list_free(&connects);
	on_slow(inquiry);
}

/* ---- names ---- */

void rule_dns(struct inquiry *inquiry)
{
	const struct model *model = inquiry->model;
	const uint32_t mark = 1;
	const struct operation *slowest;
	struct finding *finding;
	size_t failed = 0;
	int64_t ns;

	for (size_t i = 0; i < model->operations.count; i++) {
		const struct operation *operation = &model->operations.items[i];

		if (operation->kind != OPERATION_DNS)
			continue;
		inquiry->marks[i] = mark;
		failed += operation->error;
	}
	ns = path_left(inquiry, want_marked, &mark);
	if (ns <= threshold(inquiry, THRESHOLD_DNS_TIME) &&
	    (!above_share(inquiry, THRESHOLD_DNS_SHARE, ns) ||
	     ns < threshold(inquiry, THRESHOLD_IMPACT)))
		return;
	path_claim(inquiry, want_marked, &mark);
	finding = finding_add(inquiry, "dns", ns, "the look-ups' part of the critical path");
	cite_marked(inquiry, finding, mark);
	slowest = &model->operations.items[finding->cited.operation];
	finding->description =
		sentence(inquiry,
			 "Looking up names took %s (%.1f%% of the wall time) in %zu look-up%s%s; "
			 "the slowest, "
			 "%s, %s.",
			 text_ns(inquiry, ns), percent(inquiry, ns), finding->cited.count,
			 finding->cited.count > 1 ? "s" : "",
			 failed ? sentence(inquiry, ", %zu of them in vain", failed) : "",
			 slowest->endpoint, text_ns(inquiry, finding->cited.slowest_ns));
	finding->recommendation =
		"See which name server of /etc/resolv.conf is slow or silent; keep a cache on the "
		"machine, write the name in /etc/hosts, or set `options timeout:1 attempts:2`.";
	finding->command = "time getent ahosts NAME; cat /etc/resolv.conf";
}

/* ---- connection churn ---- */

/* Connections of one process to one peer. */
struct churn {
	uint32_t process;
	const char *peer;
	uint32_t flow;
};

static int compare_churn(const void *a, const void *b)
{
	const struct churn *x = a, *y = b;

	if (x->process != y->process)
		return x->process < y->process ? -1 : 1;
	return strcmp(x->peer, y->peer);
}

static void on_churn(struct inquiry *inquiry, const struct churn *churn, size_t connections,
		     size_t requests, uint32_t mark)
{
	int64_t ns = path_claim(inquiry, want_marked, &mark);
	struct finding *finding = finding_add(
		inquiry, "connection_churn", ns,
		"connecting on the critical path; what the peer spends on a new connection is in "
		"its answers");
	const char *program = inquiry->model->processes.items[churn->process].program;

	cite_marked(inquiry, finding, mark);
	finding->process = churn->process;
	finding->description =
		sentence(inquiry, "%s opened %zu connections to %s for %zu requests.", program,
			 connections, churn->peer, requests);
	finding->recommendation =
		"Keep connections open: one client object (docker.from_env(), new Docker(), "
		"http.Client) for all requests, no `Connection: close`, answers read to their end.";
}

void rule_connection_churn(struct inquiry *inquiry)
{
	const struct model *model = inquiry->model;
	uint32_t *requests = memory_get((model->flows.count + 1) * sizeof(*requests)), mark = 0;
	uint32_t *of_flow = memory_get((model->flows.count + 1) * sizeof(*of_flow));
	LIST(struct churn) list = {0};

	for (size_t i = 0; i < model->operations.count; i++)
		if (is_client_http(&model->operations.items[i]))
			requests[model->operations.items[i].flow]++;
	for (uint32_t i = 0; i < model->flows.count; i++)
		if (requests[i] && model->flows.items[i].peer && !model->flows.items[i].hijacked)
			*list_add(&list) = (struct churn){model->flows.items[i].process,
							  model->flows.items[i].peer, i};
	if (list.count)
		sort(list.items, list.count, sizeof(*list.items), compare_churn);
	for (size_t first = 0, i = 0, asked = 0; i < list.count; i++) {
		asked += requests[list.items[i].flow];
		if (i + 1 < list.count && !compare_churn(&list.items[i], &list.items[i + 1]))
			continue;
		if ((int64_t)(i + 1 - first) > threshold(inquiry, THRESHOLD_CHURN_CONNECTIONS) &&
		    (int64_t)asked < threshold(inquiry, THRESHOLD_CHURN_REQUESTS) *
					     (int64_t)(i + 1 - first) &&
		    mark < PEERS_MOST) {
			mark++;
			for (size_t j = first; j <= i; j++)
				of_flow[list.items[j].flow] = mark;
			for (size_t j = 0; j < model->operations.count; j++) {
				const struct operation *operation = &model->operations.items[j];

				if (operation->kind == OPERATION_CONNECT &&
				    of_flow[operation->flow] == mark)
					inquiry->marks[j] = mark;
			}
			on_churn(inquiry, &list.items[first], i + 1 - first, asked, mark);
		}
		first = i + 1;
		asked = 0;
	}
	free(requests);
	free(of_flow);
	list_free(&list);
}
