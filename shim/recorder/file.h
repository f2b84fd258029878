/*
 * file.h - making and mapping this image's profile file.
 */
#ifndef DNDPROF_SHIM_FILE_H
#define DNDPROF_SHIM_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <dndprof/profile.h>

/*
 * Makes file `<pid>-<image>.dndprof` in the directory open at `dir`, reserves `capacity` bytes of
 * address space for it (or less where the target's limits say so), and backs its first `first`
 * bytes with disk. The mapping keeps its address for the life of the process: a forked child's file
 * takes its parent's place, so that no pointer of an interrupted caller dangles. Returns 0 or a
 * negative errno, and then leaves nothing behind. No descriptor stays open.
 */
long file_create(long dir, uint64_t capacity, uint64_t first, uint64_t image);
/* Writes the magic, when the file says what program this is: a file without it is one whose writer
 * died before it began. */
void file_publish(void);

#define FILE_FIXED_BYTES \
	(28 * 1024) /* header, sections, info, calls, samples; the arena begins here */
/* By every program: the above, its first thread's ring and statistics, before the shared ring. */
#define FILE_TOUCHED_BYTES   (44 * 1024)
/* Backed at once: what every program uses, and what is kept for the shared counters and
 * histograms. */
#define FILE_FIRST_BYTES     (132 * 1024)
#define FILE_FIRST_BYTES_GO  (312 * 1024) /* where the Go gate will want its rings and counters */
#define FILE_HISTOGRAM_BYTES (32 * 1024)  /* kept at most for shared histograms: 128 octaves */
#define FILE_COUNTER_BYTES   (64 * 1024)  /* of the budget, at most, for shared counters alone */
#define FILE_SMALL_BYTES     (256 * 1024) /* up to this rings are as small as can be */
#define FILE_INFO_BYTES	     4096

uint64_t file_room(void);		   /* bytes the file may come to have, as far as is known */
const char *file_call_name(unsigned call); /* of calls.h */

struct dndprof_header *file_header(void); /* NULL before file_create succeeded */
struct dndprof_sample *file_samples(void);

/* Appends to the INFO section; the whole text is built by the caller. */
void file_info(const char *text, size_t n);

uint64_t file_system_magic(void);

#endif
