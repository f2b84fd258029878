/*
 * payload.c - see payload.h. Every payload is decoded to JSON; the text is made from that.
 */
#include "render/payload.h"
#include "model/address.h"
#include "render/anonymize.h"

#include <inttypes.h>
#include <string.h>

static json_t *bytes_json(const uint8_t *data, size_t size)
{
	struct buffer clean = {0};
	json_t *json;

	buffer_replace(&clean, (const char *)data, strnlen((const char *)data, size));
	json = json_string(buffer_text(&clean));
	buffer_free(&clean);
	return json;
}

static json_t *flags_json(uint32_t flags, const char *const *names, size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++)
		if (flags & 1u << i)
			json_array_append_new(array, json_string(names[i]));
	return array;
}

static json_t *http_json(const struct profile_record *record)
{
	static const char *const flags[] = {"chunked", "upgrade",   "close",	  "continue",
					    "query",   "truncated", "incomplete", "h2c",
					    "body",    "continued"};
#define QUERY(name, bit) #name,
	static const char *const queries[] = {DNDPROF_QUERIES(QUERY)};
#undef QUERY
#define CLASS(id, name) name,
	static const char *const classes[] = {DNDPROF_EXEC_CLASSES(CLASS)};
#undef CLASS
	struct dndprof_http head;
	char hash[20];
	json_t *json;

	if (record->payload_size < sizeof(head))
		return json_null();
	memcpy(&head, record->payload, sizeof(head));
	snprintf(hash, sizeof(hash), "%016" PRIx64, head.hash);
	json = json_object();
	json_object_set_new(
		json, "line",
		bytes_json(record->payload + sizeof(head), record->payload_size - sizeof(head)));
	json_object_set_new(json, "flags",
			    flags_json(head.flags, flags, sizeof(flags) / sizeof(flags[0])));
	json_object_set_new(json, "query",
			    flags_json(head.query, queries, sizeof(queries) / sizeof(queries[0])));
	json_object_set_new(json, "content_length",
			    head.content_length < 0 ? json_null()
						    : json_integer(head.content_length));
	json_object_set_new(json, "head_bytes", json_integer(head.head_bytes));
	json_object_set_new(json, "hash", head.hash ? json_string(hash) : json_null());
	json_object_set_new(json, "exec_class",
			    head.exec_class && head.exec_class < DNDPROF_EXEC_COUNT
				    ? json_string(classes[head.exec_class])
				    : json_null());
	return json;
}

static json_t *address_json(const struct profile_record *record)
{
	char text[ADDRESS_TEXT];
	int port;

	if (address_text(record->payload, record->payload_size, text, &port) < 0)
		return json_null();
	return json_text(text);
}

static json_t *dns_json(const struct profile_record *record)
{
	struct dndprof_dns dns;
	json_t *json;

	if (record->payload_size < sizeof(dns))
		return json_null();
	memcpy(&dns, record->payload, sizeof(dns));
	json = json_pack("{sbsisisisi}", "response", dns.flags >> 15, "code", dns.flags & 15, "id",
			 dns.id, "type", dns.type, "answers", dns.answers);
	json_object_set_new(
		json, "name",
		bytes_json(record->payload + sizeof(dns), record->payload_size - sizeof(dns)));
	return json;
}

static json_t *netlink_json(const struct profile_record *record)
{
	static const char *const links[] = {NULL, "docker0", "other"};
	struct dndprof_netlink netlink = {0};
	size_t size =
		record->payload_size < sizeof(netlink) ? record->payload_size : sizeof(netlink);
	json_t *json = json_object();

	memcpy(&netlink, record->payload, size);
	json_object_set_new(json, "type", json_integer(netlink.type));
	json_object_set_new(json, "flags",
			    size < sizeof(netlink) ? json_null() : json_integer(netlink.flags));
	json_object_set_new(json, "link",
			    netlink.link && netlink.link < sizeof(links) / sizeof(links[0])
				    ? json_string(links[netlink.link])
				    : json_null());
	return json;
}

/* The payload's parts, each up to a NUL, by name; what it lacks is null. */
static json_t *parts_json(const struct profile_record *record, const char *const *names)
{
	const uint8_t *text = record->payload;
	size_t size = record->payload_size, length;
	json_t *json = json_object();
	bool more = true;

	for (; *names; names++) {
		length = more ? strnlen((const char *)text, size) : 0;
		json_object_set_new(json, *names, more ? bytes_json(text, length) : json_null());
		more = more && length + 1 < size;
		if (more) {
			text += length + 1;
			size -= length + 1;
		}
	}
	return json;
}

static json_t *number_json(const struct profile_record *record)
{
	uint32_t number = 0;
	size_t size = record->payload_size < sizeof(number) ? record->payload_size : sizeof(number);

	memcpy(&number, record->payload, size);
	return json_integer(number);
}

static json_t *thread_json(const struct profile_record *record)
{
	json_t *json = json_object();
	uint64_t routine = 0;
	char text[24];

	json_object_set_new(
		json, "name",
		bytes_json(record->payload, record->payload_size < 16 ? record->payload_size : 16));
	if (record->payload_size >= 24)
		memcpy(&routine, record->payload + 16, sizeof(routine));
	snprintf(text, sizeof(text), "0x%" PRIx64, routine);
	json_object_set_new(json, "routine", json_string(text));
	return json;
}

static json_t *stack_json(const struct profile_record *record)
{
	json_t *array = json_array();
	uint64_t address;
	char text[24];

	for (size_t at = 0; at + sizeof(address) <= record->payload_size; at += sizeof(address)) {
		memcpy(&address, record->payload + at, sizeof(address));
		snprintf(text, sizeof(text), "0x%" PRIx64, address);
		json_array_append_new(array, json_string(text));
	}
	return array;
}

static json_t *decoded(const struct profile_record *record, const char **key)
{
	static const char *const keys[] = {
		[DNDPROF_PAYLOAD_REQUEST] = "request", [DNDPROF_PAYLOAD_RESPONSE] = "response",
		[DNDPROF_PAYLOAD_ADDRESS] = "address", [DNDPROF_PAYLOAD_NAME] = "name",
		[DNDPROF_PAYLOAD_DNS] = "dns",	       [DNDPROF_PAYLOAD_PROGRAM] = "program",
		[DNDPROF_PAYLOAD_PATH] = "path",       [DNDPROF_PAYLOAD_NETLINK] = "netlink",
		[DNDPROF_PAYLOAD_BODY] = "exec_class", [DNDPROF_PAYLOAD_THREAD] = "thread",
		[DNDPROF_PAYLOAD_REGION] = "region",   [DNDPROF_PAYLOAD_STACK] = "stack",
	};

	if (record->raw.payload >= sizeof(keys) / sizeof(keys[0]) || !keys[record->raw.payload])
		return NULL;
	*key = keys[record->raw.payload];
	switch (record->raw.payload) {
	case DNDPROF_PAYLOAD_REQUEST:
	case DNDPROF_PAYLOAD_RESPONSE:
		return http_json(record);
	case DNDPROF_PAYLOAD_ADDRESS:
		return address_json(record);
	case DNDPROF_PAYLOAD_DNS:
		return dns_json(record);
	case DNDPROF_PAYLOAD_PROGRAM:
		return parts_json(record,
				  (const char *const[]){"path", "subcommand", "check", NULL});
	case DNDPROF_PAYLOAD_REGION:
		return parts_json(record,
				  (const char *const[]){"category", "name", "worker", NULL});
	case DNDPROF_PAYLOAD_NETLINK:
		return netlink_json(record);
	case DNDPROF_PAYLOAD_BODY:
		return number_json(record);
	case DNDPROF_PAYLOAD_THREAD:
		return thread_json(record);
	case DNDPROF_PAYLOAD_STACK:
		return stack_json(record);
	default:
		return bytes_json(record->payload, record->payload_size);
	}
}

json_t *payload_json(const struct style *style, const struct profile_record *record,
		     const char **key)
{
	json_t *json = decoded(record, key);

	return json && style->labels ? anonymize(style->labels, record->raw.payload, json) : json;
}

static void put_json(struct buffer *buffer, const struct style *style, const json_t *json)
{
	const char *key;
	const json_t *value;
	size_t index;
	bool first = true;

	if (json_is_string(json)) {
		buffer_escape(buffer, json_string_value(json), json_string_length(json),
			      style->ascii);
	} else if (json_is_integer(json)) {
		buffer_print(buffer, "%" JSON_INTEGER_FORMAT, json_integer_value(json));
	} else if (json_is_boolean(json)) {
		buffer_print(buffer, "%s", json_is_true(json) ? "yes" : "no");
	} else if (json_is_array(json)) {
		json_array_foreach(json, index, value)
		{
			buffer_print(buffer, index ? "," : "");
			put_json(buffer, style, value);
		}
	} else if (json_is_object(json)) {
		json_object_foreach((json_t *)json, key, value)
		{
			if (json_is_null(value) ||
			    (json_is_array(value) && !json_array_size(value)))
				continue;
			buffer_print(buffer, first ? "%s=" : " %s=", key);
			put_json(buffer, style, value);
			first = false;
		}
	}
}

void payload_text(struct buffer *buffer, const struct style *style,
		  const struct profile_record *record)
{
	const char *key;
	json_t *json = payload_json(style, record, &key);

	if (!json)
		return;
	buffer_print(buffer, " %s: ", key);
	put_json(buffer, style, json);
	json_decref(json);
}
