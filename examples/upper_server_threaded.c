/* SPDX-License-Identifier: MIT */
/*
 * Sends everything back in upper case, each piece a tenth of a second after it
 * came, as if a database had been asked: with a thread for each connection,
 * plain sockets that block, and no evert. upper_server_delayed.c is the same
 * in one thread.
 */
#include <ctype.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/descriptors.h"
#include "common/example.h"
#include "common/where.h"

static const struct timespec DELAY = { .tv_nsec = 100000000 };
static const struct timespec BREATH = { .tv_nsec = 10000000 };

/* ---- A connection, in a thread of its own ---- */

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

static void *serve_client(void *arg)
{
	int fd = (int)(intptr_t)arg;
	char piece[4096];
	ssize_t length, i;

	while ((length = recv(fd, piece, sizeof(piece), 0)) > 0) {
		nanosleep(&DELAY, NULL);
		for (i = 0; i < length; i++)
			piece[i] = (char)toupper((unsigned char)piece[i]);
		if (send_all(fd, piece, (size_t)length))
			break;
	}
	close(fd);
	return NULL;
}

static void begin_client(int fd)
{
	pthread_t thread;
	int error = pthread_create(&thread, NULL, serve_client,
				   (void *)(intptr_t)fd);

	if (error) {
		example_log("no thread for a client: %s", strerror(error));
		close(fd);
		return;
	}
	pthread_detach(thread);
}

/* ---- The end: SIGINT and SIGTERM, which come while the main thread waits ---- */

static volatile sig_atomic_t ended;

static void end(int number)
{
	(void)number;
	ended = 1;
}

/* Blocks both, here and in all threads; `usual` is what it was before. */
static void hold_signals(sigset_t *usual)
{
	struct sigaction action = { .sa_handler = end };
	sigset_t ends;

	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &ends, usual);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

/* ---- Listening ---- */

static int listen_at(const struct sockaddr *address, socklen_t length)
{
	int fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
	int on = 1;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, address, length) || listen(fd, SOMAXCONN)) {
		close(fd);
		return -1;
	}
	return fd;
}

static int listen_on(const char *endpoint)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
				  .ai_flags = AI_PASSIVE };
	struct example_where where;
	struct addrinfo *list;
	int fd = -1;

	if (example_find(&where, endpoint) || where.fd >= 0) {
		errno = EINVAL;
		return -1;
	}
	if (where.family == AF_UNIX)
		return listen_at((struct sockaddr *)&where.local, where.length);
	hints.ai_family = where.family;
	if (getaddrinfo(where.host, where.port, &hints, &list)) {
		errno = EADDRNOTAVAIL;
		return -1;
	}
	fd = listen_at(list->ai_addr, list->ai_addrlen);
	freeaddrinfo(list);
	return fd;
}

static void announce(int fd, const char *endpoint)
{
	struct sockaddr_storage address;
	socklen_t length = sizeof(address);
	char host[256], port[8];

	if (getsockname(fd, (struct sockaddr *)&address, &length) ||
	    address.ss_family == AF_UNIX ||
	    getnameinfo((struct sockaddr *)&address, length, host, sizeof(host),
			port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV))
		printf("listening on %s\n", endpoint);
	else
		printf(strchr(host, ':') ? "listening on [%s]:%s\n" :
					   "listening on %s:%s\n",
		       host, port);
	fflush(stdout);
}

/* "tcp:" goes without saying. */
static int complain(const char *endpoint, int error)
{
	example_log("cannot listen on %s: %s",
		    endpoint + (strncmp(endpoint, "tcp:", 4) ? 0 : 4),
		    strerror(error));
	return 1;
}

static void accept_clients(int listener, const sigset_t *usual)
{
	struct pollfd waiting = { .fd = listener, .events = POLLIN };
	int fd;

	while (!ended) {
		if (ppoll(&waiting, 1, NULL, usual) <= 0)
			continue;
		fd = accept(listener, NULL, NULL);
		if (fd >= 0)
			begin_client(fd);
		else if (errno == EMFILE || errno == ENFILE)
			nanosleep(&BREATH, NULL); /* until some have gone */
	}
}

int main(int argc, char **argv)
{
	struct example_listen wanted;
	sigset_t usual;
	const char *endpoint = example_server_of_one(
		&wanted, argc, argv,
		"Sends everything back in upper case, after 100 ms: a thread "
		"for each client.",
		"9090");
	int fd;

	example_allow_descriptors();
	hold_signals(&usual);
	fd = listen_on(endpoint);
	if (fd < 0)
		return complain(endpoint, errno);
	announce(fd, endpoint);
	accept_clients(fd, &usual);
	return 0;
}
