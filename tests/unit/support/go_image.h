/*
 * go_image.h - a small Go program as bytes of an ELF file, and a loader that puts such bytes into
 * memory as the kernel would start them (fs/binfmt_elf.c): pages of the file, nothing round them,
 * and pages behind the file's end that kill who reads them. For tests and the fuzzer of what reads
 * a program's headers in memory; it must not be more careful than the kernel is.
 */
#ifndef TESTS_GO_IMAGE_H
#define TESTS_GO_IMAGE_H

#include <elf.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define IMAGE_PAGE    4096ul
#define IMAGE_MOST    (16ul << 20) /* of address space a program may ask for */
#define IMAGE_NOTE    0x800
#define IMAGE_CODE    IMAGE_PAGE
#define IMAGE_HEADERS 6

enum { IMAGE_SELF, IMAGE_IS_NOTE, IMAGE_READ, IMAGE_EXECUTE, IMAGE_WRITE, IMAGE_RELRO };

/* The forms the function has had: of 1.19 to 1.26, and of 1.27. */
static const uint8_t go_function[2][64] __attribute__((unused)) = {
	{0x49, 0x89, 0xf2, 0x48, 0x89, 0xfa, 0x48, 0x89, 0xce, 0x48, 0x89, 0xdf, 0x0f,
	 0x05, 0x48, 0x3d, 0x01, 0xf0, 0xff, 0xff, 0x76, 0x15, 0x48, 0xf7, 0xd8, 0x48,
	 0x89, 0xc1, 0x48, 0xc7, 0xc0, 0xff, 0xff, 0xff, 0xff, 0x48, 0xc7, 0xc3, 0x00,
	 0x00, 0x00, 0x00, 0xc3, 0x48, 0x89, 0xd3, 0x48, 0xc7, 0xc1, 0x00, 0x00, 0x00,
	 0x00, 0xc3, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc},
	{0x49, 0x89, 0xf2, 0x48, 0x89, 0xfa, 0x48, 0x89, 0xce, 0x48, 0x89, 0xdf, 0x0f,
	 0x05, 0x48, 0x3d, 0x01, 0xf0, 0xff, 0xff, 0x76, 0x13, 0x48, 0xf7, 0xd8, 0x48,
	 0x89, 0xc1, 0x48, 0xc7, 0xc0, 0xff, 0xff, 0xff, 0xff, 0xbb, 0x00, 0x00, 0x00,
	 0x00, 0xc3, 0x48, 0x89, 0xd3, 0xb9, 0x00, 0x00, 0x00, 0x00, 0xc3, 0xcc, 0xcc,
	 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc},
};

/* runtime.futex. */
static const uint8_t go_park[64] __attribute__((unused)) = {
	0x48, 0x8b, 0x7c, 0x24, 0x08, 0x8b, 0x74, 0x24, 0x10, 0x8b, 0x54, 0x24, 0x14,
	0x4c, 0x8b, 0x54, 0x24, 0x18, 0x4c, 0x8b, 0x44, 0x24, 0x20, 0x44, 0x8b, 0x4c,
	0x24, 0x28, 0xb8, 0xca, 0x00, 0x00, 0x00, 0x0f, 0x05, 0x89, 0x44, 0x24, 0x30,
	0xc3, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc,
	0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc};

struct image {
	uint8_t *bytes;
	size_t size;
	Elf64_Ehdr *header;
	Elf64_Phdr *segments;
	uint8_t *code, *data; /* in bytes */
};

/* Loaded: what the kernel tells the program. */
struct loaded {
	char *area;
	unsigned long phdr, phnum, phent, entry;
};

/* Where headers put the begin of `code` bytes of code. The file's offsets are its addresses. */
static inline void image_make(struct image *im, size_t code, const char *version)
{
	static const uint8_t note[] = "\4\0\0\0\10\0\0\0\4\0\0\0Go\0\0aaaaaaaa";
	const uint64_t data = IMAGE_CODE + code;
	const Elf64_Phdr segments[IMAGE_HEADERS] = {
		{PT_PHDR, PF_R, 64, 64, 64, sizeof(segments), sizeof(segments), 8},
		{PT_NOTE, PF_R, IMAGE_NOTE, IMAGE_NOTE, 0, sizeof(note) - 1, sizeof(note) - 1, 4},
		{PT_LOAD, PF_R, 0, 0, 0, IMAGE_PAGE, IMAGE_PAGE, IMAGE_PAGE},
		{PT_LOAD, PF_R | PF_X, IMAGE_CODE, IMAGE_CODE, 0, code, code, IMAGE_PAGE},
		{PT_LOAD, PF_R | PF_W, data, data, 0, IMAGE_PAGE, 2 * IMAGE_PAGE, IMAGE_PAGE},
		{PT_GNU_RELRO, PF_R, data, data, 0, 256, 256, 1},
	};
	const Elf64_Ehdr header = {
		.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
		.e_type = ET_DYN,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_entry = IMAGE_CODE,
		.e_phoff = sizeof(header),
		.e_ehsize = sizeof(header),
		.e_phentsize = sizeof(segments[0]),
		.e_phnum = IMAGE_HEADERS,
	};

	im->size = data + IMAGE_PAGE;
	im->bytes = calloc(1, im->size);
	im->header = memcpy(im->bytes, &header, sizeof(header));
	im->segments = memcpy(im->bytes + sizeof(header), segments, sizeof(segments));
	memcpy(im->bytes + IMAGE_NOTE, note, sizeof(note) - 1);
	im->code = im->bytes + IMAGE_CODE;
	im->data = im->bytes + data;
	memcpy(im->data + 512, "\xff Go buildinf:\x08\x02", 16);
	im->data[512 + 32] = (uint8_t)strlen(version);
	memcpy(im->data + 512 + 33, version, strlen(version));
}

/* One segment, of a file open on fd; false: the kernel would not have it. */
static inline bool image_map(const struct loaded *l, int fd, const Elf64_Phdr *p)
{
	const uint64_t skew = p->p_vaddr % IMAGE_PAGE, begin = p->p_vaddr - skew;
	const int protection = (p->p_flags & PF_R ? PROT_READ : 0) |
			       (p->p_flags & PF_W ? PROT_WRITE : 0) |
			       (p->p_flags & PF_X ? PROT_EXEC : 0);

	if (p->p_filesz > p->p_memsz || p->p_memsz > IMAGE_MOST || begin > IMAGE_MOST - skew ||
	    begin + skew + p->p_memsz > IMAGE_MOST || (p->p_offset - skew) % IMAGE_PAGE ||
	    p->p_offset < skew)
		return false;
	if (p->p_memsz && mmap(l->area + begin, p->p_memsz + skew, protection,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		return false;
	return !p->p_filesz ||
	       mmap(l->area + begin, p->p_filesz + skew, protection, MAP_PRIVATE | MAP_FIXED, fd,
		    (off_t)(p->p_offset - skew)) != MAP_FAILED;
}

/* False: the kernel would not start it, and nothing is loaded. */
static inline bool image_load(struct loaded *l, const uint8_t *bytes, size_t size)
{
	Elf64_Ehdr h;
	Elf64_Phdr p;
	unsigned i, loads = 0;
	bool good = size >= sizeof(h);
	int fd;

	memset(l, 0, sizeof(*l));
	memcpy(&h, bytes, good ? sizeof(h) : 0);
	if (!good || memcmp(h.e_ident, ELFMAG, SELFMAG) || h.e_machine != EM_X86_64 ||
	    h.e_phentsize != sizeof(p) || !h.e_phnum || h.e_phnum > 65536 / sizeof(p) ||
	    h.e_phoff > size || size - h.e_phoff < h.e_phnum * sizeof(p))
		return false;
	fd = memfd_create("image", MFD_CLOEXEC);
	good = fd >= 0 && write(fd, bytes, size) == (ssize_t)size;
	l->area = mmap(NULL, IMAGE_MOST, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
		       0);
	for (i = 0; i < h.e_phnum && good; i++) {
		memcpy(&p, bytes + h.e_phoff + i * sizeof(p), sizeof(p));
		if (p.p_type != PT_LOAD)
			continue;
		good = image_map(l, fd, &p);
		loads++;
		if (!l->phdr && p.p_offset <= h.e_phoff && h.e_phoff - p.p_offset < p.p_filesz)
			l->phdr = (unsigned long)l->area + h.e_phoff - p.p_offset + p.p_vaddr;
	}
	close(fd);
	l->phnum = h.e_phnum;
	l->phent = h.e_phentsize;
	l->entry = (unsigned long)l->area + h.e_entry;
	if (good && loads)
		return true;
	munmap(l->area, IMAGE_MOST);
	return false;
}

static inline void image_unload(struct loaded *l)
{
	munmap(l->area, IMAGE_MOST);
}

static inline unsigned long image_auxv(const struct loaded *l, unsigned long type)
{
	return type == AT_PHDR	  ? l->phdr
	       : type == AT_PHNUM ? l->phnum
	       : type == AT_PHENT ? l->phent
	       : type == AT_ENTRY ? l->entry
				  : 0;
}

#endif
