/* SPDX-License-Identifier: MIT */
/*
 * The greeting client without evert: plain sockets that block. It reads from
 * top to bottom, and does nothing else while it waits.
 */
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "common/example.h"

/* The socket's time-out is the kernel's EAGAIN. */
static int fail(const char *what, const char *host, const char *port)
{
	if (errno == EAGAIN || errno == EINPROGRESS)
		errno = ETIMEDOUT;
	example_log("%s %s:%s: %s", what, host, port, strerror(errno));
	return -1;
}

static void set_timeout(int fd, double seconds)
{
	struct timeval timeout = {
		.tv_sec = (time_t)seconds,
		.tv_usec = (suseconds_t)((seconds - (double)(time_t)seconds) *
					 1e6),
	};

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
}

/* A name and its end are two sends: the second must not wait until the first
   is acknowledged. */
static void set_no_delay(int fd)
{
	int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

/* A connected socket, or -1. */
static int connect_to(const char *host, const char *port, double timeout)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *list, *at;
	int error = getaddrinfo(host, port, &hints, &list);
	int fd = -1;

	if (error) {
		example_log("cannot look up %s: %s", host,
			    gai_strerror(error));
		return -1;
	}
	for (at = list; at && fd < 0; at = at->ai_next) {
		fd = socket(at->ai_family, at->ai_socktype, 0);
		if (fd < 0)
			continue;
		set_timeout(fd, timeout);
		set_no_delay(fd);
		if (connect(fd, at->ai_addr, at->ai_addrlen) < 0) {
			error = errno;
			close(fd);
			errno = error;
			fd = -1;
		}
	}
	freeaddrinfo(list);
	return fd < 0 ? fail("cannot connect to", host, port) : fd;
}

static int send_all(int fd, const char *data, size_t length)
{
	ssize_t sent;

	for (; length; data += sent, length -= (size_t)sent) {
		sent = send(fd, data, length, MSG_NOSIGNAL);
		if (sent < 0)
			return -1;
	}
	return 0;
}

/* Reads up to CR LF, which it cuts off. Nothing comes behind the one greeting
   that was asked for. */
static int receive_line(int fd, char *line, size_t size)
{
	size_t length = 0;
	ssize_t got;

	while (length < 2 || memcmp(line + length - 2, "\r\n", 2) != 0) {
		got = recv(fd, line + length, size - length, 0);
		if (got == 0)
			errno = length == size ? EMSGSIZE : ECONNRESET;
		if (got <= 0)
			return -1;
		length += (size_t)got;
	}
	line[length - 2] = '\0';
	return 0;
}

static int get_greeting(int fd, const char *name, char *greeting, size_t size)
{
	if (send_all(fd, name, strlen(name)) || send_all(fd, "\r\n", 2))
		return -1;
	return receive_line(fd, greeting, size);
}

int main(int argc, char **argv)
{
	struct example_greeting wanted;
	char greeting[65536];
	char **name;
	int fd;

	example_greeting_client(&wanted, argc, argv);
	fd = connect_to(wanted.host, wanted.port, wanted.timeout);
	if (fd < 0)
		return 1;
	for (name = wanted.names; *name; name++) {
		if (get_greeting(fd, *name, greeting, sizeof(greeting))) {
			fail("no greeting from", wanted.host, wanted.port);
			close(fd);
			return 1;
		}
		puts(greeting);
	}
	close(fd);
	return 0;
}
