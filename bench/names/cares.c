/* SPDX-License-Identifier: MIT */
/* The same by c-ares, with poll. */
#include <ares.h>
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "names/names.h"

static size_t left, failed;

static void answered(void *arg, int status, int timeouts, unsigned char *bytes,
		     int length)
{
	struct ares_addrttl addresses[8];
	int count = 8;

	(void)arg;
	(void)timeouts;
	if (status != ARES_SUCCESS ||
	    ares_parse_a_reply(bytes, length, NULL, addresses, &count))
		failed++;
	left--;
}

static void wait_for_some(ares_channel channel)
{
	ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
	struct pollfd fds[ARES_GETSOCK_MAXNUM];
	int bits = ares_getsock(channel, sockets, ARES_GETSOCK_MAXNUM), i, n;
	struct timeval most = { 1, 0 }, time, *wait;

	for (n = 0; n < ARES_GETSOCK_MAXNUM; n++) {
		if (!ARES_GETSOCK_READABLE(bits, n) &&
		    !ARES_GETSOCK_WRITABLE(bits, n))
			break;
		fds[n].fd = sockets[n];
		fds[n].events = (short)((ARES_GETSOCK_READABLE(bits, n) ?
						 POLLIN :
						 0) |
					(ARES_GETSOCK_WRITABLE(bits, n) ?
						 POLLOUT :
						 0));
		fds[n].revents = 0;
	}
	wait = ares_timeout(channel, &most, &time);
	poll(fds, (nfds_t)n,
	     (int)(wait->tv_sec * 1000 + wait->tv_usec / 1000 + 1));
	for (i = 0; i < n; i++)
		ares_process_fd(channel,
				fds[i].revents & POLLIN ? fds[i].fd :
							  ARES_SOCKET_BAD,
				fds[i].revents & POLLOUT ? fds[i].fd :
							   ARES_SOCKET_BAD);
	ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

int main(int argc, char **argv)
{
	struct ares_addr_port_node server = { .family = AF_INET };
	struct ares_options options = {
		.socket_receive_buffer_size = 4 << 20, /* for all at once */
	};
	struct names_time start;
	ares_channel channel;
	char name[NAMES_SIZE];
	unsigned round, i;

	(void)argc;
	ares_library_init(ARES_LIB_INIT_ALL);
	ares_init_options(&channel, &options, ARES_OPT_SOCK_RCVBUF);
	inet_pton(AF_INET, "127.0.0.1", &server.addr.addr4);
	server.udp_port = server.tcp_port = atoi(argv[1]);
	ares_set_servers_ports(channel, &server);
	names_begin(&start);
	for (round = 0; round < NAMES_ROUNDS; round++) {
		left = NAMES_AT_ONCE;
		for (i = 0; i < NAMES_AT_ONCE; i++)
			ares_query(channel, names_write(name, round, i), C_IN,
				   T_A, answered, NULL);
		while (left)
			wait_for_some(channel);
	}
	names_end(&start, failed);
	ares_destroy(channel);
	ares_library_cleanup();
	return 0;
}
