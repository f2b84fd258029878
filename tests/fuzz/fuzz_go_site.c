/*
 * fuzz_go_site.c - any bytes as a Go program: as what the kernel makes of them in memory (look.c),
 * as a file that is about to be executed (inspect.c), and as notes, data and code of exactly that
 * length (note.c, site.c, amd64.c). Nothing outside may be read, and only the function be found.
 */
#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../unit/support/go_image.h"
#include "go/look.c"
#include "go/note.c"

static struct loaded loaded;

unsigned long host_auxv(unsigned long type)
{
	return image_auxv(&loaded, type);
}

/* ---- a file system of one file, for inspect.c ---- */

static struct {
	const uint8_t *bytes;
	size_t size;
} file;

static long file_sys2(long number, long fd, struct stat *st)
{
	assert(number == SYS_fstat && fd == 3);
	st->st_mode = S_IFREG | 0755;
	return 0;
}

/* What runs a script is what follows its first line. */
static long file_sys3(long number, long dir, const char *path)
{
	const uint8_t *end = file.size ? memchr(file.bytes, '\n', file.size) : NULL;

	assert(number == SYS_openat && dir == AT_FDCWD && *path == '/');
	if (!end)
		return -ENOENT;
	file.size -= (size_t)(end + 1 - file.bytes);
	file.bytes = end + 1;
	return 3;
}

static long file_sys4(long number, long fd, const void *to, size_t n, size_t at)
{
	assert(fd == 3);
	if (number == SYS_fgetxattr)
		return -ENODATA;
	assert(number == SYS_pread64);
	if (at > INT64_MAX)
		return -EINVAL;
	n = at >= file.size ? 0 : n < file.size - at ? n : file.size - at;
	memcpy((void *)to, file.bytes + (n ? at : 0), n);
	return (long)n;
}

#undef sys1
#undef sys2
#undef sys3
#undef sys4
#define sys1(number, fd)	       assert((number) == SYS_close && (fd) == 3)
#define sys2(number, fd, st)	       file_sys2(number, fd, st)
#define sys3(number, dir, path, flags) file_sys3(number, dir, path)
#define sys4(number, fd, to, n, at)    file_sys4(number, fd, to, (size_t)(n), (size_t)(at))
#include "exec/inspect.c"

/* ---- the target ---- */

static void look_at_pieces(const uint8_t *data, size_t size)
{
	char version[GO_VERSION_BYTES];
	size_t at, skew = size ? data[0] % 64 : 0;
	uint8_t *copy = memcpy(malloc(size ? size : 1), data, size);

	go_note_in(copy, size);
	if (go_version_find(copy, size, version) == GO_REFUSAL_NONE)
		assert(go_version_known(version) == GO_REFUSAL_NONE);
	skew = skew < size ? skew : size;
	if (go_site_find(copy + skew, size - skew, &at) == GO_REFUSAL_NONE)
		assert(at + 64 <= size - skew && (!memcmp(copy + skew + at, go_function[0], 64) ||
						  !memcmp(copy + skew + at, go_function[1], 64)));
	free(copy);
}

static void look_in_memory(const uint8_t *data, size_t size)
{
	struct go_program program;

	if (!image_load(&loaded, data, size))
		return;
	go_look(&program);
	if (program.refusal == GO_REFUSAL_NONE)
		assert(!memcmp(program.site, go_function[program.site[21] == 0x13], 64) &&
		       program.version[0] && (!program.park || !memcmp(program.park, go_park, 64)));
	image_unload(&loaded);
}

static void look_at_file(const uint8_t *data, size_t size)
{
	struct inspected in;

	file.bytes = data;
	file.size = size;
	inspect_fd(&in, 3);
	assert(in.kind != IMAGE_STATIC_GO ||
	       (file.size >= sizeof(Elf64_Ehdr) && !memcmp(file.bytes, ELFMAG, 4)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	look_at_pieces(data, size);
	look_in_memory(data, size);
	look_at_file(data, size);
	return 0;
}
