/* SPDX-License-Identifier: MIT */
/* fd:NUMBER and systemd:NAME: sockets that are there already. */
#include "builtin_internal.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>

#include "../transport/adopt_internal.h"
#include "listen.h"
#include "opening_internal.h"
#include "systemd_internal.h"

static struct evert_failure *cannot(const struct evert_endpoint *e, int error,
				    const char *place, const char *why)
{
	struct evert_failure *failure = evert_failure_create_at(
		place, evert_endpoint_listens(e) ? EVERT_LISTEN_FAILED : EVERT_CONNECT_FAILED,
		0, "cannot %s %s: %s", evert_endpoint_listens(e) ? "listen on" : "connect to",
		evert_endpoint_string(e), why);

	evert_failure_set_error(failure, error);
	return failure;
}

/* Its address is the peer's, or where it listens. */
static int get_address(struct evert_system *system, int fd, bool is_listening,
		       struct evert_address *address)
{
	address->length = sizeof(address->as);
	return (is_listening ? system->ops->getsockname :
			       system->ops->getpeername)(
		system, fd, &address->as.any, &address->length);
}

static struct evert_failure *adopt(struct evert_resolution *resolution,
				   const struct evert_endpoint *e, int fd)
{
	struct evert_reactor *reactor = resolution->reactor;
	struct evert_address address;
	struct evert_failure *failure;
	int error = evert_adopt_check(reactor, fd, evert_endpoint_listens(e));

	if (!error)
		error = get_address(reactor->system, fd, evert_endpoint_listens(e), &address);
	if (error)
		return cannot(e, -error, resolution->place,
			      evert_adopt_error_text(error, evert_endpoint_listens(e)));
	failure = evert_resolution_set(resolution, &address);
	if (!failure)
		resolution->fd = fd;
	return failure;
}

/* Of a datagram socket: to be connected to, or to be listened on. */
static int check_peer(struct evert_reactor *reactor, int fd, bool is_listening,
		      struct evert_address *address)
{
	bool connected = !get_address(reactor->system, fd, false, address);

	if (is_listening && connected)
		return -EISCONN;
	if (!is_listening)
		return connected ? 0 : -ENOTCONN;
	return get_address(reactor->system, fd, true, address);
}

static const char *datagram_error_text(int error)
{
	return error == -EISCONN ? "it is connected" :
				   evert_adopt_datagram_error_text(error);
}

static struct evert_failure *
adopt_datagram(struct evert_resolution *resolution,
	       const struct evert_endpoint *e, int fd)
{
	struct evert_reactor *reactor = resolution->reactor;
	struct evert_address address;
	struct evert_failure *failure;
	int error = evert_adopt_check_datagram(reactor, fd);

	if (!error)
		error = check_peer(reactor, fd, evert_endpoint_listens(e), &address);
	if (error)
		return cannot(e, -error, resolution->place,
			      datagram_error_text(error));
	failure = evert_resolution_set(resolution, &address);
	if (!failure)
		resolution->fd = fd;
	return failure;
}

static struct evert_failure *find_fd(struct evert_resolution *resolution,
				     const struct evert_endpoint *e)
{
	return adopt(resolution, e,
		     (int)evert_endpoint_number(e, "number", -1));
}

static struct evert_failure *
find_datagram_fd(struct evert_resolution *resolution,
		 const struct evert_endpoint *e)
{
	return adopt_datagram(resolution, e,
			      (int)evert_endpoint_number(e, "number", -1));
}

static struct evert_failure *find_systemd(struct evert_resolution *resolution,
					  const struct evert_endpoint *e)
{
	char why[EVERT_SYSTEMD_WHY_SIZE];
	int fd = evert_systemd_find(evert_endpoint_value(e, "name"), why);

	if (fd < 0)
		return cannot(e, -fd, resolution->place, why);
	return adopt(resolution, e, fd);
}

static struct evert_failure *
find_datagram_systemd(struct evert_resolution *resolution,
		      const struct evert_endpoint *e)
{
	char why[EVERT_SYSTEMD_WHY_SIZE];
	int fd = evert_systemd_find(evert_endpoint_value(e, "name"), why);

	if (fd < 0)
		return cannot(e, -fd, resolution->place, why);
	return adopt_datagram(resolution, e, fd);
}

static void name(const struct evert_endpoint *e, char *text, size_t size)
{
	snprintf(text, size, "%s", evert_endpoint_string(e));
}

static const struct evert_opening_source fd_source = { find_fd, name };
static const struct evert_opening_source systemd_source = { find_systemd,
							     name };

static const struct evert_opening_source fd_datagram_source = {
	find_datagram_fd, name
};
static const struct evert_opening_source systemd_datagram_source = {
	find_datagram_systemd, name
};

/* ---- The schemes ---- */

static struct evert_failure *
refuse_options(const struct evert_endpoint *e,
	       bool given, const char *place)
{
	if (!given)
		return NULL;
	return evert_failure_create_at(place, EVERT_BAD_OPTION, 0,
				       "bad socket option: a socket that is "
				       "there already (%s) takes none",
				       evert_endpoint_string(e));
}

static struct evert_deferred *inherited_stream(
	struct evert_reactor *reactor, const struct evert_endpoint *endpoint,
	struct evert_factory *factory,
	const struct evert_socket_options *options, const char *place)
{
	struct evert_stream_plan plan = {
		.base = {
			.reactor = reactor,
			.endpoint = endpoint,
			.place = place,
			.source = endpoint->scheme == &evert_scheme_fd ?
					  &fd_source :
					  &systemd_source,
			.failure = refuse_options(endpoint, options,
						  place),
		},
		.factory = factory,
	};

	return evert_stream_opening_begin(&plan);
}

static struct evert_deferred *inherited_datagram(
	struct evert_reactor *reactor, const struct evert_endpoint *endpoint,
	struct evert_datagram_protocol *protocol,
	const struct evert_datagram_options *options, const char *place)
{
	struct evert_datagram_plan plan = {
		.base = {
			.reactor = reactor,
			.endpoint = endpoint,
			.place = place,
			.source = endpoint->scheme == &evert_scheme_fd ?
					  &fd_datagram_source :
					  &systemd_datagram_source,
			.failure = refuse_options(endpoint, options, place),
		},
		.connects = !evert_endpoint_listens(endpoint),
		.protocol = protocol,
	};

	return evert_datagram_opening_begin(&plan);
}

static const struct evert_endpoint_parameter fd_parameters[] = {
	{ "number", EVERT_VALUE_NUMBER, true, 0, 0, INT_MAX },
	{ .name = NULL },
};

static const struct evert_endpoint_parameter systemd_parameters[] = {
	{ .name = "name", .kind = EVERT_VALUE_TEXT, .mandatory = true },
	{ .name = NULL },
};

struct evert_endpoint_scheme evert_scheme_fd = {
	.name = "fd",
	.form = "fd:NUMBER",
	.parameters = fd_parameters,
	.connect = inherited_stream,
	.listen = inherited_stream,
	.connect_datagram = inherited_datagram,
	.listen_datagram = inherited_datagram,
	.next = &evert_scheme_systemd,
};

struct evert_endpoint_scheme evert_scheme_systemd = {
	.name = "systemd",
	.form = "systemd:NAME",
	.parameters = systemd_parameters,
	.connect = inherited_stream,
	.listen = inherited_stream,
	.connect_datagram = inherited_datagram,
	.listen_datagram = inherited_datagram,
};
