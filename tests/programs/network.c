/*
 * network.c - the flows a docker client has, on loopback: connecting without blocking and by
 * epoll, accepting, datagrams to a name server (port 53 where allowed, which stdout says), name
 * look-ups, netlink, files below /proc/sys/net, SIOCGIF*. The test looks for what was recorded.
 */
#include "check.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

static const char request[] = "GET /v1.41/containers/json HTTP/1.1\r\nHost: docker\r\n\r\n";
static const char response[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]";

static void *serve(void *argument)
{
	char head[256];
	int fd, passive = *(int *)argument;

	while ((fd = accept4(passive, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		ssize_t got = recv(fd, head, sizeof head, 0);

		if (got > 0)
			send(fd, response, sizeof response - 1, MSG_NOSIGNAL);
		close(fd);
		if (got == 0) /* nothing sent: the sign to end */
			break;
	}
	return NULL;
}

static int listening(struct sockaddr *address, socklen_t length)
{
	int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	GIVES(bind(fd, address, length), 0);
	GIVES(listen(fd, 8), 0);
	getsockname(fd, address, &length);
	return fd;
}

/* Connects without blocking, waits by epoll, asks, and reads to the end. */
static void asks(struct sockaddr *address, socklen_t length, int silent)
{
	int fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK, 0), error = -1;
	int epoll = epoll_create1(0);
	struct epoll_event event = {.events = EPOLLOUT};
	socklen_t size = sizeof error;
	char body[256];
	ssize_t got, total = 0;

	if (connect(fd, address, length))
		CHECK(errno == EINPROGRESS, "connect");
	epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
	GIVES(epoll_wait(epoll, &event, 1, 5000), 1);
	GIVES(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size), 0);
	CHECK(error == 0, "SO_ERROR is %d", error);
	if (!silent) {
		GIVES(write(fd, request, sizeof request - 1), sizeof request - 1);
		event.events = EPOLLIN;
		epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event);
		do {
			GIVES(epoll_wait(epoll, &event, 1, 5000), 1);
			got = read(fd, body, sizeof body);
			total += got > 0 ? got : 0;
		} while (got > 0 || (got < 0 && errno == EAGAIN));
		CHECK(total == sizeof response - 1, "the response has %zd bytes", total);
	}
	close(epoll);
	close(fd);
}

static void clients(void)
{
	struct sockaddr_in inet = {.sin_family = AF_INET};
	struct sockaddr_in6 inet6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	struct sockaddr_un local = {.sun_family = AF_UNIX};
	struct sockaddr *addresses[] = {(struct sockaddr *)&inet, (struct sockaddr *)&local,
					(struct sockaddr *)&inet6};
	socklen_t lengths[] = {sizeof inet, sizeof local, sizeof inet6};
	int test = socket(AF_INET6, SOCK_STREAM, 0), six = test >= 0;

	inet.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	six = six && !bind(test, (struct sockaddr *)&inet6, sizeof inet6);
	close(test);
	snprintf(local.sun_path, sizeof local.sun_path, "/tmp/dndprof-test-%d.sock", getpid());
	for (int i = 0; i < 2 + six; i++) {
		pthread_t thread;
		int passive = listening(addresses[i], lengths[i]);

		pthread_create(&thread, NULL, serve, &passive);
		for (int n = 0; n < 3; n++)
			asks(addresses[i], lengths[i], 0);
		asks(addresses[i], lengths[i], 1);
		pthread_join(thread, NULL);
		close(passive);
	}
	unlink(local.sun_path);
}

/* A question for docker.test, type A, and its answer by ourselves. */
static void name_service(void)
{
	static const unsigned char question[] = "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
						"\x06"
						"docker"
						"\x04"
						"test"
						"\x00"
						"\x00\x01\x00\x01";
	struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons(53)}, peer;
	int passive = socket(AF_INET, SOCK_DGRAM, 0), asking = socket(AF_INET, SOCK_DGRAM, 0);
	socklen_t length = sizeof peer;
	unsigned char packet[512];
	size_t size = sizeof question - 1;

	server.sin_addr.s_addr = htonl(0x7f000035); /* 127.0.0.53 */
	if (bind(passive, (struct sockaddr *)&server, sizeof server)) {
		server.sin_port = 0;
		bind(passive, (struct sockaddr *)&server, sizeof server);
		getsockname(passive, (struct sockaddr *)&server, &length);
	}
	printf("name server on port %s\n", ntohs(server.sin_port) == 53 ? "53" : "other");
	for (int connected = 0; connected < 2; connected++) {
		if (connected) {
			GIVES(connect(asking, (struct sockaddr *)&server, sizeof server), 0);
			GIVES(send(asking, question, size, 0), size);
		} else {
			GIVES(sendto(asking, question, size, 0, (struct sockaddr *)&server,
				     sizeof server),
			      size);
		}
		GIVES(recvfrom(passive, packet, sizeof packet, 0, (struct sockaddr *)&peer,
			       &length),
		      size);
		packet[2] |= 0x80;
		packet[3] = 3; /* no such name */
		GIVES(sendto(passive, packet, size, 0, (struct sockaddr *)&peer, length), size);
		if (connected)
			GIVES(recv(asking, packet, sizeof packet, 0), size);
		else
			GIVES(recvfrom(asking, packet, sizeof packet, 0, (struct sockaddr *)&peer,
				       &length),
			      size);
	}
	close(asking);
	close(passive);
}

static void look_ups(void)
{
	struct addrinfo hints = {.ai_family = AF_INET}, *list;

	CHECK(getaddrinfo("localhost", "http", &hints, &list) == 0, "getaddrinfo");
	freeaddrinfo(list);
	CHECK(gethostbyname("localhost") != NULL, "gethostbyname");
}

static void links(void)
{
	struct {
		struct nlmsghdr header;
		struct ifinfomsg message;
	} dump = {{sizeof dump, RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, 1, 0},
		  {.ifi_family = AF_UNSPEC}};
	struct {
		struct nlmsghdr header;
		struct ifinfomsg message;
		struct rtattr attribute;
		char name[8];
	} one = {{sizeof one, RTM_GETLINK, NLM_F_REQUEST, 2, 0},
		 {.ifi_family = AF_UNSPEC},
		 {RTA_LENGTH(8), IFLA_IFNAME},
		 "docker0"};
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	static char answer[32768];
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	GIVES(bind(fd, (struct sockaddr *)&kernel, sizeof kernel), 0);
	GIVES(sendto(fd, &dump, sizeof dump, 0, (struct sockaddr *)&kernel, sizeof kernel),
	      sizeof dump);
	CHECK(recv(fd, answer, sizeof answer, 0) > (ssize_t)sizeof dump, "no links");
	close(fd);
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	GIVES(sendmsg(fd,
		      &(struct msghdr){.msg_iov = (struct iovec[]){{&one, 16}, {&one.message, 28}},
				       .msg_iovlen = 2},
		      0),
	      sizeof one);
	CHECK(recv(fd, answer, sizeof answer, 0) >= (ssize_t)sizeof one.header, "no answer");
	close(fd);
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	send(fd, &dump, sizeof dump, 0);
	close(fd);
}

static void settings(void)
{
	struct ifreq interface = {.ifr_name = "lo"};
	int fd = open("/proc/sys/net/ipv4/ip_forward", O_RDONLY), udp;
	FILE *stream;
	char value;

	CHECK(fd >= 0 && read(fd, &value, 1) == 1, "ip_forward cannot be read");
	close(fd);
	fd = openat(AT_FDCWD, "/proc/sys/net/ipv4/ip_local_port_range", O_RDONLY | O_CLOEXEC);
	CHECK(fd >= 0, "ip_local_port_range cannot be read");
	close(fd);
	stream = fopen("/proc/sys/net/core/somaxconn", "r");
	CHECK(stream && fgetc(stream) != EOF && fclose(stream) == 0, "somaxconn cannot be read");
	stream = fopen64("/dev/null", "r");
	CHECK(stream && fclose(stream) == 0, "/dev/null cannot be opened");
	errno = 0;
	CHECK(!fopen("/proc/sys/net/none", "r") && errno == ENOENT, "none: errno %d", errno);
	errno = 0;
	CHECK(!fopen("/proc/sys/net/none", "x") && errno == EINVAL, "mode x: errno %d", errno);
	FAILS(open("/proc/sys/net/nothing", O_RDONLY), ENOENT);
	fd = open("/proc/sys/net/ipv4/ip_forward", O_WRONLY);
	if (fd >= 0)
		close(fd);
	udp = socket(AF_INET, SOCK_DGRAM, 0);
	GIVES(ioctl(udp, SIOCGIFMTU, &interface), 0);
	close(udp);
}

int main(void)
{
	clients();
	name_service();
	look_ups();
	links();
	settings();
	return check_end();
}
