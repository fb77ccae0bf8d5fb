/* SPDX-License-Identifier: MIT */
/*
 * The floor: a loop of epoll_wait, recv and one send for all answers to what
 * was received. It does not wait for peers that do not read.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "common/announce.h"
#include "common/splitter.h"

enum { BUFFER = 16384, EVENTS = 256 };

struct connection {
	int fd;
	struct splitter splitter;
};

static char buffer[BUFFER], answers[BUFFER * GREETING_EXTRA + LINE_LIMIT];
static size_t answers_length;
static int epoll;

static void wait_for(struct connection *c)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = c };

	epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &event);
}

static void answer(void *arg, const char *name, size_t length)
{
	(void)arg;
	answers_length += greet(answers + answers_length, name, length);
}

static bool send_answers(struct connection *c)
{
	return !answers_length ||
	       send(c->fd, answers, answers_length, MSG_NOSIGNAL) ==
		       (ssize_t)answers_length;
}

static void end(struct connection *c)
{
	close(c->fd);
	free(c->splitter.rest);
	free(c);
}

static void receive(struct connection *c)
{
	ssize_t got = recv(c->fd, buffer, sizeof(buffer), 0);

	answers_length = 0;
	if (got <= 0 || !split(&c->splitter, buffer, (size_t)got, answer, c) ||
	    !send_answers(c))
		end(c);
}

static void accept_all(int listener)
{
	struct connection *c;
	int fd;

	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
		c = calloc(1, sizeof(*c));
		c->fd = fd;
		wait_for(c);
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
	wait_for(&listener);
	for (;;) {
		count = epoll_wait(epoll, events, EVENTS, -1);
		for (i = 0; i < count; i++)
			if (events[i].data.ptr == &listener)
				accept_all(listener.fd);
			else
				receive(events[i].data.ptr);
	}
}
