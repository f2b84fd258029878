/*
 * inspect.h - what the file of an exec is, from its first bytes, as far as it decides what we do
 * for it. It reads with system calls of its own and trusts nothing.
 */
#ifndef DNDPROF_SHIM_INSPECT_H
#define DNDPROF_SHIM_INSPECT_H

#include <stdbool.h>

enum image_kind {
	IMAGE_ABSENT,  /* cannot be opened or read */
	IMAGE_OTHER,   /* not ELF, or of another machine */
	IMAGE_FOREIGN, /* of another ELF class: its ld.so could not load us */
	IMAGE_DYNAMIC, /* has a loader, which loads us */
	IMAGE_ASAN,    /* the same, and ends where it did (dndprof/asan.h) */
	IMAGE_STATIC,
	IMAGE_STATIC_GO, /* to be injected */
};

struct inspected {
	enum image_kind kind;
	bool privileged; /* setuid, setgid or with file capabilities */
};

/* The file at path, below dir as openat has it; of a script what runs it. */
void inspect_file(struct inspected *in, int dir, const char *path);
/* The file fd is open on. */
void inspect_fd(struct inspected *in, int fd);
/* A name looked up along the list PATH, as execvp does; `path` is where it was found. */
#define INSPECT_PATH 512
void inspect_in_path(struct inspected *in, const char *list, const char *name,
		     char path[INSPECT_PATH]);

#endif
