/*
 * findings.h - the rules' one entry.
 */
#ifndef ANALYZER_FINDINGS_H
#define ANALYZER_FINDINGS_H

#include "model/model.h"

/* Fills model->findings. Everything else of the model must be there. */
void findings_find(struct model *model);

#endif
