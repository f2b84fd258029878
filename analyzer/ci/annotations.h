/*
 * annotations.h - findings as workflow commands, which GitHub shows beside the job.
 */
#ifndef ANALYZER_CI_ANNOTATIONS_H
#define ANALYZER_CI_ANNOTATIONS_H

#include "base/buffer.h"
#include "model/model.h"

#define ANNOTATIONS_MOST 10 /* of a step; GitHub drops further ones */

void annotations_put(struct buffer *buffer, const struct model *model);

#endif
