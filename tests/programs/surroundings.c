/*
 * surroundings.c - what a program finds about itself: descriptors, threads, children, signal
 * dispositions, environment, name, limits. Prints them at its start, after work on sockets and
 * locks, and after closing everything; the test compares with a native run. Must not print what
 * differs between any two runs (process ids, addresses).
 */
#include "check.h"
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

extern char **environ;

static int is_number(const char *name)
{
	return *name >= '0' && *name <= '9';
}

/* Entries of a /proc directory but the one that reading it opens. */
static void list(const char *title, const char *path, int names)
{
	DIR *directory = opendir(path);
	struct dirent *entry;
	int count = 0, numbers[1024];

	while (directory && (entry = readdir(directory))) {
		int number = atoi(entry->d_name);

		if (is_number(entry->d_name) && (!names || number != dirfd(directory)) &&
		    count < 1024)
			numbers[count++] = number;
	}
	if (directory)
		closedir(directory);
	printf("%s: %d", title, count);
	for (int i = 0; names && i < count; i++) {
		char link[64], target[256];
		ssize_t length;

		snprintf(link, sizeof link, "%s/%d", path, numbers[i]);
		length = readlink(link, target, sizeof target - 1);
		target[length > 0 ? length : 0] = 0;
		*strchrnul(target, ':') = 0; /* socket:[number] */
		printf(" %d=%s", numbers[i], target);
	}
	printf("\n");
}

static void status_lines(void)
{
	static const char *const wanted[] = {
		"Name:",   "Umask:",  "State:",	  "TracerPid:",	 "Uid:",
		"Gid:",	   "FDSize:", "Threads:", "SigPnd:",	 "SigBlk:",
		"SigIgn:", "SigCgt:", "CapEff:",  "NoNewPrivs:", "Seccomp:"};
	FILE *status = fopen("/proc/self/status", "r");
	char line[256];

	while (status && fgets(line, sizeof line, status))
		for (unsigned i = 0; i < sizeof wanted / sizeof *wanted; i++)
			if (!strncmp(line, wanted[i], strlen(wanted[i])))
				fputs(line, stdout);
	if (status)
		fclose(status);
}

static void children(void)
{
	char path[64], line[64] = "";
	FILE *file;

	snprintf(path, sizeof path, "/proc/self/task/%d/children", getpid());
	file = fopen(path, "r");
	if (file) {
		if (!fgets(line, sizeof line, file))
			line[0] = 0;
		fclose(file);
	}
	printf("children: %s\n", line[0] ? "some" : "none");
}

static void look(const char *when)
{
	struct rlimit limit;
	stack_t alternate;
	char name[17] = "", exe[4096] = "";

	printf("--- %s\n", when);
	list("descriptors", "/proc/self/fd", 1);
	list("threads", "/proc/self/task", 0);
	children();
	status_lines();
	for (char **entry = environ; *entry; entry++)
		if (strncmp(*entry, "LD_PRELOAD=", 11) && strncmp(*entry, "DNDPROF_", 8))
			printf("environment: %s\n", *entry);
	prctl(PR_GET_NAME, name);
	if (readlink("/proc/self/exe", exe, sizeof exe - 1) < 0)
		exe[0] = 0;
	printf("name: %s, exe: %s\n", name, strrchr(exe, '/') ? strrchr(exe, '/') + 1 : exe);
	printf("dumpable: %d\n", prctl(PR_GET_DUMPABLE));
	for (int i = 0; i < RLIMIT_NLIMITS; i++)
		if (!getrlimit(i, &limit) && i != RLIMIT_MEMLOCK)
			printf("limit %d: %lx\n", i, (unsigned long)limit.rlim_cur);
	sigaltstack(NULL, &alternate);
	printf("alternate stack: %d\n", alternate.ss_flags);
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void *talk(void *argument)
{
	int *pair = argument;
	char byte;

	for (int i = 0; i < 100; i++) {
		pthread_mutex_lock(&mutex);
		if (send(pair[0], "x", 1, 0) != 1 || read(pair[1], &byte, 1) != 1)
			CHECK(0, "a byte was lost");
		pthread_mutex_unlock(&mutex);
	}
	return NULL;
}

static void work(void)
{
	pthread_t threads[4];
	struct stat tasks;
	int pair[2];

	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, talk, pair);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	/* The kernel takes a moment longer to forget them. */
	for (int i = 0; i < 1000 && stat("/proc/self/task", &tasks) == 0 && tasks.st_nlink > 3; i++)
		usleep(1000);
	close(pair[0]);
	close(pair[1]);
}

/* As daemons do: everything closed, numbers used again, null over the first. */
static void close_all(void)
{
	int pair[2], null;

	for (int fd = 3; fd < 1024; fd++)
		close(fd);
	null = open("/dev/null", O_RDWR);
	CHECK(null == 3, "the first descriptor is %d", null);
	for (int fd = 4; fd < 1024; fd++)
		CHECK(dup2(null, fd) == fd, "dup2 to %d", fd);
	closefrom(3);
	for (int i = 0; i < 100; i++) {
		socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
		CHECK(pair[0] == 3 + 2 * i, "a socket is %d, natively %d", pair[0], 3 + 2 * i);
		CHECK(send(pair[0], "GET /reused HTTP/1.1\r\n\r\n", 24, 0) == 24, "send");
	}
	close_range(5, 150, 0);
}

int main(void)
{
	look("start");
	work();
	close_all();
	look("after closing all");
	work();
	look("end");
	return check_end();
}
