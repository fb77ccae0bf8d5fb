/* SPDX-License-Identifier: MIT */
/* Whichever way they go; with a sanitizer it is libc's. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/system/kernel_internal.h"

enum { NOBODY = 1000000 }; /* no descriptor */

static int pair[2];

static void make_pair(void)
{
	cr_assert(eq(int,
		     socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair),
		     0));
}

static void close_pair(void)
{
	close(pair[0]);
	close(pair[1]);
}

TestSuite(kernel, .init = make_pair, .fini = close_pair);

Test(kernel, what_is_sent_is_read)
{
	char bytes[8];

	cr_assert(eq(i64, evert_kernel_send(pair[0], "seven b", 7), 7));
	cr_assert(eq(i64, evert_kernel_read(pair[1], bytes, sizeof(bytes)), 7));
	cr_assert(not(memcmp(bytes, "seven b", 7)));
}

Test(kernel, errors_come_back)
{
	char byte;
	struct epoll_event event = { .events = EPOLLIN };

	cr_assert(eq(i64, evert_kernel_read(pair[0], &byte, 1), -EAGAIN));
	cr_assert(eq(i64, evert_kernel_read(NOBODY, &byte, 1), -EBADF));
	cr_assert(eq(i64, evert_kernel_send(NOBODY, &byte, 1), -EBADF));
	cr_assert(eq(int, evert_kernel_accept(NOBODY, NULL, NULL), -EBADF));
	cr_assert(eq(int, evert_kernel_close(NOBODY), -EBADF));
	cr_assert(eq(int,
		     evert_kernel_epoll_ctl(NOBODY, EPOLL_CTL_ADD, pair[0],
					    &event),
		     -EBADF));
}

Test(kernel, who_sends_to_nobody_gets_no_signal)
{
	cr_assert(eq(int, evert_kernel_close(pair[1]), 0));
	cr_assert(eq(i64, evert_kernel_send(pair[0], "x", 1), -EPIPE));
}

Test(kernel, what_is_accepted_never_blocks_and_has_its_peers_address)
{
	struct sockaddr_in address = { .sin_family = AF_INET }, peer;
	socklen_t length = sizeof(address);
	int port = socket(AF_INET, SOCK_STREAM, 0);
	int client = socket(AF_INET, SOCK_STREAM, 0), made;
	char byte;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	bind(port, (struct sockaddr *)&address, sizeof(address));
	listen(port, 1);
	getsockname(port, (struct sockaddr *)&address, &length);
	connect(client, (struct sockaddr *)&address, length);
	length = sizeof(peer);
	made = evert_kernel_accept(port, (struct sockaddr *)&peer, &length);
	cr_assert(ge(int, made, 0));
	cr_assert(eq(uint, length, sizeof(peer)));
	cr_assert(eq(u32, peer.sin_addr.s_addr, htonl(INADDR_LOOPBACK)));
	cr_assert(eq(i64, evert_kernel_read(made, &byte, 1), -EAGAIN));
	evert_kernel_close(made);
	close(client);
	close(port);
}

Test(kernel, epoll_tells_of_what_it_was_given)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u64 = 77 };
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	cr_assert(eq(int,
		     evert_kernel_epoll_ctl(epoll, EPOLL_CTL_ADD, pair[1],
					    &event),
		     0));
	evert_kernel_send(pair[0], "x", 1);
	event.data.u64 = 0;
	cr_assert(eq(int, epoll_wait(epoll, &event, 1, -1), 1));
	cr_assert(eq(u64, event.data.u64, 77));
	evert_kernel_close(epoll);
}
