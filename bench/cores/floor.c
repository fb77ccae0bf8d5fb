/* SPDX-License-Identifier: MIT */
/* The floor: in each thread a loop of epoll_wait, recv and send. It does not
   wait for peers that do not read. */
#include <errno.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/announce.h"
#include "common/cores.h"

enum { BUFFER = 65536, EVENTS = 256 };

static void wait_for(int epoll, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

static int listen_on(int port)
{
	struct sockaddr_in address = loopback();
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;

	address.sin_port = htons((uint16_t)port);
	setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) ||
	    listen(fd, BACKLOG))
		fail("listen", errno);
	return fd;
}

static void accept_all(int epoll, int listener)
{
	int fd;

	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0)
		wait_for(epoll, fd);
}

static void echo(int fd, char *buffer)
{
	ssize_t got = recv(fd, buffer, BUFFER, 0);

	if (got <= 0 || send(fd, buffer, (size_t)got, MSG_NOSIGNAL) != got)
		close(fd);
}

void core_serve(int port)
{
	struct epoll_event events[EVENTS];
	int listener = listen_on(port), epoll = epoll_create1(0), count, i;
	char buffer[BUFFER];

	wait_for(epoll, listener);
	core_listens();
	for (;;) {
		count = epoll_wait(epoll, events, EVENTS, -1);
		for (i = 0; i < count; i++)
			if (events[i].data.fd == listener)
				accept_all(epoll, listener);
			else
				echo(events[i].data.fd, buffer);
	}
}

int main(int argc, char **argv)
{
	return cores_main(argc, argv);
}
