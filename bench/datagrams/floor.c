/* SPDX-License-Identifier: MIT */
/* The floor: a loop of epoll_wait, recvmmsg and sendmmsg, whose answers are
   sent from where they were received. What the kernel does not take is lost. */
#include <errno.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "common/announce.h"

enum { BATCH = 64, SIZE = 2048 };

static char buffers[BATCH][SIZE];
static struct sockaddr_in peers[BATCH];
static struct iovec parts[BATCH];
static struct mmsghdr messages[BATCH];

static void prepare(int i)
{
	parts[i] = (struct iovec){ buffers[i], SIZE };
	messages[i].msg_hdr = (struct msghdr){
		.msg_name = &peers[i],
		.msg_namelen = sizeof(peers[i]),
		.msg_iov = &parts[i],
		.msg_iovlen = 1,
	};
}

static void echo(int fd)
{
	int i, count = recvmmsg(fd, messages, BATCH, 0, NULL);

	for (i = 0; i < count; i++)
		parts[i].iov_len = messages[i].msg_len;
	if (count > 0)
		sendmmsg(fd, messages, (unsigned)count, 0);
	for (i = 0; i < count; i++)
		prepare(i);
}

int main(void)
{
	struct sockaddr_in address = loopback();
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	int i, epoll = epoll_create1(0);
	struct epoll_event event = { .events = EPOLLIN };

	if (bind(fd, (struct sockaddr *)&address, sizeof(address)))
		fail("bind", errno);
	epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
	for (i = 0; i < BATCH; i++)
		prepare(i);
	announce(fd);
	for (;;)
		if (epoll_wait(epoll, &event, 1, -1) > 0)
			echo(fd);
}
