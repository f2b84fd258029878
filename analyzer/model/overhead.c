/*
 * overhead.c - what the profiling itself cost, by cause.
 */
#include "model/internal.h"

void model_overhead(struct model *model)
{
	model->overhead =
		(struct overhead){.total_ns = -1, .share = -1, .running_share = -1, .limit = 0.05};
}
