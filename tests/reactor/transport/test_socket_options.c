/* SPDX-License-Identifier: MIT */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/transport/socket_options_internal.h"

TestSuite(socket_options);

/* Of a TCP socket that has them, for who connects or listens. */
static int option_with(const struct evert_socket_options *options,
		       bool listens, int level, int option)
{
	struct evert_system *system = evert_system_real();
	struct evert_address address;
	const char *refused;
	int value = -1, fd;
	socklen_t length = sizeof(value);

	cr_assert(zero(int, evert_address_parse(&address, "127.0.0.1", 0)));
	fd = evert_socket_open(system, &address, SOCK_STREAM, listens, options,
			       &refused);
	cr_assert(ge(int, fd, 0));
	cr_assert(zero(int, getsockopt(fd, level, option, &value, &length)));
	close(fd);
	return value;
}

Test(socket_options, p91_a_time_of_keep_alive_sets_keep_alive)
{
	static const struct evert_socket_options times[] = {
		{ .keep_alive_idle = 41 },
		{ .keep_alive_interval = 7 },
		{ .keep_alive_count = 3 },
	};
	size_t i;

	for (i = 0; i < sizeof(times) / sizeof(*times); i++)
		cr_assert(eq(int, option_with(&times[i], false, SOL_SOCKET,
					      SO_KEEPALIVE), 1));
}

Test(socket_options, p91_those_of_tcp_are_set_unless_told_otherwise)
{
	static const struct evert_socket_options none,
		off = { .no_delay = EVERT_OFF, .reuse_address = EVERT_OFF };

	cr_assert(eq(int, option_with(&none, true, IPPROTO_TCP, TCP_NODELAY),
		     1));
	cr_assert(eq(int, option_with(&none, true, SOL_SOCKET, SO_REUSEADDR),
		     1));
	cr_assert(eq(int, option_with(&none, true, SOL_SOCKET, SO_KEEPALIVE),
		     0));
	cr_assert(eq(int, option_with(&none, false, SOL_SOCKET, SO_REUSEADDR),
		     0));
	cr_assert(eq(int, option_with(&off, true, IPPROTO_TCP, TCP_NODELAY),
		     0));
	cr_assert(eq(int, option_with(&off, true, SOL_SOCKET, SO_REUSEADDR),
		     0));
}

Test(socket_options, a_plan_keeps_its_texts)
{
	char host[] = "127.0.0.1", owner[] = "somebody", group[] = "some";
	const struct evert_socket_options options = {
		.local_host = host,
		.owner = owner,
		.group = group,
	};
	struct evert_socket_plan plan;

	cr_assert(evert_socket_plan_init(&plan, &options, "here") == NULL);
	*host = *owner = *group = 'x';
	cr_assert(eq(str, (char *)plan.options.local_host, "127.0.0.1"));
	cr_assert(eq(str, (char *)plan.options.owner, "somebody"));
	cr_assert(eq(str, (char *)plan.options.group, "some"));
}
