/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "unix_internal.h"

size_t evert_sim_unix_send_buffer(const struct evert_sim_unix *sock)
{
	return evert_sim_or_default(sock->send_buffer,
				    sock->base.host->sim->network.send_buffer);
}

static int receive_buffer(const struct evert_sim_unix *sock)
{
	return (int)evert_sim_or_default(
		sock->receive_buffer,
		sock->base.host->sim->network.receive_buffer);
}

/* Those that are remembered, as a bit; or 0. */
static int bit_of(int option)
{
	return option == SO_REUSEADDR	? EVERT_SIM_REUSES_ADDRESS
	       : option == SO_KEEPALIVE ? EVERT_SIM_KEEPS_ALIVE
	       : option == SO_TIMESTAMP ? EVERT_SIM_TELLS_TIME
					: 0;
}

/* ---- Getting ---- */

static int what_it_is(struct evert_sim_unix *sock, int option)
{
	switch (option) {
	case SO_ERROR:
		return evert_sim_unix_take_error(sock);
	case SO_TYPE:
		return sock->type;
	case SO_DOMAIN:
		return AF_UNIX;
	case SO_PROTOCOL:
		return 0;
	case SO_ACCEPTCONN:
		return sock->state == EVERT_SIM_UNIX_LISTENS;
	case SO_SNDBUF:
		return (int)evert_sim_unix_send_buffer(sock);
	case SO_RCVBUF:
		return receive_buffer(sock);
	case SO_REUSEADDR:
	case SO_KEEPALIVE:
	case SO_TIMESTAMP:
		return (sock->others & bit_of(option)) != 0;
	default:
		return -ENOPROTOOPT;
	}
}

/* All programs are of one process, root's. */
static struct ucred who(const struct evert_sim_unix *sock)
{
	return sock->knows_peer ? (struct ucred){1, 0, 0}
				: (struct ucred){0, (uid_t)-1, (gid_t)-1};
}

int evert_sim_unix_get(struct evert_sim_file *file, int level, int option,
		       void *value, socklen_t *length)
{
	struct evert_sim_unix *sock = evert_sim_unix_from(file);
	struct ucred peer = who(sock);
	int number;

	if (level != SOL_SOCKET)
		return -EOPNOTSUPP;
	if (option == SO_PEERCRED)
		return evert_sim_give(&peer, sizeof(peer), value, length);
	if (option == SO_LINGER)
		return evert_sim_give(&sock->linger, sizeof(sock->linger),
				      value, length);
	number = what_it_is(sock, option);
	return number < 0 ? number : evert_sim_give_int(number, value, length);
}

/* ---- Setting ---- */

int evert_sim_unix_set(struct evert_sim_file *file, int level, int option,
		       const void *value, socklen_t length)
{
	struct evert_sim_unix *sock = evert_sim_unix_from(file);
	int number, bit = bit_of(option);

	if (level != SOL_SOCKET)
		return -EOPNOTSUPP;
	if (option == SO_LINGER)
		return evert_sim_linger_set(&sock->linger, value, length);
	if (length < sizeof(number))
		return -EINVAL;
	memcpy(&number, value, sizeof(number));
	if (option == SO_SNDBUF)
		sock->send_buffer = number;
	else if (option == SO_RCVBUF)
		sock->receive_buffer = number;
	else if (bit)
		sock->others = number ? sock->others | bit
				      : sock->others & ~bit;
	else
		return -ENOPROTOOPT;
	evert_sim_file_changed(file);
	return 0;
}
