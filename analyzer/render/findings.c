/*
 * findings.c - the BOTTLENECK ANALYSIS and RECOMMENDATIONS sections.
 */
#include "render/report.h"

void text_bottlenecks(struct buffer *buffer, const struct style *style, const struct model *model)
{
	(void)style;
	(void)model;
	buffer_print(buffer, "no data\n");
}

json_t *json_bottlenecks(const struct model *model)
{
	(void)model;
	return json_null();
}

void text_recommendations(struct buffer *buffer, const struct style *style,
			  const struct model *model)
{
	(void)style;
	(void)model;
	buffer_print(buffer, "no data\n");
}

json_t *json_recommendations(const struct model *model)
{
	(void)model;
	return json_null();
}
