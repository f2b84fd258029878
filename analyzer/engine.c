/*
 * engine.c - see engine.h.
 */
#include "engine.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TIMEOUT_MS  3000L
#define ANSWER_MOST 65536

struct curl {
	void *library;
	__typeof__(&curl_easy_init) init;
	__typeof__(&curl_easy_setopt) set;
	__typeof__(&curl_easy_perform) perform;
	__typeof__(&curl_easy_strerror) error;
	__typeof__(&curl_easy_cleanup) cleanup;
};

struct answer {
	char text[ANSWER_MOST];
	size_t length;
};

static bool load(struct curl *curl)
{
	const struct {
		const char *name;
		void *to;
	} symbols[] = {
		{"curl_easy_init", &curl->init},       {"curl_easy_setopt", &curl->set},
		{"curl_easy_perform", &curl->perform}, {"curl_easy_strerror", &curl->error},
		{"curl_easy_cleanup", &curl->cleanup},
	};

	curl->library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
	for (size_t i = 0; curl->library && i < sizeof(symbols) / sizeof(symbols[0]); i++) {
		void *symbol = dlsym(curl->library, symbols[i].name);

		if (!symbol)
			return false;
		memcpy(symbols[i].to, &symbol, sizeof(symbol));
	}
	return curl->library;
}

bool engine_address(size_t next, char *address, size_t room)
{
	const char *host = getenv("DOCKER_HOST");
	char places[4][256];
	size_t seen = 0;

	if (host && *host) {
		snprintf(address, room, "%s", host);
		return next == 0;
	}
	snprintf(places[0], sizeof(places[0]), "/var/run/docker.sock");
	snprintf(places[1], sizeof(places[1]), "/run/user/%u/docker.sock", (unsigned int)getuid());
	snprintf(places[2], sizeof(places[2]), "/run/podman/podman.sock");
	snprintf(places[3], sizeof(places[3]), "/run/user/%u/podman/podman.sock",
		 (unsigned int)getuid());
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (access(places[i], F_OK) == 0 && seen++ == next) {
			snprintf(address, room, "unix://%s", places[i]);
			return true;
		}
	return false;
}

static size_t take(char *data, size_t size, size_t count, void *to)
{
	struct answer *answer = to;
	size_t length = size * count, left = ANSWER_MOST - 1 - answer->length;

	if (length > left)
		return 0; /* no engine says so much */
	memcpy(answer->text + answer->length, data, length);
	answer->length += length;
	return length;
}

static bool describe(const struct answer *answer, char *text, size_t room)
{
	json_t *json = json_loads(answer->text, 0, NULL);
	const char *version = json_string_value(json_object_get(json, "Version"));
	const char *api = json_string_value(json_object_get(json, "ApiVersion"));

	if (version)
		snprintf(text, room, "answers: version %s, API %s", version, api ? api : "unknown");
	else
		snprintf(text, room, "answers, but not as an engine does");
	json_decref(json);
	return version;
}

/* docker's address as curl's: a socket and a URL. False: a kind curl cannot reach. */
static bool translate(const char *address, const char **socket, char *url, size_t room)
{
	const char *verify = getenv("DOCKER_TLS_VERIFY");

	*socket = NULL;
	if (strncmp(address, "unix://", 7) == 0) {
		*socket = address + 7;
		snprintf(url, room, "http://engine/version");
	} else if (strncmp(address, "tcp://", 6) == 0) {
		snprintf(url, room, "%s://%s/version", verify && *verify ? "https" : "http",
			 address + 6);
	} else if (strncmp(address, "http://", 7) == 0 || strncmp(address, "https://", 8) == 0) {
		snprintf(url, room, "%s/version", address);
	} else {
		return false;
	}
	return true;
}

bool engine_ask(const char *address, char *text, size_t room)
{
	static struct answer answer;
	struct curl curl = {0};
	char url[512];
	const char *socket;
	bool good = false;
	CURLcode code;
	CURL *handle;

	if (!translate(address, &socket, url, sizeof(url))) {
		snprintf(text, room, "not asked: neither unix:// nor tcp://");
		return false;
	}
	if (!load(&curl) || !(handle = curl.init())) {
		snprintf(text, room, "not asked: libcurl.so.4 is not installed");
		return false;
	}
	answer = (struct answer){.length = 0};
	curl.set(handle, CURLOPT_URL, url);
	if (socket)
		curl.set(handle, CURLOPT_UNIX_SOCKET_PATH, socket);
	curl.set(handle, CURLOPT_TIMEOUT_MS, TIMEOUT_MS);
	curl.set(handle, CURLOPT_NOSIGNAL, 1L);
	curl.set(handle, CURLOPT_NOPROXY, "*");
	curl.set(handle, CURLOPT_WRITEFUNCTION, take);
	curl.set(handle, CURLOPT_WRITEDATA, &answer);
	code = curl.perform(handle);
	if (code == CURLE_OK)
		good = describe(&answer, text, room);
	else
		snprintf(text, room, "does not answer: %s", curl.error(code));
	curl.cleanup(handle);
	return good;
}
