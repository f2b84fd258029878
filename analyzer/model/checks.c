/*
 * checks.c - diagnostic checks, by rule and by label.
 */
#include "model/internal.h"

void model_checks(struct model *model)
{
	(void)model;
}
