/*
 * checks_rules.c - from clues to checks. One table says which check a kind of clue is; a function
 * of the rule says which further clues belong to the same check. What cannot be told apart gets a
 * name that says so.
 */
#include "model/checks_clues.h"

#include <string.h>
#include <strings.h>

#define NETWORK_INFO "network_info (bridge|isolation|overlap)"
static const char *const network_candidates[] = {"bridge_network", "network_isolation",
						 "subnet_overlap", NULL};

/* The last clue of a process, as far as rules look back. */
struct last {
	struct clue clue;
	uint32_t instance; /* NONE: it made none */
};

/* Whoever shares a maker, or is it: where docker0 is looked up after the engine was asked. */
struct place {
	struct map last; /* of a process, and of a process's children: the latest check */
};

struct sweep {
	struct inquest *inquest;
	struct last *last;	/* by process */
	uint32_t *pinged;	/* by flow: its check, or NONE */
	uint32_t *exec, *execs; /* by process: the first and last exec that has not begun */
	struct place place;
};

static const struct operation *operation_of(const struct sweep *sweep, const struct clue *clue)
{
	return &sweep->inquest->model->operations.items[clue->operation];
}

static const struct flow *flow_of(const struct sweep *sweep, const struct clue *clue)
{
	return &sweep->inquest->model->flows.items[operation_of(sweep, clue)->flow];
}

static struct instance *instance_of(const struct sweep *sweep, uint32_t index)
{
	return &sweep->inquest->instances.items[index];
}

/* ---- which clues belong together ---- */

static bool same_unreached(const struct sweep *sweep, const struct last *last,
			   const struct clue *clue)
{
	(void)sweep;
	(void)clue;
	return last->clue.kind == CLUE_UNREACHED;
}

/* The two questions of one lookup, for addresses of both families; and a question asked again. A
 * resolver function is a lookup by itself. */
static bool same_lookup(const struct sweep *sweep, const struct last *last, const struct clue *clue)
{
	const struct operation *now, *before;

	if (last->clue.kind != CLUE_LOOKUP)
		return false;
	now = operation_of(sweep, clue);
	before = operation_of(sweep, &last->clue);
	return now->question && before->question &&
	       strcasecmp(now->endpoint, before->endpoint) == 0 &&
	       (now->question != before->question || before->error ||
		now->start_ns <= before->end_ns);
}

/* A name's other address is tried when one does not answer, or not soon. */
static bool same_target(const struct sweep *sweep, const struct last *last, const struct clue *clue)
{
	const struct flow *now, *before;

	if (last->clue.kind != CLUE_BARE_CONNECT && last->clue.kind != CLUE_TALK)
		return false;
	now = flow_of(sweep, clue);
	before = flow_of(sweep, &last->clue);
	return now->peer_port == before->peer_port && now->peer && before->peer &&
	       strcmp(now->peer, before->peer) != 0 &&
	       (last->clue.result == CHECK_FAILED || clue->start_ns <= last->clue.end_ns);
}

static bool same_links(const struct sweep *sweep, const struct last *last, const struct clue *clue)
{
	(void)sweep;
	(void)clue;
	return last->clue.kind == CLUE_LINKS;
}

/* Of several parts: does one that went well make up for one that did not? */
enum verdict { VERDICT_ALL, VERDICT_ANY };

static const struct rule {
	enum clue_kind clue;
	const char *check;
	const char *const *candidates; /* where the clue alone does not say which */
	bool (*joins)(const struct sweep *sweep, const struct last *last, const struct clue *clue);
	enum verdict verdict;
} rules[] = {
	{CLUE_UNREACHED, "daemon_connectivity", NULL, same_unreached, VERDICT_ALL},
	{CLUE_PING, "daemon_connectivity", NULL, NULL, VERDICT_ANY},
	{CLUE_NETWORKS, NETWORK_INFO, network_candidates, NULL, VERDICT_ALL},
	{CLUE_BRIDGE, "bridge_network", NULL, NULL, VERDICT_ALL},
	{CLUE_FORWARDING, "ip_forwarding", NULL, NULL, VERDICT_ALL},
	{CLUE_FIREWALL, "iptables", NULL, NULL, VERDICT_ALL},
	{CLUE_LINKS, "mtu_consistency", NULL, same_links, VERDICT_ALL},
	{CLUE_LOOKUP, "dns_resolution", NULL, same_lookup, VERDICT_ANY},
	{CLUE_EXEC_LOOKUP, "dns_resolution", NULL, NULL, VERDICT_ALL},
	{CLUE_EXEC_PING_NAME, "internal_dns", NULL, NULL, VERDICT_ALL},
	{CLUE_EXEC_PING_ADDRESS, "container_connectivity", NULL, NULL, VERDICT_ALL},
	{CLUE_BARE_CONNECT, "port_binding", NULL, same_target, VERDICT_ANY},
};

static const struct rule *rule_of(enum clue_kind kind)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].clue == kind)
			return &rules[i];
	return NULL;
}

/* ---- checks made, and added to ---- */

static enum check_result join_results(enum verdict verdict, enum check_result a,
				      enum check_result b)
{
	enum check_result decides = verdict == VERDICT_ALL ? CHECK_FAILED : CHECK_PASSED;

	if (a == decides || b == decides)
		return decides;
	return a == b ? a : CHECK_UNKNOWN;
}

/* Another part of the check; `whole` when what it begins with and ends with is the check's. */
static void add_part(struct sweep *sweep, uint32_t index, const struct clue *clue)
{
	struct instance *instance = instance_of(sweep, index);

	if (clue->start_ns < instance->start_ns)
		instance->start_ns = clue->start_ns;
	if (clue->end_ns > instance->end_ns)
		instance->end_ns = clue->end_ns;
	instance->timed = instance->timed && clue->timed;
	instance->duration_ns = -1;
	inquest_part(sweep->inquest, index, clue);
}

static uint64_t place_key(const struct process *process, int pid, bool children)
{
	return (uint64_t)children << 63 | (uint64_t)(process->run & 0x7fffffff) << 32 |
	       (uint32_t)pid;
}

static void remember_place(struct sweep *sweep, uint32_t index, uint32_t instance)
{
	const struct process *process = &sweep->inquest->model->processes.items[index];

	map_set(&sweep->place.last, place_key(process, process->pid, false), instance);
	if (process->ppid > 0)
		map_set(&sweep->place.last, place_key(process, process->ppid, true), instance);
}

static uint32_t begin_check(struct sweep *sweep, const struct rule *rule, const struct clue *clue)
{
	uint32_t index = inquest_instance(sweep->inquest, rule->check);
	struct instance *instance = instance_of(sweep, index);

	instance->candidates = rule->candidates;
	instance->process = clue->process;
	instance->start_ns = clue->start_ns;
	instance->end_ns = clue->end_ns;
	instance->duration_ns = clue->duration_ns;
	instance->result = clue->result;
	instance->timed = clue->timed;
	instance->networks = clue->kind == CLUE_NETWORKS || clue->kind == CLUE_BRIDGE;
	inquest_part(sweep->inquest, index, clue);
	remember_place(sweep, clue->process, index);
	return index;
}

/* ---- clues that want more than the table ---- */

/* The connect and the ping that was the first thing asked on it; asked again where it failed. */
static uint32_t on_ping(struct sweep *sweep, const struct clue *clue)
{
	uint32_t flow = operation_of(sweep, clue)->flow;
	uint32_t connect = sweep->inquest->connected[flow], index = sweep->pinged[flow];
	const struct rule *rule = rule_of(CLUE_PING);
	struct clue first;

	if (index != NONE && instance_of(sweep, index)->result == CHECK_FAILED) {
		add_part(sweep, index, clue);
		instance_of(sweep, index)->result =
			join_results(rule->verdict, CHECK_FAILED, clue->result);
		return index;
	}
	if (connect == NONE)
		return NONE;
	clue_of_operation(sweep->inquest, connect, &first);
	first.result = clue->result;
	index = begin_check(sweep, rule, &first);
	add_part(sweep, index, clue);
	sweep->pinged[flow] = index;
	return index;
}

/* An exec waits for its start, which lasts as long as the command. */
static uint32_t on_exec(struct sweep *sweep, const struct clue *clue)
{
	uint32_t index = begin_check(sweep, rule_of(clue->kind), clue), *end;

	if (clue->result == CHECK_FAILED)
		return index;
	end = sweep->exec[clue->process] == NONE
		      ? &sweep->exec[clue->process]
		      : &instance_of(sweep, sweep->execs[clue->process])->waiting;
	*end = sweep->execs[clue->process] = index;
	return index;
}

static uint32_t on_exec_start(struct sweep *sweep, const struct clue *clue)
{
	uint32_t index = sweep->exec[clue->process];

	if (index == NONE)
		return NONE;
	sweep->exec[clue->process] = instance_of(sweep, index)->waiting;
	add_part(sweep, index, clue);
	instance_of(sweep, index)->result = clue->result;
	return index;
}

/* The latest check near this process: its own, its maker's, its children's, its siblings'. */
static uint32_t latest_near(const struct sweep *sweep, uint32_t index)
{
	const struct process *process = &sweep->inquest->model->processes.items[index];
	uint32_t latest = NONE;

	for (unsigned int i = 0; i < 4; i++) {
		int pid = i & 1 ? process->ppid : process->pid;
		uint32_t found =
			pid > 0 ? map_get(&sweep->place.last, place_key(process, pid, i & 2))
				: NONE;

		if (found != NONE && (latest == NONE || found > latest))
			latest = found;
	}
	return latest;
}

/* Behind a question for the engine's networks, with no other check between, it was the bridge that
 * was meant. By itself it is no check. */
static uint32_t on_docker0(struct sweep *sweep, const struct clue *clue)
{
	const struct last *last = &sweep->last[clue->process];
	uint32_t index = last->clue.kind == CLUE_DOCKER0 ? last->instance
							 : latest_near(sweep, clue->process);
	struct instance *instance = index == NONE ? NULL : instance_of(sweep, index);

	if (!instance || (!instance->networks && last->clue.kind != CLUE_DOCKER0))
		return NONE;
	add_part(sweep, index, clue);
	instance = instance_of(sweep, index);
	instance->name = "bridge_network";
	instance->candidates = NULL;
	instance->networks = false;
	instance->result = join_results(VERDICT_ALL, instance->result, clue->result);
	return index;
}

static bool is_engine(enum clue_kind kind)
{
	return kind >= CLUE_PING && kind <= CLUE_ENGINE;
}

/* Whoever asks the engine beside it wants to know of a network, not of the MTU. */
static uint32_t on_links(struct sweep *sweep, const struct clue *clue)
{
	const struct last *last = &sweep->last[clue->process];

	if (is_engine(last->clue.kind) ||
	    (last->clue.kind == CLUE_DOCKER0 && last->clue.process == clue->process))
		return NONE;
	return begin_check(sweep, rule_of(CLUE_LINKS), clue);
}

/* Bytes that moved in the end: what was tried before, at another address of the name, was no check.
 */
static uint32_t on_talk(struct sweep *sweep, const struct clue *clue)
{
	const struct last *last = &sweep->last[clue->process];

	if (last->instance != NONE && last->clue.kind == CLUE_BARE_CONNECT &&
	    same_target(sweep, last, clue))
		instance_of(sweep, last->instance)->dropped = true;
	return NONE;
}

/* The other address of a name to which bytes did move, tried because the first took its time. */
static uint32_t on_bare_connect(struct sweep *sweep, const struct clue *clue)
{
	const struct last *last = &sweep->last[clue->process];

	if (last->clue.kind == CLUE_TALK && same_target(sweep, last, clue))
		return NONE;
	return begin_check(sweep, rule_of(CLUE_BARE_CONNECT), clue);
}

static uint32_t on_other(struct sweep *sweep, const struct clue *clue)
{
	const struct rule *rule = rule_of(clue->kind);

	return rule ? begin_check(sweep, rule, clue) : NONE;
}

static uint32_t (*const handlers[])(struct sweep *sweep, const struct clue *clue) = {
	[CLUE_PING] = on_ping,
	[CLUE_EXEC_PING_NAME] = on_exec,
	[CLUE_EXEC_PING_ADDRESS] = on_exec,
	[CLUE_EXEC_LOOKUP] = on_exec,
	[CLUE_EXEC_START] = on_exec_start,
	[CLUE_DOCKER0] = on_docker0,
	[CLUE_LINKS] = on_links,
	[CLUE_TALK] = on_talk,
	[CLUE_BARE_CONNECT] = on_bare_connect,
	[CLUE_FIREWALL] = NULL,
};

/* ---- the sweep ---- */

static void apply(struct sweep *sweep, const struct clue *clue)
{
	struct last *last = &sweep->last[clue->process];
	const struct rule *rule = rule_of(clue->kind);
	uint32_t index;

	if (rule && rule->joins && last->instance != NONE && last->clue.kind == clue->kind &&
	    rule->joins(sweep, last, clue)) {
		index = last->instance;
		add_part(sweep, index, clue);
		instance_of(sweep, index)->result = join_results(
			rule->verdict, instance_of(sweep, index)->result, clue->result);
	} else {
		index = handlers[clue->kind] ? handlers[clue->kind](sweep, clue)
					     : on_other(sweep, clue);
	}
	*last = (struct last){*clue, index};
}

/* The connect of a flow is kept for its first request. */
static void note_flow(struct sweep *sweep, const struct clue *clue)
{
	uint32_t *connected;

	if (clue->operation == NONE || operation_of(sweep, clue)->flow == NONE)
		return;
	connected = &sweep->inquest->connected[operation_of(sweep, clue)->flow];
	if (clue->kind == CLUE_CONNECT)
		*connected = clue->operation;
	else if (is_engine(clue->kind))
		*connected = NONE;
}

static void on_clue(struct sweep *sweep, const struct clue *clue)
{
	uint32_t label = label_at(sweep->inquest, clue->process, clue->tid, clue->at_ns);

	if (label != NONE)
		inquest_part(sweep->inquest, label, clue);
	else if (clue->kind != CLUE_CONNECT)
		apply(sweep, clue);
	note_flow(sweep, clue);
}

static uint32_t *nones(size_t count)
{
	uint32_t *list = memory_get((count + 1) * sizeof(*list));

	memset(list, 0xff, (count + 1) * sizeof(*list));
	return list;
}

static void run_sweep(struct sweep *sweep)
{
	struct inquest *inquest = sweep->inquest;
	size_t call = 0;

	for (uint32_t i = 0; i < inquest->model->operations.count; i++) {
		int64_t at_ns = inquest->model->operations.items[i].start_ns;
		struct clue clue;

		for (; call < inquest->calls.count && inquest->calls.items[call].at_ns < at_ns;
		     call++)
			on_clue(sweep, &inquest->calls.items[call]);
		if (clue_of_operation(inquest, i, &clue))
			on_clue(sweep, &clue);
	}
	for (; call < inquest->calls.count; call++)
		on_clue(sweep, &inquest->calls.items[call]);
}

void rules_apply(struct inquest *inquest)
{
	size_t processes = inquest->model->processes.count;
	struct sweep sweep = {.inquest = inquest,
			      .last = memory_get((processes + 1) * sizeof(*sweep.last)),
			      .pinged = nones(inquest->model->flows.count),
			      .exec = nones(processes),
			      .execs = nones(processes)};

	for (size_t i = 0; i < processes; i++)
		sweep.last[i].instance = NONE;
	run_sweep(&sweep);
	free(sweep.last);
	free(sweep.pinged);
	free(sweep.exec);
	free(sweep.execs);
	map_free(&sweep.place.last);
}
