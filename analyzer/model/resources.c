/*
 * resources.c - CPU, memory, threads, switches and faults over the run.
 */
#include "model/internal.h"

void model_resources(struct model *model)
{
	model->resources = (struct resources){.user_ns = -1,
					      .system_ns = -1,
					      .cpu_share = -1,
					      .rss_average = -1,
					      .rss_peak = -1,
					      .threads = -1,
					      .goroutines = -1,
					      .jobs_completed = -1,
					      .jobs_active = -1,
					      .error_rate = -1,
					      .voluntary_switches = -1,
					      .involuntary_switches = -1,
					      .minor_faults = -1,
					      .major_faults = -1};
}
