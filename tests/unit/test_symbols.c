/* Go's tables, of files that were made by hand and of real programs; what is said of addresses. */
#define _GNU_SOURCE
#include "support/builder.h"
#include "support/cmocka.h"
#include "symbols/golang.h"
#include "symbols/symbols.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static uint8_t *read_fixture(const char *name, size_t *size)
{
	char path[128];
	uint8_t *data = malloc(4096);
	FILE *file;

	snprintf(path, sizeof(path), "tests/fuzz/corpus/pclntab/%s", name);
	file = fopen(path, "r");
	assert_non_null(file);
	*size = fread(data, 1, 4096, file);
	fclose(file);
	return data;
}

static void assert_place(const struct pclntab *table, uint64_t offset, const char *function,
			 const char *file, uint32_t line, bool inlined)
{
	struct pclntab_place place;

	assert_true(pclntab_find(table, offset, &place));
	assert_string_equal(place.function, function);
	if (file)
		assert_string_equal(place.file, file);
	else
		assert_null(place.file);
	assert_int_equal(place.line, line);
	assert_int_equal(place.inlined, inlined);
}

static bool is_second(const char *name)
{
	return strcmp(name, "main.second") == 0;
}

static void test_layouts(void **state)
{
	static const char *const names[] = {"go118", "go120"};
	static const char *const last[] = {"runtime/internal/syscall.Syscall6",
					   "internal/runtime/syscall.Syscall6"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct pclntab_place place;
		struct pclntab table;
		uint32_t offset;
		size_t size;
		uint8_t *data = read_fixture(names[i], &size);

		assert_int_equal(pclntab_open(&table, data + 1, size - 1), 0);
		assert_int_equal(table.text, 0x401000);
		assert_place(&table, 0, "main.first", "/src/first.go", 10, false);
		assert_place(&table, 7, "main.first", "/src/first.go", 10, false);
		assert_place(&table, 8, "main.first", "/src/first.go", 11, false);
		assert_place(&table, 0x3f, "main.first", "/src/first.go", 300, false);
		assert_place(&table, 0x40, "main.second", "/src/second.go", 20, false);
		assert_place(&table, 0x50, "main.second", "/src/second.go", 5, true);
		assert_place(&table, 0x60, "main.second", "/src/second.go", 21, false);
		assert_place(&table, 0xdf, last[i], NULL, 0, false);
		assert_false(pclntab_find(&table, 0xe0, &place));
		assert_false(pclntab_find(&table, UINT64_MAX, &place));
		assert_true(pclntab_search(&table, is_second, &offset));
		assert_int_equal(offset, 0x40);
		free(data);
	}
}

/* Cut short anywhere, or with any byte another: an answer or none, never a fault (sanitizers). */
static void test_damage(void **state)
{
	size_t size;
	uint8_t *whole = read_fixture("go120", &size);

	(void)state;
	for (size_t i = 1; i < size; i++) {
		uint8_t *data = malloc(i);
		struct pclntab_place place;
		struct pclntab table;

		memcpy(data, whole + 1, i);
		if (pclntab_open(&table, data, i) == 0)
			for (uint64_t at = 0; at < 0xe0; at += 5)
				pclntab_find(&table, at, &place);
		free(data);
		data = malloc(size - 1);
		memcpy(data, whole + 1, size - 1);
		data[i - 1] ^= 0xff;
		if (pclntab_open(&table, data, size - 1) == 0)
			for (uint64_t at = 0; at < 0xe0; at += 5)
				pclntab_find(&table, at, &place);
		free(data);
	}
	free(whole);
}

/* The header does not tell where the code begins: the function of system calls does. */
static void test_begin_of_code(void **state)
{
	char path[] = "/tmp/dndprof-symbols-XXXXXX";
	struct pclntab_place place;
	struct golang *golang;
	struct elf_file file;
	size_t size;
	uint8_t *data = read_fixture("elf", &size);
	int fd = mkstemp(path);

	(void)state;
	unlink(path);
	assert_int_equal(write(fd, data + 1, size - 1), size - 1);
	assert_int_equal(elf_open(&file, fd), 0);
	assert_int_equal(file.build_id_bytes, 8);
	assert_memory_equal(file.build_id, "buildid!", 8);
	golang = golang_open(&file);
	assert_non_null(golang);
	assert_true(golang_find(golang, 0x401020 + 0x41, &place));
	assert_string_equal(place.function, "main.second");
	assert_false(golang_find(golang, 0x401000, &place));
	golang_close(golang);
	close(fd);
	assert_int_equal(elf_open(&file, fd), -EBADF);
	fd = open("/dev/null", O_RDONLY);
	assert_int_equal(elf_open(&file, fd), -EBADMSG);
	close(fd);
	fd = open("Makefile", O_RDONLY);
	assert_int_equal(elf_open(&file, fd), -EBADMSG);
	close(fd);
	free(data);
}

/* Every function of a real program, by the addresses of its first and last byte. */
static size_t check_program(const char *path)
{
	struct elf_file file;
	struct golang *golang;
	struct pclntab_place place;
	size_t found = 0, with_lines = 0;
	int fd = open(path, O_RDONLY);

	if (fd < 0 || elf_open(&file, fd) < 0)
		return 0;
	golang = golang_open(&file);
	assert_non_null(golang);
	for (size_t i = 0; i < file.segment_count; i++) {
		const Elf64_Phdr *p = &file.segments[i];

		if (p->p_type != PT_LOAD || !(p->p_flags & PF_X))
			continue;
		for (uint64_t at = 0; at < p->p_filesz; at += 997) {
			if (!golang_find(golang, p->p_vaddr + at, &place))
				continue;
			found++;
			assert_true(*place.function);
			with_lines += place.line && place.file;
		}
	}
	golang_close(golang);
	close(fd);
	assert_true(found > 100);
	assert_true(with_lines * 10 > found * 9);
	return found;
}

static void test_real_programs(void **state)
{
	static const char place[] = "build/go_versions/node_modules";
	static const char *const programs[] = {"bin/esbuild", "bin/lefthook", "bin/buf",
					       "lib/tsgo"};
	DIR *directory = opendir(place);
	struct dirent *entry;
	size_t checked = 0;

	(void)state;
	if (!directory) {
		print_message("%s is absent: scripts/setup check installs it\n", place);
		skip();
	}
	while ((entry = readdir(directory)))
		for (size_t i = 0; i < 4 && strstr(entry->d_name, "-go1."); i++) {
			char path[512];

			snprintf(path, sizeof(path), "%s/%s/%s", place, entry->d_name, programs[i]);
			checked += access(path, R_OK) == 0 && check_program(path) > 0;
		}
	closedir(directory);
	assert_true(checked >= 9); /* Go 1.19 to 1.27 */
}

/* ---- what is said of addresses ---- */

static void test_addresses(void **state)
{
	struct builder *builder = builder_new();
	struct symbols *symbols = symbols_new();
	const struct symbol *symbol;
	struct profile *profile;

	(void)state;
	builder_module(builder, 0x1000, 0x2000, 0x1000, "/nonexistent/lib.so");
	builder_module(builder, 0x5000, 0x6000, 0, "linux-vdso.so.1");
	builder_module(builder, 0x7000, 0x8000, 0, "Makefile");
	profile = builder_profile(builder);
	assert_false(profile_damaged(profile));
	symbol = symbol_of_call(symbols, profile, 0x1100);
	symbols_look_up(symbols);
	assert_string_equal(symbol->text, "lib.so+0x100 (file gone since)");
	assert_string_equal(symbol_name(symbols, symbol), "lib.so+0x100");
	assert_ptr_equal(symbol, symbol_of_call(symbols, profile, 0x1100));
	assert_ptr_not_equal(symbol, symbol_at(symbols, profile, 0x1100));
	/* A call may be the last thing in its module. */
	assert_string_equal(symbol_of_call(symbols, profile, 0x2000)->module, "lib.so");
	assert_null(symbol_at(symbols, profile, 0x2000)->module);
	symbol_at(symbols, profile, 0x5010);
	symbol_at(symbols, profile, 0x7010);
	symbols_look_up(symbols);
	assert_string_equal(symbol_at(symbols, profile, 0x5010)->problem, "no file");
	assert_string_equal(symbol_at(symbols, profile, 0x7010)->problem, "no file");
	assert_null(symbols_failures(symbols));
	symbol = symbol_at(symbols, profile, 0);
	assert_null(symbol->module);
	assert_non_null(symbol->problem);
	symbol_of_call(symbols, profile, 0);
	symbol_of_call(symbols, profile, UINT64_MAX);
	symbols_look_up(symbols);
	symbols_free(symbols);
	profile_close(profile);
	builder_free(builder);
}

/* The newest of two modules at one place, and a chain that bites its tail. */
static void test_modules(void **state)
{
	struct builder *builder = builder_new();
	struct dndprof_header header;
	const struct profile_module *modules;
	struct profile *profile;
	size_t size, count;
	uint8_t *bytes;

	(void)state;
	builder_module(builder, 0x1000, 0x2000, 0, "/old.so");
	builder_module(builder, 0x1000, 0x3000, 0, "/new.so");
	bytes = builder_bytes(builder, &size);
	assert_int_equal(profile_open_memory(bytes, size, "x", &profile), 0);
	modules = profile_modules(profile, &count);
	assert_int_equal(count, 2);
	assert_string_equal(modules[0].path, "/new.so");
	assert_int_equal(modules[0].end, 0x3000);
	profile_close(profile);

	memcpy(&header, bytes, sizeof(header));
	memcpy(bytes + header.modules + offsetof(struct dndprof_module, next), &header.modules,
	       sizeof(header.modules));
	assert_int_equal(profile_open_memory(bytes, size, "x", &profile), 0);
	modules = profile_modules(profile, &count);
	assert_in_range(count, 1, 1024);
	profile_close(profile);

	header.modules = size - 8;
	memcpy(bytes, &header, sizeof(header));
	assert_int_equal(profile_open_memory(bytes, size, "x", &profile), 0);
	modules = profile_modules(profile, &count);
	assert_int_equal(count, 0);
	assert_true(profile_damaged(profile));
	profile_close(profile);
	free(bytes);
	builder_free(builder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layouts),	      cmocka_unit_test(test_damage),
		cmocka_unit_test(test_begin_of_code), cmocka_unit_test(test_real_programs),
		cmocka_unit_test(test_addresses),     cmocka_unit_test(test_modules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
