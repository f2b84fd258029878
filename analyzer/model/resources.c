/*
 * resources.c - CPU, memory, threads, switches and faults over the run.
 */
#include "model/internal.h"

void model_resources(struct model *model)
{
	(void)model;
}
