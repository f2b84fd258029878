/*
 * process.c - the process images that left a profile: who they are, what gate saw them, their
 * records in time order.
 */
#include "model/internal.h"
#include "model/program.h"
#include "base/duration.h"
#include "base/sort.h"

#include <dndprof/go.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int compare_events(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	if (x->start_ns != y->start_ns)
		return x->start_ns < y->start_ns ? -1 : 1;
	if (x->record->ring != y->record->ring)
		return x->record->ring < y->record->ring ? -1 : 1;
	return (x->record->raw.seq > y->record->raw.seq) -
	       (x->record->raw.seq < y->record->raw.seq);
}

static void read_events(struct process *process)
{
	size_t count, ring_count;
	const struct profile_record *records = profile_records(process->profile, &count);
	const struct profile_ring *rings = profile_rings(process->profile, &ring_count);

	for (size_t i = 0; i < count; i++) {
		const struct dndprof_record *raw = &records[i].raw;
		struct event *event = raw->payload == DNDPROF_PAYLOAD_STACK
					      ? list_add(&process->stacks)
					      : list_add(&process->events);
		uint64_t end = raw->duration > UINT64_MAX - raw->start ? UINT64_MAX
								       : raw->start + raw->duration;

		event->record = &records[i];
		event->call = profile_call(process->profile, raw->call);
		event->start_ns = clock_ns(process->clock, raw->start);
		event->end_ns = clock_ns(process->clock, end);
		event->tid = (uint32_t)raw->context; /* of a goroutine, the half that differs */
		event->pid = rings[records[i].ring].kind == DNDPROF_RING_GO
				     ? 0
				     : (uint32_t)(raw->context >> 32);
		if (event->end_ns > process->end_ns)
			process->end_ns = event->end_ns;
	}
	if (process->stacks.count)
		sort(process->stacks.items, process->stacks.count, sizeof(struct event),
		     compare_events);
	if (process->events.count)
		sort(process->events.items, process->events.count, sizeof(struct event),
		     compare_events);
}

/* Of a process in which both gates see calls, nearly all of them come by Go's. */
static void read_stats(struct process *process)
{
	const struct dndprof_header *header = profile_header(process->profile);
	double null[2] = {0, 0};
	int32_t parts;

	for (unsigned int call = 0; call < DNDPROF_RING_CALLS; call++) {
		const struct profile_stats *stats = profile_stats(process->profile, call);
		int known = profile_call(process->profile, call)->known;

		if (!stats)
			continue;
		if (dndprof_call_is_null(known))
			null[known == DNDPROF_CALL_null_go] =
				histogram_quantile(&stats->histogram, 0.5) *
				clock_tick_ns(process->clock);
		else if (!dndprof_call_is_mark(known))
			process->calls += stats->count;
	}
	process->null_ns = null[1] > 0 ? null[1] : null[0];
	parts = null[1] > 0 ? header->go_call_null : header->call_null;
	process->call_null_ns =
		parts ? (double)parts / DNDPROF_NULL_PARTS * clock_tick_ns(process->clock)
		      : process->null_ns;
}

static void note(struct process *process, const char *text)
{
	*list_add(&process->notes) = text;
}

/* From when on the records of all rings are there: the latest begin of one that wrapped, or of what
 * was read at all. Records stand in a ring by their end. */
static int64_t window_start(const struct process *process, int64_t read_from_ns)
{
	int64_t begin_ns = read_from_ns < process->end_ns ? read_from_ns : process->end_ns;
	size_t rings;
	const struct profile_ring *ring = profile_rings(process->profile, &rings);
	int64_t *first = memory_get((rings + 1) * sizeof(*first)), latest = process->start_ns;

	for (size_t i = 0; i < process->events.count; i++) {
		const struct event *event = &process->events.items[i];
		int64_t *oldest = &first[event->record->ring];

		if (!*oldest || event->end_ns < *oldest)
			*oldest = event->end_ns;
	}
	for (size_t i = 0; i < rings; i++) {
		if (ring[i].kind == DNDPROF_RING_PARK)
			continue;
		if (ring[i].overwritten && first[i] > latest)
			latest = first[i];
		if (ring[i].left_out && begin_ns > latest)
			latest = begin_ns;
	}
	free(first);
	return latest;
}

/* Records of the process's own threads on the shared ring. A forked child's before its exec belong
 * there: that is no loss. Once the ring wrapped nobody can tell, and the file's count stands. */
static uint64_t shared_records(const struct process *process, uint64_t counted)
{
	size_t rings;
	const struct profile_ring *ring = profile_rings(process->profile, &rings);
	uint64_t own = 0;

	for (size_t i = 0; i < rings; i++)
		if (ring[i].kind == DNDPROF_RING_SHARED &&
		    (ring[i].overwritten || ring[i].left_out))
			return counted;
	for (size_t i = 0; i < process->events.count; i++) {
		const struct profile_record *record = process->events.items[i].record;

		own += ring[record->ring].kind == DNDPROF_RING_SHARED &&
		       !(record->raw.flags & DNDPROF_RECORD_VFORK) &&
		       record->raw.kind == DNDPROF_KIND_CALL;
	}
	return own < counted ? own : counted;
}

/* "records dropped: ..." of one is "record dropped: ...". */
static const char *singular(struct model *model, const char *sentence)
{
	static const char *const words[][2] = {{"records ", "record "},
					       {"calls ", "call "},
					       {"durations ", "duration "},
					       {"forked children ", "forked child "}};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t length = strlen(words[i][0]);

		if (strncmp(sentence, words[i][0], length) == 0)
			return arena_print(model->arena, "%s%s", words[i][1], sentence + length);
	}
	return sentence;
}

static unsigned int highest_rate(const struct process *process)
{
	size_t count;
	const struct profile_ring *rings = profile_rings(process->profile, &count);
	unsigned int rate = 0;

	for (size_t i = 0; i < count; i++)
		if (rings[i].rate > rate && rings[i].rate < 32)
			rate = rings[i].rate;
	return rate;
}

static void read_losses(struct model *model, struct process *process)
{
#define SENTENCE(id, sentence) sentence,
	static const char *const sentences[] = {DNDPROF_LOSSES(SENTENCE)};
#undef SENTENCE
	for (unsigned int i = 0; i < DNDPROF_LOSS_COUNT; i++) {
		uint64_t count = profile_loss(process->profile, (enum dndprof_loss)i);
		const char *sentence = sentences[i];

		if (i == DNDPROF_LOSS_SHARED_RING) {
			count = shared_records(process, count);
			sentence = count == 1
					   ? "record kept in the shared ring: its thread had no "
					     "ring of its own"
					   : "records kept in the shared ring: their threads had "
					     "no rings of their own";
		} else if (i == DNDPROF_LOSS_SAMPLED && highest_rate(process)) {
			sentence =
				arena_print(model->arena, "%s: one of %u was kept at the busiest",
					    sentence, 1u << highest_rate(process));
		}
		if (count)
			note(process,
			     arena_print(model->arena, "%" PRIu64 " %s", count,
					 count == 1 ? singular(model, sentence) : sentence));
	}
}

static void read_notes(struct model *model, struct process *process)
{
	const struct dndprof_header *header = profile_header(process->profile);
	uint64_t cut = profile_cut_off(process->profile);
	size_t rings;
	const struct profile_ring *ring = profile_rings(process->profile, &rings);
	uint64_t overwritten = 0, missing = 0, left_out = 0;

#define NOTE(id, bit, sentence)                \
	if (header->notes & DNDPROF_NOTE_##id) \
		note(process, sentence);
	DNDPROF_NOTES(NOTE)
#undef NOTE
	read_losses(model, process);
	process->window_ns = window_start(process, model->runs.items[process->run].window_ns);
	for (size_t i = 0; i < rings; i++) {
		overwritten += ring[i].kind == DNDPROF_RING_PARK ? 0 : ring[i].overwritten;
		missing += ring[i].missing;
		left_out += ring[i].left_out;
	}
	process->lost = overwritten + missing;
	if (overwritten) {
		char from[DURATION_TEXT];

		note(process,
		     arena_print(model->arena,
				 "the oldest %" PRIu64
				 " record slots were overwritten: operations are "
				 "complete only from %s after its start",
				 overwritten,
				 duration_text(process->window_ns - process->start_ns, from)));
	}
	if (left_out)
		note(process,
		     arena_print(model->arena,
				 "its oldest %" PRIu64
				 " record slots were left out: --records says how many are read",
				 left_out));
	if (missing)
		note(process, arena_print(model->arena,
					  "%" PRIu64 " record slots were in flight or are missing",
					  missing));
	if (cut)
		note(process,
		     arena_print(model->arena, "the file is cut off: %" PRIu64 " bytes are missing",
				 cut));
	if (profile_damaged(process->profile))
		note(process, "the file is damaged: parts of it were left out");
}

static bool on_this_host(const struct profile *profile)
{
	const char *host = profile_info(profile, "host");
	char own[256] = "";

	gethostname(own, sizeof(own) - 1);
	return host && strcmp(host, own) == 0;
}

static const char *sentence(const char *refused)
{
#define SENTENCE(id, word, text)        \
	if (strcmp(refused, word) == 0) \
		return text;
	DNDPROF_GO_REFUSALS(SENTENCE)
#undef SENTENCE
	return "its system calls could not be seen";
}

/* What made the file too small, where that was the reason. */
static const char *room_left(struct model *model, const struct profile *profile,
			     const char *refused)
{
	const char *budget = profile_info(profile, "config.MAX_MEMORY");
	uint64_t capacity = profile_header(profile)->capacity;

	if (strcmp(refused, "memory") != 0 || !budget)
		return "";
	return arena_print(model->arena, ", of %" PRIu64 " bytes at most%s", capacity,
			   capacity < strtoull(budget, NULL, 10)
				   ? ", by its file size limit (RLIMIT_FSIZE)"
				   : "");
}

bool model_is_unseen(const struct process *process)
{
	return strcmp(process->gate, "unobserved") == 0 &&
	       (process->profile || strcmp(process->program, "dndprof") != 0);
}

static void find_gate(struct model *model, struct process *process)
{
	const char *refused;
	static const char *const gates[] = {"unobserved", "libc", "go", "libc+go"};
	uint32_t bits = profile_header(process->profile)->gates & 3;

	process->gate = gates[bits];
	if (!bits)
		process->reason = "the profile names no gate";
	refused = profile_info(process->profile, "go_refused");
	if (bits == DNDPROF_GATE_LIBC && process->forked &&
	    profile_info(process->profile, "go_version")) {
		process->gate = "unobserved";
		process->reason = "forked child of a Go program: only its parent is observed";
	} else if (!(bits & DNDPROF_GATE_GO) && refused) {
		const char *version = profile_info(process->profile, "go_version");

		process->gate = "unobserved";
		process->reason =
			arena_print(model->arena, "%s program: %s%s", version ? version : "Go",
				    sentence(refused), room_left(model, process->profile, refused));
	} else if (bits == DNDPROF_GATE_LIBC && *process->exe && on_this_host(process->profile)) {
		struct program program;

		program_inspect(process->exe, &program);
		if (program.go && !program.script) {
			process->gate = "unobserved";
			process->reason = "Go program: the go gate did not recognise it";
		}
	}
}

static const char *info_or(const struct profile *profile, const char *key, const char *other)
{
	const char *value = profile_info(profile, key);

	return value && *value ? value : other;
}

/* The kernel's name of a program has 15 bytes; the file's is whole. */
static const char *program_of(const struct process *process, const struct profile *profile)
{
	const char *name = info_or(profile, "program", "?"), *slash = strrchr(process->exe, '/');

	return strlen(name) == 15 && slash && strncmp(slash + 1, name, 15) == 0 ? slash + 1 : name;
}

static void read_process(struct model *model, uint32_t run, const struct profile *profile)
{
	const struct dndprof_header *header = profile_header(profile);
	struct process *process = list_add(&model->processes);
	size_t samples;
	const struct dndprof_sample *sample = profile_samples(profile, &samples);

	process->run = run;
	process->parent = process->maker = NONE;
	process->profile = profile;
	process->clock = model_clock_of(&model->runs.items[run], profile);
	process->pid = (int)header->pid;
	process->ppid = (int)header->ppid;
	process->exe = info_or(profile, "exe", "");
	process->program = program_of(process, profile);
	process->subcommand = info_or(profile, "subcommand", "");
	process->check = info_or(profile, "check", NULL);
	process->forked = header->forked;
	process->running = header->end == DNDPROF_END_OPEN;
	process->wait_status =
		header->end == DNDPROF_END__EXIT ? (header->end_status & 0xff) << 8 : -1;
	process->start_ns = process->end_ns = clock_ns(process->clock, header->start_ticks);
	if (header->ready_ticks > header->start_ticks && !header->forked)
		process->startup_ns =
			clock_ns(process->clock, header->ready_ticks) - process->start_ns;
	if (header->end_ticks)
		process->end_ns = clock_ns(process->clock, header->end_ticks);
	for (size_t i = 0; i < samples; i++)
		if (clock_ns(process->clock, sample[i].ticks) > process->end_ns)
			process->end_ns = clock_ns(process->clock, sample[i].ticks);
	read_stats(process);
	read_events(process);
	read_notes(model, process);
	find_gate(model, process);
}

void model_processes(struct model *model, uint32_t run)
{
	const struct run *source = model->runs.items[run].run;

	for (size_t i = 0; i < source->profiles.count; i++)
		read_process(model, run, source->profiles.items[i]);
}
