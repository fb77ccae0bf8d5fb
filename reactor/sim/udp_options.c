/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "udp_internal.h"

/* Those that are numbers: kept, and some of them heeded. */
static const struct evert_sim_number numbers[] = {
#define FLAG(level, option, member) \
	EVERT_SIM_FLAG(struct evert_sim_udp, level, option, member)
#define NUMBER(level, option, member) \
	EVERT_SIM_NUMBER(struct evert_sim_udp, level, option, member, INT_MIN, \
			 INT_MAX)
	FLAG(SOL_SOCKET, SO_REUSEADDR, port.reuse_address),
	FLAG(SOL_SOCKET, SO_REUSEPORT, port.reuse_port),
	FLAG(SOL_SOCKET, SO_KEEPALIVE, keep_alive),
	FLAG(SOL_SOCKET, SO_BROADCAST, broadcast),
	FLAG(IPPROTO_IPV6, IPV6_V6ONLY, v6_only),
	NUMBER(SOL_SOCKET, SO_SNDBUF, send_buffer),
	NUMBER(SOL_SOCKET, SO_RCVBUF, receive_buffer),
#undef NUMBER
#undef FLAG
};

static const struct evert_sim_number *find(const struct evert_sim_udp *udp,
					   int level, int option)
{
	if (level == IPPROTO_IPV6 && udp->port.family != AF_INET6)
		return NULL;
	return evert_sim_number_find(
		numbers, sizeof(numbers) / sizeof(numbers[0]), level, option);
}

size_t evert_sim_udp_receive_buffer(const struct evert_sim_udp *udp)
{
	return evert_sim_or_default(
		udp->receive_buffer,
		udp->base.host->sim->network.receive_buffer);
}

/* What it is, or -ENOPROTOOPT. */
static int what_it_is(struct evert_sim_udp *udp, int option)
{
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
		return (int)evert_sim_udp_receive_buffer(udp);
	case SO_SNDBUF:
		return (int)evert_sim_or_default(
			udp->send_buffer,
			udp->base.host->sim->network.send_buffer);
	case SO_ACCEPTCONN:
		return 0;
	default:
		return -ENOPROTOOPT;
	}
}

int evert_sim_udp_get(struct evert_sim_file *file, int level, int option,
		      void *value, socklen_t *length)
{
	struct evert_sim_udp *udp = evert_sim_udp_from(file);
	int number = level == SOL_SOCKET ? what_it_is(udp, option)
					 : -ENOPROTOOPT;
	const struct evert_sim_number *kept = find(udp, level, option);

	if (number >= 0)
		return evert_sim_give_int(number, value, length);
	if (level == SOL_SOCKET && option == SO_LINGER)
		return evert_sim_give(&udp->linger, sizeof(udp->linger), value,
				      length);
	if (kept)
		return evert_sim_number_get(kept, udp, value, length);
	return evert_sim_no_option(level, udp->port.family);
}

/* What can't be sent is told to who is connected only, and IPv4 on an IPv6
   socket there is none; the rest is taken, and does nothing. */
static int may_set(const struct evert_sim_udp *udp, int level, int option,
		   int number)
{
	if (level == IPPROTO_IP)
		return option == IP_RECVERR ? -ENOPROTOOPT : 0;
	if (level != IPPROTO_IPV6 || udp->port.family != AF_INET6 ||
	    option == IPV6_RECVERR)
		return -ENOPROTOOPT;
	return option == IPV6_V6ONLY && !number ? -EOPNOTSUPP : 0;
}

int evert_sim_udp_set(struct evert_sim_file *file, int level, int option,
		      const void *value, socklen_t length)
{
	struct evert_sim_udp *udp = evert_sim_udp_from(file);
	const struct evert_sim_number *kept = find(udp, level, option);
	int number, error = 0;

	if (level == SOL_SOCKET && option == SO_LINGER)
		return evert_sim_linger_set(&udp->linger, value, length);
	if (length < sizeof(number))
		return -EINVAL;
	memcpy(&number, value, sizeof(number));
	if (level != SOL_SOCKET)
		error = may_set(udp, level, option, number);
	else if (!kept)
		error = -ENOPROTOOPT;
	return error || !kept ? error
			      : evert_sim_number_set(kept, udp, value, length);
}
