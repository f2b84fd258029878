/*
 * resources.c - the RESOURCE USAGE section.
 */
#include "render/report.h"

void text_resources(struct buffer *buffer, const struct style *style, const struct model *model)
{
	(void)style;
	(void)model;
	buffer_print(buffer, "no data\n");
}

json_t *json_resources(const struct model *model)
{
	(void)model;
	return json_null();
}
