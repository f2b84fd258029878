/*
 * target_curl.c - requests by libcurl, which keeps times of its own: an independent witness. Its
 * pre-transfer time is when the request is about to leave, its start-transfer time when the first
 * byte of the answer was there, both in microseconds.
 */
#include "validate/validate.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

static struct {
	__typeof__(&curl_easy_init) init;
	__typeof__(&curl_easy_setopt) set;
	__typeof__(&curl_easy_perform) perform;
	__typeof__(&curl_easy_getinfo) info;
	__typeof__(&curl_easy_cleanup) cleanup;
} curl;

static int load(void)
{
	const struct {
		const char *name;
		void *to;
	} symbols[] = {
		{"curl_easy_init", &curl.init},	      {"curl_easy_setopt", &curl.set},
		{"curl_easy_perform", &curl.perform}, {"curl_easy_getinfo", &curl.info},
		{"curl_easy_cleanup", &curl.cleanup},
	};
	void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);

	for (size_t i = 0; library && i < sizeof(symbols) / sizeof(symbols[0]); i++) {
		void *symbol = dlsym(library, symbols[i].name);

		if (!symbol)
			return 1;
		memcpy(symbols[i].to, &symbol, sizeof(symbol));
	}
	return !library;
}

static size_t swallow(char *data, size_t size, size_t count, void *unused)
{
	(void)data;
	(void)unused;
	return size * count;
}

/* So many that their P99 is not the worst of them: between libcurl's reading of the clock and the
 * kernel's door there is room for another program's turn, whatever records. Of the shortest, as
 * that takes no time. */
#define SHORT_NS    100000
#define SHORT_LEAST 400

/* Of the delays those a server has: 100 us to 100 ms. */
static int ask(CURL *easy, FILE *file, unsigned int part)
{
	for (const struct repeat *repeat = validate_repeats; repeat->count; repeat++) {
		unsigned int count = validate_count(repeat, part);

		if (repeat->delay_ns < SHORT_NS || repeat->delay_ns > 100000000)
			continue;
		if (repeat->delay_ns == SHORT_NS && count < SHORT_LEAST)
			count = SHORT_LEAST;
		for (; count > 0; count--) {
			char url[64];
			int64_t start = validate_now();
			curl_off_t before, first;

			snprintf(url, sizeof(url), "http://stub/delay/%lld",
				 (long long)repeat->delay_ns);
			curl.set(easy, CURLOPT_URL, url);
			if (curl.perform(easy) != CURLE_OK ||
			    curl.info(easy, CURLINFO_PRETRANSFER_TIME_T, &before) != CURLE_OK ||
			    curl.info(easy, CURLINFO_STARTTRANSFER_TIME_T, &first) != CURLE_OK)
				return 1;
			fprintf(file, "%lld %lld %lld\n", (long long)repeat->delay_ns,
				(long long)(start + before * 1000),
				(long long)((first - before) * 1000));
		}
	}
	return 0;
}

int validate_curl(const char *socket, const char *path, unsigned int part)
{
	FILE *file = fopen(path, "we");
	CURL *easy;
	int status;

	if (!file || load() || !(easy = curl.init()))
		return 1;
	fprintf(file, "fd -1\n");
	curl.set(easy, CURLOPT_UNIX_SOCKET_PATH, socket);
	curl.set(easy, CURLOPT_NOPROXY, "*");
	curl.set(easy, CURLOPT_TIMEOUT_MS, 10000L);
	curl.set(easy, CURLOPT_WRITEFUNCTION, swallow);
	status = ask(easy, file, part);
	curl.cleanup(easy);
	return fclose(file) != 0 ? 1 : status;
}
