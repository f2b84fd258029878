/*
 * profile.h - the profile file: the only contract between the shim, which writes it, and the
 * analyzer, which reads it.
 *
 * One file is one process image (a process that execs leaves one file for each program it was). The
 * file is mapped MAP_SHARED by the writer from its first event on and is valid at every instant:
 * whatever was committed when the process was killed is whole. Nothing is ever moved; a reader
 * needs this header and nothing else.
 *
 *   header | section table | info text | call table | samples | arena: rings, statistics, histogram
 * octaves ...
 *
 * All integers are in the writer's byte order (see `endian`); all offsets are in bytes from the
 * start of the file and 0 means "none"; all strings are UTF-8 or arbitrary bytes, never trusted,
 * NUL-padded where the field is fixed. Times are ticks of the clock named in the header; samples
 * carry pairs of ticks and nanoseconds to convert them. The file may be sparse and longer than
 * `used`.
 */
#ifndef DNDPROF_PROFILE_H
#define DNDPROF_PROFILE_H

#include <stdint.h>

#include <dndprof/build_id.h>

#define DNDPROF_MAGIC	      "DNDPROF\n" /* 8 bytes, no NUL */
#define DNDPROF_ENDIAN	      0x01020304u
#define DNDPROF_VERSION_MAJOR 1 /* another major: not readable */
#define DNDPROF_VERSION_MINOR 1 /* a higher minor only adds. 1: modules, stacks */
#define DNDPROF_SUFFIX	      ".dndprof"

/* Feature bits (header.features). A reader refuses a file with an unknown bit in the low 32,
 * ignores unknown high ones. */
#define DNDPROF_FEATURE_WEIGHTS (1ull << 0) /* record.weight_log2 may be above 0 */
#define DNDPROF_FEATURE_HASHES \
	(1ull << 32) /* http.hash is filled (a secret was made for the run) */

enum dndprof_clock {
	DNDPROF_CLOCK_TSC = 1,	     /* CPU time stamp counter; frequency from the samples */
	DNDPROF_CLOCK_MONOTONIC = 2, /* CLOCK_MONOTONIC, a tick is 1 ns */
};

/* Why the clock is what it is (header.clock_reason). */
enum dndprof_clock_reason {
	DNDPROF_CLOCK_REASON_TRUSTED = 0,     /* the kernel's own clocksource is tsc */
	DNDPROF_CLOCK_REASON_SOURCE = 1,      /* the kernel does not use the TSC */
	DNDPROF_CLOCK_REASON_UNKNOWN = 2,     /* the kernel's clocksource could not be read */
	DNDPROF_CLOCK_REASON_FORBIDDEN = 3,   /* PR_SET_TSC forbids reading it */
	DNDPROF_CLOCK_REASON_ARCHITECTURE = 4 /* no such counter here */
};

/* The gate that wrote the file (header.gates, a bit set). */
#define DNDPROF_GATE_LIBC 1u
#define DNDPROF_GATE_GO	  2u

/* How the image ended (header.end). */
enum dndprof_end {
	DNDPROF_END_OPEN = 0, /* still running, or killed, or ended where we could not see it */
	DNDPROF_END_EXIT =
		1, /* exit() or return from main: destructors ran; the status is not known here */
	DNDPROF_END__EXIT = 2, /* _exit(); end_status is its argument */
	DNDPROF_END_EXEC =
		3, /* exec was called; if it failed, the image went on and this is OPEN again */
};

/* Things the analyzer must tell the user of (header.notes, a bit set). X(id, bit, sentence). */
#define DNDPROF_NOTES(X)                                                                      \
	X(TLS, 0, "tls: connections are encrypted; requests on them cannot be told apart")    \
	X(IO_URING, 1, "partial: io_uring in use; what it does is not seen")                  \
	X(SECCOMP, 2,                                                                         \
	  "seccomp: the program filters its system calls; no resource samples or new memory " \
	  "after that, and no records where the clock is read by a system call")              \
	X(TSC_FORBIDDEN, 3,                                                                   \
	  "partial: the program forbade the time stamp counter; recording stopped there")     \
	X(BAD_CONFIG, 4,                                                                      \
	  "configuration: a DNDPROF_ variable was not understood and its default used")       \
	X(MEMORY_BUDGET, 5, "budget: DNDPROF_MAX_MEMORY reached; some threads share a ring")  \
	X(DISK, 6, "disk: no room for more records; older ones were overwritten sooner")      \
	X(STATIC_NS, 7, "namespace: a second C library (dlmopen or static) is not seen")      \
	X(STACKS_LIBRARY, 8,                                                                  \
	  "stacks: none of C code: libunwind-x86_64.so.8 (libunwind8) could not be loaded")   \
	X(STACKS_LIBC, 9, "stacks: none of C code: they need glibc 2.35 or newer")            \
	X(STACKS_START, 10,                                                                   \
	  "stacks: none of C code: there were threads already, or memory could not be read")

#define DNDPROF_NOTE_ENUM(id, bit, sentence) DNDPROF_NOTE_##id = 1u << bit,
enum dndprof_note { DNDPROF_NOTES(DNDPROF_NOTE_ENUM) };
#undef DNDPROF_NOTE_ENUM

/* Why something was not recorded (header.losses, counters). X(id, sentence) */
#define DNDPROF_LOSSES(X)                                                           \
	X(NO_RING, "records dropped: no ring could be had")                         \
	X(NO_STATS, "calls not counted: no memory for statistics")                  \
	X(NO_HISTOGRAM, "durations missing from histograms: no memory for buckets") \
	X(SHARED_RING, "records kept in the shared ring: no ring of their own")     \
	X(FORKED_CHILD, "forked children that could not open a profile")            \
	X(SAMPLED, "records left out by sampling")                                  \
	X(FD_RANGE, "calls on descriptors beyond the table")                        \
	X(STACK, "stacks left out: another was being taken, or their share of time was used up")

#define DNDPROF_LOSS_ENUM(id, sentence) DNDPROF_LOSS_##id,
enum dndprof_loss { DNDPROF_LOSSES(DNDPROF_LOSS_ENUM) DNDPROF_LOSS_COUNT };
#undef DNDPROF_LOSS_ENUM
#define DNDPROF_LOSS_MAX 16

enum dndprof_section_type {
	DNDPROF_SECTION_INFO = 1,    /* text, lines of "key=value\n"; see INFO below */
	DNDPROF_SECTION_CALLS = 2,   /* struct dndprof_call_entry[count] */
	DNDPROF_SECTION_SAMPLES = 3, /* struct dndprof_sample[count] */
	DNDPROF_SECTION_ARENA = 4,   /* rings and statistics; reached from header.rings only */
};

/*
 * INFO keys: version (of the shim), program (what a person would call it), exe, subcommand
 * (docker's words only; may be absent), host, boot_id, libc, run (directory name), check
 * (DNDPROF_CHECK), exec_class (of `docker exec` and its like: what it runs in the container, a name
 * of DNDPROF_EXEC_CLASSES), fs (hex magic of the file system the file is on), config.NAME (each
 * setting in force, with its unit), bad_config (name of a variable that was not understood),
 * go_version and go_refused (of a Go program: why its system calls are not seen, a word of go.h).
 */

struct dndprof_section {
	uint32_t type;	     /* enum dndprof_section_type; a reader skips types it does not know */
	uint32_t entry_size; /* bytes of one entry; 1 for text */
	uint64_t offset;
	uint64_t count; /* entries; for text bytes in use */
};

#define DNDPROF_NULL_PARTS   256
#define DNDPROF_NULL_UNKNOWN 1

struct dndprof_header {
	char magic[8];
	uint32_t endian;
	uint32_t header_size; /* sizeof(struct dndprof_header) of the writer */
	uint16_t version_major;
	uint16_t version_minor;
	uint32_t section_count;
	uint64_t section_offset;
	uint64_t features;
	uint64_t capacity; /* bytes the writer may come to use, at most */
	uint64_t used;	   /* bytes in use; nothing beyond is meaningful. Grows only. */
	uint64_t rings; /* offset of the newest struct dndprof_ring; they are chained by `next` */
	uint32_t gates;
	uint32_t clock;	       /* enum dndprof_clock */
	uint32_t clock_reason; /* enum dndprof_clock_reason */
	uint32_t notes;	       /* bits of enum dndprof_note */
	uint32_t pid;
	uint32_t ppid;
	uint32_t uid;
	uint32_t end; /* enum dndprof_end */
	int32_t end_status;
	uint32_t forked;	   /* 1: this image is a fork of its parent, no exec between */
	uint64_t start_ticks;	   /* the constructor's (or, forked, the first record's) begin */
	uint64_t ready_ticks;	   /* the constructor's end; ready - start is what starting cost */
	uint64_t end_ticks;	   /* 0 while open */
	uint64_t process_start_ns; /* the kernel's start of the process in ns of CLOCK_BOOTTIME, 10
				      ms steps; 0: no data */
	uint64_t run_id;	   /* the same for all files of a run */
	uint64_t image;		   /* tells the images of one pid apart, rising */
	uint64_t losses[DNDPROF_LOSS_MAX]; /* by enum dndprof_loss */
	uint64_t price;	  /* ticks that recording a call takes, without its slot, as calibrated when
			     this image began (cost.h); 0: no data */
	uint64_t modules; /* since 1.1: offset of the newest struct dndprof_module; chained by
			     `next` */
	uint64_t stacks;  /* since 1.1: stacks taken of C code */
	uint64_t stack_ticks; /* since 1.1: how long that took */
	uint64_t go_price;    /* since 1.1: ticks that recording a call of Go takes, its slot
				 included, as calibrated; 0: no data */
	/* Since 1.1: by how much the duration of a call that enters the kernel is recorded too
	 * long, in 1/DNDPROF_NULL_PARTS of a tick, as calibrated, by gate. Too short, where below
	 * 0: the clock is read while the processor waits for the kernel anyway.
	 * DNDPROF_NULL_UNKNOWN: as good as nothing, for the machine was too busy to tell. 0: no
	 * data, then it is the empty interval, as of all else (calls null and null_go). */
	int32_t call_null, go_call_null;
	uint64_t reserved[1];
};
_Static_assert(sizeof(struct dndprof_header) == 336, "file format");
_Static_assert(sizeof(struct dndprof_section) == 24, "file format");

struct dndprof_call_entry {
	char name[32];
	char category[16];
	uint8_t subject; /* enum dndprof_subject */
	uint8_t result;	 /* enum dndprof_result */
	uint8_t pad[14];
};
_Static_assert(sizeof(struct dndprof_call_entry) == 64, "file format");

/*
 * A file that was mapped while an address in this profile lay in it: what is needed to name the
 * address later. Only modules of addresses that were recorded are here; one may be here twice, and
 * the newest is right where two overlap (a library that was closed made room for another).
 */
#define DNDPROF_MODULE_MAGIC 0x4c444f4du /* "MODL" */

struct dndprof_module {
	uint32_t magic;
	uint16_t path_bytes; /* of `path`, without a final NUL */
	uint8_t build_id_bytes;
	uint8_t reserved;
	uint64_t next;			    /* offset of the module written before this one */
	uint64_t start, end;		    /* addresses it covers: [start, end) */
	uint64_t bias;			    /* what is added to addresses in the file */
	uint8_t build_id[DNDPROF_BUILD_ID]; /* build_id.h */
	char path[];
};
_Static_assert(sizeof(struct dndprof_module) == 72, "file format");

/* A clock anchor and, where asked for, the process's resources at that moment. Unordered; entries
 * with ticks 0 are empty. */
struct dndprof_sample {
	uint64_t ticks; /* stored last, with release */
	uint64_t monotonic_ns;
	uint64_t realtime_ns;
	uint64_t error_ticks; /* half width of the interval in which the pair was read */
	uint64_t user_us;     /* CPU time of the process so far */
	uint64_t system_us;
	uint64_t rss_bytes; /* 0: no data */
	uint64_t peak_bytes;
	uint32_t threads; /* seen alive by us; 0: no data */
	uint32_t kind;	  /* 0 start, 1 periodic, 2 end */
	uint64_t voluntary_switches;
	uint64_t involuntary_switches;
	uint64_t minor_faults;
	uint64_t major_faults;
	uint64_t reserved[3];
};
_Static_assert(sizeof(struct dndprof_sample) == 128, "file format");

enum dndprof_ring_kind {
	DNDPROF_RING_THREAD = 1, /* one writer at a time */
	DNDPROF_RING_SHARED = 2, /* many writers: threads without a ring of their own, and children
				    between fork and exec */
	DNDPROF_RING_GO = 3,	 /* many writers: all threads of a Go program, or those on one of
				    several processors. All its calls are timed: stats.timed stays
				    0 there and is stats.count; where `sampled` has a rate, it is
				    what the histogram counts. */
	DNDPROF_RING_PARK = 4,	 /* many writers: the waits of a Go program's threads (futex),
				    apart, so that they take no other record's place */
};

#define DNDPROF_RING_MAGIC    0x474e4952u /* "RING" */
#define DNDPROF_RING_SEGMENTS 24
#define DNDPROF_RING_CALLS    190

/*
 * A ring of 64-byte slots. Positions count up from 0 and never wrap; position p lives in slot
 * q = p mod capacity, where capacity = base_slots << (segment_count - 1). Slots [0, base_slots) are
 * in segment 0, slots [base_slots << (k-1), base_slots << k) in segment k >= 1. Each slot names its
 * position, so the ring is read by looking at every slot: valid are those with seq = p + 1,
 * head - capacity <= p < head and p mod capacity = q (a ring that grew keeps what it had).
 */
struct dndprof_thread;
struct dndprof_ring {
	uint32_t magic;
	uint32_t kind;	     /* enum dndprof_ring_kind */
	uint64_t next;	     /* offset of the ring made before this one */
	uint64_t head;	     /* positions reserved so far, in slots */
	uint32_t base_slots; /* a power of two */
	uint32_t segment_count;
	uint32_t owner;		/* kernel id of the thread that writes, or wrote last */
	uint32_t owners;	/* threads that had this ring, one after another */
	uint64_t in_call_since; /* ticks at which the call now under way began; 0: none */
	uint32_t in_call;	/* its call id */
	uint32_t index;		/* number of the ring in its process */
	uint64_t segment[DNDPROF_RING_SEGMENTS]; /* offsets */
	uint64_t stats[DNDPROF_RING_CALLS]; /* offset of struct dndprof_stats by call id; 0: never
					       called */
	uint64_t spare;
	uint64_t thread;  /* offset of struct dndprof_thread; 0: none */
	uint64_t sampled; /* calls left out of times and records by sampling, and above them the
			     highest rate there was: log2 of how many calls one stood for */
};
#define DNDPROF_RING_RATE_SHIFT 56
#define DNDPROF_RING_SAMPLED	((1ull << DNDPROF_RING_RATE_SHIFT) - 1)
_Static_assert(sizeof(struct dndprof_ring) == 1792, "file format");

enum dndprof_thread_state {
	DNDPROF_THREAD_ALIVE = 0, /* as far as anybody knows */
	DNDPROF_THREAD_ENDED = 1, /* it said goodbye: its record says when */
	DNDPROF_THREAD_GONE = 2,  /* the process ended after it; nobody saw when (cancelled) */
};

/* The thread that owns a ring: what is known of it however often the ring wrapped. Of earlier
 * owners there are the records only. */
struct dndprof_thread {
	char name[16]; /* the last that was seen: set, or asked for as it began, waited, ended */
	uint64_t start_routine; /* address; 0: not made by pthread_create, as the main one */
	uint64_t begun;		/* ticks */
	uint64_t handle;	/* pthread_t; 0: no data */
	uint64_t cpu_ns;	/* CPU time when it, or the process, ended; 0: no data */
	uint32_t tid;		/* 0: nobody yet */
	uint32_t state;		/* enum dndprof_thread_state */
	uint64_t reserved;
};
_Static_assert(sizeof(struct dndprof_thread) == 64, "file format");

/*
 * Exact figures of one call on one ring, since its start (wrap of the ring changes nothing).
 * Durations are in ticks. Histogram: OpenTelemetry's base-2 exponential scheme at scale 5, 32
 * buckets an octave, lower bounds inclusive: octave o, bucket b counts durations in [2^(o + b/32),
 * 2^(o + (b+1)/32)). Durations of 0 count in `zero`, longer than the last octave in its last
 * bucket.
 */
#define DNDPROF_OCTAVES 44
#define DNDPROF_BUCKETS 32 /* an octave */

struct dndprof_stats {
	uint32_t call;
	uint32_t reserved;
	uint64_t count;	  /* all calls, timed or not */
	uint64_t errors;  /* failed, without the following */
	uint64_t retries; /* EAGAIN, EINTR, EINPROGRESS, EALREADY, and trylocks that were busy */
	uint64_t bytes;	  /* moved, peeked ones not counted */
	uint64_t timed;	  /* calls with a duration (of locks, the contended); of sampled ones an
			     estimate: each kept stands for 2^weight_log2, in the sum and the
			     histogram, too */
	uint64_t sum;
	uint64_t min;
	uint64_t max;
	uint64_t zero;
	uint64_t octave[DNDPROF_OCTAVES]; /* offsets of uint64_t[DNDPROF_BUCKETS]; 0: empty */
};
_Static_assert(sizeof(struct dndprof_stats) == 432, "file format");

enum dndprof_kind {
	DNDPROF_KIND_CALL = 1,	/* one call */
	DNDPROF_KIND_MORE = 2,	/* continuation slot of the record before it: struct dndprof_more */
	DNDPROF_KIND_EXTRA = 3, /* a further payload of the call record before it on the same ring
				   (times repeated) */
};

/* What follows a record in its continuation slots (record.payload). */
enum dndprof_payload {
	DNDPROF_PAYLOAD_NONE = 0,
	DNDPROF_PAYLOAD_REQUEST = 1,  /* struct dndprof_http: an HTTP request's head left or came */
	DNDPROF_PAYLOAD_RESPONSE = 2, /* struct dndprof_http */
	DNDPROF_PAYLOAD_ADDRESS =
		3, /* struct sockaddr of the peer (bind: of us), as the kernel has it */
	DNDPROF_PAYLOAD_NAME = 4,    /* name asked of a resolver function; text */
	DNDPROF_PAYLOAD_DNS = 5,     /* struct dndprof_dns: a message to or from port 53 */
	DNDPROF_PAYLOAD_PROGRAM = 6, /* program to be run, docker's subcommand words, the program's
					own DNDPROF_CHECK, with a NUL between; empty or left out
					where there is none; text */
	DNDPROF_PAYLOAD_PATH = 7,    /* file under /proc/sys/net that was opened to be read; text */
	DNDPROF_PAYLOAD_NETLINK = 8, /* struct dndprof_netlink: a message of routing netlink was
					sent */
	DNDPROF_PAYLOAD_BODY =
		9, /* uint32_t: enum dndprof_exec_class of a body that came apart from its head */
	DNDPROF_PAYLOAD_THREAD = 10, /* char[16] thread name, then uint64_t: start routine's
					address, pthread_t (0: no data) */
	DNDPROF_PAYLOAD_REGION =
		11, /* of region, check and job: category, NUL, name and, of a job that names its
		       worker, NUL, worker; text. Each part has at most 128 bytes. */
	DNDPROF_PAYLOAD_STACK =
		12, /* uint64_t[]: return addresses, the innermost first; on an EXTRA record */
};

/*
 * Regions. A record of the calls region, check and job is written when what the program marked has
 * ended, on the ring of the thread that ended it: `result` is what the program said of it, 0 for
 * success; `error` is 0 for success, else |result|, at most 255. The category of a check is
 * "check", that of a job "worker"; a region that the program gives such a category is recorded as
 * one. Those that lie within each other on one thread are nested.
 *
 * `stopped` is written twice for each time the program had recording stopped: as it stops, with
 * BEGIN, and as it goes on, whole. Without the second it was never started again.
 */
#define DNDPROF_REGION_CHECK "check"
#define DNDPROF_REGION_JOB   "worker"
#define DNDPROF_REGION_TEXT  128 /* bytes of one part */

/* record.flags */
#define DNDPROF_RECORD_BEGIN \
	0x01 /* written before the call: it may never return (exec, _exit); duration is 0 */
#define DNDPROF_RECORD_SENT	0x02 /* bytes went out */
#define DNDPROF_RECORD_RECEIVED 0x04
#define DNDPROF_RECORD_PEEK	0x08 /* MSG_PEEK: the bytes come again */
#define DNDPROF_RECORD_TLS	0x10 /* the flow's first bytes were a TLS record */
#define DNDPROF_RECORD_VFORK \
	0x20 /* made by a vfork child in its parent's memory, or a forked child before its exec */
#define DNDPROF_RECORD_UNIX 0x40 /* the descriptor is an AF_UNIX socket */
#define DNDPROF_RECORD_INET 0x80 /* AF_INET or AF_INET6 */

/*
 * record.arg: bytes offered or asked for; NEWFD: the old descriptor (socket: its type); locks: the
 * lock's address; futex: its address; poll: number of descriptors; wait*: the status (result: the
 * pid); waitid: the pid, si_status << 32, si_code << 48; posix_spawn: the child's pid; getsockopt:
 * optname; ioctl: request; thread: its CPU time in ns, when it ends (0: no data); waits and wakes:
 * the condition's, semaphore's or barrier's address, thread ids of joined ones being pthread_t; an
 * exec: in the BEGIN record `result` is what became of it (route.h), and one that fails leaves a
 * second record, without BEGIN (in Go: the pid of who tried).
 *
 * record.generation of waits (pthread_cond_*wait, sem_*wait) and of a thread's end: one more than
 * how often the thread had taken the lock it goes with, without waiting, since its last wait with
 * it, or since it began, at least: the condition's mutex; the semaphore itself, by sem_wait; of a
 * thread's end, that of its last wait. 0: no data. So between two waits with 1 in the latter a
 * worker never came by its queue again. Of semaphores besides: with DNDPROF_TAKEN_HELD the thread
 * took it before and has not posted it since, so it waits to be woken, not for a lock; and
 * DNDPROF_TAKEN_TRIED of them it took since it last waited at one, by sem_trywait or by that wait.
 *
 * A thread that is woken, and what woke it: pthread_cond_signal, pthread_cond_broadcast and
 * sem_post are counted, and recorded when somebody may be waiting, or when the caller was itself
 * woken there
 * (`generation` of a signal: as of waits). A semaphore taken at once while somebody may be waiting
 * is recorded as sem_trywait.
 *
 * record.context: libc gate: thread id, and in the high half the process id where it is not the
 * file's own; on a ring of kind GO the goroutine (its address), of kind PARK the thread id.
 */
struct dndprof_record {
	uint64_t seq;	   /* position + 1; 0 while being written; stored last, with release */
	uint64_t start;	   /* ticks */
	uint64_t duration; /* ticks, the null interval not yet taken off; 0 is legal */
	int64_t result;
	int32_t fd;	     /* see calls.h "subject"; -1: none */
	uint32_t generation; /* of the fd's flow: (file, fd, generation) names a flow */
	uint64_t arg;	     /* see above */
	uint16_t call;	     /* enum dndprof_call of the writer: look it up in section CALLS */
	uint8_t kind;	     /* enum dndprof_kind */
	uint8_t slots;	     /* this one and its continuations */
	uint8_t payload;     /* enum dndprof_payload */
	uint8_t weight_log2; /* the record stands for 2^k calls */
	uint8_t error;	     /* errno, or the ERROR result when it fits; 0: none */
	uint8_t flags;	     /* DNDPROF_RECORD_* */
	uint64_t context;    /* see above */
};
/* generation of waits */
#define DNDPROF_TAKEN_MOST  0x000fffffu /* so often or more */
#define DNDPROF_TAKEN_SHIFT 20		/* above it the other semaphores, */
#define DNDPROF_TAKEN_TRIED 0x7ffu	/* so many or more */
#define DNDPROF_TAKEN_HELD  0x80000000u

/* A continuation slot. A record's payload is the data of its continuations, joined. */
#define DNDPROF_MORE_BYTES 40
struct dndprof_more {
	uint64_t seq; /* position + 1 */
	uint8_t data[DNDPROF_MORE_BYTES];
	uint16_t length; /* bytes of data in use */
	uint8_t kind;	 /* DNDPROF_KIND_MORE, where a record has its kind */
	uint8_t reserved[5];
	uint64_t owner; /* seq of its record */
};
_Static_assert(sizeof(struct dndprof_more) == 64, "file format");
_Static_assert(__builtin_offsetof(struct dndprof_more, kind) ==
		       __builtin_offsetof(struct dndprof_record, kind),
	       "file format");

/* http.flags */
#define DNDPROF_HTTP_CHUNKED   0x0001 /* Transfer-Encoding names chunked */
#define DNDPROF_HTTP_UPGRADE   0x0002 /* an Upgrade header is there */
#define DNDPROF_HTTP_CLOSE     0x0004 /* Connection: close */
#define DNDPROF_HTTP_CONTINUE  0x0008 /* Expect: 100-continue */
#define DNDPROF_HTTP_QUERY     0x0010 /* the target had a query; its text is not here */
#define DNDPROF_HTTP_TRUNCATED 0x0020 /* the line is longer than what is kept */
#define DNDPROF_HTTP_INCOMPLETE \
	0x0040 /* the head's end was not in the same buffer: the facts may lack some */
#define DNDPROF_HTTP_H2C  0x0080 /* Upgrade: h2c */
#define DNDPROF_HTTP_BODY 0x0100 /* bytes of the body were in the same buffer */
#define DNDPROF_HTTP_CONTINUED \
	0x0200 /* no first line: the end of a head that was INCOMPLETE, with all its facts */

/* http.query: flags of the query that tell a long answer from a slow one; set when given and not
 * "0" or "false". */
#define DNDPROF_QUERIES(X) \
	X(follow, 0)       \
	X(stream, 1) X(logs, 2) X(wait, 3) X(watch, 4) X(stdin, 5) X(tail, 6) X(until, 7)

#define DNDPROF_QUERY_ENUM(name, bit) DNDPROF_QUERY_##name = 1u << bit,
enum dndprof_query { DNDPROF_QUERIES(DNDPROF_QUERY_ENUM) };
#undef DNDPROF_QUERY_ENUM

/* What an exec-create would run (http.exec_class, PAYLOAD_BODY). X(id, name) */
#define DNDPROF_EXEC_CLASSES(X)         \
	X(NONE, "")                     \
	X(OTHER, "other")               \
	X(PING_NAME, "ping name")       \
	X(PING_ADDRESS, "ping address") \
	X(LOOKUP, "lookup") /* nslookup, getent, dig, host */

#define DNDPROF_EXEC_ENUM(id, name) DNDPROF_EXEC_##id,
enum dndprof_exec_class { DNDPROF_EXEC_CLASSES(DNDPROF_EXEC_ENUM) DNDPROF_EXEC_COUNT };
#undef DNDPROF_EXEC_ENUM

/* PAYLOAD_REQUEST and PAYLOAD_RESPONSE: this, then the first line up to the first '?', CR or LF,
 * without user information; of a request with a query, the text after the target (" HTTP/1.1") is
 * not kept. */
struct dndprof_http {
	uint32_t flags;		/* DNDPROF_HTTP_* */
	uint32_t query;		/* enum dndprof_query, requests only */
	int64_t content_length; /* -1: not given */
	uint64_t hash; /* keyed hash of a request's whole first line, its query included: equal
			* lines without bodies are equal requests; 0: none */
	uint32_t head_bytes; /* of the head, its empty line included, within this buffer */
	uint8_t exec_class;  /* enum dndprof_exec_class */
	uint8_t reserved[3];
};
_Static_assert(sizeof(struct dndprof_http) == 32, "file format");

/* PAYLOAD_DNS: this, then the name as dotted text. */
struct dndprof_dns {
	uint16_t id;
	uint16_t flags; /* as in the message, host order: 0x8000 response, low 4 bits response code
			 */
	uint16_t type;	/* of the first question */
	uint16_t answers;
};
_Static_assert(sizeof(struct dndprof_dns) == 8, "file format");

/* Which interface a request for links names (netlink.link). Never its name itself. */
enum dndprof_link {
	DNDPROF_LINK_NONE = 0,	  /* none by name: all of them, or one by its number */
	DNDPROF_LINK_DOCKER0 = 1, /* docker0, the default bridge */
	DNDPROF_LINK_OTHER = 2,
};

/* PAYLOAD_NETLINK: of the first message of a call. A payload of two bytes is its type alone. */
struct dndprof_netlink {
	uint16_t type;	/* nlmsg_type: 18 asks for links (RTM_GETLINK) */
	uint16_t flags; /* nlmsg_flags: 0x300 asks for all there are (NLM_F_DUMP) */
	uint8_t link;	/* enum dndprof_link, of RTM_GETLINK */
	uint8_t reserved[3];
};
_Static_assert(sizeof(struct dndprof_netlink) == 8, "file format");

#endif
