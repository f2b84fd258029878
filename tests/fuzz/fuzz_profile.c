/*
 * fuzz_profile.c - any bytes as a profile file: read, modelled, reported and dumped in every format
 * without touching a byte outside, and in time linear in their number.
 */
#include "base/buffer.h"
#include "profile/run.h"
#include "findings/findings.h"
#include "model/filter.h"
#include "render/dump.h"
#include "render/report.h"

#include <stdlib.h>
#include <string.h>

static int check_text(const struct buffer *buffer)
{
	/* nothing a terminal obeys */
	for (size_t i = 0; i < buffer->length; i++)
		if ((unsigned char)buffer->data[i] < 0x20 && buffer->data[i] != '\n')
			abort();
	return 0;
}

/* The data of a page are JSON, and nothing in them ends their element. */
static void check_page(const struct model *model)
{
	static const char begin[] = "id=\"data\">";
	static const struct style style;
	struct buffer buffer = {0};
	const char *data, *end;
	json_t *json;

	render_html(&buffer, &style, model, 0);
	data = strstr(buffer.data, begin);

	if (!data)
		abort();
	data += sizeof(begin) - 1;
	end = strstr(data, "</script>");
	if (!end || memchr(data, '<', (size_t)(end - data)))
		abort();
	json = json_loadb(data, (size_t)(end - data), 0, NULL);
	if (!json)
		abort();
	json_decref(json);
	buffer_free(&buffer);
}

static void render(const struct model *model)
{
	static const struct style styles[] = {{.ascii = false}, {.ascii = true}};
	struct buffer buffer = {0};

	for (size_t i = 0; i < 2; i++) {
		render_text(&buffer, &styles[i], model, 0);
		dump_text(&buffer, &styles[i], model);
		check_text(&buffer);
		for (size_t j = 0; styles[i].ascii && j < buffer.length; j++)
			if ((unsigned char)buffer.data[j] > 0x7e)
				abort();
		buffer.length = 0;
	}
	render_markdown(&buffer, &styles[0], model, 0);
	render_openmetrics(&buffer, &styles[0], model, 0);
	render_junit(&buffer, &styles[0], model, 0);
	check_text(&buffer);
	if (buffer.length > 1000000)
		abort();
	buffer.length = 0;
	render_csv(&buffer, &styles[0], model, 0);
	for (char *end; (end = strchr(buffer.data, '\r'));)
		*end = ' ';
	check_text(&buffer);
	buffer.length = 0;
	render_json(&buffer, &styles[0], model, 0);
	json_decref(json_loads(buffer_text(&buffer), 0, NULL));
	buffer.length = 0;
	dump_jsonl(&buffer, &styles[0], model);
	buffer_free(&buffer);
}

/* The critical path leaves no moment out and counts none twice. */
static void check_path(const struct model *model)
{
	int64_t sum = 0;

	for (size_t i = 0; i < model->critical.rows.count; i++)
		sum += model->critical.rows.items[i].total_ns;
	if (sum != model->summary.wall_ns)
		abort();
	for (size_t i = 0; i < model->critical.stretches.count; i++)
		sum -= model->critical.stretches.items[i].end_ns -
		       model->critical.stretches.items[i].start_ns;
	if (sum)
		abort();
}

/* Nor do the findings. */
static void check_findings(const struct model *model)
{
	int64_t sum = 0;

	for (size_t i = 0; i < model->findings.count; i++)
		if (model->findings.items[i].impact_ns > 0)
			sum += model->findings.items[i].impact_ns;
	if (sum > model->summary.wall_ns)
		abort();
}

/* Whatever a filter leaves adds up as well. */
static void check_filtered(struct run *const *runs, unsigned int choice)
{
	static const char *const filters[] = {
		"category=docker_api", "endpoint=*/*,category=lock", "process=*,worker=1*",
		"from=1ms,to=900ms",   "to=500us,category=program",  "endpoint=?*"};
	struct filter filter = {0};
	struct model_choice of = {.filter = &filter};
	struct model *model;

	filter_add(&filter, filters[choice % (sizeof(filters) / sizeof(filters[0]))]);
	model = model_build_of(runs, 1, &of);
	check_path(model);
	check_findings(model);
	render(model);
	model_free(model);
	filter_free(&filter);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct thresholds lowest; /* every rule holds wherever it can */
	struct run run = {.path = (char *)"fuzz"}, *runs = &run;
	struct profile *profile;
	struct model *model;

	if (profile_open_memory(data, size, "fuzz.dndprof", &profile) < 0)
		return 0;
	run.facts.child = run.facts.exit_status = run.facts.signal = -1;
	*list_add(&run.profiles) = profile;
	model = model_build(&runs, 1);
	check_path(model);
	check_findings(model);
	findings_find(model, &lowest);
	check_findings(model);
	render(model);
	check_page(model);
	model_free(model);
	check_filtered(&runs, data[size - 1] + (unsigned int)size);
	profile_close(profile);
	list_free(&run.profiles);
	return 0;
}
