/*
 * rule_containers.c - the time a client follows a container: `docker run`, `exec`, `logs -f` and
 * their like last as long as what runs in it. That is neither the client's time nor the engine's,
 * and a person must not look for it there.
 */
#include "findings/rules.h"

#include <string.h>

/* Streams that last as long as a container, or a command in it. */
static bool follows_container(const struct operation *operation)
{
	static const char *const endpoints[] = {"/containers/{id}/wait", "/containers/{id}/attach",
						"/containers/{id}/logs", "/exec/{id}/start"};
	const char *endpoint = operation->endpoint;

	if (!is_client_http(operation) || !operation->stream ||
	    operation->category != DNDPROF_CATEGORY_DOCKER_API)
		return false;
	if (strncmp(endpoint, "/libpod/", 8) == 0)
		endpoint += 7;
	for (size_t i = 0; i < sizeof(endpoints) / sizeof(endpoints[0]); i++)
		if (strcmp(endpoint, endpoints[i]) == 0)
			return true;
	return false;
}

void rule_container_bound(struct inquiry *inquiry)
{
	const uint32_t mark = 1;
	struct finding *finding;
	int64_t ns;

	for (size_t i = 0; i < inquiry->model->operations.count; i++)
		if (follows_container(&inquiry->model->operations.items[i]))
			inquiry->marks[i] = mark;
	ns = path_left(inquiry, want_marked, &mark);
	if (!above_share(inquiry, THRESHOLD_CONTAINER_SHARE, ns) ||
	    ns < threshold(inquiry, THRESHOLD_BOUND))
		return;
	path_claim(inquiry, want_marked, &mark);
	finding = finding_add(inquiry, "container_bound", ns,
			      "so long the client did nothing but follow the container");
	cite_marked(inquiry, finding, mark);
	finding->description =
		sentence(inquiry,
			 "What runs in the container took %s (%.1f%% of the wall time); the client "
			 "and the engine only waited for it.",
			 text_ns(inquiry, ns), percent(inquiry, ns));
	finding->recommendation = "Look inside the container: its own program is what lasts, or it "
				  "waits for input or "
				  "a signal; docker has no part in it.";
	finding->command = "docker stats --no-stream";
}
