/*
 * checks_clues.c - what in a run may be a check, before any rule is asked: programs by their name,
 * and single calls that are part of no operation. (Operations are in checks_operations.c.)
 */
#include "model/checks_clues.h"

#include "base/sort.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <string.h>

#define ANCESTORS_MOST 64

/* ---- programs ---- */

/* Engines and their helpers ask the kernel for what they do, not whether it works. */
static const char *const engine_programs[] = {"dockerd",
					      "containerd",
					      "containerd-shim",
					      "containerd-shim-runc-v1",
					      "containerd-shim-runc-v2",
					      "runc",
					      "crun",
					      "buildkitd",
					      "docker-proxy",
					      "docker-init",
					      "podman",
					      "buildah",
					      "conmon",
					      "netavark",
					      "aardvark-dns",
					      "rootlesskit",
					      "slirp4netns",
					      "pasta",
					      NULL};

static const char *const firewall_programs[] = {"iptables",
						"ip6tables",
						"nft",
						"iptables-nft",
						"ip6tables-nft",
						"iptables-legacy",
						"ip6tables-legacy",
						"iptables-save",
						"ip6tables-save",
						"xtables-nft-multi",
						"xtables-legacy-multi",
						NULL};

/* Commands that are run for one clue: it lasts as long as they do and ends as they do. */
static const struct tool {
	const char *program;
	enum clue_kind clues[2];
} tools[] = {
	{"sysctl", {CLUE_FORWARDING}},
	{"ip", {CLUE_LINKS, CLUE_DOCKER0}},
	{"ifconfig", {CLUE_LINKS}},
};

enum check_result process_result(const struct process *process)
{
	if (process->wait_status < 0)
		return CHECK_UNKNOWN;
	return process->wait_status == 0 ? CHECK_PASSED : CHECK_FAILED;
}

int64_t process_begin_ns(const struct process *process)
{
	return process->maker != NONE && process->made_ns && process->made_ns < process->start_ns
		       ? process->made_ns
		       : process->start_ns;
}

int64_t process_end_ns(const struct process *process, bool *known)
{
	enum dndprof_end end = process->profile
				       ? (enum dndprof_end)profile_header(process->profile)->end
				       : DNDPROF_END_OPEN;
	bool ended = end == DNDPROF_END_EXIT || end == DNDPROF_END__EXIT;

	*known = ended || !process->running;
	return ended || !process->profile ? process->end_ns : process->gone_ns;
}

static bool is_tool(const struct process *process, enum clue_kind kind)
{
	for (size_t i = 0; i < sizeof(tools) / sizeof(tools[0]); i++)
		if (strcmp(tools[i].program, process->program) == 0 &&
		    (tools[i].clues[0] == kind || tools[i].clues[1] == kind))
			return true;
	return false;
}

/* The clue is the process's whole purpose. */
static void take_process(struct clue *clue, const struct process *process)
{
	enum check_result result = process_result(process);

	clue->start_ns = process_begin_ns(process);
	clue->end_ns = process_end_ns(process, &clue->timed);
	clue->duration_ns = add_ns(clue->end_ns, -clue->start_ns);
	if (result != CHECK_UNKNOWN && clue->result != CHECK_FAILED)
		clue->result = result;
}

static void add_call(struct inquest *inquest, struct clue clue)
{
	const struct process *process = &inquest->model->processes.items[clue.process];

	if (inquest->bystander[clue.process])
		return;
	clue.operation = NONE;
	if (is_tool(process, clue.kind))
		take_process(&clue, process);
	*list_add(&inquest->calls) = clue;
}

/* A docker that was to run a check in a container and failed before it came to that: the container
 * was not there, nor the engine. Not where it left that to another docker. */
static void find_vain_execs(struct inquest *inquest)
{
	const struct model *model = inquest->model;
	bool *came_to_it = memory_get(model->processes.count + 1);

	for (size_t i = 0; i < model->operations.count; i++)
		if (model->operations.items[i].kind == OPERATION_HTTP &&
		    strstr(model->operations.items[i].endpoint, "/containers/{id}/exec"))
			came_to_it[model->operations.items[i].process] = true;
	for (size_t i = 0; i < model->processes.count; i++)
		if (model->processes.items[i].maker != NONE &&
		    clue_of_own_exec(&model->processes.items[i]) != CLUE_ENGINE)
			came_to_it[model->processes.items[i].maker] = true;
	for (uint32_t i = 0; i < model->processes.count; i++) {
		const struct process *process = &model->processes.items[i];
		struct clue clue = {.kind = clue_of_own_exec(process),
				    .process = i,
				    .at_ns = process->start_ns,
				    .part_kind = "process",
				    .text = process->program};

		if (came_to_it[i] || clue.kind == CLUE_ENGINE)
			continue;
		take_process(&clue, process);
		if (clue.result == CHECK_FAILED)
			add_call(inquest, clue);
	}
	free(came_to_it);
}

static void find_firewall(struct inquest *inquest)
{
	for (uint32_t i = 0; i < inquest->model->processes.count; i++) {
		const struct process *process = &inquest->model->processes.items[i];
		struct clue clue = {.kind = CLUE_FIREWALL,
				    .process = i,
				    .at_ns = process->start_ns,
				    .part_kind = "process",
				    .text = process->program};

		/* a fork of one that forked before its exec is not the program */
		if (!clue_is_in(firewall_programs, process->program) || process->forked)
			continue;
		take_process(&clue, process);
		add_call(inquest, clue);
	}
}

/* ---- calls ---- */

static bool read_path(struct model *model, const struct event *event, struct clue *clue)
{
	clue->text = event_text(model, event);
	clue->part_kind = "open";
	clue->kind = CLUE_FORWARDING;
	return strcmp(clue->text, "/proc/sys/net/ipv4/ip_forward") == 0;
}

static bool read_netlink(const struct event *event, struct clue *clue)
{
	struct dndprof_netlink netlink;

	if (event->record->payload_size < sizeof(netlink))
		return false;
	memcpy(&netlink, event->record->payload, sizeof(netlink));
	if (netlink.type != RTM_GETLINK)
		return false;
	clue->part_kind = "netlink";
	if (netlink.link == DNDPROF_LINK_DOCKER0) {
		clue->kind = CLUE_DOCKER0;
		clue->text = "link docker0";
		return true;
	}
	clue->kind = CLUE_LINKS;
	clue->text = "all links";
	return netlink.link == DNDPROF_LINK_NONE && (netlink.flags & NLM_F_DUMP) == NLM_F_DUMP;
}

static bool read_ioctl(const struct event *event, struct clue *clue)
{
	clue->kind = CLUE_LINKS;
	clue->part_kind = "ioctl";
	clue->text = "an interface's MTU";
	return event_is(event, DNDPROF_CALL_ioctl) && event->record->raw.arg == SIOCGIFMTU;
}

static bool read_call(struct model *model, const struct event *event, struct clue *clue)
{
	switch (event->record->raw.payload) {
	case DNDPROF_PAYLOAD_PATH:
		return read_path(model, event, clue);
	case DNDPROF_PAYLOAD_NETLINK:
		return read_netlink(event, clue);
	case DNDPROF_PAYLOAD_NONE:
		return read_ioctl(event, clue);
	default:
		return false;
	}
}

static void find_calls(struct inquest *inquest, uint32_t index)
{
	const struct process *process = &inquest->model->processes.items[index];

	for (size_t i = 0; i < process->events.count; i++) {
		const struct event *event = &process->events.items[i];
		struct clue clue = {.process = index,
				    .tid = event->tid,
				    .at_ns = event->start_ns,
				    .start_ns = event->start_ns,
				    .end_ns = event->end_ns,
				    .duration_ns = event->end_ns - event->start_ns,
				    .timed = true};

		if (event->pid || event->record->raw.kind != DNDPROF_KIND_CALL ||
		    !read_call(inquest->model, event, &clue))
			continue;
		clue.result = check_result_of(event_failed(event));
		add_call(inquest, clue);
	}
}

/* ---- beforehand ---- */

static void find_bystanders(struct inquest *inquest)
{
	const struct model *model = inquest->model;

	for (uint32_t i = 0; i < model->processes.count; i++) {
		uint32_t at = i;

		/* counted: a damaged file may make a ring of parents */
		for (size_t up = 0; up < ANCESTORS_MOST && at != NONE; up++) {
			const struct process *process = &model->processes.items[at];

			if (clue_is_in(engine_programs, process->program)) {
				inquest->bystander[i] = true;
				break;
			}
			at = process->maker != NONE ? process->maker : process->parent;
		}
	}
}

static int compare_clues(const void *a, const void *b)
{
	const struct clue *x = a, *y = b;

	if (x->at_ns != y->at_ns)
		return x->at_ns < y->at_ns ? -1 : 1;
	if (x->process != y->process)
		return x->process < y->process ? -1 : 1;
	return (int)x->kind - (int)y->kind;
}

void clues_find(struct inquest *inquest)
{
	const struct model *model = inquest->model;

	inquest->bystander = memory_get(model->processes.count + 1);
	inquest->knows_engine = memory_get(model->processes.count + 1);
	inquest->connected = memory_get((model->flows.count + 1) * sizeof(*inquest->connected));
	memset(inquest->connected, 0xff, model->flows.count * sizeof(*inquest->connected));
	for (size_t i = 0; i < model->flows.count; i++)
		inquest->knows_engine[model->flows.items[i].process] |=
			model->flows.items[i].engine;
	find_bystanders(inquest);
	find_firewall(inquest);
	find_vain_execs(inquest);
	for (uint32_t i = 0; i < model->processes.count; i++)
		find_calls(inquest, i);
	if (inquest->calls.count)
		sort(inquest->calls.items, inquest->calls.count, sizeof(inquest->calls.items[0]),
		     compare_clues);
	for (uint32_t i = 0; i < inquest->calls.count; i++)
		inquest->calls.items[i].call = i;
}
