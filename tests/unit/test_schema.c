/*
 * report.schema.json says of every column what it is. Which columns there are is the tables'
 * business: the schema is made anew from them here, with the types and descriptions that stand in
 * the file, and must be the file. DNDPROF_GOLDEN_UPDATE=1 writes it, with a type for what is new as
 * the scenes show it.
 */
#include "render/report.h"
#include "support/builder.h"
#include "support/cmocka.h"

#include <stdlib.h>
#include <string.h>

#define SCHEMA "analyzer/render/report.schema.json"

static const char *type_of(enum value_kind kind)
{
	static const char *const types[] = {
		[VALUE_TEXT] = "string",   [VALUE_SENTENCE] = "string", [VALUE_COUNT] = "integer",
		[VALUE_NS] = "integer",	   [VALUE_TIME] = "integer",	[VALUE_BYTES] = "integer",
		[VALUE_REAL] = "number",   [VALUE_SHARE] = "number",	[VALUE_BOOL] = "boolean",
		[VALUE_TEXTS] = "strings",
	};

	return (size_t)kind < sizeof(types) / sizeof(types[0]) ? types[kind] : NULL;
}

struct scenes {
	struct run *runs[2];
	struct model *models[2];
};

static const char *seen_type(const struct scenes *scenes, const struct table *table,
			     const struct column *column)
{
	for (size_t i = 0; i < 2; i++)
		for (size_t j = 0; j < table->rows(scenes->models[i]); j++) {
			struct value value =
				column->get(scenes->models[i], table->row(scenes->models[i], j));

			if (type_of(value.kind))
				return type_of(value.kind);
		}
	return strlen(column->key) > 3 && strcmp(column->key + strlen(column->key) - 3, "_ns") == 0
		       ? "integer"
		       : NULL;
}

static json_t *new_property(const struct scenes *scenes, const struct table *table,
			    const struct column *column)
{
	const char *type = seen_type(scenes, table, column);
	json_t *property = json_object();

	if (type && strcmp(type, "strings") == 0)
		json_object_update_new(property, json_pack("{sss{ss}}", "type", "array", "items",
							   "type", "string"));
	else if (type)
		json_object_set_new(property, "type", json_pack("[ss]", type, "null"));
	if (column->title)
		json_object_set_new(property, "description", json_string(column->title));
	return property;
}

/* A table as a property of what holds it. */
static json_t *reference(const struct table *table)
{
	json_t *row = json_pack("{so}", "$ref", json_sprintf("#/$defs/%s", table->key));

	if (table->shape == TABLE_ONE)
		return row;
	return table->shape == TABLE_MAP
		       ? json_pack("{ssso}", "type", "object", "additionalProperties", row)
		       : json_pack("{ssso}", "type", "array", "items", row);
}

static void add_property(json_t *object, const char *key, json_t *property)
{
	json_object_set_new(json_object_get(object, "properties"), key, property);
	json_array_append_new(json_object_get(object, "required"), json_string(key));
}

static json_t *new_object(void)
{
	return json_pack("{sss{}s[]sb}", "type", "object", "properties", "required",
			 "additionalProperties", 0);
}

static size_t untyped;

static json_t *definition(const struct scenes *scenes, const struct table *table,
			  const json_t *before)
{
	const json_t *known = json_object_get(
		json_object_get(json_object_get(before, "$defs"), table->key), "properties");
	json_t *object = new_object();

	for (size_t i = table->shape == TABLE_MAP; i < table->column_count; i++) {
		const struct column *column = &table->columns[i];
		json_t *property = column->key ? json_object_get(known, column->key) : NULL;

		if (!column->key)
			continue;
		property =
			property ? json_deep_copy(property) : new_property(scenes, table, column);
		if (!json_object_get(property, "type")) {
			print_error("%s: no scene shows what %s.%s is; give it a type\n", SCHEMA,
				    table->key, column->key);
			untyped++;
		}
		add_property(object, column->key, property);
	}
	return object;
}

static json_t *make_schema(const struct scenes *scenes, const json_t *before)
{
	json_t *root = new_object(), *definitions = json_object();

	json_object_set_new(root, "$schema",
			    json_string("https://json-schema.org/draft/2020-12/schema"));
	json_object_set_new(root, "title", json_string("dndprof report --format json"));
	for (size_t i = 0; i < report_section_count; i++) {
		const struct section *section = &report_sections[i];
		json_t *holder = NULL;

		if (!section->key)
			continue;
		if (!section->tables) {
			add_property(root, section->key, json_object());
			continue;
		}
		for (const struct table *const *table = section->tables; *table; table++)
			json_object_set_new(definitions, (*table)->key,
					    definition(scenes, *table, before));
		if (section_is_table(section)) {
			holder = json_object_get(definitions, section->key);
			add_property(root, section->key, reference(section->tables[0]));
		} else {
			holder = new_object();
			add_property(root, section->key, holder);
		}
		for (size_t j = section_is_table(section); section->tables[j]; j++)
			add_property(holder, section->tables[j]->key,
				     reference(section->tables[j]));
	}
	json_object_set_new(root, "$defs", definitions);
	return root;
}

static void test_schema_is_the_tables(void **state)
{
	struct builder *builders[] = {builder_seed(), builder_everything()};
	json_t *before = json_load_file(SCHEMA, 0, NULL), *schema;
	struct scenes scenes;
	char *text;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		scenes.runs[i] = builder_run(builders[i]);
		scenes.models[i] = model_build(&scenes.runs[i], 1);
	}
	schema = make_schema(&scenes, before);
	text = json_dumps(schema, JSON_INDENT(1));
	assert_golden("../../" SCHEMA, text, strlen(text));
	assert_int_equal(untyped, 0);
	free(text);
	json_decref(schema);
	json_decref(before);
	for (size_t i = 0; i < 2; i++) {
		model_free(scenes.models[i]);
		run_close(scenes.runs[i]);
		builder_free(builders[i]);
	}
}

/* Names must be told apart wherever a table is named. */
static void test_names(void **state)
{
	char name[TABLE_NAME];

	(void)state;
	FOR_TABLES(section, table)
	{
		assert_ptr_equal(table_named((*table)->key), *table);
		assert_ptr_equal(table_named(table_name(section, *table, name)), *table);
		for (size_t i = 0; i < (*table)->column_count; i++) {
			const struct column *column = &(*table)->columns[i];

			assert_true(column->key || column->title);
			for (size_t j = 0; column->key && j < i; j++)
				if ((*table)->columns[j].key)
					assert_string_not_equal(column->key,
								(*table)->columns[j].key);
		}
	}
	assert_null(table_named("nothing"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_schema_is_the_tables),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
