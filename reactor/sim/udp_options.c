/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "udp_internal.h"

/* What it is, or -ENOPROTOOPT. */
static int what_it_is(struct evert_sim_udp *udp, int option)
{
	const struct evert_sim_network *network = &udp->base.host->sim->network;

	switch (option) {
	case SO_ERROR:
		return evert_sim_udp_take_error(udp);
	case SO_TYPE:
		return SOCK_DGRAM;
	case SO_DOMAIN:
		return udp->port.family;
	case SO_PROTOCOL:
		return IPPROTO_UDP;
	case SO_RCVBUF:
		return (int)network->receive_buffer;
	case SO_SNDBUF:
		return (int)network->send_buffer;
	case SO_ACCEPTCONN:
		return 0;
	default:
		return -ENOPROTOOPT;
	}
}

int evert_sim_udp_get(struct evert_sim_file *file, int level, int option,
		      void *value, socklen_t *length)
{
	int number = level == SOL_SOCKET
			     ? what_it_is(evert_sim_udp_from(file), option)
			     : -ENOPROTOOPT;

	return number < 0 ? number : evert_sim_give_int(number, value, length);
}

/* What can't be sent is told to who is connected only. */
static bool is_about_errors(int level, int option)
{
	return level == IPPROTO_IP ? option == IP_RECVERR
				   : option == IPV6_RECVERR;
}

/* Buffers are those of the network, and nothing is broadcast. */
int evert_sim_udp_set(struct evert_sim_file *file, int level, int option,
		      const void *value, socklen_t length)
{
	struct evert_sim_udp *udp = evert_sim_udp_from(file);
	int number;

	if (length < sizeof(number))
		return -EINVAL;
	memcpy(&number, value, sizeof(number));
	if (level == IPPROTO_IPV6 && option == IPV6_V6ONLY)
		return number ? 0 : -EOPNOTSUPP;
	if (level == IPPROTO_IP || level == IPPROTO_IPV6)
		return is_about_errors(level, option) ? -ENOPROTOOPT : 0;
	if (level != SOL_SOCKET)
		return -ENOPROTOOPT;
	if (option == SO_REUSEADDR)
		udp->port.reuse_address = number;
	else if (option == SO_REUSEPORT)
		udp->port.reuse_port = number;
	else if (option != SO_RCVBUF && option != SO_SNDBUF &&
		 option != SO_BROADCAST && option != SO_LINGER &&
		 option != SO_KEEPALIVE)
		return -ENOPROTOOPT;
	return 0;
}
