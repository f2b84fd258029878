/*
 * modules.c - reads which files were mapped where. A chain that bites its own tail ends at the most
 * there can be.
 */
#include "profile/internal.h"

#include <string.h>

#define MODULES_MOST 1024
#define PATH_MOST    4096

void profile_read_modules(struct profile *profile)
{
	uint64_t offset = profile->header.version_minor ? profile->header.modules : 0, at;

	for (at = offset; at && profile->modules.count < MODULES_MOST; at = offset) {
		const char *data = profile_at(profile, at, 1, sizeof(struct dndprof_module));
		struct dndprof_module raw;
		struct profile_module *module;

		if (data)
			memcpy(&raw, data, sizeof(raw));
		if (!data || raw.magic != DNDPROF_MODULE_MAGIC || raw.path_bytes > PATH_MOST ||
		    raw.build_id_bytes > sizeof(raw.build_id) ||
		    !profile_at(profile, at, 1, sizeof(raw) + raw.path_bytes)) {
			profile->damaged |= !profile->cut_off;
			return;
		}
		offset = raw.next;
		if (raw.start >= raw.end)
			continue;
		module = list_add(&profile->modules);
		module->start = raw.start;
		module->end = raw.end;
		module->bias = raw.bias;
		module->path = arena_copy(profile->arena, data + sizeof(raw), raw.path_bytes);
		module->build_id_bytes = raw.build_id_bytes;
		memcpy(module->build_id, raw.build_id, sizeof(raw.build_id));
	}
}
