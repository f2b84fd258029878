/*
 * target_empty.c - calls that do nothing, made through the gate and past it, so that what is
 * recorded of them can be held against what they take. Batches: of so short a thing no clock shows
 * one. No clock is read within a batch either: beside a way into the kernel that takes less time
 * than alone.
 *
 * What a call takes is a difference: a batch of them less a batch of calls of an empty function in
 * their place. The loop, the arguments and the function around are in both and leave it.
 */
#include "validate/validate.h"

#include <dlfcn.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ROUNDS 120
#define LEAST  40

/* X(kind, the call's arguments) - in the order of validate_empty */
#define KINDS(X)                             \
	X(read, (fd, room, 0))               \
	X(write, (fd, room, 0))              \
	X(send, (fd, room, 0, 0))            \
	X(recv, (fd, room, 1, MSG_DONTWAIT)) \
	X(poll, (NULL, 0, 0))

static char room[1];
static volatile long swallowed;

static long nothing(void)
{
	return 0;
}

#define KIND(name, arguments)                                                      \
	static __attribute__((noinline)) void batch_##name(void *function, int fd) \
	{                                                                          \
		(void)fd;                                                          \
		for (int i = 0; i < EMPTY_BATCH; i++)                              \
			swallowed = ((__typeof__(&(name)))function)arguments;      \
	}
KINDS(KIND)
#undef KIND

static const struct {
	void (*batch)(void *function, int fd);
	const char *name;
	void *through;
} kinds[] = {
#define KIND(name, arguments) {batch_##name, #name, (void *)(name)},
	KINDS(KIND)
#undef KIND
};
#define KIND_COUNT (sizeof(kinds) / sizeof(*kinds))

static int64_t took(size_t kind, void *function, int fd)
{
	int64_t start = validate_now();

	kinds[kind].batch(function, fd);
	return validate_now() - start;
}

static void put(FILE *file, int delay, int64_t with, int64_t without)
{
	fprintf(file, "%d %lld %lld\n", delay, (long long)validate_now(),
		(long long)(with - without));
}

/* Each kind through the gate and past it in turn, so that all have the same weather. */
int validate_nothing(FILE *file, int fd, unsigned int part)
{
	unsigned int rounds = ROUNDS / (part ? part : 1);
	/* The C library's own functions stand in its table, whoever interposes them. */
	void *direct[KIND_COUNT], *library = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);

	for (size_t i = 0; i < KIND_COUNT; i++)
		if (!library || !(direct[i] = dlsym(library, kinds[i].name)))
			return 1;
	if (rounds < LEAST)
		rounds = LEAST;
	for (unsigned int round = 0; round < rounds; round++)
		for (size_t i = 0; i < KIND_COUNT; i++) {
			int delay = validate_empty[i].delay;
			int64_t past = took(i, direct[i], fd),
				without = took(i, (void *)nothing, fd);
			int64_t through = took(i, kinds[i].through, fd);

			put(file, delay, past, without);
			put(file, delay + EMPTY_THROUGH, through, without);
		}
	return 0;
}
