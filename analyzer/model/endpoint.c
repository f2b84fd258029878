/*
 * endpoint.c - the table of endpoints, and the matching of paths against it. The first row that
 * matches wins, so literal rows stand before those with names. {id} is one segment, {name} one or
 * more (image references have slashes).
 */
#include "model/endpoint.h"

#include <dndprof/profile.h>

#include <ctype.h>
#include <stdio.h>
#include <string.h>

struct row {
	const char *pattern;
	enum endpoint_stream stream;
};

/* The Docker engine's API; podman answers the same, and has its own below /libpod. */
static const struct row engine_rows[] = {
	{"/_ping", 0},
	{"/info", 0},
	{"/version", 0},
	{"/auth", 0},
	{"/commit", 0},
	{"/events", ENDPOINT_STREAM_UNLESS_UNTIL},
	{"/system/df", 0},
	{"/session", ENDPOINT_STREAM_ALWAYS},
	{"/grpc", ENDPOINT_STREAM_ALWAYS},
	{"/build", 0},
	{"/build/prune", 0},
	{"/build/cancel", 0},
	{"/containers/json", 0},
	{"/containers/create", 0},
	{"/containers/prune", 0},
	{"/containers/stats", ENDPOINT_STREAM_STATS},
	{"/containers/{id}/json", 0},
	{"/containers/{id}/top", 0},
	{"/containers/{id}/logs", ENDPOINT_STREAM_FOLLOW},
	{"/containers/{id}/changes", 0},
	{"/containers/{id}/export", 0},
	{"/containers/{id}/stats", ENDPOINT_STREAM_STATS},
	{"/containers/{id}/resize", 0},
	{"/containers/{id}/start", 0},
	{"/containers/{id}/stop", 0},
	{"/containers/{id}/restart", 0},
	{"/containers/{id}/kill", 0},
	{"/containers/{id}/update", 0},
	{"/containers/{id}/rename", 0},
	{"/containers/{id}/pause", 0},
	{"/containers/{id}/unpause", 0},
	{"/containers/{id}/attach", ENDPOINT_STREAM_ALWAYS},
	{"/containers/{id}/attach/ws", ENDPOINT_STREAM_ALWAYS},
	{"/containers/{id}/wait", ENDPOINT_STREAM_ALWAYS},
	{"/containers/{id}/archive", 0},
	{"/containers/{id}/exec", 0},
	{"/containers/{id}/exists", 0},
	{"/containers/{id}/mount", 0},
	{"/containers/{id}/unmount", 0},
	{"/containers/{id}/init", 0},
	{"/containers/{id}/healthcheck", 0},
	{"/containers/{id}/checkpoint", 0},
	{"/containers/{id}/checkpoints", 0},
	{"/containers/{id}/checkpoints/{id}", 0},
	{"/containers/{id}/restore", 0},
	{"/containers/{id}", 0},
	{"/exec/{id}/start", ENDPOINT_STREAM_UPGRADE},
	{"/exec/{id}/json", 0},
	{"/exec/{id}/resize", 0},
	{"/images/json", 0},
	{"/images/create", 0},
	{"/images/load", 0},
	{"/images/search", 0},
	{"/images/get", 0},
	{"/images/prune", 0},
	{"/images/pull", 0},
	{"/images/import", 0},
	{"/images/remove", 0},
	{"/images/export", 0},
	{"/images/{name}/json", 0},
	{"/images/{name}/history", 0},
	{"/images/{name}/push", 0},
	{"/images/{name}/tag", 0},
	{"/images/{name}/untag", 0},
	{"/images/{name}/get", 0},
	{"/images/{name}/exists", 0},
	{"/images/{name}/tree", 0},
	{"/images/{name}", 0},
	{"/distribution/{name}/json", 0},
	{"/networks", 0},
	{"/networks/json", 0},
	{"/networks/create", 0},
	{"/networks/prune", 0},
	{"/networks/{id}/connect", 0},
	{"/networks/{id}/disconnect", 0},
	{"/networks/{id}/json", 0},
	{"/networks/{id}/exists", 0},
	{"/networks/{id}", 0},
	{"/volumes", 0},
	{"/volumes/json", 0},
	{"/volumes/create", 0},
	{"/volumes/prune", 0},
	{"/volumes/{id}/json", 0},
	{"/volumes/{id}/exists", 0},
	{"/volumes/{id}", 0},
	{"/swarm", 0},
	{"/swarm/init", 0},
	{"/swarm/join", 0},
	{"/swarm/leave", 0},
	{"/swarm/update", 0},
	{"/swarm/unlock", 0},
	{"/swarm/unlockkey", 0},
	{"/nodes", 0},
	{"/nodes/{id}", 0},
	{"/nodes/{id}/update", 0},
	{"/services", 0},
	{"/services/create", 0},
	{"/services/{id}", 0},
	{"/services/{id}/update", 0},
	{"/services/{id}/logs", ENDPOINT_STREAM_FOLLOW},
	{"/tasks", 0},
	{"/tasks/{id}", 0},
	{"/tasks/{id}/logs", ENDPOINT_STREAM_FOLLOW},
	{"/secrets", 0},
	{"/secrets/json", 0},
	{"/secrets/create", 0},
	{"/secrets/{id}", 0},
	{"/secrets/{id}/update", 0},
	{"/secrets/{id}/json", 0},
	{"/configs", 0},
	{"/configs/create", 0},
	{"/configs/{id}", 0},
	{"/configs/{id}/update", 0},
	{"/plugins", 0},
	{"/plugins/privileges", 0},
	{"/plugins/pull", 0},
	{"/plugins/create", 0},
	{"/plugins/{name}/json", 0},
	{"/plugins/{name}/enable", 0},
	{"/plugins/{name}/disable", 0},
	{"/plugins/{name}/upgrade", 0},
	{"/plugins/{name}/push", 0},
	{"/plugins/{name}/set", 0},
	{"/plugins/{name}", 0},
	{"/pods/json", 0},
	{"/pods/create", 0},
	{"/pods/prune", 0},
	{"/pods/stats", 0},
	{"/pods/{id}/json", 0},
	{"/pods/{id}/exists", 0},
	{"/pods/{id}/start", 0},
	{"/pods/{id}/stop", 0},
	{"/pods/{id}/restart", 0},
	{"/pods/{id}/kill", 0},
	{"/pods/{id}/pause", 0},
	{"/pods/{id}/unpause", 0},
	{"/pods/{id}/top", 0},
	{"/pods/{id}", 0},
	{"/manifests/{name}/json", 0},
	{"/manifests/{name}/exists", 0},
	{"/manifests/{name}/push", 0},
	{"/manifests/{name}", 0},
	{"/generate/{id}/systemd", 0},
	{"/generate/kube", 0},
	{"/play/kube", 0},
	{"/kube/apply", 0},
};

/* The distribution API; all below /v2/. */
static const struct row registry_rows[] = {
	{"/v2/_catalog", 0},
	{"/v2/{name}/tags/list", 0},
	{"/v2/{name}/manifests/{id}", 0},
	{"/v2/{name}/blobs/uploads", 0},
	{"/v2/{name}/blobs/uploads/{id}", 0},
	{"/v2/{name}/blobs/{id}", 0},
	{"/v2/{name}/referrers/{id}", 0},
};

#define ROWS(table) table, sizeof(table) / sizeof(table[0])

static size_t segment(const char *text)
{
	return strcspn(text, "/");
}

/* Both without their leading slash. */
static bool matches(const char *pattern, const char *path)
{
	size_t want = segment(pattern), have = segment(path);
	bool many = strncmp(pattern, "{name}", want) == 0 && want == 6;

	if (!*pattern || !*path)
		return *pattern == *path;
	if (!have)
		return false;
	if (!many && !(want == 4 && memcmp(pattern, "{id}", 4) == 0) &&
	    (want != have || memcmp(pattern, path, want) != 0))
		return false;
	pattern += want;
	path += have;
	for (;;) {
		if (!*pattern || !*path) {
			if (!*pattern && !*path)
				return true;
		} else if (matches(pattern + 1, path + 1)) {
			return true;
		}
		if (!many || !*path)
			return false;
		path++;
		if (!segment(path)) /* an empty segment is no name's part */
			return false;
		path += segment(path);
	}
}

static const struct row *find(const struct row *rows, size_t count, const char *path)
{
	for (size_t i = 0; i < count; i++)
		if (matches(rows[i].pattern + 1, path + 1))
			return &rows[i];
	return NULL;
}

/* Length of "/v1.41" or "/v4.3.1" at the head of a path, 0: none. The registry's /v2/ is not one.
 */
static size_t version_prefix(const char *path)
{
	size_t at = 2, dots = 0;

	if (path[0] != '/' || path[1] != 'v' || !isdigit((unsigned char)path[2]))
		return 0;
	while (isdigit((unsigned char)path[at]) || path[at] == '.')
		dots += path[at++] == '.';
	return dots && path[at] == '/' && path[at - 1] != '.' ? at : 0;
}

/* Does a segment name one thing among many: an id, a digest, a UUID, a number? */
static bool is_id(const char *text, size_t length)
{
	size_t hex = 0, digits = 0, dashes = 0;

	if (length > 7 && memcmp(text, "sha256:", 7) == 0)
		return true;
	for (size_t i = 0; i < length; i++) {
		hex += isxdigit((unsigned char)text[i]) != 0;
		digits += isdigit((unsigned char)text[i]) != 0;
		dashes += text[i] == '-';
	}
	return digits == length ||
	       (hex == length && (length == 12 || length == 32 || length == 40 || length == 64)) ||
	       (length == 36 && dashes == 4 && hex == 32);
}

/* A path no table knows: its ids go, the rest stays. */
static void generic(const char *path, char *text, size_t room)
{
	size_t used = 0;

	while (*path && used + 8 < room) {
		size_t length;

		if (*path == '/') {
			text[used++] = *path++;
			continue;
		}
		length = segment(path);
		if (is_id(path, length)) {
			memcpy(text + used, "{id}", 4);
			used += 4;
		} else {
			size_t kept = length < room - used - 8 ? length : room - used - 8;

			memcpy(text + used, path, kept);
			used += kept;
		}
		path += length;
	}
	text[used] = 0;
}

void endpoint_of(const char *target, struct endpoint *endpoint)
{
	size_t version = version_prefix(target);
	const char *path = target + version, *inner = path;
	char plain[2048]; /* without a slash at its end */
	const struct row *row;
	size_t length = strlen(path);

	memset(endpoint, 0, sizeof(*endpoint));
	endpoint->category = DNDPROF_CATEGORY_HTTP;
	if (target[0] == '/' && length < sizeof(plain)) {
		memcpy(plain, path, length + 1);
		if (length > 1 && plain[length - 1] == '/')
			plain[length - 1] = 0;
		inner = strncmp(plain, "/libpod/", 8) == 0 ? plain + 7 : plain;
		row = find(ROWS(engine_rows), inner);
		if (row) {
			snprintf(endpoint->text, ENDPOINT_TEXT, "%s%s",
				 inner == plain ? "" : "/libpod", row->pattern);
			endpoint->listed = true;
			endpoint->stream = row->stream;
			if (version || inner != plain || strcmp(row->pattern, "/_ping") == 0)
				endpoint->category = DNDPROF_CATEGORY_DOCKER_API;
			return;
		}
		row = version ? NULL : find(ROWS(registry_rows), plain);
		if (row || strcmp(plain, "/v2") == 0) {
			snprintf(endpoint->text, ENDPOINT_TEXT, "%s", row ? row->pattern : "/v2/");
			endpoint->category = DNDPROF_CATEGORY_REGISTRY;
			return;
		}
	}
	generic(path, endpoint->text, ENDPOINT_TEXT);
}

static bool has_word(const struct row *rows, size_t count, const char *text, size_t length)
{
	for (size_t i = 0; i < count; i++)
		for (const char *at = rows[i].pattern; *at; at += segment(at)) {
			at++;
			if (*at != '{' && segment(at) == length && memcmp(at, text, length) == 0)
				return true;
		}
	return false;
}

bool endpoint_has_word(const char *text, size_t length)
{
	return (length == 6 && memcmp(text, "libpod", 6) == 0) ||
	       has_word(ROWS(engine_rows), text, length) ||
	       has_word(ROWS(registry_rows), text, length);
}

bool endpoint_streams(const struct endpoint *endpoint, uint32_t flags, uint32_t query)
{
	switch (endpoint->stream) {
	case ENDPOINT_STREAM_NEVER:
		return false;
	case ENDPOINT_STREAM_ALWAYS:
		return true;
	case ENDPOINT_STREAM_UNLESS_UNTIL:
		return !(query & DNDPROF_QUERY_until);
	case ENDPOINT_STREAM_FOLLOW:
		return query & DNDPROF_QUERY_follow;
	case ENDPOINT_STREAM_STATS: /* on by default; a query without it has switched it off */
		return query & DNDPROF_QUERY_stream || !(flags & DNDPROF_HTTP_QUERY);
	case ENDPOINT_STREAM_UPGRADE:
		return flags & DNDPROF_HTTP_UPGRADE;
	}
	return false;
}
