/* go_code.c - see go_code.h. The file is anybody's: sizes are bounded, nothing behind its end read.
 */
#include "model/go_code.h"

#include <go/site.h>

#include <elf.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define STEP	     (128u * 1024) /* as shim/go/look.c, which reads no further than it must */
#define HEADERS_MOST 128

static const char *sentence_of(enum go_refusal refusal)
{
#define SENTENCE(id, word, sentence) [GO_REFUSAL_##id] = sentence,
	static const char *const sentences[] = {DNDPROF_GO_REFUSALS(SENTENCE)};
#undef SENTENCE

	return refusal == GO_REFUSAL_NONE ? NULL : sentences[refusal];
}

static enum go_refusal look_in(const uint8_t *code, size_t size)
{
	enum go_refusal refusal = GO_REFUSAL_NO_SITE;
	size_t end = 0, at;

	while (refusal == GO_REFUSAL_NO_SITE && end < size) {
		end = size - end < STEP ? size : end + STEP;
		refusal = go_site_find(code, end, &at);
	}
	return refusal;
}

/* The first segment of code; false: none, or it lies outside the file. */
static bool find_code(const uint8_t *file, size_t size, Elf64_Phdr *code)
{
	const Elf64_Ehdr *elf = (const void *)file;

	if (size < sizeof(*elf) || elf->e_phentsize != sizeof(*code))
		return false;
	for (unsigned int i = 0; i < elf->e_phnum && i < HEADERS_MOST; i++) {
		if (elf->e_phoff > size || size - elf->e_phoff < (i + 1) * sizeof(*code))
			return false;
		memcpy(code, file + elf->e_phoff + i * sizeof(*code), sizeof(*code));
		if (code->p_type == PT_LOAD && code->p_flags == (PF_R | PF_X))
			return code->p_offset <= size && code->p_filesz <= size - code->p_offset;
	}
	return false;
}

const char *go_code_refusal(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	enum go_refusal refusal = GO_REFUSAL_NO_SITE;
	struct stat status;
	Elf64_Phdr code;
	void *file;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) || status.st_size <= 0) {
		close(fd);
		return NULL;
	}
	file = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (file == MAP_FAILED)
		return NULL;
	if (find_code(file, (size_t)status.st_size, &code))
		refusal = look_in((const uint8_t *)file + code.p_offset, code.p_filesz);
	munmap(file, (size_t)status.st_size);
	return sentence_of(refusal);
}
