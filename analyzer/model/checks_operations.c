/*
 * checks_operations.c - which operations may be a check: requests to an engine by what they ask,
 * connections by what became of them, lookups of names.
 */
#include "model/checks_clues.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

bool clue_is_in(const char *const *list, const char *text)
{
	for (; *list; list++)
		if (strcmp(*list, text) == 0)
			return true;
	return false;
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

enum clue_kind clue_of_own_exec(const struct process *process)
{
	return kind_of_exec(own_exec_class(process));
}

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
	if (clue_is_in(all, endpoint))
		return "";
	name = clue_is_in(one, endpoint) ? strstr(operation->path, "/networks/") : NULL;
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

	clue->result = check_result_of(operation->error);
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
	return !clue_is_in(calls, name) && inet_pton(AF_INET, name, address) != 1 &&
	       inet_pton(AF_INET6, plain, address) != 1;
}

static bool read_lookup(const struct inquest *inquest, const struct operation *operation,
			struct clue *clue)
{
	clue->kind = CLUE_LOOKUP;
	clue->result = operation->unfinished ? CHECK_UNKNOWN : check_result_of(operation->error);
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
