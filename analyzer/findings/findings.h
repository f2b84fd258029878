/*
 * findings.h - the rules' one entry.
 */
#ifndef ANALYZER_FINDINGS_H
#define ANALYZER_FINDINGS_H

#include "findings/thresholds.h"
#include "model/model.h"

/* Fills model->findings anew. Everything else of the model must be there. */
void findings_find(struct model *model, const struct thresholds *thresholds);

#endif
