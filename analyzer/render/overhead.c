/*
 * overhead.c - the PROFILING OVERHEAD section.
 */
#include "render/report.h"

void text_overhead(struct buffer *buffer, const struct style *style, const struct model *model)
{
	(void)style;
	(void)model;
	buffer_print(buffer, "no data\n");
}

/* What starting cost is measured; the rest is not computed in this version. */
json_t *json_overhead(const struct model *model)
{
	return json_pack("{sIsfsnsn}", "startup_ns", (json_int_t)model->summary.startup_ns,
			 "null_interval_ns", model->summary.null_ns, "total_ns", "percent");
}
