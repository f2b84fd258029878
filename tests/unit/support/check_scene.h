/*
 * check_scene.h - for tests of checks: processes that did, in a line each, what a check is known
 * by; the rows that come of it. Times are ms after the processes began.
 */
#ifndef TESTS_CHECK_SCENE_H
#define TESTS_CHECK_SCENE_H

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "model/model.h"
#include "support/builder.h"
#include "support/cmocka.h"

#define MS UINT64_C(1000000)
#define AT (UINT64_C(1100) * MS)

static struct run *scene_run;

static inline struct builder *a_process(uint32_t pid, uint32_t ppid, const char *program)
{
	struct builder *builder = builder_new();

	builder->header.pid = builder->tid = pid;
	builder->header.ppid = ppid;
	snprintf(builder->info, sizeof(builder->info),
		 "version=0.1.0\nprogram=%s\nexe=/usr/bin/%s\nhost=example\nboot_id=none\n",
		 program, program);
	return builder;
}

static inline void add_info(struct builder *builder, const char *line)
{
	strcat(builder->info, line);
}

/* The model of these processes, which it frees. */
static inline struct model *scene_of(struct builder **builders, size_t count)
{
	scene_run = builder_run(builders[0]);
	for (size_t i = 1; i < count; i++)
		*list_add(&scene_run->profiles) = builder_profile(builders[i]);
	for (size_t i = 0; i < count; i++)
		builder_free(builders[i]);
	return model_build(&scene_run, 1);
}

static inline struct model *scene_of_one(struct builder *builder)
{
	return scene_of(&builder, 1);
}

static inline void scene_end(struct model *model)
{
	model_free(model);
	run_close(scene_run);
}

static inline const struct check_row *row_of(const struct model *model, const char *name)
{
	for (size_t i = 0; i < model->checks.count; i++)
		if (strcmp(model->checks.items[i].name, name) == 0)
			return &model->checks.items[i];
	return NULL;
}

/* One check of this name, no other, and how it ended. */
#define PASSED	1, 0
#define FAILED	0, 1
#define UNKNOWN 0, 0
static inline void assert_only(struct model *model, const char *name, uint64_t passed,
			       uint64_t failed)
{
	const struct check_row *row = row_of(model, name);

	if (model->checks.count != 1 || !row)
		print_error("%zu rows; the first is %s, not %s\n", model->checks.count,
			    model->checks.count ? model->checks.items[0].name : "none", name);
	assert_int_equal(model->checks.count, 1);
	assert_non_null(row);
	assert_int_equal(row->count, 1);
	assert_int_equal(row->succeeded, passed);
	assert_int_equal(row->failed, failed);
	scene_end(model);
}

static inline void assert_none(struct model *model)
{
	if (model->checks.count)
		print_error("a row: %s\n", model->checks.items[0].name);
	assert_int_equal(model->checks.count, 0);
	scene_end(model);
}

/* ---- what processes do ---- */

static inline void to_engine(struct builder *builder, int fd, int ms, int error)
{
	builder_connect(builder, fd, AT + (uint64_t)ms * MS, MS, "/run/docker.sock", error);
}

static inline void asks(struct builder *builder, int fd, int ms, const char *line, int status)
{
	builder_get(builder, fd, AT + (uint64_t)ms * MS, line);
	builder_answer(builder, fd, AT + (uint64_t)ms * MS + 2 * MS, status, 10);
}

static inline void does(struct builder *builder, int ms, struct dndprof_record record,
			const void *payload, size_t size)
{
	record.start = AT + (uint64_t)ms * MS;
	record.duration = record.duration ? record.duration : MS;
	builder_record(builder, record, payload, size);
}

static inline void closes(struct builder *builder, int fd, int ms)
{
	does(builder, ms,
	     (struct dndprof_record){.fd = fd, .generation = 1, .call = DNDPROF_CALL_close}, NULL,
	     0);
}

static inline void to_tcp(struct builder *builder, int fd, int ms, const char *host, int port,
			  int error)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};

	inet_pton(AF_INET, host, &in.sin_addr);
	does(builder, ms,
	     (struct dndprof_record){.fd = fd,
				     .generation = 1,
				     .result = error ? -1 : 0,
				     .error = (uint8_t)error,
				     .call = DNDPROF_CALL_connect,
				     .payload = DNDPROF_PAYLOAD_ADDRESS,
				     .flags = DNDPROF_RECORD_INET},
	     &in, sizeof(in));
}

static inline void sends(struct builder *builder, int fd, int ms)
{
	builder_call(builder, DNDPROF_CALL_send, fd, AT + (uint64_t)ms * MS, 1000, 10, 0,
		     DNDPROF_RECORD_SENT | DNDPROF_RECORD_INET);
}

static inline void looks_up(struct builder *builder, int ms, const char *name, int result)
{
	does(builder, ms,
	     (struct dndprof_record){.fd = -1,
				     .result = result,
				     .error = (uint8_t)(result ? 2 : 0),
				     .call = DNDPROF_CALL_getaddrinfo,
				     .payload = name ? DNDPROF_PAYLOAD_NAME : DNDPROF_PAYLOAD_NONE},
	     name, name ? strlen(name) : 0);
}

/* A question to port 53 and its answer 2 ms later. */
static inline void resolves(struct builder *builder, int ms, uint16_t type, const char *name,
			    unsigned code)
{
	struct dndprof_dns dns = {.id = (uint16_t)(ms + type), .flags = 0x100, .type = type};
	char payload[128];

	for (int answer = 0; answer < 2; answer++) {
		memcpy(payload, &dns, sizeof(dns));
		memcpy(payload + sizeof(dns), name, strlen(name));
		does(builder, ms + 2 * answer,
		     (struct dndprof_record){
			     .fd = 6,
			     .generation = 2,
			     .duration = 1000,
			     .result = 40,
			     .call = answer ? DNDPROF_CALL_recvfrom : DNDPROF_CALL_sendto,
			     .payload = DNDPROF_PAYLOAD_DNS,
			     .flags = answer ? DNDPROF_RECORD_RECEIVED : DNDPROF_RECORD_SENT},
		     payload, sizeof(dns) + strlen(name));
		dns.flags = (uint16_t)(0x8180 | code);
	}
}

static inline void opens(struct builder *builder, int ms, const char *path, int error)
{
	does(builder, ms,
	     (struct dndprof_record){.fd = error ? -1 : 3,
				     .result = error ? -1 : 3,
				     .error = (uint8_t)error,
				     .call = DNDPROF_CALL_open,
				     .payload = DNDPROF_PAYLOAD_PATH},
	     path, strlen(path));
}

static inline void asks_links(struct builder *builder, int ms, uint16_t type, uint16_t flags,
			      enum dndprof_link link)
{
	struct dndprof_netlink netlink = {.type = type, .flags = flags, .link = (uint8_t)link};

	does(builder, ms,
	     (struct dndprof_record){.fd = 7,
				     .generation = 3,
				     .result = 40,
				     .call = DNDPROF_CALL_send,
				     .payload = DNDPROF_PAYLOAD_NETLINK,
				     .flags = DNDPROF_RECORD_SENT},
	     &netlink, sizeof(netlink));
}
#define ALL_LINKS RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, DNDPROF_LINK_NONE
#define DOCKER0	  RTM_GETLINK, NLM_F_REQUEST, DNDPROF_LINK_DOCKER0

/* A child that leaves no profile, from `ms` for 10 ms; `program` may go on with NUL, subcommand,
 * NUL, label. */
static inline void runs(struct builder *builder, int ms, uint32_t pid, const char *program,
			size_t size, uint64_t status)
{
	does(builder, ms,
	     (struct dndprof_record){.fd = -1,
				     .arg = pid,
				     .call = DNDPROF_CALL_posix_spawn,
				     .payload = DNDPROF_PAYLOAD_PROGRAM},
	     program, size);
	does(builder, ms + 1,
	     (struct dndprof_record){.fd = -1,
				     .duration = 9 * MS,
				     .result = pid,
				     .arg = status,
				     .call = DNDPROF_CALL_wait4},
	     NULL, 0);
}

/* A region of that thread, from `ms` for `length` ms. */
static inline void marks(struct builder *builder, int ms, int length, enum dndprof_call call,
			 int result, const char *text, size_t size)
{
	does(builder, ms,
	     (struct dndprof_record){.fd = -1,
				     .duration = (uint64_t)length * MS,
				     .result = result,
				     .error = (uint8_t)result,
				     .call = (uint16_t)call,
				     .payload = DNDPROF_PAYLOAD_REGION},
	     text, size);
}

#endif
