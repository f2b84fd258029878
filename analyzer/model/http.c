/*
 * http.c - rebuilds the HTTP transactions of a flow from the heads the profile kept and the bytes
 * that moved between them.
 *
 * Heads tell where a message begins; where it ends is told by its length where one is given, else
 * by the next request, the end of the file, or the last byte seen. From the client's end a
 * transaction lasts from its request's first byte to its response's last. One without an answer has
 * no duration: its span, until it was given up, is time spent waiting and no latency.
 */
#include "model/internal.h"
#include "model/line.h"

#include <errno.h>
#include <string.h>

#define UNTIL_CLOSE (-1)       /* bytes left of a body whose length is not known */
#define SEND_ROOM   (64 << 10) /* bytes any socket takes at once when nothing else is under way */

struct transaction {
	int64_t start_ns, sent_ns, first_ns, last_ns; /* first and last byte of the response */
	int64_t ended_ns; /* when an answer could no longer come; 0: it came */
	int64_t left;	  /* of the response's body */
	struct http_line line;
	struct endpoint endpoint;
	uint32_t flags, query, tid, sends;
	uint64_t hash;
	int status;
	bool answered, finished, broken, stream, unfinished;
	enum dndprof_exec_class exec_class;
};

struct exchange {
	struct model *model;
	struct flow *flow;
	LIST(struct transaction) list;
	size_t oldest;	 /* the first that is not finished */
	int64_t surplus; /* bytes of the last read that belong to what follows; -1: unknown */
	bool ended;	 /* nothing more is HTTP */
};

static struct dndprof_http head_of(const struct event *event, const char **text, size_t *length)
{
	struct dndprof_http head = {.content_length = -1};

	*length = 0;
	if (event->record->payload_size < sizeof(head))
		return head;
	memcpy(&head, event->record->payload, sizeof(head));
	*text = (const char *)event->record->payload + sizeof(head);
	*length = event->record->payload_size - sizeof(head);
	return head;
}

static struct transaction *waiting(struct exchange *exchange)
{
	return exchange->oldest < exchange->list.count ? &exchange->list.items[exchange->oldest]
						       : NULL;
}

static void finish(struct exchange *exchange)
{
	exchange->list.items[exchange->oldest].finished = true;
	exchange->oldest++;
}

/* HTTP/2 without an upgrade: its preface looks like a request. What follows is not followed. */
static bool is_http2(const char *text, size_t length)
{
	static const char preface[] = "PRI * HTTP/2";

	return length >= sizeof(preface) - 1 && memcmp(text, preface, sizeof(preface) - 1) == 0;
}

/* When the bytes that a call of the client's sent had left. A call with few of them does not wait:
 * where it lasts, the peer runs already, and took the processor for it. */
static int64_t sent_at(const struct event *event)
{
	const struct dndprof_record *raw = &event->record->raw;
	bool few = event->call->result == DNDPROF_RESULT_BYTES && raw->result >= 0 &&
		   raw->result <= SEND_ROOM;

	return few && raw->flags & DNDPROF_RECORD_SENT ? event->start_ns : event->end_ns;
}

static enum dndprof_exec_class exec_class(uint32_t class)
{
	return class < DNDPROF_EXEC_COUNT ? (enum dndprof_exec_class) class : DNDPROF_EXEC_NONE;
}

/* The body of an exec-create that came apart from its head. */
static void on_exec_body(struct transaction *last, const struct event *event)
{
	uint32_t class;

	if (event->record->payload_size < sizeof(class))
		return;
	memcpy(&class, event->record->payload, sizeof(class));
	last->exec_class = exec_class(class);
}

static void begin_http2(struct exchange *exchange, struct transaction *fresh,
			const struct event *event, int64_t arrival)
{
	strcpy(fresh->line.method, "PRI");
	strcpy(fresh->line.target, "*");
	strcpy(fresh->endpoint.text, "HTTP/2");
	fresh->endpoint.category = DNDPROF_CATEGORY_HTTP;
	fresh->start_ns = fresh->first_ns = arrival;
	fresh->sent_ns = fresh->last_ns = event->end_ns;
	fresh->tid = event->tid;
	fresh->stream = fresh->answered = true;
	exchange->ended = exchange->flow->hijacked = true;
}

static void on_request(struct exchange *exchange, const struct event *event, int64_t arrival)
{
	struct transaction *now = waiting(exchange);
	struct transaction *fresh;
	struct dndprof_http head;
	const char *text;
	size_t length;

	/* The next request tells that an answer of unknown length is over. */
	if (now && now->answered && !now->stream && now->left < 0)
		finish(exchange);
	fresh = list_add(&exchange->list);
	head = head_of(event, &text, &length);
	if (is_http2(text, length)) {
		begin_http2(exchange, fresh, event, arrival);
		return;
	}
	if (!length || !line_parse_request(text, length, &fresh->line)) {
		strcpy(fresh->line.method, "?");
		strcpy(fresh->line.target, "?");
	}
	endpoint_of(fresh->line.target, &fresh->endpoint);
	fresh->flags = head.flags;
	fresh->query = head.query;
	fresh->exec_class = exec_class(head.exec_class);
	fresh->hash = head.hash;
	fresh->sends = 1;
	fresh->stream = endpoint_streams(&fresh->endpoint, head.flags, head.query);
	fresh->start_ns = arrival;
	fresh->sent_ns = sent_at(event);
	fresh->tid = event->tid;
	fresh->left = UNTIL_CLOSE;
}

static bool has_no_body(const struct transaction *now)
{
	return strcmp(now->line.method, "HEAD") == 0 || now->status == 204 || now->status == 304;
}

/* Counts `bytes` of body down; what is too much belongs to the next response. */
static void on_body(struct exchange *exchange, struct transaction *now, int64_t bytes, int64_t ns)
{
	exchange->surplus = now->left >= 0 ? 0 : -1;
	now->last_ns = ns;
	if (now->left < 0)
		return;
	if (bytes > now->left) {
		exchange->surplus = bytes - now->left;
		bytes = now->left;
	}
	now->left -= bytes;
	if (!now->left)
		finish(exchange);
}

/* The end of a head that came apart: the facts its beginning lacked. */
static void on_rest_of_head(struct exchange *exchange, const struct event *event, int64_t bytes)
{
	struct transaction *now = waiting(exchange);
	struct dndprof_http head;
	const char *text;
	size_t length;

	head = head_of(event, &text, &length);
	if (event->record->raw.payload == DNDPROF_PAYLOAD_REQUEST) {
		if (!exchange->list.count)
			return;
		now = &exchange->list.items[exchange->list.count - 1];
		now->flags |= head.flags;
		now->sends++;
		now->sent_ns = sent_at(event);
		now->stream |= endpoint_streams(&now->endpoint, now->flags, now->query);
	} else if (now && now->answered) {
		if (head.content_length >= 0 && !(head.flags & DNDPROF_HTTP_CHUNKED) &&
		    !has_no_body(now))
			now->left = head.content_length;
		on_body(exchange, now,
			bytes > (int64_t)head.head_bytes ? bytes - (int64_t)head.head_bytes : 0,
			event->end_ns);
	}
}

static bool is_rest_of_head(const struct event *event)
{
	const char *text;
	size_t length;

	return (event->record->raw.payload == DNDPROF_PAYLOAD_REQUEST ||
		event->record->raw.payload == DNDPROF_PAYLOAD_RESPONSE) &&
	       head_of(event, &text, &length).flags & DNDPROF_HTTP_CONTINUED;
}

static void on_response(struct exchange *exchange, const struct event *event, int64_t arrival,
			int64_t bytes)
{
	struct transaction *now = waiting(exchange);
	struct dndprof_http head;
	struct http_line line;
	const char *text;
	int64_t body;
	size_t length;

	if (now && now->answered) { /* the next answer of a pipeline */
		now->broken |= now->left > 0;
		finish(exchange);
		now = waiting(exchange);
	}
	head = head_of(event, &text, &length);
	if (!now || !length || !line_parse_response(text, length, &line)) {
		exchange->model->summary.orphans += !now; /* its request was overwritten */
		return;
	}
	if (line.status >= 100 && line.status < 200 && line.status != 101)
		return; /* 100 Continue, 103: the answer comes yet */
	now->status = line.status;
	now->answered = true;
	now->first_ns = arrival;
	now->last_ns = event->end_ns;
	if (now->status == 101 || (strcmp(now->line.method, "CONNECT") == 0 && now->status < 300)) {
		now->stream = exchange->ended = exchange->flow->hijacked = true;
		return;
	}
	if (has_no_body(now))
		now->left = 0;
	else if (head.content_length >= 0 && !(head.flags & DNDPROF_HTTP_CHUNKED))
		now->left = head.content_length;
	if (event->record->raw.kind == DNDPROF_KIND_EXTRA)
		bytes = exchange->surplus;
	body = bytes > (int64_t)head.head_bytes ? bytes - (int64_t)head.head_bytes : 0;
	on_body(exchange, now, body, event->end_ns);
}

/* The peer or the program ended the flow, at `ns`; `clean` when it was the end of the file. */
static void on_end(struct exchange *exchange, bool clean, int64_t ns)
{
	struct transaction *now;

	while ((now = waiting(exchange))) {
		if (!now->answered || (now->left > 0 && !now->stream) || (!clean && !now->stream))
			now->broken = true;
		now->ended_ns = ns;
		finish(exchange);
	}
}

static void on_hijacked(struct exchange *exchange, const struct event *event)
{
	struct transaction *now = waiting(exchange);

	if (now && event->record->raw.result > 0 && event->end_ns > now->last_ns)
		now->last_ns = event->end_ns;
}

static void on_event(struct exchange *exchange, const struct event *event)
{
	const struct dndprof_record *raw = &event->record->raw;
	bool in = raw->flags & DNDPROF_RECORD_RECEIVED, out = raw->flags & DNDPROF_RECORD_SENT;
	bool client = exchange->flow->role != FLOW_ROLE_SERVER;
	int64_t arrival = in ? event->end_ns : event->start_ns;
	int64_t bytes =
		raw->result > 0 && event->call->result == DNDPROF_RESULT_BYTES ? raw->result : 0;
	struct transaction *last =
		exchange->list.count ? &exchange->list.items[exchange->list.count - 1] : NULL;
	struct transaction *now = waiting(exchange);

	if (raw->flags & DNDPROF_RECORD_PEEK || event_is(event, DNDPROF_CALL_connect))
		return;
	if (raw->payload == DNDPROF_PAYLOAD_BODY && last)
		on_exec_body(last, event);
	if (exchange->ended) {
		if (in || out)
			on_hijacked(exchange, event);
	} else if (is_rest_of_head(event)) {
		on_rest_of_head(exchange, event, bytes);
	} else if (raw->payload == DNDPROF_PAYLOAD_REQUEST) {
		on_request(exchange, event, arrival);
	} else if (raw->payload == DNDPROF_PAYLOAD_RESPONSE) {
		on_response(exchange, event, arrival, bytes);
	} else if (raw->error && !error_is_retry(raw->error) &&
		   event->call->category == DNDPROF_CATEGORY_IO) {
		on_end(exchange, false, event->end_ns);
	} else if (client ? out : in) {
		if (last && !last->answered && bytes) {
			last->sent_ns = sent_at(event);
			last->sends++;
		}
	} else if (bytes && now && now->answered) {
		on_body(exchange, now, bytes, event->end_ns);
	} else if (in && client && raw->result == 0 && !raw->error && raw->arg &&
		   event->call->result == DNDPROF_RESULT_BYTES) {
		on_end(exchange, true, event->end_ns);
	}
}

static enum dndprof_category category_of(const struct exchange *exchange,
					 const struct transaction *now)
{
	return exchange->flow->engine ? DNDPROF_CATEGORY_DOCKER_API : now->endpoint.category;
}

/* Where the shim had no secret to hash with, a path that had no query tells as much. */
static uint64_t identity_of(const struct transaction *now)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */

	if (strcmp(now->line.method, "GET") != 0 && strcmp(now->line.method, "HEAD") != 0)
		return 0;
	if (now->hash)
		return now->hash;
	if (now->flags & (DNDPROF_HTTP_QUERY | DNDPROF_HTTP_TRUNCATED))
		return 0;
	for (const char *at = now->line.target; *at; at++)
		hash = (hash ^ (unsigned char)*at) * UINT64_C(0x100000001b3);
	return (hash ^ (unsigned char)now->line.method[0]) | 1;
}

static void emit(struct exchange *exchange, uint32_t flow, const struct transaction *now)
{
	struct model *model = exchange->model;
	bool answered = now->answered && now->first_ns >= now->start_ns;
	int64_t asked = now->sent_ns > now->start_ns ? now->sent_ns : now->start_ns;
	int64_t end = now->answered ? now->last_ns : now->ended_ns > asked ? now->ended_ns : asked;
	struct operation *operation =
		model_operation(model, OPERATION_HTTP, exchange->flow->process, now->start_ns, end);
	int64_t sent = answered && now->sent_ns > now->first_ns ? now->first_ns : now->sent_ns;

	operation->flow = flow;
	operation->tid = now->tid;
	operation->category = category_of(exchange, now);
	operation->server = exchange->flow->role == FLOW_ROLE_SERVER;
	operation->method = arena_copy(model->arena, now->line.method, strlen(now->line.method));
	operation->endpoint =
		arena_copy(model->arena, now->endpoint.text, strlen(now->endpoint.text));
	operation->path = arena_copy(model->arena, now->line.target, strlen(now->line.target));
	operation->status = now->status;
	operation->exec_class = now->exec_class;
	operation->stream = now->stream;
	operation->unfinished = now->unfinished;
	operation->broken = now->broken && !(now->stream && now->answered);
	operation->error = operation->broken || now->status >= 400;
	operation->sends = now->sends;
	operation->identity = identity_of(now);
	operation->send_ns = sent - now->start_ns;
	operation->wait_ns = answered ? now->first_ns - sent : -1;
	operation->receive_ns = answered ? now->last_ns - now->first_ns : -1;
}

/* What is still open when the records end: given up with the flow, the process or the run. That is
 * no failure, but for an answer the program itself left half read. */
static void settle(struct exchange *exchange, const struct process *process)
{
	struct transaction *now;

	while ((now = waiting(exchange))) {
		if (now->stream && !exchange->flow->closed_ns && now->answered)
			now->last_ns =
				process->end_ns > now->last_ns ? process->end_ns : now->last_ns;
		else if (now->stream && exchange->flow->closed_ns > now->last_ns && now->answered)
			now->last_ns = exchange->flow->closed_ns;
		if (!now->answered) {
			now->unfinished = true;
			now->ended_ns = flow_end_ns(exchange->flow, process, now->sent_ns);
		} else if (now->left > 0 && !now->stream) {
			now->unfinished = !exchange->flow->closed_ns;
			now->broken = !now->unfinished;
			if (now->unfinished)
				now->last_ns = flow_end_ns(exchange->flow, process, now->last_ns);
		}
		finish(exchange);
	}
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), tail = strlen(end);

	return length >= tail && strcmp(text + length - tail, end) == 0;
}

/* Does the peer's name, or one request, say that an engine answers here? */
static bool is_engine(const struct exchange *exchange)
{
	static const char *const names[] = {"/docker.sock", "/engine.sock", "/podman.sock"};
	const struct flow *flow = exchange->flow;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && flow->is_unix && flow->peer; i++)
		if (ends_with(flow->peer, names[i]))
			return true;
	for (size_t i = 0; i < exchange->list.count; i++) {
		const struct endpoint *endpoint = &exchange->list.items[i].endpoint;

		if (endpoint->category == DNDPROF_CATEGORY_DOCKER_API ||
		    (endpoint->listed && flow->is_unix))
			return true;
	}
	return false;
}

void model_http(struct model *model, uint32_t index)
{
	struct exchange exchange = {.model = model, .flow = &model->flows.items[index]};
	const struct process *process = &model->processes.items[exchange.flow->process];

	for (size_t i = 0; i < exchange.flow->events.count; i++)
		on_event(&exchange, &process->events.items[exchange.flow->events.items[i]]);
	settle(&exchange, process);
	exchange.flow->http = exchange.list.count > 0;
	exchange.flow->engine = is_engine(&exchange);
	for (size_t i = 0; i < exchange.list.count; i++)
		emit(&exchange, index, &exchange.list.items[i]);
	list_free(&exchange.list);
}

static bool is_listed(const char *const *peers, size_t count, const char *peer)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(peers[i], peer) == 0)
			return true;
	return false;
}

/* Another connection to an engine's address reaches the engine as well. */
void model_engine_peers(struct model *model)
{
	LIST(const char *) peers = {0};

	for (size_t i = 0; i < model->flows.count; i++) {
		const struct flow *flow = &model->flows.items[i];

		if (flow->engine && flow->peer && flow->role == FLOW_ROLE_CLIENT &&
		    !is_listed(peers.items, peers.count, flow->peer))
			*list_add(&peers) = flow->peer;
	}
	for (size_t i = 0; i < model->operations.count && peers.count; i++) {
		struct operation *operation = &model->operations.items[i];
		struct flow *flow;

		if (operation->kind != OPERATION_HTTP ||
		    operation->category != DNDPROF_CATEGORY_HTTP)
			continue;
		flow = &model->flows.items[operation->flow];
		if (!flow->engine && (!flow->peer || flow->role != FLOW_ROLE_CLIENT ||
				      !is_listed(peers.items, peers.count, flow->peer)))
			continue;
		flow->engine = true;
		operation->category = DNDPROF_CATEGORY_DOCKER_API;
	}
	list_free(&peers);
}
