/*
 * format.c - the man page of the profile file: the layout in words, the fields by offset, made from
 * include/dndprof/profile.h itself so that it cannot be wrong.
 */
#include "help/help.h"

#include <dndprof/calls.h>
#include <dndprof/profile.h>
#include <dndprof/version.h>

#include <stddef.h>

struct field {
	const char *name, *meaning;
	size_t offset, size;
};
#define FIELD(type, field, meaning)                                                              \
	{                                                                                        \
#field, meaning, offsetof(struct type, field), sizeof(((struct type *)0)->field) \
	}

static const struct field header_fields[] = {
	FIELD(dndprof_header, magic, "DNDPROF and a newline"),
	FIELD(dndprof_header, endian, "0x01020304 in the writer's byte order"),
	FIELD(dndprof_header, header_size, "bytes of the writer's header"),
	FIELD(dndprof_header, version_major, "another one cannot be read"),
	FIELD(dndprof_header, version_minor, "a higher one only adds"),
	FIELD(dndprof_header, section_count, "entries of the section table"),
	FIELD(dndprof_header, section_offset, "where it is"),
	FIELD(dndprof_header, features, "an unknown bit of the low 32: cannot be read"),
	FIELD(dndprof_header, capacity, "bytes the writer may come to use"),
	FIELD(dndprof_header, used, "bytes in use; grows only"),
	FIELD(dndprof_header, rings, "offset of the newest ring; they are chained"),
	FIELD(dndprof_header, gates, "who wrote: 1 the C library's calls, 2 Go's"),
	FIELD(dndprof_header, clock, "1 time stamp counter, 2 CLOCK_MONOTONIC in ns"),
	FIELD(dndprof_header, clock_reason, "why that clock"),
	FIELD(dndprof_header, notes, "what people must be told, a bit set"),
	FIELD(dndprof_header, pid, "process id"),
	FIELD(dndprof_header, ppid, "of its parent"),
	FIELD(dndprof_header, uid, "user id"),
	FIELD(dndprof_header, end, "0 open, 1 exit, 2 _exit, 3 exec"),
	FIELD(dndprof_header, end_status, "argument of _exit"),
	FIELD(dndprof_header, forked, "1: a fork of its parent, no exec between"),
	FIELD(dndprof_header, start_ticks, "when recording began to begin"),
	FIELD(dndprof_header, ready_ticks, "when it had begun"),
	FIELD(dndprof_header, end_ticks, "0 while open"),
	FIELD(dndprof_header, process_start_ns,
	      "the kernel's start of the process, CLOCK_BOOTTIME"),
	FIELD(dndprof_header, run_id, "the same for all files of a run"),
	FIELD(dndprof_header, image, "tells the programs apart that one process was"),
	FIELD(dndprof_header, losses, "counters of what was lost, by reason"),
	FIELD(dndprof_header, price, "ticks that recording a call takes"),
	FIELD(dndprof_header, go_price, "the same of a call of Go, with its slot"),
	FIELD(dndprof_header, call_null, "what calls show too much, 1/256 ticks"),
	FIELD(dndprof_header, go_call_null, "the same of Go's"),
	FIELD(dndprof_header, modules, "since 1.1: offset of the newest module"),
};

static const struct field section_fields[] = {
	FIELD(dndprof_section, type, "1 info, 2 calls, 3 samples, 4 arena; others are skipped"),
	FIELD(dndprof_section, entry_size, "bytes of an entry; 1 for text"),
	FIELD(dndprof_section, offset, "of the first entry"),
	FIELD(dndprof_section, count, "entries; of text: bytes"),
};

static const struct field sample_fields[] = {
	FIELD(dndprof_sample, ticks, "stored last; 0: empty"),
	FIELD(dndprof_sample, monotonic_ns, "the same moment on CLOCK_MONOTONIC"),
	FIELD(dndprof_sample, realtime_ns, "and on CLOCK_REALTIME"),
	FIELD(dndprof_sample, error_ticks, "half the interval in which they were read"),
	FIELD(dndprof_sample, user_us, "CPU time so far"),
	FIELD(dndprof_sample, system_us, "the same in the kernel"),
	FIELD(dndprof_sample, rss_bytes, "0: no data"),
	FIELD(dndprof_sample, peak_bytes, "highest so far"),
	FIELD(dndprof_sample, threads, "alive; 0: no data"),
	FIELD(dndprof_sample, kind, "0 start, 1 periodic, 2 end"),
};

static const struct field ring_fields[] = {
	FIELD(dndprof_ring, magic, "RING"),
	FIELD(dndprof_ring, kind, "1 thread, 2 shared, 3 Go, 4 Go's waits"),
	FIELD(dndprof_ring, next, "offset of the ring made before"),
	FIELD(dndprof_ring, head, "positions reserved so far"),
	FIELD(dndprof_ring, base_slots, "of the first segment, a power of two"),
	FIELD(dndprof_ring, segment_count, "each further one doubles the ring"),
	FIELD(dndprof_ring, owner, "thread id of who writes"),
	FIELD(dndprof_ring, in_call_since, "ticks; 0: no call under way"),
	FIELD(dndprof_ring, in_call, "its id"),
	FIELD(dndprof_ring, segment, "offsets of the segments"),
	FIELD(dndprof_ring, stats, "offset of the statistics of each call; 0: never called"),
	FIELD(dndprof_ring, thread, "offset of what is known of the thread"),
};

static const struct field record_fields[] = {
	FIELD(dndprof_record, seq, "position + 1; 0 while being written; stored last"),
	FIELD(dndprof_record, start, "ticks"),
	FIELD(dndprof_record, duration, "ticks, what measuring takes not yet taken off"),
	FIELD(dndprof_record, result, "of the call"),
	FIELD(dndprof_record, fd, "descriptor; -1: none"),
	FIELD(dndprof_record, generation, "of the descriptor: it names a flow with it"),
	FIELD(dndprof_record, arg, "depends on the call"),
	FIELD(dndprof_record, call, "row of section 2"),
	FIELD(dndprof_record, kind, "1 call, 2 continuation, 3 further payload"),
	FIELD(dndprof_record, slots, "with its continuations"),
	FIELD(dndprof_record, payload, "kind of what follows"),
	FIELD(dndprof_record, weight_log2, "it stands for 2^k calls"),
	FIELD(dndprof_record, error, "errno; 0: none"),
	FIELD(dndprof_record, flags, "bit set"),
	FIELD(dndprof_record, context, "thread, process or goroutine"),
};

static const struct field stats_fields[] = {
	FIELD(dndprof_stats, call, "row of section 2"),
	FIELD(dndprof_stats, count, "all calls"),
	FIELD(dndprof_stats, errors, "failed ones"),
	FIELD(dndprof_stats, retries, "EAGAIN, EINTR and the like"),
	FIELD(dndprof_stats, bytes, "moved"),
	FIELD(dndprof_stats, timed, "calls with a duration"),
	FIELD(dndprof_stats, sum, "of their durations, ticks"),
	FIELD(dndprof_stats, min, "ticks"),
	FIELD(dndprof_stats, max, "ticks"),
	FIELD(dndprof_stats, zero, "durations of 0"),
	FIELD(dndprof_stats, octave,
	      "offsets of 32 counters each: bucket b of octave o counts "
	      "durations from 2^(o + b/32) on"),
};

#define PART(name, title, fields)                                         \
	{                                                                 \
		name, title, fields, sizeof(fields) / sizeof((fields)[0]) \
	}
static const struct {
	const char *name, *title;
	const struct field *fields;
	size_t count;
} parts[] = {
	PART("HEADER", "At the start of the file.", header_fields),
	PART("SECTION", "An entry of the section table.", section_fields),
	PART("SAMPLE", "Pairs of ticks and time, and what the process used then.", sample_fields),
	PART("RING",
	     "Of a thread. Position p lies in slot p mod capacity; a slot names its position, so "
	     "that a ring is read by looking at all its slots.",
	     ring_fields),
	PART("RECORD", "One slot of a ring: one call. Payload follows in further slots.",
	     record_fields),
	PART("STATISTICS", "Of one call on one ring; exact however often the ring was overwritten.",
	     stats_fields),
};

#define NOTE(id, bit, sentence) sentence,
static const char *const notes[] = {DNDPROF_NOTES(NOTE)};
#undef NOTE

void man_format(struct buffer *text)
{
	buffer_print(
		text,
		".TH DNDPROF\\-FORMAT 5 \"\" \"dndprof %s\" \"dndprof\"\n.nh\n.ad l\n"
		".SH NAME\ndndprof\\-format \\- profile files of dndprof, version %d.%d\n"
		".SH DESCRIPTION\n"
		"A file NAME.dndprof is one program of one process. It is mapped by that program "
		"while it runs and is valid at every instant: what was committed when the program "
		"was killed is whole. Nothing in it is moved.\n.PP\n"
		"header | section table | info (lines KEY=VALUE) | call table | samples | arena: "
		"rings, statistics, histograms\n.PP\n"
		"Integers are in the writer's byte order, offsets in bytes from the start of the "
		"file, 0 for none; texts may hold any byte. A reader trusts nothing of it.\n.PP\n"
		"Below, each field stands with its offset and size in bytes. "
		"The header dndprof/profile.h says all of it with its reasons.\n",
		DNDPROF_VERSION, DNDPROF_VERSION_MAJOR, DNDPROF_VERSION_MINOR);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		buffer_print(text, ".SH %s\n", parts[i].name);
		man_prose(text, parts[i].title);
		for (size_t j = 0; j < parts[i].count; j++) {
			const struct field *field = &parts[i].fields[j];

			buffer_print(text, ".TP\n%zu, %zu: \\fB%s\\fR\n", field->offset,
				     field->size, field->name);
			man_prose(text, field->meaning);
		}
	}
	buffer_print(text, ".SH NOTES\nBits of \\fBnotes\\fR, from the lowest:\n");
	for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++) {
		buffer_print(text, ".IP \\(bu 2\n");
		man_prose(text, notes[i]);
	}
	buffer_print(text, ".SH SEE ALSO\n.BR dndprof (1),\n.BR dndprof\\-dump (1)\n");
}
