/*
 * planted.c - see planted.h. Texts are cut to what their place can hold in a file of ours; what
 * others may write is for the fuzz target of whole files.
 */
#include "support/planted.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MOST 200
#define MS	  UINT64_C(1000000)

struct planting {
	struct builder *builder;
	const struct planted *texts;
	uint64_t at; /* of the next record */
	char text[PLACE_COUNT][TEXT_MOST + 1];
};

/* The place's text up to a NUL, or what is usual. */
static const char *of(struct planting *planting, enum place place, const char *usual)
{
	const struct planted *planted = &planting->texts[place];
	size_t length = planted->length < TEXT_MOST ? planted->length : TEXT_MOST;

	if (!length)
		return usual;
	memcpy(planting->text[place], planted->text, length);
	return planting->text[place];
}

/* ---- what the process says of itself ---- */

static void add_info(struct planting *planting, const char *key, enum place place,
		     const char *usual)
{
	char *info = planting->builder->info;
	size_t used = strlen(info);

	snprintf(info + used, sizeof(planting->builder->info) - used, "%s=%.150s\n", key,
		 of(planting, place, usual));
}

static void add_process(struct planting *planting)
{
	planting->builder->info[0] = 0;
	add_info(planting, "version", PLACE_VERSION, "0.1.0");
	add_info(planting, "program", PLACE_PROGRAM, "client");
	add_info(planting, "subcommand", PLACE_SUBCOMMAND, "compose up");
	add_info(planting, "exe", PLACE_EXE, "/usr/bin/client");
	add_info(planting, "host", PLACE_HOST, "example");
	add_info(planting, "go_version", PLACE_GO_VERSION, "go1.22");
	add_info(planting, "check", PLACE_CHECK, "dns_resolution");
	strcat(planting->builder->info, "boot_id=none\n");
	if (planting->texts[PLACE_GO_VERSION].length) /* it stands in the reason why not */
		strcat(planting->builder->info, "go_refused=no site\n");
}

/* ---- what it did ---- */

static void record(struct planting *planting, enum dndprof_call call, enum dndprof_payload kind,
		   int64_t result, const void *payload, size_t size)
{
	struct dndprof_record record = {.start = planting->at,
					.duration = 20 * MS,
					.result = result,
					.fd = -1,
					.generation = 1,
					.call = (uint16_t)call,
					.payload = (uint8_t)kind};

	planting->at += 21 * MS;
	builder_record(planting->builder, record, payload, size);
}

static void record_text(struct planting *planting, enum dndprof_call call,
			enum dndprof_payload kind, enum place place, const char *usual)
{
	const char *text = of(planting, place, usual);

	record(planting, call, kind, 0, text, strlen(text));
}

static void add_requests(struct planting *planting)
{
	struct builder *builder = planting->builder;
	char line[2 * TEXT_MOST + 2], socket[108];

	snprintf(line, sizeof(line), "%s %s", of(planting, PLACE_METHOD, "GET"),
		 of(planting, PLACE_TARGET, "/v1.41/containers/json"));
	snprintf(socket, sizeof(socket), "%.107s", of(planting, PLACE_SOCKET, "/run/x.sock"));
	builder_connect(builder, 5, planting->at, MS, socket, 0);
	for (int i = 1; i <= 8; i++) {
		builder_get(builder, 5, planting->at + (uint64_t)i * 10 * MS, line);
		builder_http(builder, 5, planting->at + (uint64_t)i * 10 * MS + 9 * MS, 500,
			     DNDPROF_PAYLOAD_RESPONSE, DNDPROF_RECORD_RECEIVED,
			     i % 2 ? of(planting, PLACE_STATUS_LINE, "HTTP/1.1 500 No")
				   : "HTTP/1.1 500 No",
			     200, HEAD(100, 100, 0));
	}
	planting->at += 100 * MS;
}

static void add_dns(struct planting *planting)
{
	const char *name = of(planting, PLACE_DNS, "registry.example");
	struct dndprof_dns dns = {.id = 7, .flags = 0x100, .type = 1};
	char payload[sizeof(dns) + TEXT_MOST];

	memcpy(payload, &dns, sizeof(dns));
	memcpy(payload + sizeof(dns), name, strlen(name));
	record(planting, DNDPROF_CALL_sendto, DNDPROF_PAYLOAD_DNS, 40, payload,
	       sizeof(dns) + strlen(name));
}

/* Texts with a NUL between. */
static void add_parts(struct planting *planting, enum dndprof_call call, enum dndprof_payload kind,
		      const char *const *parts, size_t count)
{
	char payload[3 * (TEXT_MOST + 1)];
	size_t used = 0;

	for (size_t i = 0; i < count; i++) {
		size_t length = strnlen(parts[i], 128);

		if (i)
			payload[used++] = 0;
		memcpy(payload + used, parts[i], length);
		used += length;
	}
	record(planting, call, kind, call == DNDPROF_CALL_posix_spawn ? 0 : 1, payload, used);
}

static void add_regions(struct planting *planting)
{
	const char *region[] = {of(planting, PLACE_REGION_CATEGORY, "files"),
				of(planting, PLACE_REGION, "clean up")};
	const char *check[] = {"", of(planting, PLACE_LABEL, "port_binding")};
	const char *job[] = {"", of(planting, PLACE_REGION, "pull"),
			     of(planting, PLACE_WORKER, "pool-1")};

	add_parts(planting, DNDPROF_CALL_region, DNDPROF_PAYLOAD_REGION, region, 2);
	add_parts(planting, DNDPROF_CALL_check, DNDPROF_PAYLOAD_REGION, check, 2);
	add_parts(planting, DNDPROF_CALL_job, DNDPROF_PAYLOAD_REGION, job, 3);
}

static void add_child(struct planting *planting)
{
	const char *child[] = {of(planting, PLACE_CHILD, "docker-credential-pass"),
			       of(planting, PLACE_CHILD_SUBCOMMAND, "get"),
			       of(planting, PLACE_CHILD_CHECK, "label")};

	add_parts(planting, DNDPROF_CALL_posix_spawn, DNDPROF_PAYLOAD_PROGRAM, child, 3);
}

static void add_stack(struct planting *planting)
{
	static const uint64_t addresses[] = {0x1100, 0x1200, 0x1300};
	struct dndprof_record call = {.start = planting->at,
				      .duration = 30 * MS,
				      .result = -1,
				      .error = ECONNREFUSED,
				      .fd = -1,
				      .call = DNDPROF_CALL_connect};

	builder_module(planting->builder, 0x1000, 0x2000, 0,
		       of(planting, PLACE_MODULE, "/nonexistent/client"));
	builder_stack(planting->builder, call, addresses, 3);
	planting->at += 31 * MS;
}

/* run.json wins over what the processes say: it is there when one of its places has a text. */
static bool has_facts(const struct planted *texts)
{
	for (size_t place = PLACE_RUN_PROGRAM; place < PLACE_COUNT; place++)
		if (texts[place].length)
			return true;
	return false;
}

static void add_facts(struct planting *planting, struct run *run)
{
	struct run_facts *facts = &run->facts;

	facts->present = facts->finished = true;
	facts->start_realtime_ns = 1700000001000000000;
	facts->start_ns = 1000000000;
	facts->end_ns = 3000000000;
	facts->child = 1000;
	facts->exit_status = 0;
	snprintf(facts->program, sizeof(facts->program), "%s",
		 of(planting, PLACE_RUN_PROGRAM, "client"));
	snprintf(facts->subcommand, sizeof(facts->subcommand), "%s",
		 of(planting, PLACE_RUN_SUBCOMMAND, "compose up"));
	snprintf(facts->host, sizeof(facts->host), "%s", of(planting, PLACE_RUN_HOST, "example"));
	snprintf(facts->version, sizeof(facts->version), "%.63s",
		 of(planting, PLACE_RUN_VERSION, "0.1.0"));
	strcpy(facts->boot_id, "none");
	free(run->path);
	run->path = memory_text(of(planting, PLACE_RUN_PATH, "/tmp/run-1"));
}

struct run *planted_run(const struct planted texts[PLACE_COUNT])
{
	struct planting *planting = memory_get(sizeof(*planting));
	struct run *run;

	*planting = (struct planting){.builder = builder_new(), .texts = texts, .at = 1010 * MS};
	add_process(planting);
	add_requests(planting);
	add_dns(planting);
	record_text(planting, DNDPROF_CALL_getaddrinfo, DNDPROF_PAYLOAD_NAME, PLACE_NAME,
		    "registry.example");
	record_text(planting, DNDPROF_CALL_open, DNDPROF_PAYLOAD_PATH, PLACE_PATH,
		    "/proc/sys/net/ipv4/ip_forward");
	add_regions(planting);
	add_child(planting);
	add_stack(planting);
	builder_thread(planting->builder, 1001, of(planting, PLACE_THREAD, "pump"), 0x4242,
		       planting->at);
	builder_wait(planting->builder, DNDPROF_CALL_pthread_cond_wait, 0x5000, planting->at + MS,
		     50 * MS, 2, 0);
	builder_thread_end(planting->builder, planting->at + 80 * MS, 1, 25 * MS);
	run = builder_run(planting->builder);
	if (has_facts(texts))
		add_facts(planting, run);
	builder_free(planting->builder);
	free(planting);
	return run;
}
