/* Tests of shim/go/look.c: programs as the kernel loads them, good, odd, corrupt and truncated. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <cmocka.h>

#include "go/amd64.c"
#include "go/look.c"
#include "go/note.c"
#include "go/site.c"
#include "support/go_image.h"

#define VERSION "go1.19.8"

static struct loaded loaded;
static sigjmp_buf killed;

unsigned long host_auxv(unsigned long type)
{
	return image_auxv(&loaded, type);
}

static void on_signal(int number)
{
	siglongjmp(killed, number);
}

/* Looks at what is loaded; the signal that killed it, or 0. */
static int look_at_it(struct go_program *program)
{
	const struct sigaction action = {.sa_handler = on_signal};
	struct sigaction before[2]; /* cmocka's, which do not know what is being tried */
	int number;

	sigaction(SIGSEGV, &action, &before[0]);
	sigaction(SIGBUS, &action, &before[1]);
	number = sigsetjmp(killed, 1);
	if (!number)
		go_look(program);
	sigaction(SIGSEGV, &before[0], NULL);
	sigaction(SIGBUS, &before[1], NULL);
	return number;
}

static enum go_refusal look(const struct image *im)
{
	struct go_program program;

	assert_true(image_load(&loaded, im->bytes, im->size));
	assert_int_equal(look_at_it(&program), 0);
	if (program.refusal == GO_REFUSAL_NONE)
		assert_memory_equal(program.site, go_function[program.site[21] == 0x13], 64);
	image_unload(&loaded);
	return program.refusal;
}

static void make(struct image *im, size_t code, size_t function)
{
	image_make(im, code, VERSION);
	memset(im->code, 0x90, code);
	memcpy(im->code + function, go_function[0], sizeof(go_function[0]));
}

/* Where the two functions lie in the code, the end of the mapping too. */
static void places(void **state)
{
	static const struct {
		size_t function, park;
		bool found; /* the latter */
	} places[] = {
		{0, 64, true},
		{96, 0, true},
		{STEP - 96, 32, true},
		{STEP - 64, STEP, true},
		{STEP - 32, 64, true},
		{64, STEP - 32, true},
		{STEP, STEP + 64, true},
		{3 * STEP + 32, 7 * STEP - 32, true},
		{64, PARK_MOST - 64, true},
		{64, PARK_MOST - 32, false}, /* not looked for so far */
		{PARK_MOST + 64, PARK_MOST - 32, true},
		{PARK_MOST + STEP - 64, PARK_MOST + STEP - 128, true},
	};
	struct go_program program;
	struct image im;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(places); i++) {
		make(&im, PARK_MOST + STEP, places[i].function);
		memcpy(im.code + places[i].park, go_park, sizeof(go_park));
		assert_true(image_load(&loaded, im.bytes, im.size));
		assert_int_equal(look_at_it(&program), 0);
		assert_int_equal(program.refusal, GO_REFUSAL_NONE);
		assert_string_equal(program.version, VERSION);
		assert_ptr_equal(program.site, loaded.area + IMAGE_CODE + places[i].function);
		assert_ptr_equal(program.park, places[i].found
						       ? loaded.area + IMAGE_CODE + places[i].park
						       : NULL);
		image_unload(&loaded);
		free(im.bytes);
	}
}

/* No more is read than what has both, and nothing that the kernel cannot read. */
static void reads_little(void **state)
{
	struct go_program program;
	struct image im;

	(void)state;
	make(&im, 4 * STEP, STEP + 64);
	memcpy(im.code + 64, go_park, sizeof(go_park));
	assert_true(image_load(&loaded, im.bytes, im.size));
	mprotect(loaded.area + IMAGE_CODE + 2 * STEP, 2 * STEP, PROT_NONE);
	assert_int_equal(look_at_it(&program), 0);
	assert_int_equal(program.refusal, GO_REFUSAL_NONE);
	mprotect(loaded.area + IMAGE_CODE + STEP, STEP, PROT_NONE);
	assert_int_equal(look_at_it(&program), 0);
	assert_int_equal(program.refusal, GO_REFUSAL_NO_SITE);
	image_unload(&loaded);
	free(im.bytes);
}

static void two_functions(void **state)
{
	struct image im;

	(void)state;
	make(&im, 4 * STEP, 64);
	memcpy(im.code + STEP + 64, go_park, sizeof(go_park));
	assert_int_equal(look(&im), GO_REFUSAL_NONE);
	memcpy(im.code + STEP - 64, go_function[1], 64); /* in the same step */
	assert_int_equal(look(&im), GO_REFUSAL_TWO_SITES);
	memset(im.code + STEP - 64, 0x90, 64);
	memcpy(im.code + 2 * STEP - 64, go_function[0], 64); /* in another that is read */
	assert_int_equal(look(&im), GO_REFUSAL_TWO_SITES);
	memset(im.code + 2 * STEP - 64, 0x90, 64);
	memcpy(im.code + 2 * STEP, go_function[1], 64); /* look.c says why this one is none */
	assert_int_equal(look(&im), GO_REFUSAL_NONE);
	free(im.bytes);
}

/* Threads' waits are not worth a guess: the rest of the gate is open without. */
static void two_parks(void **state)
{
	struct go_program program;
	struct image im;
	unsigned i;

	(void)state;
	for (i = 0; i < 3; i++) {
		make(&im, 4 * STEP, i ? STEP + 64 : 64);
		memcpy(im.code + 128, go_park, 64);
		if (i)
			memcpy(im.code + (i == 1 ? 256 : STEP + 256), go_park, 64);
		assert_true(image_load(&loaded, im.bytes, im.size));
		assert_int_equal(look_at_it(&program), 0);
		assert_int_equal(program.refusal, GO_REFUSAL_NONE);
		assert_int_equal(!program.park, i != 0);
		image_unload(&loaded);
		free(im.bytes);
	}
}

/* ---- headers that are not as they should be ---- */

static void at_fixed_address(struct image *im)
{
	im->header->e_type = ET_EXEC;
}

static void static_pie(struct image *im) /* as gcc links them: no header of the headers */
{
	im->segments[IMAGE_SELF].p_type = PT_NULL;
}

static void headers_elsewhere(struct image *im) /* and nothing that says where */
{
	memcpy(im->bytes + 1024, im->segments, IMAGE_HEADERS * sizeof(Elf64_Phdr));
	im->header->e_phoff = 1024;
	((Elf64_Phdr *)(im->bytes + 1024))[IMAGE_SELF].p_type = PT_NULL;
}

static void headers_moved(struct image *im) /* as patchelf does */
{
	headers_elsewhere(im);
	im->segments = (Elf64_Phdr *)(im->bytes + 1024);
	im->segments[IMAGE_SELF].p_type = PT_PHDR;
	im->segments[IMAGE_SELF].p_vaddr = 1024;
}

static void headers_lie(struct image *im)
{
	im->segments[IMAGE_SELF].p_vaddr += IMAGE_CODE;
}

static void headers_lie_far(struct image *im)
{
	im->segments[IMAGE_SELF].p_vaddr = 1ull << 63;
}

static void headers_not_loaded(struct image *im)
{
	im->segments[IMAGE_READ].p_type = PT_NULL;
}

static void headers_unreadable(struct image *im)
{
	im->segments[IMAGE_READ].p_flags = 0;
}

static void entry_is_data(struct image *im)
{
	im->header->e_entry = IMAGE_NOTE;
}

static void no_note(struct image *im)
{
	im->segments[IMAGE_IS_NOTE].p_type = PT_NULL;
}

static void note_nowhere(struct image *im)
{
	im->segments[IMAGE_IS_NOTE].p_vaddr = 0xdead0000;
}

static void note_wraps(struct image *im)
{
	im->segments[IMAGE_IS_NOTE].p_vaddr = -8ull;
}

static void note_huge(struct image *im)
{
	im->segments[IMAGE_IS_NOTE].p_filesz = 1ull << 40;
}

static void note_empty(struct image *im)
{
	im->segments[IMAGE_IS_NOTE].p_filesz = 4;
}

static void no_code(struct image *im)
{
	im->segments[IMAGE_EXECUTE].p_flags = PF_R | PF_W | PF_X;
}

static void code_unreadable(struct image *im)
{
	im->segments[IMAGE_EXECUTE].p_flags = PF_X;
}

static void code_all_zero(struct image *im)
{
	im->segments[IMAGE_EXECUTE].p_filesz = 0;
}

static void no_data(struct image *im)
{
	im->segments[IMAGE_WRITE].p_type = PT_NULL;
}

static void data_all_zero(struct image *im)
{
	im->segments[IMAGE_WRITE].p_filesz = 0;
}

static void relro_wraps(struct image *im)
{
	im->segments[IMAGE_RELRO].p_vaddr = -16ull;
	im->segments[IMAGE_RELRO].p_memsz = 8;
}

static void relro_is_all(struct image *im)
{
	im->segments[IMAGE_RELRO].p_memsz = IMAGE_PAGE - 4;
}

static void relro_behind_version(struct image *im)
{
	im->segments[IMAGE_RELRO].p_memsz = 1024;
}

static void no_version(struct image *im)
{
	im->data[512] = 0;
}

static void version_at_end(struct image *im)
{
	memset(im->data + 512, 0, 64);
	memcpy(im->data + IMAGE_PAGE - 48, "\xff Go buildinf:\x08\x02", 16);
	im->data[IMAGE_PAGE - 16] = 16; /* the 16th is another page's */
}

static void version_old(struct image *im)
{
	memcpy(im->data + 512 + 33, "go1.18.8", 8);
}

static void cut_in_code(struct image *im)
{
	im->segments[IMAGE_EXECUTE].p_offset = im->size - IMAGE_PAGE; /* of two */
}

static void cut_before_data(struct image *im)
{
	im->size -= IMAGE_PAGE;
}

static void function_odd(struct image *im)
{
	im->code[64 + 45] ^= 1; /* another register gets the second result */
}

static void function_gone(struct image *im)
{
	im->code[64 + 13] ^= 1;
}

static void oddities(void **state)
{
#define CASE(name, refusal)                       \
	{                                         \
#name, name, GO_REFUSAL_##refusal \
	}
	static const struct {
		const char *name;
		void (*change)(struct image *im);
		enum go_refusal refusal;
	} cases[] = {
		CASE(at_fixed_address, NONE),
		CASE(static_pie, NONE),
		CASE(headers_elsewhere, NOT_GO),
		CASE(headers_moved, NONE),
		CASE(headers_lie, NOT_GO),
		CASE(headers_lie_far, NOT_GO),
		CASE(headers_not_loaded, NOT_GO),
		CASE(headers_unreadable, NOT_GO),
		CASE(entry_is_data, NOT_GO),
		CASE(no_note, NOT_GO),
		CASE(note_nowhere, NOT_GO),
		CASE(note_wraps, NOT_GO),
		CASE(note_huge, NOT_GO),
		CASE(note_empty, NOT_GO),
		CASE(no_code, NO_SITE),
		CASE(code_unreadable, NO_SITE),
		CASE(code_all_zero, NO_SITE),
		CASE(no_data, NO_VERSION),
		CASE(data_all_zero, NO_VERSION),
		CASE(relro_wraps, NONE),
		CASE(relro_is_all, NO_VERSION),
		CASE(relro_behind_version, NO_VERSION),
		CASE(no_version, NO_VERSION),
		CASE(version_at_end, ODD_VERSION),
		CASE(version_old, OLD_VERSION),
		CASE(cut_in_code, NO_SITE),
		CASE(cut_before_data, NO_VERSION),
		CASE(function_odd, ODD_SITE),
		CASE(function_gone, NO_SITE),
	};
#undef CASE
	struct image im;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		enum go_refusal refusal;

		make(&im, 2 * IMAGE_PAGE, 64);
		assert_int_equal(look(&im), GO_REFUSAL_NONE);
		cases[i].change(&im);
		refusal = look(&im);
		if (refusal != cases[i].refusal)
			fail_msg("%s: refused: \"%s\"", cases[i].name, go_refusal_word(refusal));
		free(im.bytes);
	}
}

/* What the kernel itself says, where it says something odd. */
static void vector(void **state)
{
	struct go_program program;
	struct image im;
	struct loaded is;
	unsigned i;

	(void)state;
	make(&im, 2 * IMAGE_PAGE, 64);
	assert_true(image_load(&loaded, im.bytes, im.size));
	is = loaded;
	const struct loaded cases[] = {
		{is.area, 0, is.phnum, is.phent, is.entry},
		{is.area, is.phdr, 0, is.phent, is.entry},
		{is.area, is.phdr, is.phnum, 0, is.entry},
		{is.area, is.phdr, is.phnum, is.phent, 0},
		{is.area, is.phdr, 4000, is.phent, is.entry}, /* more than is mapped there */
		{is.area, is.phdr + 64 * IMAGE_PAGE, is.phnum, is.phent, is.entry},
		{is.area, is.phdr + 1, is.phnum, is.phent, is.entry},
	};

	for (i = 0; i < ARRAY_LEN(cases); i++) {
		loaded = cases[i];
		assert_int_equal(look_at_it(&program), 0);
		assert_int_equal(program.refusal, GO_REFUSAL_NOT_GO);
	}
	loaded = is;
	image_unload(&loaded);
	free(im.bytes);
}

/* Loads and looks where the kernel would start it; no byte may be read that is not there, and what
 * is found must be the function. */
static unsigned survives(const uint8_t *bytes, size_t size, const char *what, size_t at)
{
	struct go_program program;
	int number;

	if (!image_load(&loaded, bytes, size))
		return 0;
	number = look_at_it(&program);
	if (number)
		fail_msg("%s %zu: killed by signal %d", what, at, number);
	if (program.refusal == GO_REFUSAL_NONE)
		assert_memory_equal(program.site, go_function[0], 64);
	image_unload(&loaded);
	return 1;
}

static void corrupt_headers(void **state)
{
	static const uint8_t flips[] = {1, 2, 4, 8, 16, 32, 64, 128, 255};
	const size_t headers = sizeof(Elf64_Ehdr) + IMAGE_HEADERS * sizeof(Elf64_Phdr);
	unsigned started = 0;
	struct image im;
	size_t i, j;

	(void)state;
	make(&im, 2 * IMAGE_PAGE, 64);
	for (i = 0; i < headers; i++)
		for (j = 0; j < sizeof(flips); j++) {
			im.bytes[i] ^= flips[j];
			started += survives(im.bytes, im.size, "header byte", i);
			im.bytes[i] ^= flips[j];
		}
	assert_true(started > headers * sizeof(flips) / 3);
	free(im.bytes);
}

static void truncated_file(void **state)
{
	unsigned started = 0;
	struct image im;
	size_t size;

	(void)state;
	make(&im, 2 * IMAGE_PAGE, 2 * IMAGE_PAGE - 64);
	for (size = 0; size <= im.size; size += 8)
		started += survives(im.bytes, size, "size", size);
	assert_true(started > im.size / 8 / 2);
	free(im.bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places),	   cmocka_unit_test(reads_little),
		cmocka_unit_test(two_parks),	   cmocka_unit_test(two_functions),
		cmocka_unit_test(oddities),	   cmocka_unit_test(vector),
		cmocka_unit_test(corrupt_headers), cmocka_unit_test(truncated_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
