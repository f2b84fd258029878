/*
 * amd64.c - the bytes of Go's system call function and of the patch, for amd64. With amd64.S all
 * that another architecture has to write again.
 *
 * runtime/internal/syscall.Syscall6 (1.19-1.22), internal/runtime/syscall.Syscall6 (1.23-1.25),
 * internal/runtime/syscall/linux.Syscall6 (1.26-). Of all its compilations, looked at in 87
 * programs of every Go from 1.19 to 1.27, there are two, which differ in how constants are loaded.
 *
 * Patched: 0 jmp *slot(+24), 12 syscall, 14 jmp *slot(+32), 24 and 32 the two slots. What follows
 * the compare is never reached again, so that the slots may lie there; the stub does its work,
 * which is why it must be what is known, to the last byte.
 *
 * runtime.futex, in which a Go program's threads wait: 40 bytes, the same in all of 1.19-1.27, and
 * padding. It takes its arguments from the stack (33 bytes), 33 syscall, 35 stores EAX there, 39
 * ret. Patched: 0 jmp *slot(+48), 33 syscall, 35 jmp *slot(+56), 48 and 56 the two slots.
 */
#include "go/site.h"

#include <string.h>

enum { INT3 = 0xcc };

/* clang-format off */
#define HEAD                                                         \
	0x49, 0x89, 0xf2,                   /*  0 mov %rsi,%r10 */   \
	0x48, 0x89, 0xfa,                   /*  3 mov %rdi,%rdx */   \
	0x48, 0x89, 0xce,                   /*  6 mov %rcx,%rsi */   \
	0x48, 0x89, 0xdf,                   /*  9 mov %rbx,%rdi */   \
	0x0f, 0x05,                         /* 12 syscall */         \
	0x48, 0x3d, 0x01, 0xf0, 0xff, 0xff  /* 14 cmp $-4095,%rax */

static const uint8_t head[20] = {HEAD};

/* With int3 to the next function, which begins at a multiple of GO_SITE_ALIGN. */
static const uint8_t known[][GO_SITE_BYTES] = {
	{ /* 1.19 to 1.26 */
		HEAD,
		0x76, 0x15,                               /* 20 jbe 43 */
		0x48, 0xf7, 0xd8,                         /* 22 neg %rax */
		0x48, 0x89, 0xc1,                         /* 25 mov %rax,%rcx */
		0x48, 0xc7, 0xc0, 0xff, 0xff, 0xff, 0xff, /* 28 mov $-1,%rax */
		0x48, 0xc7, 0xc3, 0x00, 0x00, 0x00, 0x00, /* 35 mov $0,%rbx */
		0xc3,                                     /* 42 ret */
		0x48, 0x89, 0xd3,                         /* 43 mov %rdx,%rbx */
		0x48, 0xc7, 0xc1, 0x00, 0x00, 0x00, 0x00, /* 46 mov $0,%rcx */
		0xc3,                                     /* 53 ret */
		INT3, INT3, INT3, INT3, INT3, INT3, INT3, INT3, INT3, INT3,
	},
	{ /* 1.27 */
		HEAD,
		0x76, 0x13,                               /* 20 jbe 41 */
		0x48, 0xf7, 0xd8,                         /* 22 neg %rax */
		0x48, 0x89, 0xc1,                         /* 25 mov %rax,%rcx */
		0x48, 0xc7, 0xc0, 0xff, 0xff, 0xff, 0xff, /* 28 mov $-1,%rax */
		0xbb, 0x00, 0x00, 0x00, 0x00,             /* 35 mov $0,%ebx */
		0xc3,                                     /* 40 ret */
		0x48, 0x89, 0xd3,                         /* 41 mov %rdx,%rbx */
		0xb9, 0x00, 0x00, 0x00, 0x00,             /* 44 mov $0,%ecx */
		0xc3,                                     /* 49 ret */
		INT3, INT3, INT3, INT3, INT3, INT3, INT3, INT3, INT3, INT3, INT3, INT3, INT3, INT3,
	},
};
/* clang-format on */

static const uint8_t park[GO_SITE_BYTES] = {
	0x48, 0x8b, 0x7c, 0x24, 0x08, 0x8b, 0x74, 0x24, 0x10, 0x8b, 0x54, 0x24, 0x14,
	0x4c, 0x8b, 0x54, 0x24, 0x18, 0x4c, 0x8b, 0x44, 0x24, 0x20, 0x44, 0x8b, 0x4c,
	0x24, 0x28, 0xb8, 0xca, 0x00, 0x00, 0x00, 0x0f, 0x05, 0x89, 0x44, 0x24, 0x30,
	0xc3, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc,
	0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc};

static int is_known(const uint8_t *site)
{
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!memcmp(site, known[i], sizeof(known[i])))
			return 1;
	return 0;
}

/* The one place where these bytes begin a function. */
static enum go_refusal find_once(const uint8_t *text, size_t size, const uint8_t *bytes, size_t n,
				 size_t *offset)
{
	size_t at = -(uintptr_t)text % GO_SITE_ALIGN;
	unsigned hits = 0;

	for (; at < size && size - at >= GO_SITE_BYTES; at += GO_SITE_ALIGN) {
		if (text[at] != bytes[0] || memcmp(text + at, bytes, n))
			continue;
		if (hits++)
			return GO_REFUSAL_TWO_SITES;
		*offset = at;
	}
	return hits ? GO_REFUSAL_NONE : GO_REFUSAL_NO_SITE;
}

enum go_refusal go_park_find(const uint8_t *text, size_t size, size_t *offset)
{
	return find_once(text, size, park, sizeof(park), offset);
}

enum go_refusal go_site_find(const uint8_t *text, size_t size, size_t *offset)
{
	enum go_refusal refusal = find_once(text, size, head, sizeof(head), offset);

	if (refusal != GO_REFUSAL_NONE)
		return refusal;
	return is_known(text + *offset) ? GO_REFUSAL_NONE : GO_REFUSAL_ODD_SITE;
}

void go_site_patch(const void *before, const void *after, uint8_t patch[GO_PATCH_BYTES])
{
	static const uint8_t jump_before[6] = {0xff, 0x25, 24 - 6, 0, 0, 0};
	static const uint8_t jump_after[6] = {0xff, 0x25, 32 - 20, 0, 0, 0};

	memset(patch, INT3, GO_PATCH_BYTES);
	memcpy(patch, jump_before, sizeof(jump_before));
	memcpy(patch + GO_SITE_RESUME, head + GO_SITE_RESUME, 2);
	memcpy(patch + 14, jump_after, sizeof(jump_after));
	memcpy(patch + 24, &before, sizeof(before));
	memcpy(patch + 32, &after, sizeof(after));
}

void go_park_patch(const void *before, const void *after, uint8_t patch[GO_SITE_BYTES])
{
	static const uint8_t jump_before[6] = {0xff, 0x25, 48 - 6, 0, 0, 0};
	static const uint8_t jump_after[6] = {0xff, 0x25, 56 - 41, 0, 0, 0};

	memset(patch, INT3, GO_SITE_BYTES);
	memcpy(patch, jump_before, sizeof(jump_before));
	memcpy(patch + GO_PARK_RESUME_AT, park + GO_PARK_RESUME_AT, 2);
	memcpy(patch + 35, jump_after, sizeof(jump_after));
	memcpy(patch + 48, &before, sizeof(before));
	memcpy(patch + 56, &after, sizeof(after));
}

/* rdpid, in half a nanosecond. */
bool go_processor_told(void)
{
	enum { LEAF = 7, RDPID = 22 };
	uint32_t a = 0, b, c = 0, d;

	__asm__("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	if (a < LEAF)
		return false;
	a = LEAF;
	c = 0;
	__asm__("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	return c >> RDPID & 1;
}
