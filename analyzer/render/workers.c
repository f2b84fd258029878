/*
 * workers.c - the WORKER PERFORMANCE section.
 */
#include "render/report.h"

void text_workers(struct buffer *buffer, const struct style *style, const struct model *model)
{
	(void)style;
	(void)model;
	buffer_print(buffer, "no data\n");
}

json_t *json_workers(const struct model *model)
{
	(void)model;
	return json_null();
}
