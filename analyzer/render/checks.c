/*
 * checks.c - the CHECK PERFORMANCE section.
 */
#include "render/report.h"

void text_checks(struct buffer *buffer, const struct style *style, const struct model *model)
{
	(void)style;
	(void)model;
	buffer_print(buffer, "no data\n");
}

json_t *json_checks(const struct model *model)
{
	(void)model;
	return json_null();
}
