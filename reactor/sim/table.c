/* SPDX-License-Identifier: MIT */
/* The table of system calls: each is told of, with what came of it. */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>

#include "absent_internal.h"
#include "file_internal.h"

static struct evert_sim_host *from(struct evert_system *system)
{
	return evert_sim_host_from(system);
}

static struct evert_sim_file *file_at(struct evert_system *system, int fd)
{
	return evert_sim_file_at(from(system), fd);
}

/* What the call gives. */
static long outcome(struct evert_system *system, const char *what, int fd,
		    long result)
{
	evert_sim_tell(from(system), what, fd, result);
	return result;
}

/* Those of the socket `fd`, or `*error`. */
static const struct evert_sim_socket_ops *socket_at(struct evert_system *system,
						    int fd, int *error)
{
	struct evert_sim_file *file = file_at(system, fd);

	*error = !file ? -EBADF : !file->ops->socket ? -ENOTSOCK : 0;
	return *error ? NULL : file->ops->socket;
}

/* May `count` more be opened? */
static int may_open(struct evert_system *system, size_t count)
{
	const struct evert_sim_host *host = from(system);

	return host->open_most < count || host->open > host->open_most - count
		       ? -EMFILE
		       : 0;
}

/* ---- Sockets ---- */

static int create(struct evert_system *system, int domain, int type)
{
	int error = may_open(system, 1);
	bool is_ip = domain == AF_INET || domain == AF_INET6;

	if (error)
		return error;
	if (!is_ip && domain != AF_UNIX)
		return -EAFNOSUPPORT;
	if (is_ip && (type & 0xf) == SOCK_STREAM)
		return evert_sim_tcp_create(from(system), domain);
	if (is_ip && (type & 0xf) == SOCK_DGRAM)
		return evert_sim_udp_create(from(system), domain);
	return -EPROTONOSUPPORT;
}

static int sim_socket(struct evert_system *system, int domain, int type,
		      int protocol)
{
	(void)protocol;
	return (int)outcome(system, "socket", domain,
			    create(system, domain, type));
}

/* bind(2) or connect(2), which not every socket has, unless there is an error. */
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
		error = call ? call(file_at(system, fd), &where) : -EOPNOTSUPP;
	return (int)outcome(system, what, fd, error);
}

static int sim_bind(struct evert_system *system, int fd,
		    const struct sockaddr *address, socklen_t length)
{
	int error;
	const struct evert_sim_socket_ops *ops = socket_at(system, fd, &error);

	return call_at(system, "bind", fd, error, ops ? ops->bind : NULL,
		       address, length);
}

static int sim_listen(struct evert_system *system, int fd, int backlog)
{
	int error;
	const struct evert_sim_socket_ops *ops = socket_at(system, fd, &error);

	if (!error)
		error = ops->listen ? ops->listen(file_at(system, fd), backlog)
				    : -EOPNOTSUPP;
	return (int)outcome(system, "listen", fd, error);
}

static int sim_accept(struct evert_system *system, int fd,
		      struct sockaddr *address, socklen_t *length)
{
	struct evert_sim_file *made = NULL;
	struct evert_address peer;
	int error;
	const struct evert_sim_socket_ops *ops = socket_at(system, fd, &error);

	if (!error && !ops->accept)
		error = -EOPNOTSUPP;
	if (!error) /* asked first (accept(2)) */
		error = may_open(system, 1);
	if (!error)
		made = ops->accept(file_at(system, fd), &peer, &error);
	if (made) {
		error = evert_sim_descriptor_make(made);
		if (address)
			evert_sim_write_address(&peer, address, length);
	}
	return (int)outcome(system, "accept", fd, error);
}

static int sim_connect(struct evert_system *system, int fd,
		       const struct sockaddr *address, socklen_t length)
{
	int error;
	const struct evert_sim_socket_ops *ops = socket_at(system, fd, &error);

	return call_at(system, "connect", fd, error, ops ? ops->connect : NULL,
		       address, length);
}

static int sim_shutdown(struct evert_system *system, int fd, int how)
{
	int error;
	const struct evert_sim_socket_ops *ops = socket_at(system, fd, &error);

	if (!error)
		error = ops->shutdown(file_at(system, fd), how);
	return (int)outcome(system, "shutdown", fd, error);
}

static int sim_unacknowledged(struct evert_system *system, int fd)
{
	int error;
	const struct evert_sim_socket_ops *ops = socket_at(system, fd, &error);

	return error ? error : ops->unacknowledged(file_at(system, fd));
}

static int sim_getsockopt(struct evert_system *system, int fd, int level,
			  int option, void *value, socklen_t *length)
{
	int error;
	const struct evert_sim_socket_ops *ops = socket_at(system, fd, &error);

	if (!error)
		error = ops->get(file_at(system, fd), level, option, value,
				 length);
	return (int)outcome(system, "getsockopt", fd, error);
}

static int sim_setsockopt(struct evert_system *system, int fd, int level,
			  int option, const void *value, socklen_t length)
{
	int error;
	const struct evert_sim_socket_ops *ops = socket_at(system, fd, &error);

	if (!error)
		error = ops->set ? ops->set(file_at(system, fd), level, option,
					    value, length)
				 : -ENOPROTOOPT;
	return (int)outcome(system, "setsockopt", fd, error);
}

static int get_name(struct evert_system *system, int fd, bool peer,
		    struct sockaddr *address, socklen_t *length)
{
	struct evert_address name;
	int error;
	const struct evert_sim_socket_ops *ops = socket_at(system, fd, &error);

	if (!error)
		error = ops->name(file_at(system, fd), peer, &name);
	if (!error)
		evert_sim_write_address(&name, address, length);
	return error;
}

static int sim_getsockname(struct evert_system *system, int fd,
			   struct sockaddr *address, socklen_t *length)
{
	return get_name(system, fd, false, address, length);
}

static int sim_getpeername(struct evert_system *system, int fd,
			   struct sockaddr *address, socklen_t *length)
{
	return get_name(system, fd, true, address, length);
}

/* ---- Bytes ---- */

static ssize_t read_from(struct evert_system *system, int fd, void *data,
			 size_t size, bool peek)
{
	struct evert_sim_file *file = file_at(system, fd);

	if (!file)
		return -EBADF;
	if (!size && !peek)
		return 0; /* whatever it is */
	return file->ops->read ? file->ops->read(file, data, size, peek)
			       : -EINVAL;
}

static ssize_t write_to(struct evert_system *system, int fd,
			const struct iovec *parts, int count)
{
	struct evert_sim_file *file = file_at(system, fd);

	if (!file)
		return -EBADF;
	return file->ops->write ? file->ops->write(file, parts, count)
				: -EINVAL;
}

static ssize_t sim_read(int fd, void *data, size_t size,
			struct evert_system *system)
{
	return outcome(system, "read", fd,
		       read_from(system, fd, data, size, false));
}

static ssize_t sim_peek(struct evert_system *system, int fd, void *data,
			size_t size)
{
	int error;

	if (!socket_at(system, fd, &error))
		return error;
	return outcome(system, "peek", fd,
		       read_from(system, fd, data, size, true));
}

static ssize_t sim_writev(struct evert_system *system, int fd,
			  const struct iovec *parts, int count)
{
	return outcome(system, "write", fd, write_to(system, fd, parts, count));
}

static ssize_t sim_write(struct evert_system *system, int fd, const void *data,
			 size_t size)
{
	const struct iovec part = {(void *)data, size};

	return sim_writev(system, fd, &part, 1);
}

static ssize_t sim_sendv(struct evert_system *system, int fd,
			 const struct iovec *parts, int count)
{
	int error;

	if (!socket_at(system, fd, &error))
		return error;
	return outcome(system, "send", fd, write_to(system, fd, parts, count));
}

static ssize_t sim_send(int fd, const void *data, size_t size,
			struct evert_system *system)
{
	const struct iovec part = {(void *)data, size};

	return sim_sendv(system, fd, &part, 1);
}

/* ---- Messages ---- */

static ssize_t sim_recvmsg(struct evert_system *system, int fd,
			   struct msghdr *message, int flags)
{
	ssize_t size;
	int error;
	const struct evert_sim_socket_ops *ops = socket_at(system, fd, &error);

	if (!error && !ops->receive)
		error = -EOPNOTSUPP;
	size = error ? error
		     : ops->receive(file_at(system, fd), message, flags);
	return outcome(system, "recvmsg", fd, size);
}

static ssize_t sim_sendmsg(struct evert_system *system, int fd,
			   const struct msghdr *message, int flags)
{
	ssize_t size;
	int error;
	const struct evert_sim_socket_ops *ops = socket_at(system, fd, &error);

	(void)flags;
	if (!error && !ops->send)
		error = -EOPNOTSUPP;
	size = error ? error : ops->send(file_at(system, fd), message);
	return outcome(system, "sendmsg", fd, size);
}

/* What fails behind the first is told by the next call. */
static int sim_recvmmsg(struct evert_system *system, int fd,
			struct mmsghdr *messages, unsigned count, int flags)
{
	ssize_t size = 0;
	unsigned i;

	for (i = 0; i < count; i++) {
		size = sim_recvmsg(system, fd, &messages[i].msg_hdr, flags);
		if (size < 0)
			break;
		messages[i].msg_len = (unsigned)size;
	}
	return i ? (int)i : (int)size;
}

static int sim_sendmmsg(struct evert_system *system, int fd,
			struct mmsghdr *messages, unsigned count, int flags)
{
	ssize_t size = 0;
	unsigned i;

	for (i = 0; i < count; i++) {
		size = sim_sendmsg(system, fd, &messages[i].msg_hdr, flags);
		if (size < 0)
			break;
		messages[i].msg_len = (unsigned)size;
	}
	return i ? (int)i : (int)size;
}

/* ---- Descriptors ---- */

static int sim_close(struct evert_system *system, int fd)
{
	return (int)outcome(system, "close", fd,
			    evert_sim_descriptor_close(from(system), fd));
}

static int sim_dup(struct evert_system *system, int fd)
{
	int error = may_open(system, 1);

	if (!error)
		error = evert_sim_descriptor_copy(from(system), fd, -1);
	return (int)outcome(system, "dup", fd, error);
}

static int sim_dup2(struct evert_system *system, int fd, int onto)
{
	if (onto < 0)
		return -EBADF;
	return (int)outcome(system, "dup2", fd,
			    evert_sim_descriptor_copy(from(system), fd, onto));
}

static int sim_fcntl(struct evert_system *system, int fd, int command,
		     int argument)
{
	(void)argument;
	if (!file_at(system, fd))
		return -EBADF;
	switch (command) {
	case F_GETFL:
		return O_RDWR | O_NONBLOCK;
	case F_GETFD:
		return FD_CLOEXEC;
	case F_SETFL:
	case F_SETFD:
		return 0;
	default:
		return -EINVAL;
	}
}

static int sim_fstat(struct evert_system *system, int fd, struct stat *status)
{
	struct evert_sim_file *file = file_at(system, fd);

	if (!file)
		return -EBADF;
	memset(status, 0, sizeof(*status));
	status->st_mode = file->ops->socket ? S_IFSOCK : S_IFIFO;
	return 0;
}

static int sim_pipe(struct evert_system *system, int fds[2])
{
	int error = may_open(system, 2);

	if (!error)
		error = evert_sim_pipe(from(system), fds);
	return (int)outcome(system, "pipe", 0, error);
}

static int sim_socketpair(struct evert_system *system, int fds[2])
{
	int error = may_open(system, 2);

	if (!error)
		error = evert_sim_pair(from(system), fds);
	return (int)outcome(system, "socketpair", 0, error);
}

/* ---- Readiness and time ---- */

static int sim_epoll_create(struct evert_system *system)
{
	int fd = may_open(system, 1);

	if (!fd)
		fd = evert_sim_epoll_create(from(system));
	return (int)outcome(system, "epoll_create", 0, fd);
}

static int sim_epoll_ctl(struct evert_system *system, int epoll, int operation,
			 int fd, struct epoll_event *event)
{
	return (int)outcome(
		system, "epoll_ctl", fd,
		evert_sim_epoll_ctl(from(system), epoll, operation, fd, event));
}

static int sim_epoll_wait(struct evert_system *system, int epoll,
			  struct epoll_event *events, int count,
			  int milliseconds)
{
	return (int)outcome(system, "epoll_wait", milliseconds,
			    evert_sim_epoll_wait(from(system), epoll, events,
						 count, milliseconds));
}

static int sim_poll(struct evert_system *system, struct pollfd *fds,
		    nfds_t count, int milliseconds)
{
	return (int)outcome(
		system, "poll", milliseconds,
		evert_sim_poll(from(system), fds, count, milliseconds));
}

static int sim_random(struct evert_system *system, void *bytes, size_t size)
{
	unsigned char *at = bytes;

	while (size--)
		*at++ = (unsigned char)evert_sim_draw(from(system)->sim);
	return 0;
}

static int64_t sim_now(struct evert_system *system)
{
	return from(system)->sim->now;
}

/* ---- What is not simulated ---- */

static int no_thread(struct evert_system *system, void *(*run)(void *arg),
		     void *arg)
{
	(void)system, (void)run, (void)arg;
	return -EAGAIN;
}

static int no_names(struct evert_system *system, const char *host,
		    const char *port, const struct addrinfo *hints,
		    struct addrinfo **addresses)
{
	(void)system, (void)host, (void)port, (void)hints, (void)addresses;
	return EAI_FAIL;
}

static void free_no_names(struct evert_system *system,
			  struct addrinfo *addresses)
{
	(void)system, (void)addresses;
}

const struct evert_system_ops evert_sim_ops = {
	.socket = sim_socket,
	.bind = sim_bind,
	.listen = sim_listen,
	.accept = sim_accept,
	.connect = sim_connect,
	.read = sim_read,
	.peek = sim_peek,
	.send = sim_send,
	.sendv = sim_sendv,
	.unacknowledged = sim_unacknowledged,
	.shutdown = sim_shutdown,
	.close = sim_close,
	.dup2 = sim_dup2,
	.dup = sim_dup,
	.fcntl = sim_fcntl,
	.getsockopt = sim_getsockopt,
	.setsockopt = sim_setsockopt,
	.getsockname = sim_getsockname,
	.getpeername = sim_getpeername,
	.pipe = sim_pipe,
	.write = sim_write,
	.writev = sim_writev,
	.fstat = sim_fstat,
	.epoll_create = sim_epoll_create,
	.epoll_ctl = sim_epoll_ctl,
	.epoll_wait = sim_epoll_wait,
	.poll = sim_poll,
	.socketpair = sim_socketpair,
	.random = sim_random,
	.now = sim_now,
	.getaddrinfo = no_names,
	.freeaddrinfo = free_no_names,
	.start_thread = no_thread,
	.tcgetattr = evert_sim_no_tcgetattr,
	.tcsetattr = evert_sim_no_tcsetattr,
	.tty_exclusive = evert_sim_no_tty_exclusive,
	.recvmsg = sim_recvmsg,
	.sendmsg = sim_sendmsg,
	.recvmmsg = sim_recvmmsg,
	.sendmmsg = sim_sendmmsg,
	.open = evert_sim_no_open,
	.pread = evert_sim_no_pread,
	.pwrite = evert_sim_no_pwrite,
	.fsync = evert_sim_no_fsync,
	.rename = evert_sim_no_rename,
	.lstat = evert_sim_no_lstat,
	.fchmod = evert_sim_no_fchmod,
	.chmod = evert_sim_no_chmod,
	.chown = evert_sim_no_chown,
	.unlink = evert_sim_no_unlink,
	.spawn = evert_sim_no_spawn,
	.waitid = evert_sim_no_waitid,
	.pty = evert_sim_no_pty,
	.pty_resize = evert_sim_no_pty_resize,
	.pty_slave = evert_sim_no_pty_slave,
	.pty_name = evert_sim_no_pty_name,
	.kill = evert_sim_no_kill,
	.pidfd_send_signal = evert_sim_no_pidfd_send_signal,
};
