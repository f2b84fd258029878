/*
 * reader.c - opens a profile file and reads what lies outside its rings: header, section table,
 * info text, call table, samples.
 */
#include "base/error.h"
#include "base/sort.h"
#include "profile/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SECTIONS_MOST 64
#define SAMPLES_MOST  1000000
#define CALLS_MOST    65536

static int check_header(struct profile *profile)
{
	static const char none[sizeof(profile->header.magic)];
	struct dndprof_header *header = &profile->header;
	uint32_t endian = DNDPROF_ENDIAN;
	uint64_t there = profile->size < sizeof(*header) ? profile->size : sizeof(*header);

	if (profile->loaded && bytes_open(profile) == 0) { /* offset 0 is none to profile_at */
		ssize_t got = bytes_read(profile, header, there, 0);

		there = got < 0 ? 0 : (uint64_t)got;
	} else if (there) {
		memcpy(header, profile->data, there);
	}
	/* The magic is written last: its process was killed before it recorded anything. */
	if (there >= sizeof(*header) && memcmp(header->magic, none, sizeof(none)) == 0)
		return -ENODATA;
	if (there < sizeof(header->magic) ||
	    memcmp(header->magic, DNDPROF_MAGIC, sizeof(header->magic)) != 0)
		return -EMEDIUMTYPE;
	if (there < sizeof(*header))
		return -ENODATA;
	if (header->endian == __builtin_bswap32(endian))
		return -EXDEV;
	if (header->endian != endian)
		return -EBADMSG;
	if (header->version_major > DNDPROF_VERSION_MAJOR)
		return error_newer(header->version_major, header->version_minor, false);
	if ((uint32_t)(header->features & ~DNDPROF_FEATURE_WEIGHTS))
		return error_newer(header->version_major, header->version_minor, true);
	if (header->version_major != DNDPROF_VERSION_MAJOR || header->header_size < sizeof(*header))
		return -EBADMSG;
	if (header->used < sizeof(*header))
		return -EBADMSG;
	return 0;
}

static void read_info(struct profile *profile, const char *text, uint64_t size)
{
	char *line, *next;

	if (profile->info)
		return;
	profile->info = memory_get(size + 1);
	memcpy(profile->info, text, size);
	for (line = profile->info; *line; line = next) {
		char *end = strchr(line, '\n'), *equal;

		next = end ? end + 1 : line + strlen(line);
		if (end)
			*end = 0;
		equal = strchr(line, '=');
		if (!equal)
			continue;
		*equal = 0;
		*list_add(&profile->lines) = (struct info_line){line, equal + 1};
	}
}

static int known_call(const char *name)
{
#define NAME(id, category, subject, result) #id,
	static const char *const names[] = {DNDPROF_CALLS(NAME)};
#undef NAME

	for (int i = 0; i < DNDPROF_CALL_COUNT; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

static enum dndprof_category known_category(const char *name)
{
#define NAME(id, name, meaning) name,
	static const char *const names[] = {DNDPROF_CATEGORIES(NAME)};
#undef NAME

	for (int i = 0; i < DNDPROF_CATEGORY_COUNT; i++)
		if (strcmp(names[i], name) == 0)
			return (enum dndprof_category)i;
	return DNDPROF_CATEGORY_IO;
}

static void read_calls(struct profile *profile, const uint8_t *data, uint64_t count, uint32_t step)
{
	if (profile->calls.count)
		return;
	for (uint64_t i = 0; i < count && i < CALLS_MOST; i++, data += step) {
		struct profile_call *call = list_add(&profile->calls);
		struct dndprof_call_entry entry;

		memcpy(&entry, data, sizeof(entry));
		memcpy(call->name, entry.name, sizeof(entry.name));
		memcpy(call->category_name, entry.category, sizeof(entry.category));
		call->known = known_call(call->name);
		call->category = known_category(call->category_name);
		call->subject = entry.subject;
		call->result = entry.result;
	}
}

static int compare_samples(const void *a, const void *b)
{
	const struct dndprof_sample *x = a, *y = b;

	return (x->ticks > y->ticks) - (x->ticks < y->ticks);
}

static void read_samples(struct profile *profile, const uint8_t *data, uint64_t count,
			 uint32_t step)
{
	if (profile->samples.count)
		return;
	for (uint64_t i = 0; i < count && i < SAMPLES_MOST; i++, data += step) {
		struct dndprof_sample sample;

		memcpy(&sample, data, sizeof(sample));
		if (sample.ticks)
			*list_add(&profile->samples) = sample;
	}
	if (profile->samples.count)
		sort(profile->samples.items, profile->samples.count, sizeof(struct dndprof_sample),
		     compare_samples);
}

/* As many entries of a section as the file has. */
static void read_section(struct profile *profile, const struct dndprof_section *section)
{
	static const uint32_t least[] = {
		[DNDPROF_SECTION_INFO] = 1,
		[DNDPROF_SECTION_CALLS] = sizeof(struct dndprof_call_entry),
		[DNDPROF_SECTION_SAMPLES] = sizeof(struct dndprof_sample),
	};
	uint64_t count = section->count;
	const uint8_t *data;

	if (section->type >= sizeof(least) / sizeof(least[0]) || !least[section->type])
		return; /* the arena, or one of a later minor version */
	if (section->entry_size < least[section->type] || !section->offset ||
	    section->offset > profile->size) {
		profile->damaged = true;
		return;
	}
	if (count > (profile->size - section->offset) / section->entry_size) {
		count = (profile->size - section->offset) / section->entry_size;
		profile->damaged |= !profile->cut_off;
	}
	data = profile_at(profile, section->offset, count, section->entry_size);
	if (!data)
		return;
	if (section->type == DNDPROF_SECTION_INFO)
		read_info(profile, (const char *)data, count * section->entry_size);
	else if (section->type == DNDPROF_SECTION_CALLS)
		read_calls(profile, data, count, section->entry_size);
	else
		read_samples(profile, data, count, section->entry_size);
}

static void read_sections(struct profile *profile)
{
	uint64_t count = profile->header.section_count;

	if (count > SECTIONS_MOST) {
		profile->damaged = true;
		count = SECTIONS_MOST;
	}
	for (uint64_t i = 0; i < count; i++) {
		struct dndprof_section section;
		uint64_t offset = profile->header.section_offset + i * sizeof(section);
		const void *data = profile_at(profile, offset, 1, sizeof(section));

		if (!data) {
			profile->damaged |= !profile->cut_off;
			return;
		}
		memcpy(&section, data, sizeof(section));
		read_section(profile, &section);
	}
}

static int parse(struct profile *profile)
{
	int error = check_header(profile);

	if (error)
		return error;
	/* What the writer added since we asked is not missing, only not looked at. */
	if (profile->loaded && profile->size < profile->file_size &&
	    profile->header.used > profile->size)
		profile->header.used = profile->size;
	if (profile->header.used > profile->size)
		profile->cut_off = profile->header.used - profile->size;
	else
		profile->size = profile->header.used;
	profile->arena = arena_new();
	profile->unknown = (struct profile_call){.name = "unknown",
						 .known = -1,
						 .category_name = "io",
						 .category = DNDPROF_CATEGORY_IO};
	read_sections(profile);
	profile_read_rings(profile);
	profile_read_modules(profile);
	return profile->cut_off && !profile->rings.count ? -ENODATA : 0;
}

static struct profile *new_profile(const char *path)
{
	struct profile *profile = memory_get(sizeof(*profile));

	profile->path = memory_text(path);
	profile->fd = -1;
	return profile;
}

int profile_open_memory(const void *data, size_t size, const char *path, struct profile **profile)
{
	struct profile *fresh = new_profile(path);
	int error;

	fresh->data = memory_get(size);
	fresh->size = size;
	if (size)
		memcpy(fresh->data, data, size);
	error = parse(fresh);
	if (error) {
		profile_close(fresh);
		return error;
	}
	profile_load(fresh, 0);
	*profile = fresh;
	return 0;
}

/* Bytes worth reading: what the header calls used, not the sparse rest. */
static int wanted(struct profile *profile, uint64_t *size)
{
	struct dndprof_header header;
	ssize_t got = bytes_read(profile, &header, sizeof(header), 0);

	if (got < 0)
		return (int)got;
	*size = (uint64_t)got;
	if (got < (ssize_t)sizeof(header) || memcmp(header.magic, DNDPROF_MAGIC, 8) != 0)
		return 0;
	*size = header.used < profile->file_size ? header.used : profile->file_size;
	if (*size < sizeof(header))
		*size = sizeof(header);
	return *size > PROFILE_LARGEST ? -EFBIG : 0;
}

int profile_open_later(const char *path, struct profile **profile)
{
	struct profile *fresh = new_profile(path);
	uint64_t size = 0;
	int error = bytes_open(fresh);

	if (!error)
		error = wanted(fresh, &size);
	if (!error && !bytes_take(fresh, size))
		error = -ENOMEM;
	if (!error)
		error = parse(fresh);
	if (error) {
		profile_close(fresh);
		return error;
	}
	bytes_close(fresh);
	*profile = fresh;
	return 0;
}

int profile_open(const char *path, struct profile **profile)
{
	int error = profile_open_later(path, profile);

	if (!error)
		profile_load(*profile, 0);
	return error;
}

void profile_close(struct profile *profile)
{
	if (!profile)
		return;
	list_free(&profile->lines);
	list_free(&profile->calls);
	list_free(&profile->samples);
	list_free(&profile->rings);
	list_free(&profile->places);
	list_free(&profile->records);
	list_free(&profile->modules);
	arena_free(profile->arena);
	free(profile->info);
	bytes_free(profile);
	free(profile->path);
	free(profile);
}
