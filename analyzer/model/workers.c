/*
 * workers.c - threads that do jobs, and their pools.
 */
#include "model/internal.h"

void model_workers(struct model *model)
{
	(void)model;
}
