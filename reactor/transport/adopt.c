/* SPDX-License-Identifier: MIT */
#include "adopt_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "connection_internal.h"
#include "port_internal.h"

/* A number that getsockopt(2) knows; or -errno. */
static int ask(struct evert_system *system, int fd, int option)
{
	int value = 0;
	socklen_t length = sizeof(value);
	int error = system->ops->getsockopt(system, fd, SOL_SOCKET, option,
					    &value, &length);

	return error ? error : value;
}

static int get_peer(struct evert_system *system, int fd,
		    struct evert_address *peer)
{
	peer->length = sizeof(peer->as);
	return system->ops->getpeername(system, fd, &peer->as.any,
					&peer->length);
}

static int check_state(struct evert_system *system, int fd, bool listens)
{
	struct evert_address peer;
	int is = ask(system, fd, SO_ACCEPTCONN);

	if (is < 0)
		return is;
	if (!is == listens)
		return -EINVAL;
	return listens ? 0 : get_peer(system, fd, &peer);
}

int evert_adopt_set_flags(struct evert_system *system, int fd)
{
	int flags = system->ops->fcntl(system, fd, F_GETFL, 0);
	int error;

	if (flags < 0)
		return flags;
	error = system->ops->fcntl(system, fd, F_SETFD, FD_CLOEXEC);
	if (error)
		return error;
	return system->ops->fcntl(system, fd, F_SETFL, flags | O_NONBLOCK);
}

static int check_type(struct evert_reactor *reactor, int fd, int *wanted)
{
	int type;

	if (reactor->shutting_down)
		return -ESHUTDOWN;
	type = ask(reactor->system, fd, SO_TYPE);
	if (type < 0)
		return type;
	if (type == SOCK_SEQPACKET && *wanted == SOCK_DGRAM)
		*wanted = type;
	if (type != *wanted)
		return -EPROTOTYPE;
	return evert_watch_of(reactor, fd) ? -EEXIST : 0;
}

int evert_adopt_check(struct evert_reactor *reactor, int fd, bool listens)
{
	int type = SOCK_STREAM, error = check_type(reactor, fd, &type);

	if (!error)
		error = check_state(reactor->system, fd, listens);
	return error ? error : evert_adopt_set_flags(reactor->system, fd);
}

int evert_adopt_connected(struct evert_reactor *reactor, int fd,
			  struct evert_address *peer)
{
	int error = evert_adopt_check(reactor, fd, false);

	if (!error)
		error = get_peer(reactor->system, fd, peer);
	if (!error)
		evert_address_unmap(peer);
	return error;
}

/* One that is neither bound nor connected has no port, or no name. */
static int check_datagram_state(struct evert_system *system, int fd)
{
	struct evert_address host = { .length = sizeof(host.as) }, peer;
	int error = system->ops->getsockname(system, fd, &host.as.any,
					     &host.length);

	if (error)
		return error;
	if (host.as.any.sa_family == AF_UNIX) {
		if (host.length > sizeof(sa_family_t))
			return 0;
	} else if (host.as.any.sa_family != AF_INET &&
		   host.as.any.sa_family != AF_INET6) {
		return -EAFNOSUPPORT;
	} else if (evert_address_port(&host)) {
		return 0;
	}
	return get_peer(system, fd, &peer) ? -EINVAL : 0;
}

static int check_seqpacket(struct evert_system *system, int fd)
{
	struct evert_address peer;
	int error = get_peer(system, fd, &peer);

	if (error == -ENOTCONN)
		return -EINVAL;
	if (!error && peer.as.any.sa_family != AF_UNIX)
		return -EAFNOSUPPORT;
	return error;
}

int evert_adopt_check_datagram(struct evert_reactor *reactor, int fd)
{
	int type = SOCK_DGRAM, error = check_type(reactor, fd, &type);

	if (!error && type == SOCK_SEQPACKET)
		error = check_seqpacket(reactor->system, fd);
	else if (!error)
		error = check_datagram_state(reactor->system, fd);
	return error ? error : evert_adopt_set_flags(reactor->system, fd);
}

const char *evert_adopt_datagram_error_text(int error)
{
	switch (error < 0 ? -error : error) {
	case EPROTOTYPE:
		return "it is no datagram socket";
	case EINVAL:
		return "it is neither bound nor connected";
	default:
		return evert_adopt_error_text(error, false);
	}
}

const char *evert_adopt_error_text(int error, bool listens)
{
	switch (error < 0 ? -error : error) {
	case EBADF:
		return "it is not open";
	case ENOTSOCK:
		return "it is no socket";
	case EPROTOTYPE:
		return "it is no stream socket";
	case EAFNOSUPPORT:
		return "it is neither IPv4, nor IPv6, nor UNIX";
	case EEXIST:
		return "the reactor has it already";
	case EINVAL:
		return listens ? "it does not listen" : "it listens";
	case ENOTCONN:
		return "it is not connected";
	default:
		return strerror(error < 0 ? -error : error);
	}
}

struct evert_port *evert_port_adopt(struct evert_reactor *reactor, int fd,
				    struct evert_factory *factory)
{
	struct evert_port *port;
	struct evert_result result;
	int error;

	evert_reactor_check_thread(reactor, "evert_port_adopt");
	evert_factory_check(factory);
	error = evert_adopt_check(reactor, fd, true);
	if (!error)
		error = evert_port_open_at(&port, reactor, factory, fd);
	if (error) {
		errno = -error;
		return NULL;
	}
	result = evert_port_result(port);
	return evert_port_take(&result);
}

struct evert_protocol *evert_connection_adopt(struct evert_reactor *reactor,
					      int fd,
					      struct evert_factory *factory)
{
	struct evert_protocol *protocol;
	struct evert_address peer;
	int error;

	evert_reactor_check_thread(reactor, "evert_connection_adopt");
	evert_factory_check(factory);
	error = evert_adopt_connected(reactor, fd, &peer);
	if (error) {
		errno = -error;
		return NULL;
	}
	protocol = evert_connection_open(reactor, fd, factory, &peer, NULL);
	if (protocol) /* who made it may have it open */
		evert_watch_share(
			&evert_connection_from(protocol->transport)->watch);
	return protocol;
}
