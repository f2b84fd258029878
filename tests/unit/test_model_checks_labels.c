/* Checks that are called so: by DNDPROF_CHECK of commands, by regions; what a label covers is no
 * other check. */
#include "support/check_scene.h"

static struct builder *labelled(uint32_t pid, uint32_t ppid, const char *program, const char *check)
{
	struct builder *builder = a_process(pid, ppid, program);

	add_info(builder, "check=");
	add_info(builder, check);
	add_info(builder, "\n");
	builder->header.end = DNDPROF_END__EXIT;
	return builder;
}

static void test_command(void **state)
{
	struct builder *builder;
	struct model *model;
	const struct check_row *row;

	(void)state;
	for (int status = 0; status < 2; status++) {
		builder = labelled(1000, 999, "client", "subnet_overlap");
		builder->header.end_status = status;
		to_engine(builder, 3, 0, 0);
		asks(builder, 3, 2, "GET /_ping HTTP/1.1", 200);
		asks(builder, 3, 6, "GET /networks HTTP/1.1", 200);
		model = scene_of_one(builder);
		row = row_of(model, "subnet_overlap");
		assert_int_equal(row->by_label, 1);
		assert_int_equal(row->by_rule, 0);
		assert_int_equal(row->max_ns, 2000 * MS); /* its whole life */
		assert_int_equal(row->parts, 4);
		assert_string_equal(model->checks.parts.items[row->first_part].kind, "process");
		assert_string_equal(model->checks.parts.items[row->first_part + 3].what,
				    "GET /networks");
		assert_only(model, "subnet_overlap", !status, status);
	}
	/* nobody saw how it ended */
	builder = labelled(1000, 999, "client", "x");
	builder->header.end = DNDPROF_END_EXIT;
	assert_only(scene_of_one(builder), "x", UNKNOWN);
}

/* A command that leaves no profile: its starter tells. */
static void test_unobserved_command(void **state)
{
	static const char program[] = "/usr/bin/ping\0\0container_connectivity";
	struct builder *builder = a_process(1000, 999, "sh");
	struct model *model;

	(void)state;
	runs(builder, 0, 77, program, sizeof(program) - 1, 2 << 8);
	model = scene_of_one(builder);
	assert_int_equal(row_of(model, "container_connectivity")->max_ns, 10 * MS);
	assert_only(model, "container_connectivity", FAILED);
	builder = a_process(1000, 999, "sh");
	runs(builder, 0, 77, program, 15, 0);
	assert_none(scene_of_one(builder));
}

/* All below a labelled command is its, until another label. */
static void test_below(void **state)
{
	struct builder *all[4];
	struct model *model;

	(void)state;
	all[0] = labelled(1000, 999, "sh", "outer");
	all[1] = labelled(1001, 1000, "sh", "outer");
	looks_up(all[1], 0, "db.example", 0);
	all[2] = a_process(1002, 1001, "client"); /* its environment was cleared */
	looks_up(all[2], 0, "db.example", 0);
	all[3] = labelled(1003, 1001, "client", "inner");
	looks_up(all[3], 0, "db.example", 0);
	model = scene_of(all, 4);
	assert_int_equal(model->checks.count, 2);
	assert_int_equal(row_of(model, "outer")->count, 1);
	assert_int_equal(row_of(model, "outer")->parts, 3);
	assert_int_equal(row_of(model, "inner")->count, 1);
	assert_int_equal(row_of(model, "inner")->parts, 2);
	scene_end(model);
	/* the same label, from a shell that has none: as many checks as commands */
	all[0] = a_process(1000, 999, "sh");
	all[1] = labelled(1001, 1000, "client", "same");
	all[2] = labelled(1002, 1000, "client", "same");
	all[2]->header.end_status = 1;
	model = scene_of(all, 3);
	assert_int_equal(row_of(model, "same")->count, 2);
	assert_int_equal(row_of(model, "same")->succeeded, 1);
	assert_int_equal(row_of(model, "same")->failed, 1);
	scene_end(model);
}

/* A command that becomes another is still the one. */
static void test_exec(void **state)
{
	struct builder *all[2] = {labelled(1000, 999, "sh", "x"),
				  labelled(1000, 999, "client", "x")};
	struct model *model;

	(void)state;
	all[0]->header.end = DNDPROF_END_EXEC;
	all[0]->header.end_ticks = 1500 * MS;
	all[1]->header.start_ticks = 1500 * MS;
	all[1]->header.ready_ticks = 1501 * MS;
	all[1]->header.end_status = 3;
	model = scene_of(all, 2);
	assert_int_equal(row_of(model, "x")->max_ns, 2000 * MS);
	assert_only(model, "x", FAILED);
}

/* `dndprof run --check` of a program that leaves no profile. */
static void test_run(void **state)
{
	struct run run = {.facts = {.present = true,
				    .finished = true,
				    .child = 77,
				    .start_ns = 1000,
				    .end_ns = 5000,
				    .exit_status = 1,
				    .signal = -1,
				    .check = "internal_dns",
				    .program = "ping"}};
	struct run *runs = &run;
	struct model *model = model_build(&runs, 1);
	const struct check_row *row = row_of(model, "internal_dns");

	(void)state;
	assert_non_null(row);
	assert_int_equal(row->count, 1);
	assert_int_equal(row->failed, 1);
	assert_int_equal(row->max_ns, 4000);
	model_free(model);
}

#define CHECK_REGION(name) "check\0" name, sizeof("check\0" name) - 1

/* What the program calls a check; what its thread does meanwhile is part of it. */
static void test_regions(void **state)
{
	struct builder *builder = a_process(1000, 999, "doctor");
	struct model *model;
	const struct check_row *row;

	(void)state;
	looks_up(builder, 12, "db.example", 0);
	opens(builder, 30, "/proc/sys/net/ipv4/ip_forward", 0);
	runs(builder, 62, 77, "/usr/sbin/iptables", 18, 0);
	marks(builder, 10, 10, DNDPROF_CALL_check, 0, CHECK_REGION("names"));
	marks(builder, 40, 10, DNDPROF_CALL_check, 7, CHECK_REGION("names"));
	marks(builder, 60, 20, DNDPROF_CALL_check, 0, CHECK_REGION("firewall"));
	marks(builder, 25, 10, DNDPROF_CALL_region, 0, "other\0thing", 11);
	builder->tid = 1001;
	looks_up(builder, 14, "web.example", 0); /* another thread */
	model = scene_of_one(builder);
	assert_int_equal(model->checks.count, 4);
	row = row_of(model, "names");
	assert_int_equal(row->count, 2);
	assert_int_equal(row->by_label, 2);
	assert_int_equal(row->failed, 1);
	assert_int_equal(row->total_ns, 20 * MS);
	assert_int_equal(row->parts, 3);
	assert_int_equal(row_of(model, "firewall")->parts, 2);
	assert_int_equal(row_of(model, "ip_forwarding")->count, 1);
	assert_int_equal(row_of(model, "dns_resolution")->count, 1);
	scene_end(model);
}

/* The innermost has it; behind it, the outer one again. */
static void test_nested_regions(void **state)
{
	struct builder *builder = a_process(1000, 999, "doctor");
	struct model *model;

	(void)state;
	looks_up(builder, 22, "a.example", 0);
	looks_up(builder, 42, "b.example", 0);
	looks_up(builder, 102, "c.example", 0);
	marks(builder, 20, 10, DNDPROF_CALL_check, 0, CHECK_REGION("inner"));
	marks(builder, 10, 80, DNDPROF_CALL_check, 0, CHECK_REGION("outer"));
	model = scene_of_one(builder);
	assert_int_equal(model->checks.count, 3);
	assert_int_equal(row_of(model, "inner")->parts, 2);
	assert_int_equal(row_of(model, "outer")->parts, 2);
	assert_int_equal(row_of(model, "dns_resolution")->count, 1);
	scene_end(model);
}

/* A label that is called as a rule's check is shares its row. Of very many parts only some are
 * kept.
 */
static void test_rows(void **state)
{
	struct builder *builder = a_process(1000, 999, "doctor");
	const struct check_row *row;
	struct model *model;

	(void)state;
	for (int i = 0; i < 150; i++)
		looks_up(builder, 5 * i, "db.example", i % 3 ? 0 : -2);
	marks(builder, 1000, 10, DNDPROF_CALL_check, 0, CHECK_REGION("dns_resolution"));
	model = scene_of_one(builder);
	row = row_of(model, "dns_resolution");
	assert_int_equal(model->checks.count, 1);
	assert_int_equal(row->count, 151);
	assert_int_equal(row->by_rule, 150);
	assert_int_equal(row->by_label, 1);
	assert_int_equal(row->succeeded, 101);
	assert_int_equal(row->parts, 151);
	assert_int_equal(row->kept_parts, CHECK_PARTS_MOST);
	assert_int_equal(model->checks.parts.count, CHECK_PARTS_MOST);
	scene_end(model);
}

/* Parents that are each other's, times that run backwards: damaged files end somewhere. */
static void test_damaged(void **state)
{
	struct builder *all[3] = {labelled(1000, 1001, "a", "x"), labelled(1001, 1000, "b", "x"),
				  labelled(1002, 1002, "c", "y")};
	struct model *model;

	(void)state;
	all[2]->header.end_ticks = 1;
	marks(all[2], 0, 0, DNDPROF_CALL_check, 0, "", 0);
	model = scene_of(all, 3);
	assert_int_equal(row_of(model, "x")->count, 1);
	assert_int_equal(row_of(model, "y")->count, 1);
	assert_non_null(row_of(model, "?"));
	scene_end(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_command),
		cmocka_unit_test(test_unobserved_command),
		cmocka_unit_test(test_below),
		cmocka_unit_test(test_exec),
		cmocka_unit_test(test_run),
		cmocka_unit_test(test_regions),
		cmocka_unit_test(test_nested_regions),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
