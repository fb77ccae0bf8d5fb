/* SPDX-License-Identifier: MIT */
/*
 * The floor: epoll, and one recv or send for each event, of all that the kernel
 * takes at once.
 */
#include <errno.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "common/announce.h"

static const char block[1 << 20];
static char buffer[1 << 18];
static int epoll;

static void wait_for(int operation, int fd, uint32_t what)
{
	struct epoll_event event = { .events = what, .data.fd = fd };

	epoll_ctl(epoll, operation, fd, &event);
}

static void serve(int fd, uint32_t ready)
{
	ssize_t moved = ready & EPOLLOUT ?
				send(fd, block, sizeof(block), MSG_NOSIGNAL) :
				recv(fd, buffer, sizeof(buffer), 0);

	if (moved == 0 || (moved < 0 && errno != EAGAIN))
		close(fd);
	else if (moved == 1 && *buffer == 's' && ready & EPOLLIN)
		wait_for(EPOLL_CTL_MOD, fd, EPOLLOUT);
}

int main(void)
{
	struct sockaddr_in address = loopback();
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	struct epoll_event event;

	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) ||
	    listen(listener, BACKLOG))
		fail("listen", errno);
	announce(listener);
	epoll = epoll_create1(0);
	wait_for(EPOLL_CTL_ADD, listener, EPOLLIN);
	while (epoll_wait(epoll, &event, 1, -1) != 0)
		if (event.data.fd == listener)
			wait_for(EPOLL_CTL_ADD,
				 accept4(listener, NULL, NULL, SOCK_NONBLOCK),
				 EPOLLIN);
		else
			serve(event.data.fd, event.events);
	return 1;
}
