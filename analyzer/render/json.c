/*
 * json.c - the report as one JSON object. Its schema is report.schema.json.
 */
#include "render/report.h"

/* A section that begins with the table of its own key is that table, further ones are in it; else
 * it is an object of its tables. */
static json_t *section_json(const struct section *section, const struct style *style,
			    const struct model *model)
{
	json_t *json;

	if (section->json)
		return section->json(model);
	if (!section->tables)
		return json_null();
	json = section_is_table(section) ? table_json(section->tables[0], style, model)
					 : json_object();
	for (size_t i = section_is_table(section); section->tables[i]; i++)
		json_object_set_new(json, section->tables[i]->key,
				    table_json(section->tables[i], style, model));
	return json;
}

void render_json(struct buffer *buffer, const struct style *style, const struct model *model,
		 int64_t now_ns)
{
	json_t *root = json_object();

	(void)now_ns;
	for (size_t i = 0; i < report_section_count; i++)
		if (report_sections[i].key)
			json_object_set_new(root, report_sections[i].key,
					    section_json(&report_sections[i], style, model));
	json_put(buffer, style, root, JSON_INDENT(2));
}
