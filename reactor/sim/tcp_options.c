/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>

#include "tcp_internal.h"

/* Those that are numbers: kept, and some of them heeded. */
static const struct {
	int level, option;
	size_t at;
} numbers[] = {
#define NUMBER(level, option, member) \
	{ \
		level, option, offsetof(struct evert_sim_tcp, member) \
	}
	NUMBER(SOL_SOCKET, SO_REUSEADDR, port.reuse_address),
	NUMBER(SOL_SOCKET, SO_REUSEPORT, port.reuse_port),
	NUMBER(SOL_SOCKET, SO_KEEPALIVE, options.keep_alive),
	NUMBER(SOL_SOCKET, SO_SNDBUF, options.send_buffer),
	NUMBER(SOL_SOCKET, SO_RCVBUF, options.receive_buffer),
	NUMBER(IPPROTO_TCP, TCP_NODELAY, options.no_delay),
	NUMBER(IPPROTO_TCP, TCP_KEEPIDLE, options.keep_alive_idle),
	NUMBER(IPPROTO_TCP, TCP_KEEPINTVL, options.keep_alive_interval),
	NUMBER(IPPROTO_TCP, TCP_KEEPCNT, options.keep_alive_count),
	NUMBER(IPPROTO_IPV6, IPV6_V6ONLY, options.v6_only),
#undef NUMBER
};

static int *find(struct evert_sim_tcp *tcp, int level, int option)
{
	size_t i;

	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (numbers[i].level == level && numbers[i].option == option)
			return (int *)(void *)((char *)tcp + numbers[i].at);
	return NULL;
}

static size_t or_default(int bytes, size_t otherwise)
{
	return bytes > 0 ? (size_t)bytes : otherwise;
}

size_t evert_sim_tcp_send_buffer(const struct evert_sim_tcp *tcp)
{
	return or_default(tcp->options.send_buffer,
			  tcp->base.host->sim->network.send_buffer);
}

size_t evert_sim_tcp_receive_buffer(const struct evert_sim_tcp *tcp)
{
	return or_default(tcp->options.receive_buffer,
			  tcp->base.host->sim->network.receive_buffer);
}

/* ---- Getting ---- */

static int what_it_is(struct evert_sim_tcp *tcp, int option)
{
	switch (option) {
	case SO_ERROR:
		return tcp->end ? evert_sim_end_take_error(tcp->end) : 0;
	case SO_TYPE:
		return SOCK_STREAM;
	case SO_DOMAIN:
		return tcp->port.family;
	case SO_PROTOCOL:
		return IPPROTO_TCP;
	case SO_ACCEPTCONN:
		return tcp->port.listens;
	case SO_SNDBUF:
		return (int)evert_sim_tcp_send_buffer(tcp);
	case SO_RCVBUF:
		return (int)evert_sim_tcp_receive_buffer(tcp);
	default:
		return -ENOPROTOOPT;
	}
}

static int get_linger(const struct evert_sim_tcp *tcp, void *value,
		      socklen_t *length)
{
	struct linger linger = {tcp->options.linger,
				tcp->options.linger_seconds};

	return evert_sim_give(&linger, sizeof(linger), value, length);
}

int evert_sim_tcp_get(struct evert_sim_file *file, int level, int option,
		      void *value, socklen_t *length)
{
	struct evert_sim_tcp *tcp = evert_sim_tcp_from(file);
	int number = level == SOL_SOCKET ? what_it_is(tcp, option)
					 : -ENOPROTOOPT;
	int *kept = find(tcp, level, option);

	if (number >= 0)
		return evert_sim_give_int(number, value, length);
	if (level == SOL_SOCKET && option == SO_LINGER)
		return get_linger(tcp, value, length);
	return kept ? evert_sim_give_int(*kept, value, length) : -ENOPROTOOPT;
}

/* ---- Setting ---- */

static int set_linger(struct evert_sim_tcp *tcp, const void *value,
		      socklen_t length)
{
	struct linger linger;

	if (length < sizeof(linger))
		return -EINVAL;
	memcpy(&linger, value, sizeof(linger));
	tcp->options.linger = linger.l_onoff;
	tcp->options.linger_seconds = linger.l_linger;
	return 0;
}

/* An open one has buffers already. */
static void change_buffers(struct evert_sim_tcp *tcp)
{
	if (!tcp->end)
		return;
	tcp->end->send_buffer = evert_sim_tcp_send_buffer(tcp);
	tcp->end->receive_buffer = evert_sim_tcp_receive_buffer(tcp);
	evert_sim_file_changed(&tcp->base);
}

int evert_sim_tcp_set(struct evert_sim_file *file, int level, int option,
		      const void *value, socklen_t length)
{
	struct evert_sim_tcp *tcp = evert_sim_tcp_from(file);
	int *kept = find(tcp, level, option);

	if (level == SOL_SOCKET && option == SO_LINGER)
		return set_linger(tcp, value, length);
	if (!kept)
		return -ENOPROTOOPT;
	if (length < sizeof(*kept))
		return -EINVAL;
	memcpy(kept, value, sizeof(*kept));
	if (kept == &tcp->options.send_buffer ||
	    kept == &tcp->options.receive_buffer)
		change_buffers(tcp);
	return 0;
}
