/* SPDX-License-Identifier: MIT */
/*
 * The floor: a loop of epoll_wait, recv and send. It keeps nothing but what
 * the peer did not take; it has no timers, no signals, no objects.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "common/announce.h"

enum { BUFFER = 65536, EVENTS = 256 };

struct connection {
	int fd;
	char *rest; /* not taken yet; then there is no reading */
	size_t length;
};

static char buffer[BUFFER];
static int epoll;

static void wait_for(struct connection *c, int operation, uint32_t what)
{
	struct epoll_event event = { .events = what, .data.ptr = c };

	epoll_ctl(epoll, operation, c->fd, &event);
}

static void end(struct connection *c)
{
	close(c->fd);
	free(c->rest);
	free(c);
}

static void keep(struct connection *c, const char *data, size_t length)
{
	char *rest = malloc(length);

	memcpy(rest, data, length);
	free(c->rest);
	c->rest = rest;
	c->length = length;
}

static void echo(struct connection *c)
{
	ssize_t sent, got = recv(c->fd, buffer, sizeof(buffer), 0);

	if (got <= 0) {
		if (got == 0 || errno != EAGAIN)
			end(c);
		return;
	}
	sent = send(c->fd, buffer, (size_t)got, MSG_NOSIGNAL);
	if (sent == got)
		return;
	sent = sent < 0 ? 0 : sent;
	keep(c, buffer + sent, (size_t)(got - sent));
	wait_for(c, EPOLL_CTL_MOD, EPOLLOUT);
}

static void send_rest(struct connection *c)
{
	ssize_t sent = send(c->fd, c->rest, c->length, MSG_NOSIGNAL);

	if (sent < 0) {
		if (errno != EAGAIN)
			end(c);
	} else if ((size_t)sent < c->length) {
		keep(c, c->rest + sent, c->length - (size_t)sent);
	} else {
		free(c->rest);
		c->rest = NULL;
		wait_for(c, EPOLL_CTL_MOD, EPOLLIN);
	}
}

static void accept_all(int listener)
{
	struct connection *c;
	int fd;

	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
		c = calloc(1, sizeof(*c));
		c->fd = fd;
		wait_for(c, EPOLL_CTL_ADD, EPOLLIN);
	}
}

static int listen_somewhere(void)
{
	struct sockaddr_in address = loopback();
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) ||
	    listen(fd, BACKLOG))
		fail("listen", errno);
	announce(fd);
	return fd;
}

int main(void)
{
	struct epoll_event events[EVENTS];
	struct connection listener = { .fd = listen_somewhere() };
	int i, count;

	epoll = epoll_create1(0);
	wait_for(&listener, EPOLL_CTL_ADD, EPOLLIN);
	for (;;) {
		count = epoll_wait(epoll, events, EVENTS, -1);
		for (i = 0; i < count; i++) {
			struct connection *c = events[i].data.ptr;

			if (c == &listener)
				accept_all(c->fd);
			else if (c->rest)
				send_rest(c);
			else
				echo(c);
		}
	}
}
