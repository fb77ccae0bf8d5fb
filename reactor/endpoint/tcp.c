/* SPDX-License-Identifier: MIT */
/* tcp:HOST:PORT, and tcp4 and tcp6, which are the same for one family. */
#include "builtin_internal.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "opening_internal.h"

#define MOST_SECONDS 1e9

static const struct evert_endpoint_parameter parameters[] = {
	{ .name = "host", .kind = EVERT_VALUE_HOST, .mandatory = true },
	{ .name = "port", .kind = EVERT_VALUE_PORT, .mandatory = true },
	{ "timeout", EVERT_VALUE_SECONDS, false, EVERT_TO_CONNECT, 0.001,
	  MOST_SECONDS },
	/* RFC 8305, 5 has these bounds: 10 ms, 2 s. */
	{ "attempt-delay", EVERT_VALUE_SECONDS, false, EVERT_TO_CONNECT, 0.01,
	  2 },
	{ "bind", EVERT_VALUE_ADDRESS, false, EVERT_TO_CONNECT, 0, 0 },
	{ "bind-port", EVERT_VALUE_PORT, false, EVERT_TO_CONNECT, 0, 0 },
	{ .name = "reuse-address", .kind = EVERT_VALUE_YES_NO },
	{ .name = "reuse-port", .kind = EVERT_VALUE_YES_NO },
	{ "ipv6-only", EVERT_VALUE_YES_NO, false, EVERT_TO_LISTEN, 0, 0 },
	{ .name = "no-delay", .kind = EVERT_VALUE_YES_NO },
	{ .name = "keep-alive", .kind = EVERT_VALUE_YES_NO },
	{ "keep-alive-idle", EVERT_VALUE_NUMBER, false, 0, 1, 32767 },
	{ "keep-alive-interval", EVERT_VALUE_NUMBER, false, 0, 1, 32767 },
	{ "keep-alive-count", EVERT_VALUE_NUMBER, false, 0, 1, 127 },
	{ "send-buffer", EVERT_VALUE_NUMBER, false, 0, 1, INT_MAX },
	{ "receive-buffer", EVERT_VALUE_NUMBER, false, 0, 1, INT_MAX },
	{ "backlog", EVERT_VALUE_NUMBER, false, EVERT_TO_LISTEN, 1, INT_MAX },
	{ .name = NULL },
};

/* ---- Options: what the string does not say, the struct does ---- */

static void take_choice(const struct evert_endpoint *e, const char *name,
			enum evert_choice *choice)
{
	double value = evert_endpoint_number(e, name, -1);

	if (value >= 0)
		*choice = value > 0 ? EVERT_ON : EVERT_OFF;
}

static void take_number(const struct evert_endpoint *e, const char *name,
			int *number)
{
	*number = (int)evert_endpoint_number(e, name, *number);
}

static void take_flag(const struct evert_endpoint *e, const char *name,
		      bool *flag)
{
	*flag = evert_endpoint_number(e, name, *flag) > 0;
}

static void take_keep_alive(struct evert_socket_options *to,
			    const struct evert_endpoint *e)
{
	if (evert_endpoint_number(e, "keep-alive", 1) < 1)
		to->keep_alive_idle = to->keep_alive_interval =
			to->keep_alive_count = 0;
	take_flag(e, "keep-alive", &to->keep_alive);
	take_number(e, "keep-alive-idle", &to->keep_alive_idle);
	take_number(e, "keep-alive-interval", &to->keep_alive_interval);
	take_number(e, "keep-alive-count", &to->keep_alive_count);
}

static void take_options(struct evert_socket_options *to,
			 const struct evert_endpoint *e)
{
	const char *bind = evert_endpoint_value(e, "bind");

	if (bind)
		to->local_host = bind;
	to->local_port = (uint16_t)evert_endpoint_number(e, "bind-port",
							 to->local_port);
	take_choice(e, "reuse-address", &to->reuse_address);
	take_flag(e, "reuse-port", &to->reuse_port);
	take_choice(e, "ipv6-only", &to->ipv6_only);
	take_choice(e, "no-delay", &to->no_delay);
	take_keep_alive(to, e);
	take_number(e, "send-buffer", &to->send_buffer);
	take_number(e, "receive-buffer", &to->receive_buffer);
	take_number(e, "backlog", &to->backlog);
}

static const struct evert_socket_options *
join_options(struct evert_socket_options *all,
	     const struct evert_socket_options *options,
	     const struct evert_endpoint *endpoint)
{
	*all = options ? *options :
			 (struct evert_socket_options){ .backlog = 0 };
	take_options(all, endpoint);
	return all;
}

/* ---- Opening ---- */

static int family(const struct evert_endpoint *e)
{
	if (e->scheme == &evert_scheme_tcp4)
		return AF_INET;
	return e->scheme == &evert_scheme_tcp6 ? AF_INET6 : AF_UNSPEC;
}

static struct evert_failure *find(struct evert_resolution *resolution,
				  const struct evert_endpoint *e)
{
	return evert_resolution_begin(
		resolution, evert_endpoint_value(e, "host"),
		(uint16_t)evert_endpoint_number(e, "port", 0), family(e));
}

static struct evert_failure *check_keep_alive(const struct evert_endpoint *e,
					      const char *place)
{
	static const char *const times[] = { "keep-alive-idle",
					     "keep-alive-interval",
					     "keep-alive-count" };
	size_t i;

	/* Which of the two is meant? */
	for (i = 0; i < 3; i++)
		if (evert_endpoint_number(e, "keep-alive", 1) < 1 &&
		    evert_endpoint_value(e, times[i]))
			return evert_endpoint_refuse(
				e, times[i], place,
				"\"%s\" stands beside keep-alive=no",
				times[i]);
	return NULL;
}

/* To connect, all of it is needed. */
static struct evert_failure *check_complete(const struct evert_endpoint *e,
					    const char *place)
{
	if (!*evert_endpoint_value(e, "host"))
		return evert_endpoint_refuse(e, "host", place,
					     "to connect, it needs a host");
	if (evert_endpoint_number(e, "port", 0) < 1)
		return evert_endpoint_refuse(e, "port", place,
					     "to connect, it needs a port");
	return check_keep_alive(e, place);
}

static void name(const struct evert_endpoint *e, char *text, size_t size)
{
	const char *host = evert_endpoint_value(e, "host");
	bool bracketed = strchr(host, ':');

	snprintf(text, size, "%s%s%s:%.0f", bracketed ? "[" : "", host,
		 bracketed ? "]" : "", evert_endpoint_number(e, "port", 0));
}

static const struct evert_opening_source source = { find, name };

static struct evert_deferred *tcp_connect(
	struct evert_reactor *reactor, const struct evert_endpoint *endpoint,
	struct evert_factory *factory,
	const struct evert_socket_options *options, const char *place)
{
	struct evert_socket_options all;
	struct evert_opening_plan plan = {
		.reactor = reactor,
		.endpoint = endpoint,
		.factory = factory,
		.options = join_options(&all, options, endpoint),
		.place = place,
		.source = &source,
		.failure = check_complete(endpoint, place),
		.timeout = evert_endpoint_number(endpoint, "timeout", 0),
		.attempt_delay =
			evert_endpoint_number(endpoint, "attempt-delay", 0),
	};

	return evert_attempts_begin(&plan);
}

static struct evert_deferred *tcp_listen(
	struct evert_reactor *reactor, const struct evert_endpoint *endpoint,
	struct evert_factory *factory,
	const struct evert_socket_options *options, const char *place)
{
	struct evert_socket_options all;
	struct evert_opening_plan plan = {
		.reactor = reactor,
		.endpoint = endpoint,
		.factory = factory,
		.options = join_options(&all, options, endpoint),
		.place = place,
		.source = &source,
		.failure = check_keep_alive(endpoint, place),
	};

	return evert_listening_begin(&plan);
}

struct evert_endpoint_scheme evert_scheme_tcp = {
	.name = "tcp",
	.form = "tcp:HOST:PORT, an IPv6 address in brackets",
	.parameters = parameters,
	.connect = tcp_connect,
	.listen = tcp_listen,
	.next = &evert_scheme_tcp4,
};

struct evert_endpoint_scheme evert_scheme_tcp4 = {
	.name = "tcp4",
	.form = "tcp4:HOST:PORT",
	.parameters = parameters,
	.connect = tcp_connect,
	.listen = tcp_listen,
	.next = &evert_scheme_tcp6,
};

struct evert_endpoint_scheme evert_scheme_tcp6 = {
	.name = "tcp6",
	.form = "tcp6:HOST:PORT, an IPv6 address in brackets",
	.parameters = parameters,
	.connect = tcp_connect,
	.listen = tcp_listen,
	.next = &evert_scheme_unix,
};
