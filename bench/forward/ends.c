/* SPDX-License-Identifier: MIT */
/*
 * Both ends of a forwarder. ends CONNECTIONS MEGABYTES STALL COMMAND...: starts
 * the forwarder, in whose COMMAND %listen and %target stand for ports; opens so
 * many connections through it, and sends so much over each, both ways at once
 * when STALL is not 0: then each reader sleeps now and then for up to so many
 * milliseconds. Prints megabytes, seconds by the wall, processor seconds of the
 * forwarder, its peak memory in KiB. Fails when what comes is not what was sent.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { BLOCK = (1 << 20) + 8, CHUNK = 1 << 18, MOST = 1024 };

static char block[BLOCK + CHUNK];

/* One end of a connection. What is sent is the block, over and over, so what
   comes is compared with it. */
struct end {
	int fd;
	uint64_t sent, came;
	int ended;
	double sleeps_until;
};

static struct end ends[2 * MOST];

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "ends: %s: %s\n", what, strerror(errno));
	exit(1);
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* ---- Opening ---- */

static int listen_somewhere(int *port)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(fd, (void *)&address, length) || listen(fd, MOST) ||
	    getsockname(fd, (void *)&address, &length))
		fail("listen");
	*port = ntohs(address.sin_port);
	return fd;
}

static int connect_to(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	double patience = now() + 10;
	int fd;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = htons((uint16_t)port);
	for (;;) {
		fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (!connect(fd, (void *)&address, sizeof(address)))
			return fd;
		if (now() > patience)
			fail("connect");
		close(fd);
		usleep(20000);
	}
}

/* A word of the command, with the ports put in. */
static char *fill_in(const char *word, int listen_port, int target_port)
{
	size_t room = strlen(word) + 64, used = 0;
	char *filled = malloc(room);

	while (*word) {
		if (!strncmp(word, "%listen", 7)) {
			used += (size_t)sprintf(filled + used, "%d",
						listen_port);
			word += 7;
		} else if (!strncmp(word, "%target", 7)) {
			used += (size_t)sprintf(filled + used, "%d",
						target_port);
			word += 7;
		} else {
			filled[used++] = *word++;
		}
	}
	filled[used] = '\0';
	return filled;
}

static pid_t start(char **command, int listen_port, int target_port)
{
	pid_t pid = fork();
	int i;

	if (pid)
		return pid;
	setpgid(0, 0);
	for (i = 0; command[i]; i++)
		command[i] = fill_in(command[i], listen_port, target_port);
	if (!freopen("/dev/null", "w", stdout) ||
	    !freopen("/dev/null", "w", stderr))
		_exit(1);
	execvp(command[0], command);
	_exit(127);
}

/* ---- Carrying ---- */

static void send_some(struct end *end, uint64_t length)
{
	size_t at = end->sent % BLOCK, size = CHUNK;
	ssize_t sent;

	if (length - end->sent < size)
		size = length - end->sent;
	sent = send(end->fd, block + at, size, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (sent < 0 && errno != EAGAIN)
		fail("send");
	if (sent > 0)
		end->sent += (uint64_t)sent;
	if (end->sent == length)
		shutdown(end->fd, SHUT_WR);
}

static void read_some(struct end *end, double stall)
{
	static char data[CHUNK];
	size_t at = end->came % BLOCK;
	ssize_t size = recv(end->fd, data, sizeof(data), MSG_DONTWAIT);

	if (size < 0 && errno != EAGAIN)
		fail("recv");
	if (size == 0)
		end->ended = 1;
	if (size > 0 && memcmp(data, block + at, (size_t)size)) {
		errno = EILSEQ;
		fail("what came");
	}
	if (size > 0)
		end->came += (uint64_t)size;
	if (stall > 0 && random() % 2000 == 0)
		end->sleeps_until = now() + stall * (double)random() / RAND_MAX;
}

/* Both ways, or only from the first of each pair to the second. */
static void carry(int count, uint64_t length, double stall)
{
	static struct pollfd polled[2 * MOST];
	int i, left = count;

	for (i = 0; i < count; i++)
		if (stall <= 0 && i % 2) {
			shutdown(ends[i].fd, SHUT_WR);
			ends[i].sent = length;
		}
	while (left) {
		left = 0;
		for (i = 0; i < count; i++) {
			polled[i].fd = ends[i].fd;
			polled[i].events = 0;
			if (ends[i].sent < length)
				polled[i].events |= POLLOUT;
			if (!ends[i].ended && now() >= ends[i].sleeps_until)
				polled[i].events |= POLLIN;
			if (!ends[i].ended || ends[i].sent < length)
				left++;
			if (!polled[i].events)
				polled[i].fd = -1;
		}
		if (left && poll(polled, (nfds_t)count, stall > 0 ? 1 : -1) < 0)
			fail("poll");
		for (i = 0; left && i < count; i++) {
			if (polled[i].fd < 0)
				continue;
			if (polled[i].revents & POLLOUT)
				send_some(&ends[i], length);
			if (polled[i].revents & (POLLIN | POLLHUP) &&
			    polled[i].events & POLLIN)
				read_some(&ends[i], stall);
		}
	}
	for (i = 0; i < count; i++)
		if (ends[i].came != (stall > 0 || i % 2 ? length : 0)) {
			errno = ENODATA;
			fail("what came");
		}
}

/* ---- What it took: of all processes of the forwarder ---- */

static double processor_seconds(pid_t pid)
{
	char path[64], text[1024];
	unsigned long ticks[4] = { 0 };
	size_t size;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "r");
	if (!file)
		return 0;
	size = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[size] = '\0';
	sscanf(strrchr(text, ')') + 1,
	       " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %lu %lu",
	       &ticks[0], &ticks[1], &ticks[2], &ticks[3]);
	return (double)(ticks[0] + ticks[1] + ticks[2] + ticks[3]) /
	       (double)sysconf(_SC_CLK_TCK);
}

static long peak_memory(pid_t pid)
{
	char path[64], line[256];
	long peak = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file))
		sscanf(line, "VmHWM: %ld", &peak);
	if (file)
		fclose(file);
	return peak;
}

/* A forwarder that has a process for each connection. */
static double of_all(pid_t pid, long *peak)
{
	char path[64];
	double seconds = processor_seconds(pid);
	int child;
	FILE *file;

	*peak = peak_memory(pid);
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid,
		 (int)pid);
	file = fopen(path, "r");
	while (file && fscanf(file, "%d", &child) == 1) {
		seconds += processor_seconds(child);
		*peak += peak_memory(child);
	}
	if (file)
		fclose(file);
	return seconds;
}

int main(int argc, char **argv)
{
	int connections = argc > 4 ? atoi(argv[1]) : 0;
	uint64_t length = argc > 4 ? (uint64_t)atoll(argv[2]) << 20 : 0;
	double stall = argc > 4 ? atof(argv[3]) / 1e3 : 0;
	int i, listener, port, target;
	double begun, wall, used, before;
	long peak;
	pid_t pid;

	if (connections < 1 || connections > MOST || !length)
		return 2;
	for (i = 0; i < BLOCK; i++)
		block[i] = (char)random();
	memcpy(block + BLOCK, block, CHUNK);
	listener = listen_somewhere(&target);
	close(listen_somewhere(&port));
	pid = start(argv + 4, port, target);
	for (i = 0; i < connections; i++) {
		ends[2 * i].fd = connect_to(port);
		ends[2 * i + 1].fd = accept(listener, NULL, NULL);
	}
	before = of_all(pid, &peak);
	begun = now();
	carry(2 * connections, length, stall);
	wall = now() - begun;
	used = of_all(pid, &peak) - before;
	printf("%lld %.3f %.3f %ld\n",
	       (long long)(length >> 20) * connections * (stall > 0 ? 2 : 1),
	       wall, used, peak);
	kill(-pid, SIGTERM);
	waitpid(pid, NULL, 0);
	return 0;
}
