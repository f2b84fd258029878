/*
 * overhead.c - what the profiling itself cost, by cause.
 */
#include "model/internal.h"

void model_overhead(struct model *model)
{
	(void)model;
}
