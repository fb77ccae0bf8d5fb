/* SPDX-License-Identifier: MIT */
/*
 * The greeting client without evert: plain sockets that block. It reads from
 * top to bottom, and does nothing else while it waits.
 */
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "common/example.h"
#include "common/secure.h"
#include "common/where.h"

/* The socket's time-out is the kernel's EAGAIN. "tcp:" goes without saying. */
static int fail(const char *what, const char *endpoint)
{
	if (errno == EAGAIN || errno == EINPROGRESS)
		errno = ETIMEDOUT;
	if (!strncmp(endpoint, "tcp:", 4))
		endpoint += 4;
	example_log("%s %s: %s", what, endpoint, strerror(errno));
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

/* A connected socket, or -1 and errno. */
static int try_address(const struct sockaddr *address, socklen_t length,
		       double timeout)
{
	int fd = socket(address->sa_family, SOCK_STREAM, 0);
	int error;

	if (fd < 0)
		return -1;
	set_timeout(fd, timeout);
	set_no_delay(fd);
	if (!connect(fd, address, length))
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

static int connect_by_name(const struct example_where *where, double timeout)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
				  .ai_family = where->family };
	struct addrinfo *list, *at;
	int error = getaddrinfo(where->host, where->port, &hints, &list);
	int fd = -1;

	if (error) {
		example_log("cannot look up %s: %s", where->host,
			    gai_strerror(error));
		exit(1);
	}
	for (at = list; at && fd < 0; at = at->ai_next)
		fd = try_address(at->ai_addr, at->ai_addrlen, timeout);
	freeaddrinfo(list);
	return fd;
}

/* ---- A connection ---- */

struct connection {
	int fd;
	struct ssl_st *tls; /* NULL: plain text */
};

static int connect_socket(const struct example_where *where, double timeout)
{
	if (where->fd >= 0) {
		set_timeout(where->fd, timeout);
		return where->fd;
	}
	if (where->family == AF_UNIX)
		return try_address((const struct sockaddr *)&where->local,
				   where->length, timeout);
	return connect_by_name(where, timeout);
}

static int connect_to(struct connection *to, const char *endpoint,
		      double timeout)
{
	struct example_where where;

	*to = (struct connection){ .fd = -1 };
	if (example_find(&where, endpoint)) {
		errno = EINVAL;
		return fail("bad endpoint", endpoint);
	}
	to->fd = connect_socket(&where, timeout);
	if (to->fd < 0)
		return fail("cannot connect to", endpoint);
	if (where.tls)
		to->tls = example_secure_begin(to->fd, where.name, where.trust);
	return where.tls && !to->tls ? -1 : 0;
}

static void disconnect(const struct connection *from)
{
	example_secure_end(from->tls);
	if (from->fd >= 0)
		close(from->fd);
}

static ssize_t send_some(const struct connection *to, const char *data,
			 size_t length)
{
	return to->tls ? example_secure_send(to->tls, data, length) :
			 send(to->fd, data, length, MSG_NOSIGNAL);
}

static ssize_t receive_some(const struct connection *from, char *data,
			    size_t size)
{
	return from->tls ? example_secure_receive(from->tls, data, size) :
			   recv(from->fd, data, size, 0);
}

/* ---- A greeting ---- */

static int send_all(const struct connection *to, const char *data,
		    size_t length)
{
	ssize_t sent;

	for (; length; data += sent, length -= (size_t)sent) {
		sent = send_some(to, data, length);
		if (sent < 0)
			return -1;
	}
	return 0;
}

/* Reads up to CR LF, which it cuts off. Nothing comes behind the one greeting
   that was asked for. */
static int receive_line(const struct connection *from, char *line, size_t size)
{
	size_t length = 0;
	ssize_t got;

	while (length < 2 || memcmp(line + length - 2, "\r\n", 2) != 0) {
		got = receive_some(from, line + length, size - length);
		if (got == 0)
			errno = length == size ? EMSGSIZE : ECONNRESET;
		if (got <= 0)
			return -1;
		length += (size_t)got;
	}
	line[length - 2] = '\0';
	return 0;
}

static int get_greeting(const struct connection *from, const char *name,
			char *greeting, size_t size)
{
	if (send_all(from, name, strlen(name)) || send_all(from, "\r\n", 2))
		return -1;
	return receive_line(from, greeting, size);
}

static int greet_all(const struct connection *from, const char *endpoint,
		     char **names)
{
	char greeting[65536];

	for (; *names; names++) {
		if (get_greeting(from, *names, greeting, sizeof(greeting)))
			return fail("no greeting from", endpoint);
		puts(greeting);
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct example_greeting wanted;
	struct connection server;
	int failed;

	example_greeting_client(&wanted, argc, argv);
	failed = connect_to(&server, wanted.connect, wanted.timeout) ||
		 greet_all(&server, wanted.connect, wanted.names);
	disconnect(&server);
	return failed;
}
