/*
 * stub.c - what stands for an engine: answers after spinning for a known time, and writes down how
 * long it really took from having read a request to beginning its answer. In `dndprof validate`
 * itself, which nothing observes.
 */
#define _GNU_SOURCE /* accept4 */
#include "validate/validate.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define VERSION                                                                                   \
	"{\"Version\":\"0\",\"ApiVersion\":\"1.41\",\"MinAPIVersion\":\"1.12\",\"Os\":\"linux\"," \
	"\"Arch\":\"amd64\"}"
#define REQUEST_MOST 8192

struct validate_stub {
	int fd;
	int64_t delay_ns; /* of /version */
	pthread_t thread;
	pthread_mutex_t mutex;
	struct references done;
};

struct connection {
	struct validate_stub *stub;
	int fd;
};

static void note(struct validate_stub *stub, int64_t delay, int64_t start, int64_t end)
{
	pthread_mutex_lock(&stub->mutex);
	*list_add(&stub->done.list) = (struct reference){delay, start, end - start};
	pthread_mutex_unlock(&stub->mutex);
}

/* Answers the request whose head is `head`; false: the peer is gone. */
static bool answer(const struct connection *connection, const char *head)
{
	struct validate_stub *stub = connection->stub;
	const char *delayed = strstr(head, " /delay/"), *body = VERSION;
	bool asked_head = strncmp(head, "HEAD ", 5) == 0, version = strstr(head, "/version ");
	int64_t start = validate_now(), delay = 0, end;
	char text[512];
	int length;

	if (delayed)
		delay = strtoll(delayed + strlen(" /delay/"), NULL, 10);
	else if (version)
		delay = stub->delay_ns;
	if (delay < 0 || delay > INT64_C(1000000000))
		delay = 0;
	length = snprintf(text, sizeof(text),
			  "HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nOSType: linux\r\nContent-Type: "
			  "application/json\r\nContent-Length: %zu\r\n\r\n%s",
			  strlen(body), asked_head ? "" : body);
	validate_spin(start + delay);
	end = validate_now();
	if (version)
		note(stub, delay, start, end);
	return send(connection->fd, text, (size_t)length, MSG_NOSIGNAL) == length;
}

static void *serve(void *argument)
{
	struct connection *connection = argument;
	char head[REQUEST_MOST + 1];
	size_t used = 0;
	ssize_t got;

	while (used < REQUEST_MOST &&
	       (got = recv(connection->fd, head + used, REQUEST_MOST - used, 0)) > 0) {
		char *end;

		used += (size_t)got;
		head[used] = 0;
		while ((end = strstr(head, "\r\n\r\n"))) { /* none of them has a body */
			size_t whole = (size_t)(end - head) + 4;

			*end = 0;
			if (!answer(connection, head))
				goto gone;
			memmove(head, head + whole, used - whole + 1);
			used -= whole;
		}
	}
gone:
	close(connection->fd);
	free(connection);
	return NULL;
}

static void *listen_on(void *argument)
{
	struct validate_stub *stub = argument;

	for (;;) {
		struct connection *connection;
		pthread_t thread;
		int fd = accept4(stub->fd, NULL, NULL, SOCK_CLOEXEC);

		if (fd < 0)
			return NULL;
		connection = memory_get(sizeof(*connection));
		*connection = (struct connection){stub, fd};
		if (pthread_create(&thread, NULL, serve, connection)) {
			close(fd);
			free(connection);
			continue;
		}
		pthread_detach(thread);
	}
}

struct validate_stub *validate_stub_start(const char *socket_path, int64_t delay_ns)
{
	struct validate_stub *stub = memory_get(sizeof(*stub));
	struct sockaddr_un name = {.sun_family = AF_UNIX};

	pthread_mutex_init(&stub->mutex, NULL);
	stub->delay_ns = delay_ns;
	snprintf(name.sun_path, sizeof(name.sun_path), "%s", socket_path);
	stub->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (stub->fd < 0 || bind(stub->fd, (struct sockaddr *)&name, sizeof(name)) ||
	    listen(stub->fd, 16) || pthread_create(&stub->thread, NULL, listen_on, stub)) {
		int saved = errno;

		if (stub->fd >= 0)
			close(stub->fd);
		free(stub);
		errno = saved;
		return NULL;
	}
	return stub;
}

void validate_stub_take(struct validate_stub *stub, struct references *references)
{
	pthread_mutex_lock(&stub->mutex);
	list_free(&references->list);
	*references = stub->done;
	references->fd = -1;
	memset(&stub->done, 0, sizeof(stub->done));
	pthread_mutex_unlock(&stub->mutex);
}

/* Threads of connections that are still open go on with what they have: the process ends soon. */
void validate_stub_stop(struct validate_stub *stub)
{
	shutdown(stub->fd, SHUT_RDWR);
	pthread_join(stub->thread, NULL);
	close(stub->fd);
}
