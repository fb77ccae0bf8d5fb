/* SPDX-License-Identifier: MIT */
/* System calls about sockets, but for what goes through them. */
#include "calls_internal.h"

/* ---- Sockets ---- */

static int check_ip(int type, int protocol)
{
	int own = type == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP;

	if (type != SOCK_STREAM && type != SOCK_DGRAM)
		return -ESOCKTNOSUPPORT;
	return protocol && protocol != own ? -EPROTONOSUPPORT : 0;
}

static int check_unix(int type, int protocol)
{
	if (protocol && protocol != PF_UNIX)
		return -EPROTONOSUPPORT;
	return type == SOCK_STREAM || type == SOCK_DGRAM ||
			       type == SOCK_SEQPACKET
		       ? 0
		       : -ESOCKTNOSUPPORT;
}

/* What can't be is told before that there are too many. */
static int check(struct evert_system *system, int domain, int type,
		 int protocol)
{
	int error;

	if (type < 0 || type > SOCK_PACKET)
		return -EINVAL;
	if (domain == AF_INET || domain == AF_INET6)
		error = check_ip(type, protocol);
	else if (domain == AF_UNIX)
		error = check_unix(type, protocol);
	else
		error = -EAFNOSUPPORT;
	return error ? error : evert_sim_call_may_open(system, 1);
}

static int create(struct evert_system *system, int domain, int type,
		  int protocol)
{
	struct evert_sim_host *host = evert_sim_host_from(system);
	int error;

	type &= ~(SOCK_NONBLOCK | SOCK_CLOEXEC);
	error = check(system, domain, type, protocol);
	if (error)
		return error;
	if (domain == AF_UNIX)
		return evert_sim_unix_create(host, type);
	return type == SOCK_STREAM ? evert_sim_tcp_create(host, domain)
				   : evert_sim_udp_create(host, domain);
}

int evert_sim_call_socket(struct evert_system *system, int domain, int type,
			  int protocol)
{
	return (int)evert_sim_call_outcome(
		system, "socket", domain,
		create(system, domain, type, protocol));
}

/* bind(2) or connect(2), which not every socket has, unless there is an error.
 */
static int call_at(struct evert_system *system, const char *what, int fd,
		   int error,
		   int (*call)(struct evert_sim_file *file,
			       const struct evert_address *where),
		   const struct sockaddr *address, socklen_t length)
{
	struct evert_address where;

	if (!error)
		error = evert_sim_read_address(&where, address, length);
	if (!error)
		error = call ? call(evert_sim_call_file(system, fd), &where)
			     : -EOPNOTSUPP;
	return (int)evert_sim_call_outcome(system, what, fd, error);
}

int evert_sim_call_bind(struct evert_system *system, int fd,
			const struct sockaddr *address, socklen_t length)
{
	int error;
	const struct evert_sim_socket_ops *ops =
		evert_sim_call_socket_ops(system, fd, &error);

	return call_at(system, "bind", fd, error, ops ? ops->bind : NULL,
		       address, length);
}

int evert_sim_call_listen(struct evert_system *system, int fd, int backlog)
{
	int error;
	const struct evert_sim_socket_ops *ops =
		evert_sim_call_socket_ops(system, fd, &error);

	if (!error)
		error = ops->listen
				? ops->listen(evert_sim_call_file(system, fd),
					      backlog)
				: -EOPNOTSUPP;
	return (int)evert_sim_call_outcome(system, "listen", fd, error);
}

int evert_sim_call_accept(struct evert_system *system, int fd,
			  struct sockaddr *address, socklen_t *length)
{
	struct evert_sim_file *made = NULL;
	struct evert_address peer;
	int error;
	const struct evert_sim_socket_ops *ops =
		evert_sim_call_socket_ops(system, fd, &error);

	if (!error && !ops->accept)
		error = -EOPNOTSUPP;
	if (!error) /* asked first (accept(2)) */
		error = evert_sim_call_may_open(system, 1);
	if (!error)
		made = ops->accept(evert_sim_call_file(system, fd), &peer,
				   &error);
	if (made) {
		error = evert_sim_descriptor_make(made);
		if (address)
			evert_sim_write_address(&peer, address, length);
	}
	return (int)evert_sim_call_outcome(system, "accept", fd, error);
}

int evert_sim_call_connect(struct evert_system *system, int fd,
			   const struct sockaddr *address, socklen_t length)
{
	int error;
	const struct evert_sim_socket_ops *ops =
		evert_sim_call_socket_ops(system, fd, &error);

	return call_at(system, "connect", fd, error, ops ? ops->connect : NULL,
		       address, length);
}

int evert_sim_call_shutdown(struct evert_system *system, int fd, int how)
{
	int error;
	const struct evert_sim_socket_ops *ops =
		evert_sim_call_socket_ops(system, fd, &error);

	if (!error && (how < SHUT_RD || how > SHUT_RDWR))
		error = -EINVAL;
	if (!error)
		error = ops->shutdown(evert_sim_call_file(system, fd), how);
	return (int)evert_sim_call_outcome(system, "shutdown", fd, error);
}

int evert_sim_call_unacknowledged(struct evert_system *system, int fd)
{
	int error;
	const struct evert_sim_socket_ops *ops =
		evert_sim_call_socket_ops(system, fd, &error);

	return error ? error
		     : ops->unacknowledged(evert_sim_call_file(system, fd));
}

int evert_sim_call_getsockopt(struct evert_system *system, int fd, int level,
			      int option, void *value, socklen_t *length)
{
	/* The peer of a socket that can't know it. */
	const struct ucred nobody = {0, (uid_t)-1, (gid_t)-1};
	int error;
	const struct evert_sim_socket_ops *ops =
		evert_sim_call_socket_ops(system, fd, &error);

	if (!error)
		error = ops->get(evert_sim_call_file(system, fd), level, option,
				 value, length);
	if (error == -ENOPROTOOPT && level == SOL_SOCKET &&
	    option == SO_PEERCRED)
		error = evert_sim_give(&nobody, sizeof(nobody), value, length);
	return (int)evert_sim_call_outcome(system, "getsockopt", fd, error);
}

int evert_sim_call_setsockopt(struct evert_system *system, int fd, int level,
			      int option, const void *value, socklen_t length)
{
	int error;
	const struct evert_sim_socket_ops *ops =
		evert_sim_call_socket_ops(system, fd, &error);

	if (!error)
		error = ops->set ? ops->set(evert_sim_call_file(system, fd),
					    level, option, value, length)
				 : -ENOPROTOOPT;
	return (int)evert_sim_call_outcome(system, "setsockopt", fd, error);
}

static int get_name(struct evert_system *system, int fd, bool peer,
		    struct sockaddr *address, socklen_t *length)
{
	struct evert_address name;
	int error;
	const struct evert_sim_socket_ops *ops =
		evert_sim_call_socket_ops(system, fd, &error);

	if (!error)
		error = ops->name(evert_sim_call_file(system, fd), peer, &name);
	if (!error)
		evert_sim_write_address(&name, address, length);
	return error;
}

int evert_sim_call_getsockname(struct evert_system *system, int fd,
			       struct sockaddr *address, socklen_t *length)
{
	return get_name(system, fd, false, address, length);
}

int evert_sim_call_getpeername(struct evert_system *system, int fd,
			       struct sockaddr *address, socklen_t *length)
{
	return get_name(system, fd, true, address, length);
}
