/*
 * anonymize.c - see anonymize.h. Of every text only that stays which is a word of our own tables:
 * HTTP's methods and versions, segments of the engine's and the registry's paths, docker's
 * commands, names of well-known programs and of checks. Numbers stay: times, sizes, ports, process
 * ids.
 */
#include "render/anonymize.h"
#include "base/buffer.h"
#include "model/endpoint.h"
#include "recorder/siphash.h"

#include <dndprof/profile.h>
#include <dndprof/words.h>

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/random.h>

#define WORD(word)		  word,
#define COUNT_OF(list)		  (sizeof(list) / sizeof((list)[0]))
#define KNOWN(text, length, list) is_one_of(text, length, list, COUNT_OF(list))

static const char *const methods[] = {"GET",	 "HEAD",    "POST",  "PUT",  "DELETE",
				      "CONNECT", "OPTIONS", "TRACE", "PATCH"};
static const char *const programs[] = {DNDPROF_DOCKER_PROGRAMS(WORD) "dockerd",
				       "containerd",
				       "containerd-shim-runc-v2",
				       "runc",
				       "buildah",
				       "skopeo",
				       "sh",
				       "bash",
				       "dash",
				       "busybox",
				       "curl",
				       "wget",
				       "nc",
				       "python3",
				       "node",
				       "ruby",
				       "perl",
				       "java",
				       "make",
				       "git",
				       "env",
				       "ping",
				       "ip",
				       "iptables",
				       "sysctl"};
static const char *const commands[] = {DNDPROF_DOCKER_GROUPS(WORD) DNDPROF_DOCKER_COMMANDS(WORD)};
static const char *const checks[] = {"daemon_connectivity",
				     "bridge_network",
				     "network_isolation",
				     "network_overlap",
				     "network_info",
				     "ip_forwarding",
				     "iptables",
				     "mtu_consistency",
				     "dns_resolution",
				     "internal_dns",
				     "container_connectivity",
				     "port_binding",
				     "subnet_overlap"};
static const char *const categories[] = {DNDPROF_REGION_CHECK, DNDPROF_REGION_JOB};
static const char *const paths[] = {"/proc/sys/net/ipv4/ip_forward"};

static bool is_one_of(const char *text, size_t length, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(list[i]) == length && memcmp(list[i], text, length) == 0)
			return true;
	return false;
}

int labels_make(struct labels *labels)
{
	ssize_t got = getrandom(labels->key, sizeof(labels->key), 0);

	return got == sizeof(labels->key) ? 0 : got < 0 ? -errno : -EIO;
}

static void put_label(struct buffer *to, const struct labels *labels, const char *kind,
		      const char *text, size_t length)
{
	if (length)
		buffer_print(to, "%s-%012" PRIx64, kind,
			     siphash(labels->key, text, length) & UINT64_C(0xffffffffffff));
}

json_t *anonymous_text(const struct labels *labels, const char *kind, const char *text,
		       size_t length)
{
	struct buffer label = {0};
	json_t *json;

	put_label(&label, labels, kind, text, length);
	json = json_string(buffer_text(&label));
	buffer_free(&label);
	return json;
}

/* The words of a text that are in the list stay, the others are labelled. */
static void put_words(struct buffer *to, const struct labels *labels, const char *kind,
		      const char *text, const char *const *list, size_t count)
{
	while (*text) {
		size_t length = strcspn(text, " ");

		if (is_one_of(text, length, list, count))
			buffer_add(to, text, length);
		else
			put_label(to, labels, kind, text, length);
		text += length;
		if (*text == ' ')
			buffer_add(to, text++, 1);
	}
}

/* "1.41" and the like after a 'v'. */
static bool is_version(const char *text, size_t length)
{
	if (length < 2 || length > 8 || text[0] != 'v')
		return false;
	for (size_t i = 1; i < length; i++)
		if (!isdigit((unsigned char)text[i]) && text[i] != '.')
			return false;
	return true;
}

static void put_target(struct buffer *to, const struct labels *labels, const char *text,
		       size_t length)
{
	static const char scheme[] = "http://";
	const char *end = text + length;
	bool host = false;

	if (length > sizeof(scheme) - 1 && memcmp(text, scheme, sizeof(scheme) - 1) == 0) {
		buffer_add(to, scheme, sizeof(scheme) - 1);
		text += sizeof(scheme) - 1;
		host = true;
	}
	while (text < end) {
		const char *slash = memchr(text, '/', (size_t)(end - text));
		size_t part = (size_t)((slash ? slash : end) - text);

		if (!host && (endpoint_has_word(text, part) || is_version(text, part)))
			buffer_add(to, text, part);
		else
			put_label(to, labels, host ? "host" : "id", text, part);
		host = false;
		text += part;
		if (text < end)
			buffer_add(to, text++, 1);
	}
}

/* "HTTP/1.1" */
static bool is_protocol(const char *text, size_t length)
{
	return length == 8 && memcmp(text, "HTTP/", 5) == 0 && isdigit((unsigned char)text[5]) &&
	       text[6] == '.' && isdigit((unsigned char)text[7]);
}

/* A request's or an answer's first line. Of an answer the reason is left out: the status says it.
 */
static void put_line(struct buffer *to, const struct labels *labels, const char *text)
{
	size_t first = strcspn(text, " "),
	       second = text[first] ? strcspn(text + first + 1, " ") : 0;
	const char *after = text + first + 1, *rest;

	if (!text[first]) {
		put_label(to, labels, "text", text, first);
		return;
	}
	rest = after + second;
	if (is_protocol(text, first)) {
		bool status = second == 3 && strspn(after, "0123456789") == 3;

		buffer_print(to, "%.*s ", (int)first, text);
		if (status)
			buffer_add(to, after, second);
		else
			put_label(to, labels, "text", after, strlen(after));
		return;
	}
	if (KNOWN(text, first, methods))
		buffer_add(to, text, first);
	else
		put_label(to, labels, "text", text, first);
	buffer_print(to, " ");
	put_target(to, labels, after, second);
	if (!*rest)
		return;
	buffer_print(to, " ");
	if (is_protocol(rest + 1, strlen(rest + 1)))
		buffer_print(to, "%s", rest + 1);
	else
		put_label(to, labels, "text", rest + 1, strlen(rest + 1));
}

/* "HOST:PORT" as address.c writes it: the port stays; a unix socket's path, or none. */
static void put_address(struct buffer *to, const struct labels *labels, const char *text)
{
	const char *colon = strrchr(text, ':');

	if (strcmp(text, "unnamed") == 0)
		buffer_print(to, "%s", text);
	else if (*text == '/' || *text == '@' || !colon || !colon[1] ||
		 strspn(colon + 1, "0123456789") != strlen(colon + 1))
		put_label(to, labels, "path", text, strlen(text));
	else {
		size_t host = (size_t)(colon - text);

		if (text[0] == '[' &&
		    text[host - 1] == ']') /* so that a name asked for is the same */
			put_label(to, labels, "host", text + 1, host - 2);
		else
			put_label(to, labels, "host", text, host);
		buffer_print(to, "%s", colon);
	}
}

static void put_program(struct buffer *to, const struct labels *labels, const char *text)
{
	const char *slash = strrchr(text, '/'), *base = slash ? slash + 1 : text;

	if (slash) {
		put_label(to, labels, "path", text, (size_t)(slash - text));
		buffer_print(to, "/");
	}
	if (KNOWN(base, strlen(base), programs))
		buffer_print(to, "%s", base);
	else
		put_label(to, labels, "program", base, strlen(base));
}

enum rule {
	RULE_LABEL, /* all of it */
	RULE_OURS,  /* not of the profile: a word of our own */
	RULE_LINE,
	RULE_ADDRESS,
	RULE_PROGRAM,
	RULE_COMMAND,
	RULE_CHECK,
	RULE_CATEGORY,
	RULE_PATH,
};

/* How a text is treated, by payload and key; "" is a payload that is a text itself. */
static const struct treatment {
	uint8_t payload;
	const char *key;
	enum rule rule;
	const char *kind;
} treatments[] = {
	{DNDPROF_PAYLOAD_REQUEST, "line", RULE_LINE, NULL},
	{DNDPROF_PAYLOAD_REQUEST, "hash", RULE_LABEL, "request"},
	{DNDPROF_PAYLOAD_REQUEST, "exec_class", RULE_OURS, NULL},
	{DNDPROF_PAYLOAD_REQUEST, "flags", RULE_OURS, NULL},
	{DNDPROF_PAYLOAD_REQUEST, "query", RULE_OURS, NULL},
	{DNDPROF_PAYLOAD_RESPONSE, "line", RULE_LINE, NULL},
	{DNDPROF_PAYLOAD_RESPONSE, "hash", RULE_LABEL, "request"},
	{DNDPROF_PAYLOAD_RESPONSE, "exec_class", RULE_OURS, NULL},
	{DNDPROF_PAYLOAD_RESPONSE, "flags", RULE_OURS, NULL},
	{DNDPROF_PAYLOAD_RESPONSE, "query", RULE_OURS, NULL},
	{DNDPROF_PAYLOAD_ADDRESS, "", RULE_ADDRESS, NULL},
	{DNDPROF_PAYLOAD_NAME, "", RULE_LABEL, "host"},
	{DNDPROF_PAYLOAD_DNS, "name", RULE_LABEL, "host"},
	{DNDPROF_PAYLOAD_PROGRAM, "path", RULE_PROGRAM, NULL},
	{DNDPROF_PAYLOAD_PROGRAM, "subcommand", RULE_COMMAND, NULL},
	{DNDPROF_PAYLOAD_PROGRAM, "check", RULE_CHECK, NULL},
	{DNDPROF_PAYLOAD_PATH, "", RULE_PATH, NULL},
	{DNDPROF_PAYLOAD_NETLINK, "link", RULE_OURS, NULL},
	{DNDPROF_PAYLOAD_THREAD, "name", RULE_LABEL, "thread"},
	{DNDPROF_PAYLOAD_THREAD, "routine", RULE_OURS, NULL},
	{DNDPROF_PAYLOAD_REGION, "category", RULE_CATEGORY, NULL},
	{DNDPROF_PAYLOAD_REGION, "name", RULE_CHECK, NULL},
	{DNDPROF_PAYLOAD_REGION, "worker", RULE_LABEL, "worker"},
	{DNDPROF_PAYLOAD_STACK, "", RULE_OURS, NULL},
};

static const struct treatment *treatment_of(unsigned int payload, const char *key)
{
	static const struct treatment other = {0, "", RULE_LABEL, "text"};

	for (size_t i = 0; i < COUNT_OF(treatments); i++)
		if (treatments[i].payload == payload && strcmp(treatments[i].key, key) == 0)
			return &treatments[i];
	return &other;
}

static json_t *treated(const struct labels *labels, const struct treatment *how, const char *text)
{
	struct buffer to = {0};
	json_t *json;

	switch (how->rule) {
	case RULE_LABEL:
	case RULE_OURS: /* never comes here */
		put_label(&to, labels, how->kind, text, strlen(text));
		break;
	case RULE_LINE:
		put_line(&to, labels, text);
		break;
	case RULE_ADDRESS:
		put_address(&to, labels, text);
		break;
	case RULE_PROGRAM:
		put_program(&to, labels, text);
		break;
	case RULE_COMMAND:
		put_words(&to, labels, "word", text, commands, COUNT_OF(commands));
		break;
	case RULE_CHECK:
		put_words(&to, labels, "name", text, checks, COUNT_OF(checks));
		break;
	case RULE_CATEGORY:
		put_words(&to, labels, "category", text, categories, COUNT_OF(categories));
		break;
	case RULE_PATH:
		put_words(&to, labels, "path", text, paths, COUNT_OF(paths));
		break;
	}
	json = json_string(buffer_text(&to));
	buffer_free(&to);
	return json;
}

json_t *anonymize(const struct labels *labels, unsigned int payload, json_t *json)
{
	const struct treatment *how = treatment_of(payload, "");
	const char *key;
	json_t *value;
	void *next;

	if (json_is_string(json) && how->rule != RULE_OURS) {
		value = treated(labels, how, json_string_value(json));
		json_decref(json);
		return value;
	}
	json_object_foreach_safe(json, next, key, value)
	{
		how = treatment_of(payload, key);
		if (how->rule == RULE_OURS)
			continue;
		if (json_is_string(value))
			json_object_set_new(json, key,
					    treated(labels, how, json_string_value(value)));
		else if (json_is_array(value) || json_is_object(value)) /* none as yet */
			json_object_set_new(json, key, json_null());
	}
	return json;
}
