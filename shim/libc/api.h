/*
 * api.h - the parts of the public C API (dndprof/dndprof.h) on the shim's side.
 */
#ifndef DNDPROF_SHIM_API_H
#define DNDPROF_SHIM_API_H

#define DNDPROF_TYPES_ONLY
#include <dndprof/dndprof.h>

#include "recorder/recorder.h"

/* Is there recording of this process to speak of, on or stopped? Of a forked child it begins here.
 * 0, -EBUSY in a vfork child, -ENOSYS. */
int api_ready(void);

int api_metrics(struct dndprof_metrics *metrics, size_t size);
int api_report(const char *format);

#endif
