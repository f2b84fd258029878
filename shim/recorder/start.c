/*
 * start.c - the recorder's life: constructor, forked children, the end. What fails here leaves the
 * target unrecorded and otherwise as it was; it never prints, never exits.
 */
#include <elf.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include <dndprof/cost.h>

#include "exec/route.h"
#include "go/gate.h"
#include "recorder/arena.h"
#include "recorder/calibrate.h"
#include "recorder/clock.h"
#include "recorder/file.h"
#include "recorder/filter.h"
#include "recorder/host.h"
#include "recorder/identity.h"
#include "recorder/modules.h"
#include "recorder/recorder.h"
#include "recorder/rundir.h"
#include "recorder/sample.h"
#include "recorder/start.h"

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

struct recorder dndprof_recorder AT_START;
struct fork_page dndprof_fork_page __attribute__((aligned(4096)));

static struct settings settings AT_START;
static struct rundir rundir AT_START_LAST;
static enum dndprof_clock_reason clock_reason AT_START;
static struct go_program go AT_START; /* of this image */
static bool begun AT_START;	      /* the constructor is done */

void recorder_note(unsigned note)
{
	/* Not on the file of who forked us. */
	if (dndprof_recorder.header && dndprof_fork_page.own)
		__atomic_fetch_or(&dndprof_recorder.header->notes, note, __ATOMIC_RELAXED);
}

/* Powers of two of RING_BASE_SLOTS, the nearest not below `points`. */
static uint64_t slots_for(int64_t points)
{
	uint64_t n = RING_BASE_SLOTS;

	while (n < (uint64_t)points)
		n *= 2;
	return n;
}

/* Ticks of `ns` nanoseconds, roughly: from how far both clocks ran while the constructor did. Good
 * for intervals only. */
static uint64_t ticks_of(uint64_t ns, uint64_t ticks0, uint64_t ns0)
{
	uint64_t t = now() - ticks0, n = clock_read_ns(CLOCK_MONOTONIC) - ns0;

	return dndprof_recorder.counter && n ? (uint64_t)((unsigned __int128)ns * t / n) : ns;
}

static void limit_costs(uint64_t price, uint64_t ticks0, uint64_t ns0)
{
	uint64_t sampling = (uint64_t)settings.value[DNDPROF_CONFIG_ID_SAMPLING_RATE];
	uint64_t look = sampling < SAMPLING_LOOK_NS ? sampling : SAMPLING_LOOK_NS;
	struct sampling limits = {
		.price = DNDPROF_COST_PART(price, DNDPROF_COST_SLOT),
		.budget = (uint64_t)settings.value[DNDPROF_CONFIG_ID_MAX_OVERHEAD],
		.look = ticks_of(look, ticks0, ns0),
		.slow = ticks_of(SAMPLING_SLOW_NS, ticks0, ns0),
		.least = ticks_of(SAMPLING_LEAST_NS, ticks0, ns0),
	};

	sampling_start(&limits);
}

/* Makes the file of this image and everything in it. */
static long fill_profile(long dir, bool forked, uint64_t start)
{
	uint64_t ns0 = clock_read_ns(CLOCK_MONOTONIC), ticks0 = now();
	bool gate = !forked && go.refusal == GO_REFUSAL_NONE;
	struct dndprof_header *h;
	uint64_t price;
	struct writer *w;
	long r;

	r = file_create(dir, (uint64_t)settings.value[DNDPROF_CONFIG_ID_MAX_MEMORY],
			gate ? FILE_FIRST_BYTES_GO : FILE_FIRST_BYTES, ns0);
	if (r < 0)
		return r;
	h = file_header();
	dndprof_recorder.header = h;
	dndprof_recorder.capacity = h->capacity;
	dndprof_recorder.pid = (uint32_t)sys0(SYS_getpid);
	dndprof_recorder.threads = 0;
	dndprof_recorder.stopped_ticks = 0;
	dndprof_recorder.marked = (struct marked){0};
	h->features = rundir.has_key ? DNDPROF_FEATURE_HASHES : 0;
	h->gates = host_gates;
	h->clock = dndprof_recorder.counter ? DNDPROF_CLOCK_TSC : DNDPROF_CLOCK_MONOTONIC;
	h->clock_reason = clock_reason;
	h->pid = dndprof_recorder.pid;
	h->ppid = (uint32_t)sys0(SYS_getppid);
	h->uid = (uint32_t)sys0(SYS_getuid);
	h->forked = forked;
	h->start_ticks = start;
	h->run_id = rundir.id;
	if (settings.bad)
		h->notes |= DNDPROF_NOTE_BAD_CONFIG;
	identity_write(&settings, rundir.path, forked);
	file_publish();
	modules_start();
	w = writers_start();
	if (!w)
		return -12; /* ENOMEM */
	writer_begin_thread(w);
	price = h->price = calibrate_empty(w);
	if (!gate) /* that has its own */
		h->call_null = calibrate_call();
	if (!writers_share())
		return -12;
	limit_costs(price, ticks0, ns0);
	sample_start(
		file_samples(),
		ticks_of((uint64_t)settings.value[DNDPROF_CONFIG_ID_SAMPLING_RATE], ticks0, ns0));
	dndprof_recorder.slow = UINT64_MAX;
	if (settings.value[DNDPROF_CONFIG_ID_DETAIL] >= DNDPROF_DETAIL_DETAILED)
		dndprof_recorder.slow = ticks_of(SAMPLING_SLOW_NS, ticks0, ns0);
	h->ready_ticks = now();
	return 0;
}

static long open_profile(long dir, bool forked, uint64_t start)
{
	long r;

	dndprof_fork_page.own = 1;
	r = fill_profile(dir, forked, start);
	if (r < 0)
		rundir_unrecorded(r);
	return r;
}

/* A page the kernel empties in forked children. Where it cannot, fork's wrapper does
 * (shim/libc/process.c), and false is returned. */
static bool guard_forks(void)
{
	long r = sys3(SYS_madvise, &dndprof_fork_page, sizeof(dndprof_fork_page), MADV_WIPEONFORK);

	dndprof_fork_page.alive = 1;
	return r == 0;
}

/* In a Go program: the gate that sees its own system calls. */
static void open_go_gate(bool guarded)
{
	enum go_refusal refusal;

	if (go.refusal == GO_REFUSAL_NOT_GO)
		return;
	refusal = guarded ? go_open(&go) : GO_REFUSAL_NO_FORK_GUARD;
	if (go.version[0])
		identity_add("go_version", go.version);
	if (refusal != GO_REFUSAL_NONE)
		identity_add("go_refused", go_refusal_word(refusal));
	dndprof_recorder.header->ready_ticks = now();
}

const char *recorder_run(void)
{
	return rundir.path;
}

static bool permitted(void)
{
	return settings.value[DNDPROF_CONFIG_ID_ENABLED] && !host_auxv(AT_SECURE) &&
	       filter_permits();
}

static bool selected(void)
{
	char name[16];

	identity_program(name);
	return settings_select(&settings, name);
}

void recorder_stay_out(void)
{
	dndprof_recorder.state = RECORDER_OFF;
	dndprof_recorder.no_syscalls = true;
}

/* The environment of its children. */
static char **start(char **env)
{
	uint64_t ticks;
	long dir, r;
	char **told = NULL;

	settings_read(&settings, env);
	dndprof_recorder.state = RECORDER_OFF;
	if (!permitted()) {
		recorder_stay_out();
		return env;
	}
	if (!selected()) {
		route_start(NULL, env); /* but what it starts may be */
		return env;
	}
	clock_reason = clock_choose(host_vdso);
	ticks = now();
	dndprof_recorder.records = settings.value[DNDPROF_CONFIG_ID_DETAIL] != DNDPROF_DETAIL_BASIC;
	dndprof_recorder.full = settings.value[DNDPROF_CONFIG_ID_DETAIL] == DNDPROF_DETAIL_FULL;
	dndprof_recorder.max_slots = slots_for(settings.value[DNDPROF_CONFIG_ID_MAX_DATA_POINTS]);
	dndprof_recorder.sample_rss = true;
	dir = rundir_open(&rundir, &settings, env);
	if (dir < 0)
		return env;
	rundir_map_budget(dir);
	host_secret(rundir.has_key ? rundir.key : NULL);
	route_start(&rundir, env);
	go_look(&go);
	r = open_profile(dir, false, ticks);
	sys1(SYS_close, dir);
	if (r < 0)
		return env;
	if (rundir.made)
		told = rundir_environment(&rundir, env);
	host_stacks();
	dndprof_recorder.header->ready_ticks = now();
	open_go_gate(guard_forks());
	store_release(&dndprof_recorder.state, RECORDER_ON);
	return told ? told : env;
}

char **recorder_start(char **env)
{
	env = start(env);
	begun = true;
	return env;
}

bool recorder_forked(void)
{
	uint32_t on = RECORDER_ON;
	uint64_t start = now();
	bool forbidden;
	long dir, r;

	if (!__atomic_compare_exchange_n(&dndprof_recorder.state, &on, RECORDER_FORKING, false,
					 __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return false;
	dndprof_tls.writer = NULL;
	forbidden = dndprof_recorder.no_syscalls || filter_changed();
	dndprof_recorder.no_syscalls = forbidden;
	dir = forbidden ? -1 /* EPERM */ : rundir_reopen(&rundir);
	r = dir < 0 ? dir : open_profile(dir, true, start);
	if (dir >= 0)
		sys1(SYS_close, dir);
	if (r < 0) {
		loss_add(DNDPROF_LOSS_FORKED_CHILD);
		dndprof_recorder.header = NULL;
		store_release(&dndprof_recorder.state, RECORDER_OFF);
		return false;
	}
	if (go.version[0])
		identity_add("go_version", go.version);
	dndprof_fork_page.alive = 1;
	store_release(&dndprof_recorder.state, RECORDER_ON);
	return true;
}

/* Is there recording of this process (and not merely of who forked it), on or stopped? */
static bool is_own(void)
{
	return (dndprof_recorder.state == RECORDER_ON && dndprof_fork_page.alive) ||
	       recorder_stopped_here();
}

void recorder_filtered(void)
{
	if (is_own()) {
		sample_take(SAMPLE_PERIODIC);
		arena_prepare(256 * 1024);
	}
	/* Whoever it is: an exec asks, too, and a forked child that is yet to get a file. */
	dndprof_recorder.no_syscalls = true;
	recorder_note(DNDPROF_NOTE_SECCOMP);
}

/* Of this thread, in a vfork child. Where the Go gate is open threads may be none of libc's. */
static bool filtered_by_child(void)
{
	return !dndprof_fork_page.go && dndprof_tls.filtered;
}

bool recorder_may_call(void)
{
	uint32_t state = load_relaxed(&dndprof_recorder.state);

	if (dndprof_recorder.no_syscalls || filtered_by_child())
		return false;
	if (state == RECORDER_NEW)
		return false;
	/* While it begins nothing of the target's has run since it was asked. */
	if (!begun || state == RECORDER_FORKING || !filter_changed())
		return true;
	/* What a child does to itself says nothing of its parent, whose memory this may be. */
	if (!dndprof_tls.off && (dndprof_fork_page.alive || state == RECORDER_STOPPED)) {
		dndprof_recorder.no_syscalls = true;
		recorder_note(DNDPROF_NOTE_SECCOMP);
	}
	return false;
}

void recorder_off(unsigned note)
{
	recorder_note(note);
	store_release(&dndprof_recorder.state, RECORDER_OFF);
	dndprof_fork_page.alive = 0;
	dndprof_fork_page.go = 0;
}

void recorder_finish(unsigned end, int status)
{
	struct dndprof_header *h = dndprof_recorder.header;

	if (!is_own() || dndprof_tls.off)
		return;
	sample_take(SAMPLE_END);
	writers_finish();
	h->end_status = status;
	h->end_ticks = now();
	store_release(&h->end, end);
}

void recorder_resume(void)
{
	struct dndprof_header *h = dndprof_recorder.header;

	if (!is_own() || dndprof_tls.off)
		return;
	store_release(&h->end, DNDPROF_END_OPEN);
	h->end_ticks = 0;
}
