/*
 * checks_clues.c - what in a run may be a check, before any rule is asked: operations of some
 * kinds, single calls that are part of none, and programs by their name. Which is which stands in
 * the tables here.
 */
#include "model/checks_clues.h"

#include <arpa/inet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#define ANCESTORS_MOST 64

static bool is_in(const char *const *list, const char *text)
{
	for (; *list; list++)
		if (strcmp(*list, text) == 0)
			return true;
	return false;
}

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

static enum clue_kind kind_of_exec(enum dndprof_exec_class class)
{
	switch (class) {
	case DNDPROF_EXEC_PING_NAME:
		return CLUE_EXEC_PING_NAME;
	case DNDPROF_EXEC_PING_ADDRESS:
		return CLUE_EXEC_PING_ADDRESS;
	case DNDPROF_EXEC_LOOKUP:
		return CLUE_EXEC_LOOKUP;
	default:
		return CLUE_ENGINE;
	}
}

/* What docker's own arguments say that it runs in a container. */
static enum dndprof_exec_class own_exec_class(const struct process *process)
{
#define NAME(id, name) name,
	static const char *const names[] = {DNDPROF_EXEC_CLASSES(NAME)};
#undef NAME
	const char *own = process->profile ? profile_info(process->profile, "exec_class") : NULL;

	for (unsigned int i = 1; i < DNDPROF_EXEC_COUNT && own; i++)
		if (strcmp(own, names[i]) == 0)
			return (enum dndprof_exec_class)i;
	return DNDPROF_EXEC_NONE;
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
		    own_exec_class(&model->processes.items[i]))
			came_to_it[model->processes.items[i].maker] = true;
	for (uint32_t i = 0; i < model->processes.count; i++) {
		const struct process *process = &model->processes.items[i];
		struct clue clue = {.kind = kind_of_exec(own_exec_class(process)),
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
		if (!is_in(firewall_programs, process->program) || process->forked)
			continue;
		take_process(&clue, process);
		add_call(inquest, clue);
	}
}

/* ---- calls ---- */

static enum check_result result_of(bool failed)
{
	return failed ? CHECK_FAILED : CHECK_PASSED;
}

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
		clue.result = result_of(event_failed(event));
		add_call(inquest, clue);
	}
}

/* ---- operations ---- */

/* The last word of a network's path, "" for all of them; NULL: it is another path. */
static const char *network_asked(struct model *model, const struct operation *operation)
{
	static const char *const all[] = {"/networks", "/networks/json", NULL};
	static const char *const one[] = {"/networks/{id}", "/networks/{id}/json", NULL};
	const char *endpoint = operation->endpoint, *name;

	if (strncmp(endpoint, "/libpod/", 8) == 0)
		endpoint += 7;
	if (strcmp(operation->method, "GET") != 0)
		return NULL;
	if (is_in(all, endpoint))
		return "";
	name = is_in(one, endpoint) ? strstr(operation->path, "/networks/") : NULL;
	if (!name)
		return NULL;
	name += strlen("/networks/");
	return arena_copy(model->arena, name, strcspn(name, "/"));
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), tail = strlen(end);

	return length >= tail && strcmp(text + length - tail, end) == 0;
}

/* The command of an exec: out of its body, else out of docker's own arguments. */
static enum dndprof_exec_class exec_class_of(const struct process *process,
					     const struct operation *operation)
{
	return operation->exec_class ? operation->exec_class : own_exec_class(process);
}

static enum clue_kind kind_of_request(struct inquest *inquest, const struct operation *operation)
{
	const char *endpoint = operation->endpoint;
	bool post = strcmp(operation->method, "POST") == 0;
	const char *network;

	if (strcmp(endpoint, "/_ping") == 0 || strcmp(endpoint, "/libpod/_ping") == 0)
		return post ? CLUE_ENGINE : CLUE_PING;
	if (post && ends_with(endpoint, "/containers/{id}/exec"))
		return kind_of_exec(exec_class_of(
			&inquest->model->processes.items[operation->process], operation));
	if (post && ends_with(endpoint, "/exec/{id}/start"))
		return CLUE_EXEC_START;
	network = network_asked(inquest->model, operation);
	return !network				? CLUE_ENGINE
	       : strcmp(network, "bridge") == 0 ? CLUE_BRIDGE
						: CLUE_NETWORKS;
}

/* Of an exec of docker's own the program's end tells, where it waited for it. */
static enum check_result result_of_request(const struct inquest *inquest, enum clue_kind kind,
					   const struct operation *operation)
{
	const struct process *process = &inquest->model->processes.items[operation->process];

	if (operation->error || operation->unfinished || is_unanswered(operation))
		return operation->error || is_unanswered(operation) ? CHECK_FAILED : CHECK_UNKNOWN;
	switch (kind) {
	case CLUE_EXEC_PING_NAME:
	case CLUE_EXEC_PING_ADDRESS:
	case CLUE_EXEC_LOOKUP:
		return CHECK_UNKNOWN;
	case CLUE_EXEC_START:
		return operation->stream && ends_with(process->subcommand, "exec")
			       ? process_result(process)
			       : CHECK_UNKNOWN;
	default:
		return CHECK_PASSED;
	}
}

static bool read_request(struct inquest *inquest, const struct operation *operation,
			 struct clue *clue)
{
	if (operation->server || operation->category != DNDPROF_CATEGORY_DOCKER_API)
		return false;
	clue->kind = kind_of_request(inquest, operation);
	clue->result = result_of_request(inquest, clue->kind, operation);
	return true;
}

/* A docker client that has reached no engine speaks to nobody else. */
static bool must_be_engine(const struct inquest *inquest, const struct flow *flow)
{
	return flow->engine ||
	       (*inquest->model->processes.items[flow->process].subcommand &&
		!inquest->knows_engine[flow->process] && !inquest->bystander[flow->process]);
}

static bool read_connect(struct inquest *inquest, const struct operation *operation,
			 struct clue *clue)
{
	const struct flow *flow = &inquest->model->flows.items[operation->flow];
	const struct process *process = &inquest->model->processes.items[operation->process];
	bool closed = flow->closed_ns || !process->running;

	clue->result = result_of(operation->error);
	if (must_be_engine(inquest, flow)) {
		clue->kind = operation->error ? CLUE_UNREACHED : CLUE_CONNECT;
		return true;
	}
	if (!flow->is_inet || flow->role != FLOW_ROLE_CLIENT || flow->dns ||
	    inquest->bystander[operation->process])
		return false;
	clue->kind = CLUE_TALK;
	if (flow->sent || flow->received || flow->http || flow->tls)
		return true;
	clue->kind = CLUE_BARE_CONNECT;
	return closed;
}

/* Numbers are not looked up; a call that kept no name asked for none. */
static bool is_name(const char *name)
{
	static const char *const calls[] = {"getaddrinfo",
					    "getnameinfo",
					    "gethostbyname",
					    "gethostbyname2",
					    "gethostbyname_r",
					    "gethostbyname2_r",
					    "",
					    NULL};
	unsigned char address[sizeof(struct in6_addr)];
	char plain[64];

	snprintf(plain, sizeof(plain), "%.*s", (int)strcspn(name, "%"), name);
	return !is_in(calls, name) && inet_pton(AF_INET, name, address) != 1 &&
	       inet_pton(AF_INET6, plain, address) != 1;
}

static bool read_lookup(const struct inquest *inquest, const struct operation *operation,
			struct clue *clue)
{
	clue->kind = CLUE_LOOKUP;
	clue->result = operation->unfinished ? CHECK_UNKNOWN : result_of(operation->error);
	return is_name(operation->endpoint) && !inquest->bystander[operation->process];
}

bool clue_of_operation(struct inquest *inquest, uint32_t index, struct clue *clue)
{
	const struct operation *operation = &inquest->model->operations.items[index];

	*clue = (struct clue){.process = operation->process,
			      .tid = operation->tid,
			      .operation = index,
			      .call = NONE,
			      .at_ns = operation->start_ns,
			      .start_ns = operation->start_ns,
			      .end_ns = operation->end_ns,
			      .duration_ns = operation->duration_ns,
			      .timed = !operation->unfinished};
	switch (operation->kind) {
	case OPERATION_HTTP:
		return read_request(inquest, operation, clue);
	case OPERATION_CONNECT:
		return read_connect(inquest, operation, clue);
	case OPERATION_DNS:
		return read_lookup(inquest, operation, clue);
	default:
		return false;
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

			if (is_in(engine_programs, process->program)) {
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
		qsort(inquest->calls.items, inquest->calls.count, sizeof(inquest->calls.items[0]),
		      compare_clues);
	for (uint32_t i = 0; i < inquest->calls.count; i++)
		inquest->calls.items[i].call = i;
}
