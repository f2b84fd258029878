/*
 * file.c - the mapped profile file and the arena inside it.
 *
 * The file gets its whole length at once, sparse, so that growing needs no descriptor (which the
 * target would see) and no path (which chroot would bend). A full disk must be an error code, where
 * a first store would be SIGBUS: so the first blocks come by fallocate, the later ones by
 * MADV_POPULATE_WRITE, in steps. Kernels before 5.14 do not know that; there the whole length is
 * allocated at the start.
 *
 * On a disk a page that is first touched through the mapping takes 3.4 us (ext4, Linux 6.18): a
 * page of the cache, and a block for it. One that was written takes 0.5 in the write and 0.3 when
 * touched: so the first ones are written, all in one call. Later ones there is no descriptor for;
 * but beyond the first 2 MiB the kernel is advised to take them by 2 MiB, which makes 0.8 us of
 * each. A file in memory has pages at 1 us each, whatever one does.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/uio.h>

#include <dndprof/budget.h>

#include "recorder/arena.h"
#include "recorder/file.h"
#include "recorder/recorder.h"
#include "recorder/rundir.h"
#include "recorder/start.h"
#include "recorder/text.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

#ifndef MADV_HUGEPAGE
#define MADV_HUGEPAGE 14
#endif

#define STEP	  (64 * 1024ull)
#define LARGE	  (2048 * 1024ull)
#define PAGE	  4096ull
#define IN_MEMORY 0x01021994 /* file system: tmpfs */

static struct {
	char *base;
	uint64_t capacity;  /* of the file */
	uint64_t reserved;  /* address space, of the first file; later ones are never larger */
	uint64_t populated; /* bytes known to be backed */
	uint64_t fs_magic;
	bool full;
	bool large; /* advised to take LARGE at once, beyond the first LARGE */
} file AT_START;

static const char zeros[512] = {0}; /* few, for they go into every injected program */

struct fixed {
	struct dndprof_header header;
	struct dndprof_section sections[DNDPROF_SECTION_ARENA];
	char pad[448 - sizeof(struct dndprof_header) -
		 DNDPROF_SECTION_ARENA * sizeof(struct dndprof_section)];
	char info[FILE_INFO_BYTES];
	struct dndprof_call_entry calls[DNDPROF_CALL_COUNT];
};

/* The table of calls, as it goes into each file. */
#define CATEGORY_NAME(id, name, meaning) [DNDPROF_CATEGORY_##id] = name,
static const char category_names[][16] = {DNDPROF_CATEGORIES(CATEGORY_NAME)};

#define CALL_ENTRY(id, cat, subj, res)      \
	{.name = #id,                       \
	 .pad = {DNDPROF_CATEGORY_##cat},   \
	 .subject = DNDPROF_SUBJECT_##subj, \
	 .result = DNDPROF_RESULT_##res},
static const struct dndprof_call_entry call_entries[] = {DNDPROF_CALLS(CALL_ENTRY)};

const char *file_call_name(unsigned call)
{
	return call_entries[call].name;
}

static uint64_t round_up(uint64_t n, uint64_t to)
{
	return (n + to - 1) / to * to;
}

/* The disk that backing [0, n) takes. */
static uint64_t disk_of(uint64_t n)
{
	return file.large && n > LARGE ? round_up(n, LARGE) : n;
}

static void take_large(uint64_t end)
{
	if (end <= LARGE || file.large || file.fs_magic == IN_MEMORY)
		return;
	sys3(SYS_madvise, file.base + LARGE, file.capacity - LARGE, MADV_HUGEPAGE);
	file.large = true;
}

/* Backs [populated, end) with disk. */
static bool populate(uint64_t end)
{
	uint64_t from = load_relaxed(&file.populated) / PAGE * PAGE;
	uint64_t to = round_up(end, STEP);

	if (to > file.capacity)
		to = file.capacity;
	if (end > to)
		return false;
	if (end <= load_relaxed(&file.populated))
		return true;
	if (!recorder_may_call())
		return false;
	take_large(to);
	if (load_relaxed(&file.full) || !rundir_spend(disk_of(to) - disk_of(from)) ||
	    sys3(SYS_madvise, file.base + from, to - from, MADV_POPULATE_WRITE) < 0) {
		store_relaxed(&file.full, true);
		recorder_note(DNDPROF_NOTE_DISK);
		return false;
	}
	writer_raise(&file.populated, to);
	return true;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* How far the disk must back the file before something that ends at `end` is handed out. */
static uint64_t backing_of(uint64_t end, enum arena_use use)
{
	const uint64_t every = DNDPROF_CALL_COUNT * round_up(sizeof(struct dndprof_stats), 64);
	uint64_t reserve = 0;

	if (use != ARENA_COUNTERS)
		reserve = least(end / 8, every);
	if (use == ARENA_RECORDS || use == ARENA_STATS)
		reserve += least(end / 4, FILE_HISTOGRAM_BYTES);
	return end + least(reserve, file.capacity - end);
}

/* Where in the file what is for such use must end. */
static uint64_t limit_of(enum arena_use use)
{
	uint64_t limit = file.capacity;

	if (use != ARENA_COUNTERS)
		limit -= least(file.capacity / 8, FILE_COUNTER_BYTES);
	if (use == ARENA_RECORDS || use == ARENA_STATS)
		limit -= least(file.capacity / 8, FILE_HISTOGRAM_BYTES);
	return use == ARENA_RECORDS ? least(limit, file.capacity / 4 * 3) : limit;
}

/* How far the arena is used stands in the file alone: children between fork and exec write there,
 * too, and have a copy of everything else. */
void *arena_alloc(size_t n, enum arena_use use)
{
	uint64_t *used = &file_header()->used;
	uint64_t at = load_relaxed(used), end, backing, limit = limit_of(use);

	n = round_up(n, 64);
	do {
		end = at + n;
		if (at % 64 || at > limit || end > limit) {
			recorder_note(DNDPROF_NOTE_MEMORY_BUDGET);
			return NULL;
		}
		backing = backing_of(end, use);
		if (unlikely(backing > load_relaxed(&file.populated)) && !populate(backing))
			return NULL;
	} while (!__atomic_compare_exchange_n(used, &at, end, true, __ATOMIC_RELAXED,
					      __ATOMIC_RELAXED));
	return file.base + at;
}

uint64_t arena_offset(const void *p)
{
	return (uint64_t)((const char *)p - file.base);
}

void arena_prepare(size_t n)
{
	const uint64_t used = load_relaxed(&file_header()->used);

	populate(n < file.capacity - used ? used + n : file.capacity);
}

struct dndprof_header *file_header(void)
{
	return (struct dndprof_header *)file.base;
}

struct dndprof_sample *file_samples(void)
{
	return (struct dndprof_sample *)(file.base + FILE_FIXED_BYTES -
					 64 * sizeof(struct dndprof_sample));
}

uint64_t file_room(void)
{
	return load_relaxed(&file.full) ? load_relaxed(&file.populated) : file.capacity;
}

uint64_t file_system_magic(void)
{
	return file.fs_magic;
}

void file_info(const char *text, size_t n)
{
	struct fixed *f = (struct fixed *)file.base;

	memcpy(f->info, text, n);
	store_release(&f->sections[0].count, n);
}

static void fill_fixed(uint64_t image)
{
	struct fixed *f = (struct fixed *)file.base;
	struct dndprof_header *h = &f->header;
	const struct dndprof_section sections[] = {
		{DNDPROF_SECTION_INFO, 1, offsetof(struct fixed, info), 0},
		{DNDPROF_SECTION_CALLS, sizeof(f->calls[0]), offsetof(struct fixed, calls),
		 DNDPROF_CALL_COUNT},
		{DNDPROF_SECTION_SAMPLES, sizeof(struct dndprof_sample),
		 arena_offset(file_samples()), 64},
		{DNDPROF_SECTION_ARENA, 1, FILE_FIXED_BYTES, file.capacity - FILE_FIXED_BYTES},
	};
	unsigned i;

	_Static_assert(sizeof(struct fixed) + 64 * sizeof(struct dndprof_sample) <=
			       FILE_FIXED_BYTES,
		       "the fixed part has outgrown its place");
	memcpy(f->sections, sections, sizeof(sections));
	for (i = 0; i < DNDPROF_CALL_COUNT; i++) {
		f->calls[i] = call_entries[i];
		memcpy(f->calls[i].category, category_names[call_entries[i].pad[0]], 16);
		f->calls[i].pad[0] = 0;
	}
	h->endian = DNDPROF_ENDIAN;
	h->header_size = sizeof(*h);
	h->version_major = DNDPROF_VERSION_MAJOR;
	h->version_minor = DNDPROF_VERSION_MINOR;
	h->section_count = ARRAY_LEN(sections);
	h->section_offset = offsetof(struct fixed, sections);
	h->capacity = file.capacity;
	h->used = FILE_FIXED_BYTES;
	h->image = image;
}

void file_publish(void)
{
	struct dndprof_header *h = file_header();

	__atomic_thread_fence(__ATOMIC_RELEASE);
	memcpy(h->magic, DNDPROF_MAGIC, sizeof(h->magic));
}

static bool is_full(long error)
{
	return error == -28 /* ENOSPC */ || error == -122 /* EDQUOT */ || error == -27 /* EFBIG */;
}

/* Writes what every program will touch. Nothing but time depends on it. */
static void write_first(long fd)
{
	struct iovec parts[FILE_TOUCHED_BYTES / sizeof(zeros)];
	unsigned i;

	if (file.fs_magic == IN_MEMORY)
		return;
	for (i = 0; i < ARRAY_LEN(parts); i++)
		parts[i] = (struct iovec){(void *)zeros, sizeof(zeros)};
	sys5(SYS_pwritev, fd, parts, i, 0, 0);
}

/* The first blocks, and the pages of the fixed part, which are needed at once. Where so many cannot
 * be had, as few as do. */
static long back_first(long fd, uint64_t first)
{
	/* Where pages are written, those of them that will not be used cost next to nothing. */
	uint64_t at_once = file.fs_magic == IN_MEMORY ? sizeof(struct fixed) : FILE_TOUCHED_BYTES;
	long r = sys4(SYS_fallocate, fd, 0, 0, first);

	if (is_full(r) && first > DNDPROF_FILE_LEAST) {
		first = DNDPROF_FILE_LEAST;
		file.full = true;
		r = sys4(SYS_fallocate, fd, 0, 0, first);
	}
	if (is_full(r))
		return r;
	if (r == 0)
		write_first(fd);
	/* Not every file system knows fallocate. */
	r = sys3(SYS_madvise, file.base, r == 0 ? at_once : first, MADV_POPULATE_WRITE);
	file.populated = first;
	if (r == -22 /* EINVAL: an old kernel */) {
		r = sys4(SYS_fallocate, fd, 0, 0, file.capacity);
		file.populated = file.capacity;
	}
	if (r == 0 && !rundir_spend(file.populated))
		r = -122; /* EDQUOT: the run's own cap */
	return r;
}

/* Length, mapping and first blocks of the file open at fd. */
static long map_file(long fd, uint64_t capacity, uint64_t first)
{
	struct statfs fs;
	void *p;
	long r;

	capacity = least(capacity, rundir_file_limit() / PAGE * PAGE);
	if (file.base && capacity > file.reserved)
		capacity = file.reserved;
	if (capacity < DNDPROF_FILE_LEAST)
		return -27; /* EFBIG */
	r = sys2(SYS_ftruncate, fd, capacity);
	if (r < 0)
		return r;
	memset(&fs, 0, sizeof(fs));
	file.fs_magic = sys2(SYS_fstatfs, fd, &fs) == 0 ? (uint64_t)fs.f_type : 0;
	p = (void *)sys6(SYS_mmap, (long)file.base, (long)capacity, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_NORESERVE | (file.base ? MAP_FIXED : 0), (int)fd, 0);
	if ((unsigned long)p > -4096ul)
		return (long)p;
	if (!file.base)
		file.reserved = capacity;
	file.base = p;
	file.capacity = capacity;
	file.populated = 0;
	file.full = false;
	file.large = false;
	/* Without this the first store reads around all of a sparse file: milliseconds. */
	sys3(SYS_madvise, p, capacity, MADV_RANDOM);
	return back_first(fd, first < capacity ? first : capacity);
}

long file_create(long dir, uint64_t capacity, uint64_t first, uint64_t image)
{
	char name[64];
	struct text t = {name, sizeof(name), 0};
	bool mapped = file.base;
	long fd, r;

	text_number(&t, (uint64_t)sys0(SYS_getpid), 10, 1);
	text_string(&t, "-");
	text_number(&t, image, 16, 12);
	text_string(&t, DNDPROF_SUFFIX);
	fd = sys4(SYS_openat, dir, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return fd;
	sys2(SYS_fchmod, fd, 0600); /* whatever the umask made of it */
	r = map_file(fd, round_up(capacity, PAGE), first);
	sys1(SYS_close, fd);
	if (r < 0) {
		sys3(SYS_unlinkat, dir, name, 0);
		if (!mapped && file.base) {
			sys2(SYS_munmap, file.base, file.capacity);
			file.base = NULL;
		}
		return r;
	}
	fill_fixed(image);
	return 0;
}
