/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <limits.h>
#include <netinet/tcp.h>

#include "tcp_internal.h"

/* Those that are numbers: kept, and some of them heeded. */
static const struct evert_sim_number numbers[] = {
#define FLAG(level, option, member) \
	EVERT_SIM_FLAG(struct evert_sim_tcp, level, option, member)
#define NUMBER(level, option, member, least, most) \
	EVERT_SIM_NUMBER(struct evert_sim_tcp, level, option, member, least, \
			 most)
	FLAG(SOL_SOCKET, SO_REUSEADDR, port.reuse_address),
	FLAG(SOL_SOCKET, SO_REUSEPORT, port.reuse_port),
	FLAG(SOL_SOCKET, SO_KEEPALIVE, options.keep_alive),
	FLAG(IPPROTO_TCP, TCP_NODELAY, options.no_delay),
	FLAG(IPPROTO_IPV6, IPV6_V6ONLY, options.v6_only),
	NUMBER(SOL_SOCKET, SO_SNDBUF, options.send_buffer, INT_MIN, INT_MAX),
	NUMBER(SOL_SOCKET, SO_RCVBUF, options.receive_buffer, INT_MIN, INT_MAX),
	NUMBER(IPPROTO_TCP, TCP_KEEPIDLE, options.keep_alive_idle, 1, 32767),
	NUMBER(IPPROTO_TCP, TCP_KEEPINTVL, options.keep_alive_interval, 1,
	       32767),
	NUMBER(IPPROTO_TCP, TCP_KEEPCNT, options.keep_alive_count, 1, 127),
#undef NUMBER
#undef FLAG
};

static const struct evert_sim_number *find(const struct evert_sim_tcp *tcp,
					   int level, int option)
{
	if (level == IPPROTO_IPV6 && tcp->port.family != AF_INET6)
		return NULL;
	return evert_sim_number_find(
		numbers, sizeof(numbers) / sizeof(numbers[0]), level, option);
}

/* tcp(7). */
void evert_sim_tcp_options_init(struct evert_sim_tcp_options *options)
{
	options->keep_alive_idle = 7200;
	options->keep_alive_interval = 75;
	options->keep_alive_count = 9;
}

size_t evert_sim_tcp_send_buffer(const struct evert_sim_tcp *tcp)
{
	return evert_sim_or_default(tcp->options.send_buffer,
				    tcp->base.host->sim->network.send_buffer);
}

size_t evert_sim_tcp_receive_buffer(const struct evert_sim_tcp *tcp)
{
	return evert_sim_or_default(
		tcp->options.receive_buffer,
		tcp->base.host->sim->network.receive_buffer);
}

/* ---- Getting ---- */

static int what_it_is(struct evert_sim_tcp *tcp, int option)
{
	switch (option) {
	case SO_ERROR:
		return evert_sim_tcp_take_error(tcp);
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

int evert_sim_tcp_get(struct evert_sim_file *file, int level, int option,
		      void *value, socklen_t *length)
{
	struct evert_sim_tcp *tcp = evert_sim_tcp_from(file);
	int number = level == SOL_SOCKET ? what_it_is(tcp, option)
					 : -ENOPROTOOPT;
	const struct evert_sim_number *kept = find(tcp, level, option);

	if (number >= 0)
		return evert_sim_give_int(number, value, length);
	if (level == SOL_SOCKET && option == SO_LINGER)
		return evert_sim_give(&tcp->options.linger,
				      sizeof(tcp->options.linger), value,
				      length);
	if (kept)
		return evert_sim_number_get(kept, tcp, value, length);
	return evert_sim_no_option(level, tcp->port.family);
}

/* ---- Setting ---- */

/* An open one has buffers already. */
static void change_buffers(struct evert_sim_tcp *tcp)
{
	tcp->end->send_buffer = evert_sim_tcp_send_buffer(tcp);
	tcp->end->receive_buffer = evert_sim_tcp_receive_buffer(tcp);
	evert_sim_file_changed(&tcp->base);
}

static void heed(struct evert_sim_tcp *tcp,
		 const struct evert_sim_tcp_options *before)
{
	const struct evert_sim_tcp_options *now = &tcp->options;

	if (!tcp->end)
		return;
	if (now->send_buffer != before->send_buffer ||
	    now->receive_buffer != before->receive_buffer)
		change_buffers(tcp);
	if (now->keep_alive != before->keep_alive ||
	    now->keep_alive_idle != before->keep_alive_idle)
		evert_sim_keep_alive_change(
			tcp->end, now->keep_alive > before->keep_alive);
}

int evert_sim_tcp_set(struct evert_sim_file *file, int level, int option,
		      const void *value, socklen_t length)
{
	struct evert_sim_tcp *tcp = evert_sim_tcp_from(file);
	const struct evert_sim_tcp_options before = tcp->options;
	const struct evert_sim_number *kept = find(tcp, level, option);
	int error;

	if (level == SOL_SOCKET && option == SO_LINGER)
		return evert_sim_linger_set(&tcp->options.linger, value,
					    length);
	if (!kept)
		return -ENOPROTOOPT;
	error = evert_sim_number_set(kept, tcp, value, length);
	heed(tcp, &before);
	return error;
}
