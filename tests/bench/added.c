/*
 * added.c - what recording adds to a cheap call, to the nanosecond: short batches of the same call
 * by way of the shim and straight to libc in turn, within one process. The least of many batches is
 * free of what else the machine does; the middle and the greatest are printed beside it. The limit
 * is what no recorder can do without: two clock reads and a 64-byte store, alone and around the
 * call straight to libc, where the processor does part of it beside the call. Prints a JSON line a
 * kind. Runs preloaded only: else both ways are the same.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "figure.h"

#define BATCHES 4000
#define CALLS	100

static struct functions {
	ssize_t (*send)(int, const void *, size_t, int);
	ssize_t (*recv)(int, void *, size_t, int);
	ssize_t (*write)(int, const void *, size_t);
	ssize_t (*read)(int, void *, size_t);
	int (*poll)(struct pollfd *, nfds_t, int);
	int (*lock)(pthread_mutex_t *);
	int (*unlock)(pthread_mutex_t *);
} shim, libc;

static int pair[2];
static char byte, bytes[64];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct pollfd ready;

static inline void nothing(const struct functions *f)
{
	(void)f;
}

static inline void empty_send(const struct functions *f)
{
	f->send(pair[0], &byte, 0, 0);
}

static inline void failed_recv(const struct functions *f)
{
	f->recv(pair[1], &byte, 1, MSG_DONTWAIT);
}

static inline void empty_write(const struct functions *f)
{
	f->write(pair[0], &byte, 0);
}

static inline void empty_read(const struct functions *f)
{
	f->read(pair[1], &byte, 0);
}

static inline void poll_ready(const struct functions *f)
{
	f->poll(&ready, 1, -1);
}

static inline void send_recv_64(const struct functions *f)
{
	f->send(pair[0], bytes, 64, 0);
	f->recv(pair[1], bytes, 64, 0);
}

static inline void lock_pair(const struct functions *f)
{
	f->lock(&mutex);
	f->unlock(&mutex);
}

static uint64_t clock_read(void)
{
#if defined(__x86_64__)
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
#else
	return (uint64_t)now_ns();
#endif
}

/* A ring of records and nothing else. */
static struct record {
	uint64_t words[8];
} ring[16384] __attribute__((aligned(64)));
static uint64_t head;

static inline void store(uint64_t start)
{
	struct record *r = &ring[head & 16383];
	uint64_t duration = clock_read() - start;

	r->words[1] = start;
	r->words[2] = duration;
	r->words[3] = r->words[4] = r->words[5] = r->words[6] = r->words[7] = head;
	__atomic_store_n(&r->words[0], ++head, __ATOMIC_RELEASE);
}

#define KIND(name, limited)                                          \
	static void name##_batch(const struct functions *f)          \
	{                                                            \
		for (int i = 0; i < CALLS; i++)                      \
			name(f);                                     \
	}                                                            \
	static void name##_limit(const struct functions *f)          \
	{                                                            \
		for (int i = 0; i < CALLS; i++) {                    \
			uint64_t start = limited ? clock_read() : 0; \
                                                                     \
			name(f);                                     \
			if (limited)                                 \
				store(start);                        \
		}                                                    \
	}

KIND(nothing, 1)
KIND(empty_send, 1)
KIND(failed_recv, 1)
KIND(empty_write, 1)
KIND(empty_read, 1)
KIND(poll_ready, 1)
KIND(send_recv_64, 1)
KIND(lock_pair, 0)

enum way { NATIVE, LIMIT, DNDPROF, WAYS };
static const char *const ways[WAYS] = {"native", "limit", "dndprof"};

static struct kind {
	const char *name, *unit;
	int calls; /* recorded in one turn */
	void (*batch)(const struct functions *f), (*limit)(const struct functions *f);
	double ns[WAYS][BATCHES];
} kinds[] = {
#define ROW(name, unit, calls, function)                               \
	{                                                              \
		name, unit, calls, function##_batch, function##_limit, \
		{                                                      \
			{                                              \
				0                                      \
			}                                              \
		}                                                      \
	}
	ROW("limit", "two clock reads and a 64-byte store", 0, nothing),
	ROW("empty send", "send of no bytes on a socketpair", 1, empty_send),
	ROW("failed recv", "recv that has nothing to receive", 1, failed_recv),
	ROW("empty write", "write of no bytes", 1, empty_write),
	ROW("empty read", "read of no bytes", 1, empty_read),
	ROW("ready poll", "poll of one ready descriptor", 1, poll_ready),
	ROW("send+recv 64", "64 bytes sent and received on a socketpair", 2, send_recv_64),
	ROW("free lock", "uncontended lock and unlock", 1, lock_pair),
};
#define KINDS ((int)(sizeof kinds / sizeof *kinds))

static void find(struct functions *f, void *from)
{
	f->send = dlsym(from, "send");
	f->recv = dlsym(from, "recv");
	f->write = dlsym(from, "write");
	f->read = dlsym(from, "read");
	f->poll = dlsym(from, "poll");
	f->lock = dlsym(from, "pthread_mutex_lock");
	f->unlock = dlsym(from, "pthread_mutex_unlock");
}

static double batch_ns(void (*batch)(const struct functions *), const struct functions *f)
{
	double start = now_ns();

	batch(f);
	return (now_ns() - start) / CALLS;
}

static void print(struct kind *kind)
{
	printf("{\"name\": \"%s\", \"unit\": \"%s\", \"calls\": %d", kind->name, kind->unit,
	       kind->calls);
	for (int way = 0; way < WAYS; way++)
		figure_print(ways[way], kind->ns[way], BATCHES);
	printf("}\n");
}

int main(void)
{
	find(&shim, RTLD_DEFAULT);
	find(&libc, dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD));
	if (!shim.send || !libc.send || socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		return perror("added"), 1;
	if (shim.send == libc.send)
		return fprintf(stderr, "added: nothing is preloaded\n"), 2;
	ready = (struct pollfd){pair[0], POLLOUT, 0};
	for (int turn = 0; turn < BATCHES; turn++)
		for (int i = 0; i < KINDS; i++) {
			kinds[i].ns[NATIVE][turn] = batch_ns(kinds[i].batch, &libc);
			kinds[i].ns[LIMIT][turn] = batch_ns(kinds[i].limit, &libc);
			kinds[i].ns[DNDPROF][turn] = batch_ns(kinds[i].batch, &shim);
		}
	for (int i = 0; i < KINDS; i++)
		print(&kinds[i]);
	return 0;
}
