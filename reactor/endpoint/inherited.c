/* SPDX-License-Identifier: MIT */
/* fd:NUMBER and systemd:NAME: sockets that are there already. */
#include <errno.h>
#include <stdio.h>

#include "../transport/adopt_internal.h"
#include "builtin_internal.h"
#include "listen.h"
#include "systemd_internal.h"

static struct evert_failure *cannot(const struct evert_endpoint *e, int error,
				    const char *place, const char *why)
{
	bool listens = evert_endpoint_listens(e);
	struct evert_failure *failure = evert_failure_create_at(
		place, listens ? EVERT_LISTEN_FAILED : EVERT_CONNECT_FAILED, 0,
		"cannot %s %s: %s", listens ? "listen on" : "connect to",
		evert_endpoint_string(e), why);

	evert_failure_set_error(failure, error);
	return failure;
}

static struct evert_failure *adopted(struct evert_resolution *resolution,
				     const struct evert_address *address,
				     int fd)
{
	struct evert_failure *failure =
		evert_resolution_set(resolution, address);

	if (!failure)
		resolution->fd = fd;
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

/* Of a stream. */
static struct evert_failure *adopt(struct evert_resolution *resolution,
				   const struct evert_endpoint *e, int fd)
{
	struct evert_reactor *reactor = resolution->reactor;
	bool listens = evert_endpoint_listens(e);
	struct evert_address address;
	int error = evert_adopt_check(reactor, fd, listens);

	if (!error)
		error = get_address(reactor->system, fd, listens, &address);
	if (error)
		return cannot(e, -error, resolution->place,
			      evert_adopt_error_text(error, listens));
	return adopted(resolution, &address, fd);
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

static struct evert_failure *
adopt_datagram(struct evert_resolution *resolution,
	       const struct evert_endpoint *e, int fd)
{
	struct evert_reactor *reactor = resolution->reactor;
	struct evert_address address;
	int error = evert_adopt_check_datagram(reactor, fd);

	if (!error)
		error = check_peer(reactor, fd, evert_endpoint_listens(e),
				   &address);
	if (error)
		return cannot(e, -error, resolution->place,
			      error == -EISCONN ?
				      "it is connected" :
				      evert_adopt_datagram_error_text(error));
	return adopted(resolution, &address, fd);
}

static void name(const struct evert_endpoint *e, char *text, size_t size)
{
	snprintf(text, size, "%s", evert_endpoint_string(e));
}

/* ---- fd ---- */

static int number_of(const struct evert_endpoint *e)
{
	return (int)evert_endpoint_number(e, "number", -1);
}

static struct evert_failure *find_fd(struct evert_resolution *resolution,
				     const struct evert_endpoint *e)
{
	return adopt(resolution, e, number_of(e));
}

static struct evert_failure *
find_datagram_fd(struct evert_resolution *resolution,
		 const struct evert_endpoint *e)
{
	return adopt_datagram(resolution, e, number_of(e));
}

static const struct evert_opening_source fd_source = { find_fd, name };
static const struct evert_opening_source fd_datagram_source = {
	find_datagram_fd, name
};

const struct evert_builtin_kind evert_fd_kind = {
	.source = &fd_source,
	.datagram_source = &fd_datagram_source,
	.is_there = true,
};

const struct evert_endpoint_parameter evert_fd_parameters[] = {
	{ "number", EVERT_VALUE_NUMBER, true, 0, 0, INT_MAX },
	{ .name = NULL },
};

/* ---- systemd ---- */

typedef struct evert_failure *(*adopter)(struct evert_resolution *resolution,
					 const struct evert_endpoint *e,
					 int fd);

static struct evert_failure *find_passed(struct evert_resolution *resolution,
					 const struct evert_endpoint *e,
					 adopter adopt_it)
{
	char why[EVERT_SYSTEMD_WHY_SIZE];
	int fd = evert_systemd_find(evert_endpoint_value(e, "name"), why);

	if (fd < 0)
		return cannot(e, -fd, resolution->place, why);
	return adopt_it(resolution, e, fd);
}

static struct evert_failure *find_systemd(struct evert_resolution *resolution,
					  const struct evert_endpoint *e)
{
	return find_passed(resolution, e, adopt);
}

static struct evert_failure *
find_datagram_systemd(struct evert_resolution *resolution,
		      const struct evert_endpoint *e)
{
	return find_passed(resolution, e, adopt_datagram);
}

static const struct evert_opening_source systemd_source = { find_systemd,
							    name };
static const struct evert_opening_source systemd_datagram_source = {
	find_datagram_systemd, name
};

const struct evert_builtin_kind evert_systemd_kind = {
	.source = &systemd_source,
	.datagram_source = &systemd_datagram_source,
	.is_there = true,
};

const struct evert_endpoint_parameter evert_systemd_parameters[] = {
	{ .name = "name", .kind = EVERT_VALUE_TEXT, .mandatory = true },
	{ .name = NULL },
};
