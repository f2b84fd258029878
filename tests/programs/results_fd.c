/*
 * results_fd.c - return values, errno and effect of the calls that make, copy and end descriptors:
 * open*, dup*, fcntl, close, closefrom, close_range, fclose, SCM_RIGHTS, prctl. Every descriptor
 * number is compared with the lowest free one, as the kernel gives it.
 */
#include "check.h"
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>

static int is_open(int fd)
{
	struct stat status;
	int saved = errno, open = fstat(fd, &status) == 0;

	errno = saved;
	return open;
}

static int lowest(void)
{
	int fd = 0;

	while (is_open(fd))
		fd++;
	return fd;
}

static int carries(int from, int to)
{
	char byte = 0;

	return send(from, "c", 1, MSG_NOSIGNAL) == 1 && recv(to, &byte, 1, MSG_DONTWAIT) == 1 &&
	       byte == 'c';
}

static void copies(void)
{
	int pair[2], base, copy;

	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	base = lowest();
	GIVES(dup(pair[0]), base);
	CHECK(carries(base, pair[1]), "the dup of a socket carries nothing");
	GIVES(dup2(pair[0], base + 5), base + 5);
	CHECK(carries(base + 5, pair[1]), "the dup2 of a socket carries nothing");
	GIVES(dup2(base, base), base);
	GIVES(dup3(pair[0], base + 6, O_CLOEXEC), base + 6);
	GIVES(fcntl(base + 6, F_GETFD), FD_CLOEXEC);
	FAILS(dup(-1), EBADF);
	FAILS(dup2(-1, base), EBADF);
	FAILS(dup2(777, 777), EBADF);
	FAILS(dup2(pair[0], -1), EBADF);
	FAILS(dup2(pair[0], 1 << 30), EBADF);
	FAILS(dup3(base, base, 0), EINVAL);
	FAILS(dup3(pair[0], base, 0x123), EINVAL);
	CHECK(carries(base, pair[1]), "a failed dup3 closed its target");

	GIVES(fcntl(pair[0], F_DUPFD, base + 20), base + 20);
	GIVES(fcntl(pair[0], F_DUPFD_CLOEXEC, base + 20), base + 21);
	GIVES(fcntl(base + 21, F_GETFD), FD_CLOEXEC);
	GIVES(fcntl(base + 21, F_SETFD, 0), 0);
	GIVES(fcntl(base + 21, F_GETFD), 0);
	FAILS(fcntl(pair[0], F_DUPFD, -1), EINVAL);
	FAILS(fcntl(pair[0], F_DUPFD, 1 << 30), EINVAL);
	FAILS(fcntl(-1, F_DUPFD, 0), EBADF);
	FAILS(fcntl(pair[0], 0x7777, 0), EINVAL);
	GIVES(fcntl64(pair[0], F_DUPFD, base + 20), base + 22);
	CHECK(carries(base + 22, pair[1]), "the copy by fcntl64 carries nothing");
	GIVES(close(base + 22), 0);
	FAILS(fcntl64(-1, F_GETFL), EBADF);
	GIVES(fcntl(pair[0], F_SETFL, O_NONBLOCK), 0);
	GIVES(fcntl(pair[0], F_GETFL), O_RDWR | O_NONBLOCK);
	GIVES(fcntl(pair[0], F_SETOWN, getpid()), 0);
	GIVES(fcntl(pair[0], F_GETOWN), getpid());

	/* A copy onto an open socket ends that one's flow. */
	copy = socket(AF_INET, SOCK_STREAM, 0);
	GIVES(dup2(pair[0], copy), copy);
	CHECK(carries(copy, pair[1]), "dup2 over a socket carries nothing");
	for (int fd = base; fd < base + 22; fd++)
		close(fd);
	close(pair[0]);
	close(pair[1]);
}

static void locks(void)
{
	char name[] = "/tmp/dndprof-test-XXXXXX";
	int file = mkstemp(name);
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 1, .l_len = 5};

	unlink(name);
	GIVES(fcntl(file, F_SETLK, &lock), 0);
	GIVES(fcntl(file, F_GETLK, &lock), 0);
	CHECK(lock.l_type == F_UNLCK, "F_GETLK gave type %d", lock.l_type);
	lock = (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET};
	GIVES(fcntl(file, F_OFD_GETLK, &lock), 0);
	CHECK(lock.l_type == F_WRLCK && lock.l_start == 1 && lock.l_len == 5,
	      "F_OFD_GETLK found no lock");
	FAILS(fcntl(file, F_GETLK, check_bad), EFAULT);
	close(file);
}

static void ending(void)
{
	int pair[2], base = lowest();
	FILE *stream;

	FAILS(close(-1), EBADF);
	FAILS(close(777), EBADF);
	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	GIVES(close(pair[0]), 0);
	FAILS(close(pair[0]), EBADF);
	FAILS(send(pair[1], "x", 1, MSG_NOSIGNAL), EPIPE);
	close(pair[1]);

	/* fclose of a socket: flushed, and closed once. */
	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	stream = fdopen(pair[0], "r+");
	fputs("GET /stdio HTTP/1.1\r\n\r\n", stream);
	errno = CHECK_ERRNO;
	GIVES(fclose(stream), 0);
	CHECK(!is_open(pair[0]), "fclose left the socket open");
	char head[64];
	GIVES(recv(pair[1], head, sizeof head, 0), 23);
	GIVES(recv(pair[1], head, sizeof head, 0), 0);
	stream = fdopen(pair[1], "w");
	fputs("nobody listens", stream);
	close(pair[1]);
	errno = 0;
	CHECK(fclose(stream) == EOF && errno == EBADF, "fclose of a closed descriptor: errno %d",
	      errno);

	CHECK(lowest() == base, "%d is the next descriptor, natively %d", lowest(), base);
	for (int i = 0; i < 3; i++)
		socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	GIVES(close_range(base + 1, base + 2, 0), 0);
	CHECK(is_open(base) && !is_open(base + 1) && !is_open(base + 2) && is_open(base + 3),
	      "close_range closed others than it was told");
	GIVES(close_range(base + 3, base + 3, CLOSE_RANGE_CLOEXEC), 0);
	GIVES(fcntl(base + 3, F_GETFD), FD_CLOEXEC);
	FAILS(close_range(5, 4, 0), EINVAL);
	FAILS(close_range(base, base, 0x777), EINVAL);
	CHECK(is_open(base), "a failed close_range closed");
	GIVES(close_range(base + 1, ~0u, 0), 0);
	CHECK(is_open(base) && !is_open(base + 3) && !is_open(base + 5), "close_range to the end");
	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	errno = CHECK_ERRNO;
	closefrom(base);
	CHECK(errno == CHECK_ERRNO, "closefrom set errno");
	CHECK(lowest() == base, "closefrom left descriptors open");
}

static int send_descriptor(int through, int fd)
{
	char room[CMSG_SPACE(sizeof fd)] = {0};
	struct iovec byte = {"d", 1};
	struct msghdr message = {.msg_iov = &byte,
				 .msg_iovlen = 1,
				 .msg_control = room,
				 .msg_controllen = sizeof room};
	struct cmsghdr *part = CMSG_FIRSTHDR(&message);

	*part = (struct cmsghdr){
		.cmsg_len = CMSG_LEN(sizeof fd), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
	memcpy(CMSG_DATA(part), &fd, sizeof fd);
	return (int)sendmsg(through, &message, 0);
}

static int receive_descriptor(int through)
{
	char byte, room[CMSG_SPACE(sizeof(int))];
	struct iovec in = {&byte, 1};
	struct msghdr message = {.msg_iov = &in,
				 .msg_iovlen = 1,
				 .msg_control = room,
				 .msg_controllen = sizeof room};
	int fd = -1;

	if (recvmsg(through, &message, MSG_CMSG_CLOEXEC) == 1 && CMSG_FIRSTHDR(&message))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fd);
	return fd;
}

static void passed(void)
{
	int pair[2], carried[2], null = open("/dev/null", O_RDWR), got;

	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	socketpair(AF_UNIX, SOCK_STREAM, 0, carried);
	GIVES(send_descriptor(pair[0], carried[0]), 1);
	got = receive_descriptor(pair[1]);
	CHECK(got == carried[1] + 1, "SCM_RIGHTS gave %d, natively %d", got, carried[1] + 1);
	CHECK(carries(got, carried[1]), "the passed socket carries nothing");
	/* What was a socket's number becomes a file's, unseen by any call on it. */
	close(got);
	GIVES(send_descriptor(pair[0], null), 1);
	CHECK(receive_descriptor(pair[1]) == got, "SCM_RIGHTS gave another number");
	GIVES(write(got, "gone", 4), 4);
	FAILS(send(got, "x", 1, 0), ENOTSOCK);
	closefrom(null);
}

static void opening(void)
{
	char directory[] = "/tmp/dndprof-test-XXXXXX", text[64];
	struct stat status;
	int base, fd;

	mkdtemp(directory);
	umask(0);
	base = lowest();
	snprintf(text, sizeof text, "%s/file", directory);
	GIVES(open(text, O_CREAT | O_RDWR | O_EXCL, 0641), base);
	fstat(base, &status);
	CHECK((status.st_mode & 07777) == 0641, "O_CREAT lost the mode: %o", status.st_mode);
	FAILS(open(text, O_CREAT | O_RDWR | O_EXCL, 0641), EEXIST);
	GIVES(open64(text, O_RDONLY | O_CLOEXEC), base + 1);
	GIVES(fcntl(base + 1, F_GETFD), FD_CLOEXEC);
	unlink(text);
	errno = CHECK_ERRNO;
	fd = open(directory, O_TMPFILE | O_RDWR, 0604);
	if (fd < 0) {
		CHECK(errno == EOPNOTSUPP, "O_TMPFILE failed");
	} else {
		fstat(fd, &status);
		CHECK((status.st_mode & 07777) == 0604, "O_TMPFILE lost the mode: %o",
		      status.st_mode);
		close(fd);
	}
	GIVES(open(directory, O_DIRECTORY | O_RDONLY), base + 2);
	GIVES(openat(base + 2, "file", O_CREAT | O_WRONLY, 0612), base + 3);
	fstat(base + 3, &status);
	CHECK((status.st_mode & 07777) == 0612, "openat lost the mode: %o", status.st_mode);
	GIVES(openat64(base + 2, "file", O_WRONLY), base + 4);
	GIVES(openat(AT_FDCWD, "/dev/null", O_RDONLY), base + 5);
	FAILS(openat(base + 5, "file", O_RDONLY), ENOTDIR);
	FAILS(openat(-1, "file", O_RDONLY), EBADF);
	FAILS(openat(base + 2, "none", O_RDONLY), ENOENT);
	unlinkat(base + 2, "file", 0);
	rmdir(directory);
	FAILS(open("/nonexistent/file", O_RDONLY), ENOENT);
	FAILS(open("", O_RDONLY), ENOENT);
	FAILS(open(check_bad, O_RDONLY), EFAULT);
	FAILS(open(check_null, O_RDONLY), EFAULT);
	FAILS(openat(AT_FDCWD, check_bad, O_RDONLY), EFAULT);
	FAILS(open("/proc/sys/net/none", O_RDONLY), ENOENT);
	GIVES(open("/proc/sys/net/ipv4/ip_forward", O_RDONLY), base + 6);
	GIVES(open64("/proc/sys/net/ipv4/ip_forward", O_RDONLY), base + 7);
	GIVES(openat64(AT_FDCWD, "/proc/sys/net/ipv4/ip_forward", O_RDONLY), base + 8);
	closefrom(base);
}

static void controls(void)
{
	char name[17] = "", kept[17] = "";

	prctl(PR_GET_NAME, kept);
	GIVES(prctl(PR_SET_NAME, "renamed", 0, 0, 0), 0);
	GIVES(prctl(PR_GET_NAME, name, 0, 0, 0), 0);
	CHECK(!strcmp(name, "renamed"), "prctl lost an argument: %s", name);
	prctl(PR_SET_NAME, kept);
	GIVES(prctl(PR_SET_DUMPABLE, 1), 0);
	GIVES(prctl(PR_GET_DUMPABLE), 1);
	FAILS(prctl(PR_SET_DUMPABLE, 77L), EINVAL);
	FAILS(prctl(-1, 0L, 0L, 0L, 0L), EINVAL);
	FAILS(prctl(PR_GET_NAME, check_bad), EFAULT);
	/* All five are looked at: the fifth must be 0 here. */
	FAILS(prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 1L), EINVAL);
	GIVES(prctl(PR_GET_NO_NEW_PRIVS, 0L, 0L, 0L, 0L), 0);
}

int main(void)
{
	copies();
	locks();
	ending();
	passed();
	opening();
	controls();
	return check_end();
}
