/*
 * elf_file.c - see elf_file.h.
 */
#include "symbols/elf_file.h"
#include "base/memory.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOTES_MOST    4096
#define SEGMENTS_MOST (UINT64_C(1) << 30)

size_t elf_read(const struct elf_file *file, uint64_t offset, void *to, size_t size)
{
	size_t done = 0;

	while (done < size && offset < INT64_MAX - size) {
		ssize_t got =
			pread(file->fd, (char *)to + done, size - done, (off_t)(offset + done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		done += (size_t)got;
	}
	return done;
}

static int read_headers(struct elf_file *file)
{
	uint8_t notes[NOTES_MOST];
	Elf64_Ehdr header;

	if (elf_read(file, 0, &header, sizeof(header)) != sizeof(header) ||
	    memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
	    header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB ||
	    header.e_phentsize != sizeof(Elf64_Phdr))
		return -EBADMSG;
	file->segment_count = header.e_phnum < ELF_SEGMENTS ? header.e_phnum : ELF_SEGMENTS;
	file->segment_count = elf_read(file, header.e_phoff, file->segments,
				       file->segment_count * sizeof(file->segments[0])) /
			      sizeof(file->segments[0]);
	for (size_t i = 0; i < file->segment_count; i++) {
		const Elf64_Phdr *p = &file->segments[i];

		size_t size = p->p_filesz < sizeof(notes) ? p->p_filesz : sizeof(notes);

		if (p->p_type == PT_NOTE)
			file->build_id_bytes =
				dndprof_build_id(notes, elf_read(file, p->p_offset, notes, size),
						 file->build_id, file->build_id_bytes);
	}
	return 0;
}

int elf_open(struct elf_file *file, int fd)
{
	struct stat status;

	memset(file, 0, sizeof(*file));
	file->fd = fd;
	if (fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return -EBADMSG;
	file->size = (uint64_t)status.st_size;
	file->left = SEGMENTS_MOST;
	return read_headers(file);
}

uint8_t *elf_segment(struct elf_file *file, const Elf64_Phdr *segment, size_t *size)
{
	uint64_t n = segment->p_offset < file->size ? file->size - segment->p_offset : 0;
	uint8_t *data;

	n = n < segment->p_filesz ? n : segment->p_filesz;
	if (!n || n > file->left)
		return NULL;
	file->left -= n;
	data = memory_get(n);
	*size = elf_read(file, segment->p_offset, data, n);
	return data;
}
