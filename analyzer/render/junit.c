/*
 * junit.c - results of conditions as the XML that CI systems know from JUnit. What came out of a
 * profile is text there and nothing else: what XML may not hold is replaced.
 */
#include "base/duration.h"
#include "render/comparison.h"
#include "render/xml.h"

static void put_attribute(struct buffer *buffer, const char *name, const char *text)
{
	buffer_print(buffer, " %s=\"", name);
	xml_put(buffer, text);
	buffer_print(buffer, "\"");
}

static void put_found(struct buffer *text, const struct comparison *comparison,
		      const struct gate_result *result)
{
	static const struct style style = {.ascii = true};
	struct value value;

	if (!result->change) {
		buffer_print(text, "nothing was observed that it could be judged by");
		return;
	}
	value = figure_value(result->gate->metric, result->change->fresh.value);
	put_value(text, &style, &value);
	if (result->gate->change)
		buffer_print(text, " (%s)",
			     change_text(comparison->model.arena, result->change,
					 result->change->difference));
	if (result->remark)
		buffer_print(text, ", %s", result->remark);
}

static void put_case(struct buffer *buffer, const struct comparison *comparison,
		     const struct gate_result *result)
{
	struct buffer name = {0}, found = {0};

	buffer_print(&name, "%s", result->gate->text);
	if (result->gate->glob && strcmp(result->gate->glob, result->name) != 0)
		buffer_print(&name, " (%s)", result->name);
	put_found(&found, comparison, result);
	buffer_print(buffer, "    <testcase");
	put_attribute(buffer, "classname", subject_key(result->gate->subject));
	put_attribute(buffer, "name", buffer_text(&name));
	buffer_print(buffer, ">\n");
	switch (result->outcome) {
	case GATE_BROKEN:
		buffer_print(buffer, "      <failure");
		put_attribute(buffer, "message", buffer_text(&found));
		buffer_print(buffer, "/>\n");
		break;
	case GATE_NO_DATA:
		buffer_print(buffer, "      <error");
		put_attribute(buffer, "message", buffer_text(&found));
		buffer_print(buffer, "/>\n");
		break;
	case GATE_SKIPPED:
		buffer_print(buffer, "      <skipped/>\n");
		break;
	default:
		buffer_print(buffer, "      <system-out>");
		xml_put(buffer, buffer_text(&found));
		buffer_print(buffer, "</system-out>\n");
	}
	buffer_print(buffer, "    </testcase>\n");
	buffer_free(&name);
	buffer_free(&found);
}

void comparison_junit(struct buffer *buffer, const struct comparison *comparison)
{
	size_t of[4] = {0};

	for (size_t i = 0; i < comparison->gates.count; i++)
		of[comparison->gates.items[i].outcome]++;
	buffer_print(buffer,
		     "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
		     "  <testsuite name=\"dndprof\" tests=\"%zu\" failures=\"%zu\" "
		     "errors=\"%zu\" skipped=\"%zu\">\n",
		     comparison->gates.count, of[GATE_BROKEN], of[GATE_NO_DATA], of[GATE_SKIPPED]);
	for (size_t i = 0; i < comparison->gates.count; i++)
		put_case(buffer, comparison, &comparison->gates.items[i]);
	buffer_print(buffer, "  </testsuite>\n</testsuites>\n");
}
