/*
 * alive.c - of the processes whose end nobody saw, those that still run. A process is asked for by
 * its id: on the machine and in the boot it ran in, and only the process that had the id then.
 */
#include "base/proc.h"
#include "model/internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SLACK_NS 100000000 /* the kernel tells a start by its ticks, 10 ms or less */

static int64_t read_clock(clockid_t id)
{
	struct timespec t = {0, 0};

	clock_gettime(id, &t);
	return t.tv_sec * (int64_t)1000000000 + t.tv_nsec;
}

/* When the process began, on CLOCK_MONOTONIC if the machine has not slept since; -1: there is none,
 * or it has ended and nobody has asked how. */
static int64_t started_ns(int pid)
{
	char text[PROC_STAT], state;
	const char *stat = proc_stat(pid, text);
	uint64_t ticks;

	if (!stat ||
	    sscanf(stat,
		   " %c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
		   "%*s %*s %" SCNu64,
		   &state, &ticks) != 2 ||
	    strchr("ZXx", state))
		return -1;
	return (int64_t)((double)ticks * 1e9 / (double)sysconf(_SC_CLK_TCK)) -
	       (read_clock(CLOCK_BOOTTIME) - read_clock(CLOCK_MONOTONIC));
}

static bool same_machine(const struct profile *profile)
{
	const char *host = profile_info(profile, "host");
	char own[256] = "";

	gethostname(own, sizeof(own) - 1);
	return host && strcmp(host, own) == 0 && model_this_boot(profile);
}

void model_alive(struct model *model, uint32_t run)
{
	for (size_t i = 0; i < model->processes.count; i++) {
		struct process *process = &model->processes.items[i];
		const struct profile *profile = process->profile;
		int64_t started;

		if (!profile && process->parent != NONE)
			profile = model->processes.items[process->parent].profile;
		if (process->run != run || !profile || !process->running || process->pid <= 0 ||
		    !same_machine(profile))
			continue;
		started = started_ns(process->pid);
		process->alive = started >= 0 && started <= process->start_ns + SLACK_NS;
	}
}
