/* An anonymous dump: nothing of what the profile says but words of our own tables, numbers, and
 * labels that are the same for the same text. */
#include "render/anonymize.h"
#include "render/dump.h"
#include "support/builder.h"
#include "support/cmocka.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define CANARY "c4n4ry"

static char *dumped(const struct builder *builder, const struct labels *labels, bool jsonl)
{
	struct style style = {.labels = labels};
	struct run *run = builder_run(builder);
	struct model *model = model_build(&run, 1);
	struct buffer buffer = {0};

	(jsonl ? dump_jsonl : dump_text)(&buffer, &style, model);
	model_free(model);
	run_close(run);
	return buffer.data;
}

static void add(struct builder *builder, unsigned int payload, const void *data, size_t size)
{
	static uint64_t at;

	builder_record(builder,
		       (struct dndprof_record){.start = 1010000000 + (at += 1000000),
					       .duration = 1000,
					       .fd = -1,
					       .call = DNDPROF_CALL_getaddrinfo,
					       .payload = (uint8_t)payload},
		       data, size);
}

static void add_line(struct builder *builder, enum dndprof_payload payload, const char *line)
{
	struct dndprof_http head = {.content_length = -1, .hash = UINT64_C(0xfeedfacecafef00d)};
	char bytes[512];

	memcpy(bytes, &head, sizeof(head));
	memcpy(bytes + sizeof(head), line, strlen(line));
	add(builder, payload, bytes, sizeof(head) + strlen(line));
}

static const char *const lines[] = {
	"GET /v1.41/containers/" CANARY "/json HTTP/1.1",
	"GET http://" CANARY ".example/" CANARY " HTTP/1.1",
	CANARY,
	CANARY " " CANARY " " CANARY,
	"POST /" CANARY "/json",
	"GET / " CANARY,
	" " CANARY,
	"GET  " CANARY,
	"HTTP/1.1 200 " CANARY,
	"HTTP/1.1 " CANARY,
	"HTTP/1.1 2000 " CANARY,
	"HTTP/" CANARY " 200 OK",
	"GET /images/" CANARY "%2f" CANARY ":tag/push",
	"\x1b[31m" CANARY,
	"",
};

/* A canary in every text of every payload, known or not. */
static struct builder *canaries(void)
{
	struct builder *builder = builder_new();
	struct {
		sa_family_t family;
		char path[40];
	} unix_address = {AF_UNIX, "/run/" CANARY ".sock"}, abstract = {AF_UNIX, "\0" CANARY};

	builder_ring(builder, 1024, 1);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		add_line(builder, DNDPROF_PAYLOAD_REQUEST, lines[i]);
		add_line(builder, DNDPROF_PAYLOAD_RESPONSE, lines[i]);
	}
	add(builder, DNDPROF_PAYLOAD_ADDRESS, &unix_address, sizeof(unix_address));
	add(builder, DNDPROF_PAYLOAD_ADDRESS, &abstract, sizeof(abstract));
	for (unsigned int payload = 1; payload < 32; payload++) {
		static const char texts[][80] = {
			/* more than is taken of them */
			CANARY,
			"/usr/" CANARY "/docker\0run " CANARY "\0" CANARY " " CANARY "\0" CANARY,
			"daemon_connectivity\0" CANARY "\0" CANARY "\0" CANARY,
			"12345678" CANARY "." CANARY,
		};

		for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
			add(builder, payload, texts[i], 48);
	}
	return builder;
}

static void test_nothing_stays(void **state)
{
	struct builder *builder = canaries();
	struct labels labels;
	char *plain = dumped(builder, NULL, true);

	(void)state;
	assert_non_null(strstr(plain, CANARY));
	free(plain);
	assert_int_equal(labels_make(&labels), 0);
	for (int jsonl = 0; jsonl < 2; jsonl++) {
		char *text = dumped(builder, &labels, jsonl);

		assert_null(strstr(text, CANARY));
		assert_null(strstr(text, "c4n"));
		assert_null(strstr(text, "feedface")); /* the request's hash */
		assert_null(strstr(text, "example"));
		assert_null(strstr(text, "\x1b"));
		assert_non_null(strstr(text, "GET /v1.41/containers/id-"));
		assert_non_null(strstr(text, "/json HTTP/1.1"));
		assert_non_null(strstr(text, "HTTP/1.1 200"));
		free(text);
	}
	builder_free(builder);
}

/* The text behind `key` in the record's line; copied, for the caller to free. */
static char *value(char **at, const char *key)
{
	char *from = strstr(*at, key), *end;

	assert_non_null(from);
	from += strlen(key);
	end = strchr(from, '"');
	*at = end;
	return strndup(from, (size_t)(end - from));
}

/* One text has one label, whatever it stands for; another secret makes another one. */
static void test_labels(void **state)
{
	struct builder *builder = builder_new();
	struct dndprof_dns dns = {.type = 1};
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(2375)};
	char message[64], *text, *at, *name, *same, *other, *peer, *literal;
	struct labels labels, fresh;

	(void)state;
	memcpy(message, &dns, sizeof(dns));
	memcpy(message + sizeof(dns), "db.internal", 11);
	address.sin_addr.s_addr = htonl(0x0a000001);
	add(builder, DNDPROF_PAYLOAD_NAME, "db.internal", 11);
	add(builder, DNDPROF_PAYLOAD_DNS, message, sizeof(dns) + 11);
	add(builder, DNDPROF_PAYLOAD_NAME, "db.internaL", 11);
	add(builder, DNDPROF_PAYLOAD_ADDRESS, &address, sizeof(address));
	add(builder, DNDPROF_PAYLOAD_NAME, "10.0.0.1", 8);
	assert_int_equal(labels_make(&labels), 0);
	at = text = dumped(builder, &labels, true);
	name = value(&at, "\"name\":\"");
	same = value(&at, "\"name\":\"");
	other = value(&at, "\"name\":\"");
	peer = value(&at, "\"address\":\"");
	literal = value(&at, "\"name\":\"");
	assert_memory_equal(name, "host-", 5);
	assert_int_equal(strlen(name), 17);
	assert_string_equal(name, same);
	assert_string_not_equal(name, other);
	assert_memory_equal(peer, literal, strlen(literal));
	assert_string_equal(peer + strlen(literal), ":2375");
	free(text);
	assert_int_equal(labels_make(&fresh), 0);
	text = dumped(builder, &fresh, true);
	assert_null(strstr(text, name));
	free(text);
	free(name), free(same), free(other), free(peer), free(literal);
	builder_free(builder);
}

/* Of programs and commands our own words stay. */
static void test_words(void **state)
{
	static const char run[] = "/opt/private/docker\0run hidden\0bridge_network";
	struct builder *builder = builder_new();
	struct labels labels;
	char *text;

	(void)state;
	add(builder, DNDPROF_PAYLOAD_PROGRAM, run, sizeof(run) - 1);
	add(builder, DNDPROF_PAYLOAD_PATH, "/proc/sys/net/ipv4/ip_forward", 29);
	add(builder, DNDPROF_PAYLOAD_PATH, "/proc/sys/net/ipv4/conf/wg-work/forwarding", 42);
	assert_int_equal(labels_make(&labels), 0);
	text = dumped(builder, &labels, false);
	assert_non_null(strstr(text, "/docker "));
	assert_non_null(strstr(text, "subcommand=run word-"));
	assert_non_null(strstr(text, "check=bridge_network"));
	assert_non_null(strstr(text, "/proc/sys/net/ipv4/ip_forward"));
	assert_null(strstr(text, "private"));
	assert_null(strstr(text, "hidden"));
	assert_null(strstr(text, "wg-work"));
	free(text);
	builder_free(builder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_stays),
		cmocka_unit_test(test_labels),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
