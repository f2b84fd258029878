/* Paths to endpoints, first lines to their parts. */
#include "model/endpoint.h"
#include "model/line.h"
#include "support/cmocka.h"

#include <dndprof/profile.h>

#include <string.h>

static void test_templates(void **state)
{
	static const struct {
		const char *path, *endpoint;
		enum dndprof_category category;
	} rows[] = {
		{"/_ping", "/_ping", DNDPROF_CATEGORY_DOCKER_API},
		{"/v1.41/containers/json", "/containers/json", DNDPROF_CATEGORY_DOCKER_API},
		{"/v1.41/containers/web/json", "/containers/{id}/json",
		 DNDPROF_CATEGORY_DOCKER_API},
		{"/v1.41/containers/web", "/containers/{id}", DNDPROF_CATEGORY_DOCKER_API},
		{"/v1.41/images/json", "/images/json", DNDPROF_CATEGORY_DOCKER_API},
		{"/v1.41/images/bb:1/json", "/images/{name}/json", DNDPROF_CATEGORY_DOCKER_API},
		{"/v1.41/images/r.example:5000/a/b@sha256:00/json", "/images/{name}/json",
		 DNDPROF_CATEGORY_DOCKER_API},
		{"/v1.41/images/a/b", "/images/{name}", DNDPROF_CATEGORY_DOCKER_API},
		{"/v1.41/networks/bridge", "/networks/{id}", DNDPROF_CATEGORY_DOCKER_API},
		{"/v4.3.1/libpod/containers/web/exists", "/libpod/containers/{id}/exists",
		 DNDPROF_CATEGORY_DOCKER_API},
		{"/info", "/info", DNDPROF_CATEGORY_HTTP}, /* the path alone does not say */
		{"/v2/", "/v2/", DNDPROF_CATEGORY_REGISTRY},
		{"/v2/_catalog", "/v2/_catalog", DNDPROF_CATEGORY_REGISTRY},
		{"/v2/a/b/c/manifests/latest", "/v2/{name}/manifests/{id}",
		 DNDPROF_CATEGORY_REGISTRY},
		{"/v2/a/blobs/uploads/", "/v2/{name}/blobs/uploads", DNDPROF_CATEGORY_REGISTRY},
		{"/v2/a/blobs/sha256:00", "/v2/{name}/blobs/{id}", DNDPROF_CATEGORY_REGISTRY},
		{"/v1.41/new/thing", "/new/thing", DNDPROF_CATEGORY_HTTP},
		{"/a/0123456789ab/42/x", "/a/{id}/{id}/x", DNDPROF_CATEGORY_HTTP},
		{"/a/123e4567-e89b-12d3-a456-426614174000", "/a/{id}", DNDPROF_CATEGORY_HTTP},
		{"", "", DNDPROF_CATEGORY_HTTP},
		{"/", "/", DNDPROF_CATEGORY_HTTP},
		{"//", "//", DNDPROF_CATEGORY_HTTP},
		{"*", "*", DNDPROF_CATEGORY_HTTP},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct endpoint endpoint;

		endpoint_of(rows[i].path, &endpoint);
		assert_string_equal(endpoint.text, rows[i].endpoint);
		assert_int_equal(endpoint.category, rows[i].category);
	}
}

static void test_streams(void **state)
{
	static const struct {
		const char *path;
		uint32_t flags, query;
		bool stream;
	} rows[] = {
		{"/v1.41/containers/web/wait", 0, 0, true},
		{"/v1.41/containers/web/attach", 0, 0, true},
		{"/v1.41/events", 0, 0, true},
		{"/v1.41/events", DNDPROF_HTTP_QUERY, DNDPROF_QUERY_until, false},
		{"/v1.41/containers/web/logs", DNDPROF_HTTP_QUERY, DNDPROF_QUERY_follow, true},
		{"/v1.41/containers/web/logs", DNDPROF_HTTP_QUERY, DNDPROF_QUERY_tail, false},
		{"/v1.41/containers/web/stats", 0, 0, true},
		{"/v1.41/containers/web/stats", DNDPROF_HTTP_QUERY, 0, false},
		{"/v1.41/containers/web/stats", DNDPROF_HTTP_QUERY, DNDPROF_QUERY_stream, true},
		{"/v1.41/exec/ab/start", DNDPROF_HTTP_UPGRADE, 0, true},
		{"/v1.41/exec/ab/start", 0, 0, false},
		{"/v1.41/session", 0, 0, true},
		{"/v1.41/build", 0, 0, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct endpoint endpoint;

		endpoint_of(rows[i].path, &endpoint);
		assert_int_equal(endpoint_streams(&endpoint, rows[i].flags, rows[i].query),
				 rows[i].stream);
	}
}

static void test_request_lines(void **state)
{
	static const struct {
		const char *line, *method, *target;
	} rows[] = {
		{"GET /a HTTP/1.1", "GET", "/a"},
		{"GET /a", "GET", "/a"}, /* cut at its query */
		{"POST /a/b HTTP/1.0", "POST", "/a/b"},
		{"GET http://host:80/a/b HTTP/1.1", "GET", "/a/b"},
		{"GET http://host HTTP/1.1", "GET", "/"},
		{"CONNECT host:443 HTTP/1.1", "CONNECT", "{authority}"},
		{"OPTIONS * HTTP/1.1", "OPTIONS", "*"},
	};
	static const char *const bad[] = {
		"", "GET", "nonsense", "\x16\x03\x01", "HTTP/1.1 200 OK", "get /a HTTP/1.1"};
	struct http_line line;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(line_parse_request(rows[i].line, strlen(rows[i].line), &line));
		assert_string_equal(line.method, rows[i].method);
		assert_string_equal(line.target, rows[i].target);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(line_parse_request(bad[i], strlen(bad[i]), &line));
}

static void test_status_lines(void **state)
{
	struct http_line line;

	(void)state;
	assert_true(line_parse_response("HTTP/1.1 200 OK", 15, &line));
	assert_int_equal(line.status, 200);
	assert_true(line_parse_response("HTTP/1.1 101 UPGRADED", 21, &line));
	assert_int_equal(line.status, 101);
	assert_true(line_parse_response("HTTP/1.0 404", 12, &line));
	assert_int_equal(line.status, 404);
	assert_false(line_parse_response("GET / HTTP/1.1", 14, &line));
	assert_false(line_parse_response("", 0, &line));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_templates),
		cmocka_unit_test(test_streams),
		cmocka_unit_test(test_request_lines),
		cmocka_unit_test(test_status_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
