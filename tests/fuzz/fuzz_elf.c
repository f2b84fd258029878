/*
 * fuzz_elf.c - any bytes as a program file: as `dndprof doctor` and coverage look at one
 * (model/program.c), and as symbols look into one (symbols/). Nothing outside is read, every
 * look-up ends, and what is said of it has an end. libdw, which reads what has no table of Go, is
 * not ours.
 */
#include "model/program.h"
#include "symbols/golang.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[64];

static void as_program(void)
{
	struct program program;
	char text[2 * PATH_MAX];

	program_inspect(path, &program);
	program_describe(&program, text, sizeof(text));
	if (strnlen(text, sizeof(text)) == sizeof(text) ||
	    strnlen(program.loader, sizeof(program.loader)) == sizeof(program.loader) ||
	    strnlen(program.go_version, sizeof(program.go_version)) == sizeof(program.go_version))
		abort();
	program_reason(&program);
}

static void as_symbols(void)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct pclntab_place place;
	struct golang *golang;
	struct elf_file file;

	if (fd < 0)
		abort();
	if (elf_open(&file, fd) == 0) {
		if (file.segment_count > ELF_SEGMENTS ||
		    file.build_id_bytes > sizeof(file.build_id))
			abort();
		golang = golang_open(&file);
		for (uint64_t at = 0; golang && at < 64; at++)
			if (golang_find(golang, 0x401000 + at, &place) &&
			    strlen(place.function) > 4096)
				abort();
		golang_close(golang);
	}
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd;

	if (!*path)
		snprintf(path, sizeof(path), "/dev/shm/dndprof-fuzz-%d.elf", (int)getpid());
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0700);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	close(fd);
	as_program();
	as_symbols();
	unlink(path);
	return 0;
}
