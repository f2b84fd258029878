/*
 * samples.h - the small programs of tests/fuzz/corpus/libdw, in memory, to be changed and written
 * where symbols are read; and a symbolizer for each test.
 */
#ifndef TESTS_SAMPLES_H
#define TESTS_SAMPLES_H

#include "symbols/symbolizer.h"

#include <stddef.h>
#include <stdint.h>

struct image {
	uint8_t *data; /* for the test to free */
	size_t size;
};

struct image image_of(const char *name);
/* In a new file, as a mapped one must not change. */
void put(const char *at, const struct image *image);
/* NULL: there is none. */
Elf64_Shdr *section_of(const struct image *image, const char *name);
uint64_t address_of(const struct image *image, const char *function);

/* Each test's own, and a path in a directory of the program's. */
extern struct arena *arena;
extern struct symbolizer *symbolizer;
extern char path[64];

/* The file as it is now. */
struct symbolizer_file file_at(const char *at);
/* What lies at an address: symbolizer_ask of one. */
const char *ask(struct symbolizer_file *file, uint64_t address, struct place *place);

int samples_start(void **state);
int samples_stop(void **state);
#define SAMPLES_TEST(name) cmocka_unit_test_setup_teardown(name, samples_start, samples_stop)
/* Of main: serves as the process that reads files, where it was started to. */
#define SAMPLES_RUN(argc, argv, tests)                                  \
	do {                                                            \
		if (symbolizer_serve(argc, argv))                       \
			return 0;                                       \
		samples_place();                                        \
		int failed = cmocka_run_group_tests(tests, NULL, NULL); \
		samples_remove();                                       \
		return failed;                                          \
	} while (0)
void samples_place(void);
void samples_remove(void);

#endif
