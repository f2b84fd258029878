/*
 * amd64.c - the bytes of Go's system call function and of the patch, for amd64. With amd64.S all
 * that another architecture has to write again.
 *
 * runtime/internal/syscall.Syscall6 (1.19-1.22), internal/runtime/syscall.Syscall6 (1.23-1.25),
 * internal/runtime/syscall/linux.Syscall6 (1.26-): the same 20 bytes at its begin since 1.19.
 *
 *	 0  mov %rsi,%r10; mov %rdi,%rdx; mov %rcx,%rsi; mov %rbx,%rdi
 *	12  syscall
 *	14  cmp $-4095,%rax
 *	20  jbe ok; (negate, set -1 and 0); ret; ok: (move); ret; int3 up to 64
 *
 * Patched: 0 jmp *slot(+24), 12 syscall, 14 jmp *slot(+32), 24 and 32 the two slots. What follows
 * the compare is never reached again, so that the slots may lie there.
 *
 * runtime.futex, in which a Go program's threads wait: 40 bytes, the same in all of 1.19-1.27, and
 * padding. It takes its arguments from the stack (33 bytes), 33 syscall, 35 stores EAX there, 39
 *ret. Patched: 0 jmp *slot(+48), 33 syscall, 35 jmp *slot(+56), 48 and 56 the two slots.
 */
#include "go/site.h"

#include <string.h>

static const uint8_t head[20] = {0x49, 0x89, 0xf2, 0x48, 0x89, 0xfa, 0x48, 0x89, 0xce, 0x48,
				 0x89, 0xdf, 0x0f, 0x05, 0x48, 0x3d, 0x01, 0xf0, 0xff, 0xff};

static const uint8_t park[GO_SITE_BYTES] = {
	0x48, 0x8b, 0x7c, 0x24, 0x08, 0x8b, 0x74, 0x24, 0x10, 0x8b, 0x54, 0x24, 0x14,
	0x4c, 0x8b, 0x54, 0x24, 0x18, 0x4c, 0x8b, 0x44, 0x24, 0x20, 0x44, 0x8b, 0x4c,
	0x24, 0x28, 0xb8, 0xca, 0x00, 0x00, 0x00, 0x0f, 0x05, 0x89, 0x44, 0x24, 0x30,
	0xc3, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc,
	0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc};

enum { INT3 = 0xcc, RET = 0xc3, JBE_SHORT = 0x76 };

/* Is what follows the compare two short ways to return, and nothing behind them? */
static int end_is_known(const uint8_t *site)
{
	static const uint8_t negate[3] = {0x48, 0xf7, 0xd8};
	size_t end = GO_SITE_BYTES, ok;

	if (site[20] != JBE_SHORT || memcmp(site + 22, negate, sizeof(negate)))
		return 0;
	while (end > 22 && site[end - 1] == INT3)
		end--;
	ok = 22 + (size_t)site[21];
	return end >= 50 && end <= 54 && site[end - 1] == RET && ok > 25 && ok < end &&
	       site[ok - 1] == RET;
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
	return end_is_known(text + *offset) ? GO_REFUSAL_NONE : GO_REFUSAL_ODD_SITE;
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
