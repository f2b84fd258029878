/* site.c - see site.h: versions. The function's own bytes are the architecture's (amd64.c). */
#include "go/site.h"

#include <string.h>

/* Go's build information: magic, pointer size, flags; with flag 2 (all since 1.18) the version
 * follows after 32 bytes, its length in one byte as long as it is short. */
#define INFO_MAGIC  "\xff Go buildinf:"
#define INFO_FLAGS  15
#define INFO_INLINE 2
#define INFO_TEXT   32

const char *go_refusal_word(enum go_refusal refusal)
{
#define WORD(id, word, sentence) [GO_REFUSAL_##id] = word,
	static const char *const words[] = {DNDPROF_GO_REFUSALS(WORD)};
#undef WORD

	return words[refusal];
}

enum go_refusal go_version_known(const char *version)
{
	unsigned minor = 0;
	const char *p;

	if (strncmp(version, "go1.", 4))
		return GO_REFUSAL_ODD_VERSION;
	for (p = version + 4; *p >= '0' && *p <= '9' && minor < 1000; p++)
		minor = minor * 10 + (unsigned)(*p - '0');
	/* "go1.20", "go1.20.3", "go1.24.3 X:experiment", "go1.21rc2"; distributions add "-suffix".
	 */
	if (p == version + 4 || (*p && !strchr(". r-+b", *p)))
		return GO_REFUSAL_ODD_VERSION;
	if (minor < DNDPROF_GO_FIRST)
		return GO_REFUSAL_OLD_VERSION;
	return minor > DNDPROF_GO_LAST ? GO_REFUSAL_NEW_VERSION : GO_REFUSAL_NONE;
}

enum go_refusal go_version_find(const uint8_t *data, size_t size, char version[GO_VERSION_BYTES])
{
	size_t at, n;

	version[0] = 0;
	for (at = 0; at + INFO_TEXT < size; at += 16) {
		if (data[at] != 0xff || memcmp(data + at, INFO_MAGIC, sizeof(INFO_MAGIC) - 1))
			continue;
		if (!(data[at + INFO_FLAGS] & INFO_INLINE))
			return GO_REFUSAL_OLD_VERSION;
		n = data[at + INFO_TEXT];
		if (!n || n > 127 || n > size - at - INFO_TEXT - 1)
			return GO_REFUSAL_ODD_VERSION;
		n = n < GO_VERSION_BYTES ? n : GO_VERSION_BYTES - 1;
		memcpy(version, data + at + INFO_TEXT + 1, n);
		version[n] = 0;
		return go_version_known(version);
	}
	return GO_REFUSAL_NO_VERSION;
}
