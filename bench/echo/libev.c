/* SPDX-License-Identifier: MIT */
/*
 * libev has no buffers: the program reads and writes itself. Fair: it does as
 * little as the floor does; what differs is libev's loop.
 */
#include <ev.h>

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/announce.h"

struct connection {
	ev_io io;
	char *rest; /* not taken yet; then there is no reading */
	size_t length;
};

static char buffer[65536];

static void end(struct ev_loop *loop, struct connection *c)
{
	ev_io_stop(loop, &c->io);
	close(c->io.fd);
	free(c->rest);
	free(c);
}

static void wait_for(struct ev_loop *loop, struct connection *c, int what)
{
	ev_io_stop(loop, &c->io);
	ev_io_set(&c->io, c->io.fd, what);
	ev_io_start(loop, &c->io);
}

static void keep(struct connection *c, const char *data, size_t length)
{
	char *rest = malloc(length);

	memcpy(rest, data, length);
	free(c->rest);
	c->rest = rest;
	c->length = length;
}

static void echo(struct ev_loop *loop, struct connection *c)
{
	ssize_t sent, got = recv(c->io.fd, buffer, sizeof(buffer), 0);

	if (got <= 0) {
		if (got == 0 || errno != EAGAIN)
			end(loop, c);
		return;
	}
	sent = send(c->io.fd, buffer, (size_t)got, MSG_NOSIGNAL);
	if (sent == got)
		return;
	sent = sent < 0 ? 0 : sent;
	keep(c, buffer + sent, (size_t)(got - sent));
	wait_for(loop, c, EV_WRITE);
}

static void send_rest(struct ev_loop *loop, struct connection *c)
{
	ssize_t sent = send(c->io.fd, c->rest, c->length, MSG_NOSIGNAL);

	if (sent < 0) {
		if (errno != EAGAIN)
			end(loop, c);
	} else if ((size_t)sent < c->length) {
		keep(c, c->rest + sent, c->length - (size_t)sent);
	} else {
		free(c->rest);
		c->rest = NULL;
		wait_for(loop, c, EV_READ);
	}
}

static void ready(struct ev_loop *loop, ev_io *io, int events)
{
	struct connection *c = (struct connection *)io;

	if (events & EV_WRITE)
		send_rest(loop, c);
	else
		echo(loop, c);
}

static void accept_all(struct ev_loop *loop, ev_io *listener, int events)
{
	struct connection *c;
	int fd, on = 1;

	(void)events;
	while ((fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		c = calloc(1, sizeof(*c));
		ev_io_init(&c->io, ready, fd, EV_READ);
		ev_io_start(loop, &c->io);
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
	struct ev_loop *loop = ev_default_loop(0);
	ev_io listener;

	ev_io_init(&listener, accept_all, listen_somewhere(), EV_READ);
	ev_io_start(loop, &listener);
	return ev_run(loop, 0);
}
