/*
 * advice.c - see advice.h. Names of programs go into commands only where a shell takes them as one
 * word and they cannot be mistaken for an option.
 */
#include "findings/advice.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

static const struct {
	const char *method, *endpoint; /* method "": any */
	const char *recommendation;
} endpoints[] = {
	{"POST", "/build",
	 "Let the build reuse its cache: copy what changes last, keep the "
	 "context small with .dockerignore, try DOCKER_BUILDKIT=1."},
	{"POST", "/images/create",
	 "Pull from nearer: `registry-mirrors` in /etc/docker/daemon.json, or `--pull never` when "
	 "the image is there."},
	{"POST", "/images/load", "Load fewer and smaller layers; share base images."},
	{"POST", "/containers/{id}/start",
	 "The engine sets up storage, network and runtime here: try `--network none` or `host` to "
	 "see the network's part, and look at the engine's log."},
	{"POST", "/containers/{id}/stop",
	 "The container does not end on its stop signal and is killed after the timeout: run it "
	 "with `--init`, set its STOPSIGNAL, or `docker stop -t 1`."},
	{"POST", "/containers/{id}/restart",
	 "The container does not end on its stop signal and is killed after the timeout: run it "
	 "with `--init`, set its STOPSIGNAL, or `docker restart -t 1`."},
	{"POST", "/containers/create",
	 "The engine prepares the container's file system here: see which storage driver `docker "
	 "info` names (vfs copies everything, overlay2 nothing)."},
	{"DELETE", "/containers/{id}",
	 "The engine removes the container's file system here: see which storage driver `docker "
	 "info` names."},
	{"GET", "/system/df", "Sizes are counted file by file: ask for them rarely."},
	{"GET", "/containers/json",
	 "Listing is slow with many stopped containers, and with "
	 "`--size`: `docker container prune`, or filter."},
	{"GET", "/images/json", "Listing is slow with many images: `docker image prune`."},
};

const char *advice_on_endpoint(const struct operation *operation)
{
	const char *endpoint = operation->endpoint;

	if (strncmp(endpoint, "/libpod/", 8) == 0)
		endpoint += 7;
	if (operation->category == DNDPROF_CATEGORY_REGISTRY)
		return "Use a registry nearer to this machine, or its mirror: `registry-mirrors` "
		       "in /etc/docker/daemon.json.";
	if (operation->category != DNDPROF_CATEGORY_DOCKER_API)
		return "Look at that server: the client only waits for it.";
	for (size_t i = 0; i < sizeof(endpoints) / sizeof(endpoints[0]); i++)
		if (strcmp(endpoints[i].method, operation->method) == 0 &&
		    strcmp(endpoints[i].endpoint, endpoint) == 0)
			return endpoints[i].recommendation;
	return "Look at the engine, not at the client: its log (journalctl -u docker), its load, "
	       "its storage.";
}

/* A word that a shell, and curl, take as it is. */
static bool is_plain(const char *text)
{
	size_t length = 0;

	for (; text[length]; length++)
		if (!isalnum((unsigned char)text[length]) && !strchr("/._-:+@%,", text[length]))
			return false;
	return length && length < 200 && text[0] != '-';
}

const char *advice_command(const struct inquiry *inquiry, const struct operation *operation)
{
	const struct flow *flow;
	bool head = strcmp(operation->method, "HEAD") == 0;

	if (operation->category == DNDPROF_CATEGORY_DOCKER_API && !head &&
	    strcmp(operation->method, "GET") != 0)
		return "docker info; journalctl -u docker --since -10min";
	if (operation->flow == NONE || (!head && strcmp(operation->method, "GET") != 0) ||
	    !is_plain(operation->path))
		return NULL;
	flow = &inquiry->model->flows.items[operation->flow];
	if (!flow->peer || !is_plain(flow->peer) || (flow->is_unix && flow->peer[0] != '/'))
		return NULL;
	if (flow->is_unix)
		return sentence(inquiry,
				"time curl -s%s -o /dev/null --unix-socket %s http://engine%s",
				head ? "I" : "", flow->peer, operation->path);
	return sentence(inquiry, "time curl -s%s -o /dev/null http://%s%s", head ? "I" : "",
			flow->peer, operation->path);
}

static const struct program_advice programs[] = {
	{"docker-credential-", "a credential helper",
	 "See why the credential helper is slow (it may wait for a key ring or a network), or use "
	 "another: credsStore and credHelpers in ~/.docker/config.json.",
	 "time %s list"},
	{"docker-compose", "docker-compose",
	 "Its own time is mostly Python's start or its plugin's; name fewer services, keep one "
	 "call instead of many.",
	 "dndprof run -- %s version"},
	{"docker-", "a plugin of docker",
	 "docker starts its plugins, and asks each what it is: remove those not needed from "
	 "~/.docker/cli-plugins and /usr/libexec/docker/cli-plugins.",
	 "time %s docker-cli-plugin-metadata"},
	{"sleep=", "waiting on purpose",
	 "Wait for the thing itself, not for a time: `docker wait`, a healthcheck, `docker compose "
	 "up --wait`.",
	 NULL},
	{"ssh=", "the connection to another host",
	 "Keep one connection open: ControlMaster and ControlPersist in ~/.ssh/config.", NULL},
	{"docker=", "docker itself",
	 "Ask for more with one command instead of many: one `docker inspect` takes many names.",
	 NULL},
	{"", "a child process", "See what the program does: profile it alone.",
	 "dndprof run -- %s ..."},
};

static bool is_of(const char *prefix, const char *program)
{
	size_t length = strcspn(prefix, "=");

	return strncmp(prefix, program, length) == 0 && (!prefix[length] || !program[length]);
}

const struct program_advice *advice_on_program(const char *program)
{
	const struct program_advice *advice = programs;

	while (!is_of(advice->prefix, program))
		advice++;
	return advice;
}

const char *program_command(const struct inquiry *inquiry, const struct program_advice *advice,
			    const char *program)
{
	const char *at = advice->command ? strstr(advice->command, "%s") : NULL;

	if (!at || !is_plain(program))
		return NULL;
	return sentence(inquiry, "%.*s%s%s", (int)(at - advice->command), advice->command, program,
			at + 2);
}

const char *advice_on_startup(const char *program)
{
	static const struct {
		const char *prefix, *recommendation;
	} rows[] = {
		{"docker-compose", "docker-compose 1 loads Python and its modules at every start: "
				   "the compose plugin (`docker compose`) does not; or give one "
				   "call more to do."},
		{"python", "Python loads modules before it asks anything: see which with `python3 "
			   "-X importtime`, import late what is not always needed."},
		{"node", "Node loads modules before it asks anything: see which with `node "
			 "--cpu-prof`, bundle or load late what is not always needed."},
		{"docker=", "docker reads its configuration, context and plugins before it asks "
			    "anything: remove plugins that are not needed, and give one call more "
			    "to do."},
		{"java", "The Java machine starts before anything is asked: keep it running, or "
			 "use class data sharing."},
		{"", "See what the program does before its first request, and keep it running "
		     "instead of starting it anew."},
	};
	size_t i = 0;

	while (!is_of(rows[i].prefix, program))
		i++;
	return rows[i].recommendation;
}

const char *advice_on_cpu(const struct inquiry *inquiry, const char *program)
{
	if (strncmp(program, "python", 6) == 0 || strcmp(program, "docker-compose") == 0)
		return "python3 -m cProfile -s cumtime SCRIPT";
	if (strcmp(program, "node") == 0)
		return "node --cpu-prof SCRIPT";
	return is_plain(program)
		       ? sentence(inquiry, "perf record -g -- %s ... && perf report", program)
		       : NULL;
}

static const struct error_advice errors[] = {
	{ECONNREFUSED, "nothing listens there",
	 "Start the engine, or wait for it once before the client runs; see where DOCKER_HOST and "
	 "`docker context` point.",
	 "systemctl status docker; docker context ls"},
	{ENOENT, "there is no such socket",
	 "Start the engine, or see where DOCKER_HOST and `docker context` point.",
	 "docker context ls; ls -l /var/run/docker.sock"},
	{EACCES, "no permission for the socket",
	 "Join the group that may use the socket (often docker), or use a rootless engine.",
	 "ls -l /var/run/docker.sock; id -nG"},
	{EPERM, "not permitted", "See what forbids it: a firewall rule, a security module.",
	 "iptables -L -n; dmesg"},
	{ETIMEDOUT, "nobody answered",
	 "See whether a firewall drops the packets, and whether the address is right.",
	 "ip route get ADDRESS"},
	{EHOSTUNREACH, "there is no way to that host",
	 "See whether the address and the routes are right.", "ip route get ADDRESS"},
	{ENETUNREACH, "there is no way to that network",
	 "See whether the network is up; an address of IPv6 without IPv6 is a usual cause.",
	 "ip route get ADDRESS"},
	{ECONNRESET, "the peer broke the connection off", "Look at the peer's log.", NULL},
	{EINPROGRESS, "given up before an answer came",
	 "See whether the peer is up and its address right.", "ip route get ADDRESS"},
	{0, "an error", "Look at the peer and the address.", NULL},
};

const struct error_advice *advice_on_error(int error)
{
	const struct error_advice *advice = errors;

	while (advice->error && advice->error != error)
		advice++;
	return advice;
}
