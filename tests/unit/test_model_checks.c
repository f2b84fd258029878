/* Each rule for checks on constructed profiles: just holding, just not, and how it ended. */
#include "support/check_scene.h"

#include <linux/sockios.h>

static struct builder *client(void)
{
	return a_process(1000, 999, "client");
}

static void test_daemon(void **state)
{
	struct builder *builder = client();
	struct model *model;

	(void)state;
	to_engine(builder, 3, 0, 0);
	asks(builder, 3, 2, "HEAD /_ping HTTP/1.1", 200);
	asks(builder, 3, 10, "GET /v1.41/containers/json HTTP/1.1", 200);
	model = scene_of_one(builder);
	assert_int_equal(row_of(model, "daemon_connectivity")->max_ns, 4 * MS);
	assert_int_equal(row_of(model, "daemon_connectivity")->parts, 2);
	assert_only(model, "daemon_connectivity", PASSED);
	/* no ping */
	builder = client();
	to_engine(builder, 3, 0, 0);
	asks(builder, 3, 2, "GET /info HTTP/1.1", 200);
	assert_none(scene_of_one(builder));
	/* a ping that is not what it was connected for; one without a connect */
	builder = client();
	to_engine(builder, 3, 0, 0);
	asks(builder, 3, 2, "GET /info HTTP/1.1", 200);
	asks(builder, 3, 6, "GET /_ping HTTP/1.1", 200);
	asks(builder, 4, 12, "GET /_ping HTTP/1.1", 200);
	assert_none(scene_of_one(builder));
	/* answered with a failure; asked again in another way */
	builder = client();
	to_engine(builder, 3, 0, 0);
	asks(builder, 3, 2, "HEAD /_ping HTTP/1.1", 500);
	assert_only(scene_of_one(builder), "daemon_connectivity", FAILED);
	builder = client();
	to_engine(builder, 3, 0, 0);
	asks(builder, 3, 2, "HEAD /_ping HTTP/1.1", 404);
	asks(builder, 3, 6, "GET /_ping HTTP/1.1", 200);
	asks(builder, 3, 60, "GET /_ping HTTP/1.1", 500); /* long after: by the way */
	assert_only(scene_of_one(builder), "daemon_connectivity", PASSED);
}

static void test_daemon_unreached(void **state)
{
	struct builder *builder = client();
	struct model *model;

	(void)state;
	to_engine(builder, 3, 0, ENOENT);
	to_engine(builder, 4, 5, ENOENT);
	assert_only(scene_of_one(builder), "daemon_connectivity", FAILED);
	/* in the end it is there: another check */
	builder = client();
	to_engine(builder, 3, 0, ECONNREFUSED);
	to_engine(builder, 4, 5, 0);
	asks(builder, 4, 8, "GET /_ping HTTP/1.1", 200);
	model = scene_of_one(builder);
	assert_int_equal(row_of(model, "daemon_connectivity")->count, 2);
	assert_int_equal(row_of(model, "daemon_connectivity")->failed, 1);
	scene_end(model);
	/* over TCP it is docker itself that tells whom it speaks to */
	builder = a_process(1000, 999, "docker");
	add_info(builder, "subcommand=ps\n");
	to_tcp(builder, 3, 0, "127.0.0.1", 2375, ECONNREFUSED);
	assert_only(scene_of_one(builder), "daemon_connectivity", FAILED);
}

#define INFO "network_info (bridge|isolation|overlap)"

static struct model *network(const char *line, int status)
{
	struct builder *builder = client();

	asks(builder, 3, 0, line, status);
	to_engine(builder, 3, 0, 0);
	return scene_of_one(builder);
}

static void test_networks(void **state)
{
	struct model *model = network("GET /v1.41/networks HTTP/1.1", 200);

	(void)state;
	assert_string_equal(row_of(model, INFO)->candidates[1], "network_isolation");
	assert_only(model, INFO, PASSED);
	assert_only(network("GET /networks/mine", 404), INFO, FAILED);
	assert_only(network("GET /v4.0.0/libpod/networks/json HTTP/1.1", 200), INFO, PASSED);
	assert_only(network("GET /networks/bridge HTTP/1.1", 200), "bridge_network", PASSED);
	assert_only(network("GET /v4.0.0/libpod/networks/bridge/json HTTP/1.1", 200),
		    "bridge_network", PASSED);
	assert_only(network("GET /networks/bridge", 404), "bridge_network", FAILED);
	assert_only(network("GET /networks/bridge2 HTTP/1.1", 200), INFO, PASSED);
	assert_none(network("POST /networks/create HTTP/1.1", 201));
	assert_none(network("POST /networks/prune HTTP/1.1", 200));
	assert_none(network("DELETE /networks/bridge HTTP/1.1", 204));
	assert_none(network("GET /containers/networks/json HTTP/1.1", 200));
}

/* A look-up of docker0 makes the question for networks before it one for the bridge; nothing may
 * lie between. */
static void test_docker0(void **state)
{
	struct builder *builder = client(), *both[2];
	struct model *model;

	(void)state;
	to_engine(builder, 3, 0, 0);
	asks(builder, 3, 2, "GET /networks HTTP/1.1", 200);
	asks_links(builder, 10, DOCKER0);
	asks_links(builder, 12, DOCKER0);
	model = scene_of_one(builder);
	assert_int_equal(row_of(model, "bridge_network")->max_ns, 11 * MS);
	assert_int_equal(row_of(model, "bridge_network")->parts, 3);
	assert_only(model, "bridge_network", PASSED);
	/* by itself it is nothing, and so is another link */
	builder = client();
	asks_links(builder, 10, DOCKER0);
	asks_links(builder, 20, RTM_GETLINK, NLM_F_REQUEST, DNDPROF_LINK_OTHER);
	assert_none(scene_of_one(builder));
	/* before it */
	builder = client();
	asks_links(builder, 0, DOCKER0);
	to_engine(builder, 3, 2, 0);
	asks(builder, 3, 4, "GET /networks HTTP/1.1", 200);
	assert_only(scene_of_one(builder), INFO, PASSED);
	/* another link behind it */
	builder = client();
	to_engine(builder, 3, 2, 0);
	asks(builder, 3, 4, "GET /networks HTTP/1.1", 200);
	asks_links(builder, 10, RTM_GETLINK, NLM_F_REQUEST, DNDPROF_LINK_OTHER);
	assert_only(scene_of_one(builder), INFO, PASSED);
	/* another check between */
	builder = client();
	to_engine(builder, 3, 2, 0);
	asks(builder, 3, 4, "GET /networks HTTP/1.1", 200);
	opens(builder, 10, "/proc/sys/net/ipv4/ip_forward", 0);
	asks_links(builder, 20, DOCKER0);
	model = scene_of_one(builder);
	assert_int_equal(model->checks.count, 2);
	assert_non_null(row_of(model, INFO));
	scene_end(model);
	/* two commands of one script, and of two */
	for (uint32_t maker = 500; maker < 502; maker++) {
		both[0] = a_process(1000, 500, "curl");
		to_engine(both[0], 3, 2, 0);
		asks(both[0], 3, 4, "GET /networks HTTP/1.1", 200);
		both[1] = a_process(1001, maker, "other");
		asks_links(both[1], 20, DOCKER0);
		assert_only(scene_of(both, 2), maker == 500 ? "bridge_network" : INFO, PASSED);
	}
}

/* Who looks docker0 up again looks at something else. */
static void test_docker0_again(void **state)
{
	struct builder *all[3] = {a_process(1000, 500, "curl"), a_process(1001, 500, "one"),
				  a_process(1002, 500, "two")};
	struct model *model;

	(void)state;
	to_engine(all[0], 3, 2, 0);
	asks(all[0], 3, 4, "GET /networks HTTP/1.1", 200);
	asks_links(all[1], 20, DOCKER0);
	asks_links(all[2], 40, DOCKER0);
	model = scene_of(all, 3);
	assert_int_equal(row_of(model, "bridge_network")->parts, 2);
	assert_int_equal(row_of(model, "bridge_network")->max_ns, 17 * MS);
	assert_only(model, "bridge_network", PASSED);
}

static void test_forwarding(void **state)
{
	struct builder *builder = client();
	struct model *model;

	(void)state;
	opens(builder, 0, "/proc/sys/net/ipv4/ip_forward", 0);
	assert_only(scene_of_one(builder), "ip_forwarding", PASSED);
	builder = client();
	opens(builder, 0, "/proc/sys/net/ipv4/ip_forward", EACCES);
	assert_only(scene_of_one(builder), "ip_forwarding", FAILED);
	builder = client();
	opens(builder, 0, "/proc/sys/net/ipv4/ip_forward_use_pmtu", 0);
	assert_none(scene_of_one(builder));
	/* sysctl lasts as long as it does, and ends as it does */
	builder = a_process(1000, 999, "sysctl");
	builder->header.end = DNDPROF_END__EXIT;
	builder->header.end_status = 255;
	opens(builder, 0, "/proc/sys/net/ipv4/ip_forward", 0);
	model = scene_of_one(builder);
	assert_int_equal(row_of(model, "ip_forwarding")->max_ns, 2000 * MS);
	assert_only(model, "ip_forwarding", FAILED);
	/* an engine's own business */
	builder = a_process(1000, 999, "dockerd");
	opens(builder, 0, "/proc/sys/net/ipv4/ip_forward", 0);
	asks_links(builder, 10, ALL_LINKS);
	looks_up(builder, 20, "registry.example", 0);
	to_tcp(builder, 5, 30, "127.0.0.1", 80, 0);
	closes(builder, 5, 32);
	runs(builder, 40, 77, "/usr/sbin/iptables", 18, 0);
	assert_none(scene_of_one(builder));
}

static void test_iptables(void **state)
{
	struct builder *builder = client();
	struct model *model;

	(void)state;
	runs(builder, 0, 77, "/usr/sbin/iptables", 18, 0);
	model = scene_of_one(builder);
	assert_int_equal(row_of(model, "iptables")->max_ns, 10 * MS);
	assert_only(model, "iptables", PASSED);
	builder = client();
	runs(builder, 0, 77, "/usr/sbin/nft", 13, 1 << 8);
	assert_only(scene_of_one(builder), "iptables", FAILED);
	builder = client();
	runs(builder, 0, 77, "ip6tables", 9, 15 /* SIGTERM */);
	assert_only(scene_of_one(builder), "iptables", FAILED);
	builder = client();
	runs(builder, 0, 77, "/usr/sbin/iptables-apply", 24, 0);
	runs(builder, 20, 78, "/iptables/run", 13, 0);
	assert_none(scene_of_one(builder));
}

static void test_mtu(void **state)
{
	struct dndprof_record ioctl = {
		.fd = 7, .generation = 3, .arg = SIOCGIFMTU, .call = DNDPROF_CALL_ioctl};
	struct builder *builder = client();
	struct model *model;

	(void)state;
	asks_links(builder, 0, ALL_LINKS);
	asks_links(builder, 2, ALL_LINKS);
	assert_only(scene_of_one(builder), "mtu_consistency", PASSED);
	builder = client();
	does(builder, 0, ioctl, NULL, 0);
	does(builder, 2, ioctl, NULL, 0);
	assert_only(scene_of_one(builder), "mtu_consistency", PASSED);
	builder = client();
	ioctl.error = ENODEV;
	ioctl.result = -1;
	does(builder, 0, ioctl, NULL, 0);
	assert_only(scene_of_one(builder), "mtu_consistency", FAILED);
	/* other questions: of an interface, of addresses, of one link by its number */
	builder = client();
	ioctl.arg = SIOCGIFFLAGS;
	does(builder, 0, ioctl, NULL, 0);
	asks_links(builder, 2, RTM_GETADDR, NLM_F_REQUEST | NLM_F_DUMP, DNDPROF_LINK_NONE);
	asks_links(builder, 4, RTM_GETLINK, NLM_F_REQUEST, DNDPROF_LINK_NONE);
	assert_none(scene_of_one(builder));
	/* the engine is asked beside it; then something else is done, and it is not */
	builder = client();
	to_engine(builder, 3, 0, 0);
	asks(builder, 3, 2, "GET /info HTTP/1.1", 200);
	asks_links(builder, 10, ALL_LINKS);
	assert_none(scene_of_one(builder));
	builder = client();
	to_engine(builder, 3, 0, 0);
	asks(builder, 3, 2, "GET /info HTTP/1.1", 200);
	opens(builder, 8, "/proc/sys/net/ipv4/ip_forward", 0);
	asks_links(builder, 10, ALL_LINKS);
	model = scene_of_one(builder);
	assert_int_equal(row_of(model, "mtu_consistency")->count, 1);
	assert_int_equal(model->checks.count, 2);
	scene_end(model);
}

static void test_lookups(void **state)
{
	struct builder *builder = client();
	struct model *model;

	(void)state;
	looks_up(builder, 0, "db.example", 0);
	looks_up(builder, 10, "db.example", -2);
	model = scene_of_one(builder);
	assert_int_equal(row_of(model, "dns_resolution")->count, 2);
	assert_int_equal(row_of(model, "dns_resolution")->failed, 1);
	scene_end(model);
	/* numbers, and no name at all */
	builder = client();
	looks_up(builder, 0, "10.0.0.1", 0);
	looks_up(builder, 10, "fe80::1%eth0", 0);
	looks_up(builder, 20, NULL, 0);
	assert_none(scene_of_one(builder));
	/* both families are one question; so is one that is asked again */
	builder = client();
	resolves(builder, 0, 1, "db.example", 0);
	resolves(builder, 3, 28, "db.example", 3);
	model = scene_of_one(builder);
	assert_int_equal(row_of(model, "dns_resolution")->max_ns, 5 * MS + 1000);
	assert_only(model, "dns_resolution", PASSED);
	builder = client();
	resolves(builder, 0, 1, "db.example", 2);
	resolves(builder, 3, 1, "db.example", 3);
	assert_only(scene_of_one(builder), "dns_resolution", FAILED);
	/* the same again, and another name, are not */
	builder = client();
	resolves(builder, 0, 1, "db.example", 0);
	resolves(builder, 3, 1, "db.example", 0);
	resolves(builder, 6, 28, "web.example", 0);
	model = scene_of_one(builder);
	assert_int_equal(row_of(model, "dns_resolution")->count, 3);
	scene_end(model);
}

/* An exec-create whose command is known from its body, or from docker's own arguments. */
static struct builder *execs(const char *program, enum dndprof_exec_class class, uint32_t flags)
{
	struct builder *builder = a_process(1000, 999, program);
	struct dndprof_http head = HEAD(20, 80, 0);

	head.exec_class = (uint8_t) class;
	to_engine(builder, 3, 0, 0);
	builder_http(builder, 3, AT + 2 * MS, 1000, DNDPROF_PAYLOAD_REQUEST, DNDPROF_RECORD_SENT,
		     "POST /v1.41/containers/web/exec HTTP/1.1", 100, head);
	builder_answer(builder, 3, AT + 4 * MS, 201, 10);
	builder_http(builder, 3, AT + 6 * MS, 1000, DNDPROF_PAYLOAD_REQUEST, DNDPROF_RECORD_SENT,
		     "POST /v1.41/exec/4f2a9b1c0d3e/start HTTP/1.1", 100, HEAD(-1, 100, flags));
	builder_answer(builder, 3, AT + 50 * MS, flags ? 101 : 200, 0);
	return builder;
}

static void test_execs(void **state)
{
	struct builder *builder;
	struct model *model;
	struct dndprof_http head = HEAD(-1, 100, 0);

	(void)state;
	model = scene_of_one(execs("client", DNDPROF_EXEC_PING_NAME, DNDPROF_HTTP_UPGRADE));
	assert_int_equal(row_of(model, "internal_dns")->parts, 2);
	assert_int_equal(row_of(model, "internal_dns")->timed, 1);
	assert_only(model, "internal_dns", UNKNOWN); /* nobody read how it ended */
	assert_only(scene_of_one(execs("client", DNDPROF_EXEC_PING_ADDRESS, DNDPROF_HTTP_UPGRADE)),
		    "container_connectivity", UNKNOWN);
	assert_only(scene_of_one(execs("client", DNDPROF_EXEC_LOOKUP, DNDPROF_HTTP_UPGRADE)),
		    "dns_resolution", UNKNOWN);
	assert_none(scene_of_one(execs("client", DNDPROF_EXEC_OTHER, DNDPROF_HTTP_UPGRADE)));
	assert_none(scene_of_one(execs("client", DNDPROF_EXEC_NONE, DNDPROF_HTTP_UPGRADE)));
	/* docker's own: its arguments say what, its end says how */
	for (int status = 0; status < 2; status++) {
		builder = execs("docker", DNDPROF_EXEC_NONE, DNDPROF_HTTP_UPGRADE);
		add_info(builder, "subcommand=container exec\nexec_class=ping address\n");
		builder->header.end = DNDPROF_END__EXIT;
		builder->header.end_status = status;
		assert_only(scene_of_one(builder), "container_connectivity", !status, status);
	}
	/* started and left: its end says nothing */
	builder = execs("docker", DNDPROF_EXEC_NONE, 0);
	add_info(builder, "subcommand=exec\nexec_class=lookup\n");
	builder->header.end = DNDPROF_END__EXIT;
	assert_only(scene_of_one(builder), "dns_resolution", UNKNOWN);
	builder = client();
	to_engine(builder, 3, 0, 0);
	head.exec_class = DNDPROF_EXEC_PING_NAME;
	builder_http(builder, 3, AT + 2 * MS, 1000, DNDPROF_PAYLOAD_REQUEST, DNDPROF_RECORD_SENT,
		     "POST /containers/gone/exec HTTP/1.1", 100, head);
	builder_answer(builder, 3, AT + 4 * MS, 404, 10);
	assert_only(scene_of_one(builder), "internal_dns", FAILED);
}

/* docker did not come to what it was to run. */
static void test_vain_execs(void **state)
{
	struct builder *both[2];

	(void)state;
	for (int status = 0; status < 2; status++) {
		both[0] = a_process(1000, 999, "docker");
		add_info(both[0], "subcommand=exec\nexec_class=ping name\n");
		both[0]->header.end = DNDPROF_END__EXIT;
		both[0]->header.end_status = status;
		to_engine(both[0], 3, 0, 0);
		asks(both[0], 3, 2, "GET /containers/gone/json HTTP/1.1", 404);
		if (status)
			assert_only(scene_of_one(both[0]), "internal_dns", FAILED);
		else
			assert_none(scene_of_one(both[0]));
	}
	/* docker-compose has docker do it */
	both[0] = a_process(1000, 999, "docker-compose");
	add_info(both[0], "subcommand=exec\nexec_class=ping name\n");
	both[0]->header.end = DNDPROF_END__EXIT;
	both[0]->header.end_status = 1;
	runs(both[0], 0, 1001, "/usr/bin/docker", 15, 1 << 8);
	both[1] = execs("docker", DNDPROF_EXEC_NONE, DNDPROF_HTTP_UPGRADE);
	both[1]->header.pid = both[1]->tid = 1001;
	add_info(both[1], "subcommand=exec\nexec_class=ping name\n");
	assert_only(scene_of(both, 2), "internal_dns", FAILED);
}

/* A body that came apart from its head. */
static void test_exec_body(void **state)
{
	struct builder *builder = client();
	uint32_t class = DNDPROF_EXEC_PING_NAME;

	(void)state;
	to_engine(builder, 3, 0, 0);
	builder_get(builder, 3, AT + 2 * MS, "POST /containers/web/exec HTTP/1.1");
	does(builder, 3,
	     (struct dndprof_record){.fd = 3,
				     .generation = 1,
				     .duration = 1000,
				     .result = 40,
				     .arg = 40,
				     .call = DNDPROF_CALL_send,
				     .payload = DNDPROF_PAYLOAD_BODY,
				     .flags = DNDPROF_RECORD_SENT},
	     &class, sizeof(class));
	builder_answer(builder, 3, AT + 5 * MS, 201, 10);
	assert_only(scene_of_one(builder), "internal_dns", UNKNOWN);
}

static void test_ports(void **state)
{
	struct builder *builder = client();
	struct model *model;

	(void)state;
	to_tcp(builder, 5, 0, "127.0.0.1", 8080, 0);
	closes(builder, 5, 5);
	model = scene_of_one(builder);
	assert_int_equal(row_of(model, "port_binding")->max_ns, MS);
	assert_only(model, "port_binding", PASSED);
	builder = client();
	to_tcp(builder, 5, 0, "127.0.0.1", 8080, ECONNREFUSED);
	closes(builder, 5, 5);
	assert_only(scene_of_one(builder), "port_binding", FAILED);
	/* not closed; with bytes; a name server's; an engine's */
	builder = client();
	builder->header.end = DNDPROF_END_OPEN;
	to_tcp(builder, 5, 0, "127.0.0.1", 8080, 0);
	assert_none(scene_of_one(builder));
	builder = client();
	to_tcp(builder, 5, 0, "127.0.0.1", 8080, 0);
	sends(builder, 5, 2);
	closes(builder, 5, 5);
	assert_none(scene_of_one(builder));
	builder = client();
	to_tcp(builder, 5, 0, "127.0.0.1", 53, 0);
	closes(builder, 5, 5);
	assert_none(scene_of_one(builder));
	builder = client();
	to_tcp(builder, 5, 0, "127.0.0.1", 2375, 0);
	asks(builder, 5, 2, "GET /v1.41/info HTTP/1.1", 200);
	closes(builder, 5, 5);
	to_engine(builder, 6, 10, 0);
	closes(builder, 6, 12);
	assert_none(scene_of_one(builder));
}

/* The other addresses of a name are tried for the same end. */
static void test_other_addresses(void **state)
{
	struct builder *builder = client();
	struct model *model;

	(void)state;
	to_tcp(builder, 5, 0, "127.0.0.2", 8080, ECONNREFUSED);
	closes(builder, 5, 2);
	to_tcp(builder, 6, 4, "127.0.0.1", 8080, 0);
	closes(builder, 6, 6);
	assert_only(scene_of_one(builder), "port_binding", PASSED);
	/* with bytes in the end, or already before */
	builder = client();
	to_tcp(builder, 5, 0, "127.0.0.2", 8080, ECONNREFUSED);
	closes(builder, 5, 2);
	to_tcp(builder, 6, 4, "127.0.0.1", 8080, 0);
	sends(builder, 6, 6);
	closes(builder, 6, 8);
	assert_none(scene_of_one(builder));
	builder = client();
	to_tcp(builder, 6, 0, "127.0.0.1", 8080, 0);
	builder->rings[0]->slots[0].duration = 10 * MS;
	to_tcp(builder, 5, 4, "127.0.0.2", 8080, 0);
	closes(builder, 5, 11);
	sends(builder, 6, 12);
	closes(builder, 6, 14);
	assert_none(scene_of_one(builder));
	/* another port, and the same address again */
	builder = client();
	to_tcp(builder, 5, 0, "127.0.0.1", 8080, ECONNREFUSED);
	closes(builder, 5, 2);
	to_tcp(builder, 6, 4, "127.0.0.2", 8081, 0);
	closes(builder, 6, 6);
	to_tcp(builder, 7, 8, "127.0.0.2", 8081, 0);
	closes(builder, 7, 9);
	model = scene_of_one(builder);
	assert_int_equal(row_of(model, "port_binding")->count, 3);
	assert_int_equal(row_of(model, "port_binding")->failed, 1);
	scene_end(model);
}

/* By the average, the longest first. */
static void test_order(void **state)
{
	struct builder *builder = client();
	struct model *model;

	(void)state;
	looks_up(builder, 0, "db.example", 0);
	runs(builder, 10, 77, "/usr/sbin/iptables", 18, 0);
	runs(builder, 30, 78, "/usr/sbin/nft", 13, 0);
	model = scene_of_one(builder);
	assert_int_equal(model->checks.count, 2);
	assert_string_equal(model->checks.items[0].name, "iptables");
	assert_int_equal(model->checks.items[0].average_ns, 10 * MS);
	assert_int_equal(model->checks.items[0].total_ns, 20 * MS);
	assert_string_equal(model->checks.parts.items[model->checks.items[0].first_part + 1].what,
			    "nft");
	assert_string_equal(model->checks.parts.items[model->checks.items[1].first_part].what,
			    "db.example");
	scene_end(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_daemon),	      cmocka_unit_test(test_daemon_unreached),
		cmocka_unit_test(test_networks),      cmocka_unit_test(test_docker0),
		cmocka_unit_test(test_docker0_again), cmocka_unit_test(test_forwarding),
		cmocka_unit_test(test_iptables),      cmocka_unit_test(test_mtu),
		cmocka_unit_test(test_lookups),	      cmocka_unit_test(test_execs),
		cmocka_unit_test(test_exec_body),     cmocka_unit_test(test_vain_execs),
		cmocka_unit_test(test_ports),	      cmocka_unit_test(test_other_addresses),
		cmocka_unit_test(test_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
