/*
 * results_names.c - results of getaddrinfo, getnameinfo and gethostbyname*. Only names that
 * /etc/hosts or the arguments alone answer: nothing leaves this machine.
 */
#include "check.h"
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

static struct in_addr address_of(const struct hostent *host)
{
	struct in_addr address = {0};

	if (host && host->h_length == sizeof address)
		memcpy(&address, host->h_addr_list[0], sizeof address);
	return address;
}

static void forward(void)
{
	struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *list = NULL;
	struct addrinfo numeric = {.ai_flags = AI_NUMERICHOST};
	int error;

	error = getaddrinfo("localhost", "80", &hints, &list);
	CHECK(error == 0 && list, "getaddrinfo(localhost) gave %d", error);
	if (list) {
		struct sockaddr_in *in = (struct sockaddr_in *)list->ai_addr;

		CHECK(in->sin_port == htons(80) && in->sin_addr.s_addr == htonl(0x7f000001),
		      "getaddrinfo gave another address");
		freeaddrinfo(list);
	}
	error = getaddrinfo("127.0.0.2", NULL, &numeric, &list);
	CHECK(error == 0, "getaddrinfo of a number gave %d", error);
	if (!error)
		freeaddrinfo(list);
	error = getaddrinfo(NULL, "8080", NULL, &list);
	CHECK(error == 0, "getaddrinfo without a name gave %d", error);
	if (!error)
		freeaddrinfo(list);
	error = getaddrinfo("no.number", NULL, &numeric, &list);
	CHECK(error == EAI_NONAME, "getaddrinfo of no number gave %d", error);
	error = getaddrinfo(NULL, NULL, NULL, &list);
	CHECK(error == EAI_NONAME, "getaddrinfo of nothing gave %d", error);
	hints.ai_family = 9999;
	error = getaddrinfo("localhost", NULL, &hints, &list);
	CHECK(error == EAI_FAMILY, "getaddrinfo of another family gave %d", error);
	hints.ai_family = AF_INET;
	error = getaddrinfo("localhost", "no-such-service", &hints, &list);
	CHECK(error == EAI_SERVICE, "getaddrinfo of no service gave %d", error);
}

static void backward(void)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(8080)};
	char host[64], service[32];
	int error;

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	error = getnameinfo((struct sockaddr *)&in, sizeof in, host, sizeof host, service,
			    sizeof service, NI_NUMERICHOST | NI_NUMERICSERV);
	CHECK(error == 0 && !strcmp(host, "127.0.0.1") && !strcmp(service, "8080"),
	      "getnameinfo gave %d", error);
	error = getnameinfo((struct sockaddr *)&in, sizeof in, host, 2, NULL, 0, NI_NUMERICHOST);
	CHECK(error == EAI_OVERFLOW, "getnameinfo into 2 bytes gave %d", error);
	error = getnameinfo((struct sockaddr *)&in, 3, host, sizeof host, NULL, 0, NI_NUMERICHOST);
	CHECK(error == EAI_FAMILY, "getnameinfo of half an address gave %d", error);
}

static void older(void)
{
	struct hostent room, *host;
	char buffer[2048];
	int failure = 0, error;

	h_errno = 0;
	host = gethostbyname("localhost");
	CHECK(host && address_of(host).s_addr == htonl(INADDR_LOOPBACK), "gethostbyname");
	host = gethostbyname2("localhost", AF_INET);
	CHECK(host && address_of(host).s_addr == htonl(INADDR_LOOPBACK), "gethostbyname2");
	error = gethostbyname_r("localhost", &room, buffer, sizeof buffer, &host, &failure);
	CHECK(error == 0 && host == &room, "gethostbyname_r gave %d", error);
	CHECK(address_of(host).s_addr == htonl(INADDR_LOOPBACK), "gethostbyname_r");
	error = gethostbyname2_r("localhost", AF_INET, &room, buffer, sizeof buffer, &host,
				 &failure);
	CHECK(error == 0 && host == &room, "gethostbyname2_r gave %d", error);
	error = gethostbyname_r("localhost", &room, buffer, 4, &host, &failure);
	CHECK(error == ERANGE && !host, "gethostbyname_r into 4 bytes gave %d", error);
	h_errno = 0;
	host = gethostbyname("not a name");
	CHECK(!host && h_errno == HOST_NOT_FOUND, "gethostbyname of no name: h_errno %d", h_errno);
}

int main(void)
{
	forward();
	backward();
	older();
	return check_end();
}
