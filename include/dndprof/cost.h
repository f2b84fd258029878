/*
 * cost.h - what recording costs a program: one formula for the report (PROFILING OVERHEAD) and for
 * dndprof_overhead_percentage, and its prices.
 *
 * The price of a record is calibrated in each process when it begins (header.price,
 * header.go_price), of a call left out by sampling it is a share of that. What the process cannot
 * measure of itself is estimated by the constants below, which are medians of scripts/bench on a
 * 2.6 GHz Xeon under Debian 12; tests/e2e/test_overhead.py holds the whole against runs without
 * recording.
 */
#ifndef DNDPROF_COST_H
#define DNDPROF_COST_H

#include <stdint.h>

#define DNDPROF_COST_COUNTED_NS	   2.3	    /* a lock that was had at once, and counted */
#define DNDPROF_COST_SAMPLE_NS	   3000.0   /* clocks, getrusage; RSS where it is read */
#define DNDPROF_COST_LOAD_NS	   150000.0 /* ld.so loads the shim, the kernel frees its memory */
#define DNDPROF_COST_INJECTION_NS  750000.0 /* a static Go program is followed into its exec */
/* First use of 4 KiB of the file: a fault, a page of the page cache, a block reserved. */
#define DNDPROF_COST_PAGE_NS	   2500.0
#define DNDPROF_COST_PAGE_TMPFS_NS 1500.0
#define DNDPROF_COST_TMPFS	   0x01021994 /* INFO fs: f_type of a tmpfs */

/* A slot that carries a message's head, an address or a name: found, cleaned, copied. In Go copied
 * only. */
#define DNDPROF_COST_PAYLOAD_NS	   160.0
#define DNDPROF_COST_PAYLOAD_GO_NS 30.0

/* A record is a quarter more than what was calibrated in C: its slot. */
#define DNDPROF_COST_SLOT 1.25

/* Go's price is calibrated as well (header.go_price). Where it could not be, this share of C's:
 * 15 to 19 ns (tests/bench/go_added.c) where C's, with its slot, was 39. */
#define DNDPROF_COST_GO_SHARE 0.44

/* Of a record's price a call left out by sampling has its two clock reads and its count; in Go,
 * where the rest is less, its lot as well: 15 to 17 ns of 21 to 24 (tests/bench/go_added.c). */
#define DNDPROF_COST_LEFT_OUT	 0.5
#define DNDPROF_COST_LEFT_OUT_GO 0.7

/* So much of a whole number of ticks, without arithmetic in floating point where the share is one
 * of the above. */
#define DNDPROF_COST_PART(ticks, share) ((ticks) * (uint64_t)((share)*100 + 0.5) / 100)

/* Of one process. Times in ns. */
struct dndprof_cost {
	double price;	   /* header.price */
	uint64_t records;  /* written; where only statistics are kept, calls timed */
	uint64_t payload;  /* slots of these beyond their first */
	uint64_t left_out; /* by sampling: counted, no more */
	uint64_t counted;  /* locks had at once */
	uint64_t pages;	   /* of the file, used for the first time */
	uint64_t samples;
	double payload_price, page_price, left_out_share;
};

/* Of all slots used (0: only statistics are kept) and calls timed, those left out among them. */
static inline void dndprof_cost_slots(struct dndprof_cost *cost, uint64_t slots, uint64_t timed)
{
	cost->records = timed > cost->left_out ? timed - cost->left_out : 0;
	if (slots && cost->records > slots)
		cost->records = slots;
	cost->payload = slots > cost->records ? slots - cost->records : 0;
}

static inline double dndprof_cost_calls(const struct dndprof_cost *cost)
{
	return cost->price * DNDPROF_COST_SLOT *
		       ((double)cost->records + cost->left_out_share * (double)cost->left_out) +
	       cost->payload_price * (double)cost->payload;
}

/* All but start-up, which no limit counts. */
static inline double dndprof_cost_running(const struct dndprof_cost *cost)
{
	return dndprof_cost_calls(cost) + DNDPROF_COST_COUNTED_NS * (double)cost->counted +
	       cost->page_price * (double)cost->pages +
	       DNDPROF_COST_SAMPLE_NS * (double)cost->samples;
}

#endif
