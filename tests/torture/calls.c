/* SPDX-License-Identifier: MIT */
/* The kernel, whose calls may fail: in the place of evert_system_real, so
   below whatever system a test makes of it. `random` is not among them: from
   getrandom(2), once the kernel is up, random numbers always come. */
#include "torture.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <sys/epoll.h>
#include <sys/stat.h>

#include "../../reactor/system/system.h"

struct evert_system *__real_evert_system_real(void);
struct evert_system *__wrap_evert_system_real(void);

#define KERNEL __real_evert_system_real()

/* Fails with one of the errnos, or does what the kernel does. */
#define CALL(type, name, parameters, arguments, ...) \
	static type may_##name parameters \
	{ \
		static const int errors[] = {__VA_ARGS__}; \
		int error = fault(#name, errors, \
				  sizeof(errors) / sizeof(errors[0])); \
\
		(void)system; \
		return error ? error : KERNEL->ops->name arguments; \
	}

CALL(int, socket,
     (struct evert_system * system, int domain, int type, int protocol),
     (KERNEL, domain, type, protocol), EMFILE, ENFILE, ENOBUFS, ENOMEM)
CALL(int, bind,
     (struct evert_system * system, int fd, const struct sockaddr *address,
      socklen_t length),
     (KERNEL, fd, address, length), EADDRINUSE, EACCES, ENOMEM)
CALL(int, listen, (struct evert_system * system, int fd, int backlog),
     (KERNEL, fd, backlog), EADDRINUSE)
CALL(int, accept,
     (struct evert_system * system, int fd, struct sockaddr *address,
      socklen_t *length),
     (KERNEL, fd, address, length), EMFILE, ECONNABORTED, ENFILE, EAGAIN, EINTR,
     ENOBUFS, ENOMEM, EPROTO)
CALL(int, connect,
     (struct evert_system * system, int fd, const struct sockaddr *address,
      socklen_t length),
     (KERNEL, fd, address, length), ECONNREFUSED, ENETUNREACH, EADDRNOTAVAIL,
     EAGAIN, EACCES)
CALL(ssize_t, read,
     (int fd, void *data, size_t size, struct evert_system *system),
     (fd, data, size, KERNEL), EAGAIN, ECONNRESET, EINTR, ENOMEM, ETIMEDOUT,
     EIO)
CALL(ssize_t, peek,
     (struct evert_system * system, int fd, void *data, size_t size),
     (KERNEL, fd, data, size), EAGAIN, ECONNRESET, EINTR, ENOMEM)
CALL(ssize_t, send,
     (int fd, const void *data, size_t size, struct evert_system *system),
     (fd, data, size, KERNEL), EAGAIN, EPIPE, EINTR, ENOBUFS, ECONNRESET,
     ENOMEM)
CALL(ssize_t, sendv,
     (struct evert_system * system, int fd, const struct iovec *parts,
      int count),
     (KERNEL, fd, parts, count), EAGAIN, EPIPE, EINTR, ENOBUFS, ECONNRESET,
     ENOMEM)
CALL(ssize_t, splice,
     (struct evert_system * system, int from, int to, size_t length),
     (KERNEL, from, to, length), EAGAIN, EINVAL, ENOMEM, ECONNRESET)
CALL(ssize_t, sendfile,
     (struct evert_system * system, int to, int from, off_t offset,
      size_t length),
     (KERNEL, to, from, offset, length), EAGAIN, EINVAL, EIO, ENOMEM, EPIPE)
CALL(int, unacknowledged, (struct evert_system * system, int fd), (KERNEL, fd),
     EINVAL)
CALL(int, shutdown, (struct evert_system * system, int fd, int how),
     (KERNEL, fd, how), ENOTCONN)
CALL(int, dup, (struct evert_system * system, int fd), (KERNEL, fd), EMFILE)
CALL(int, getsockopt,
     (struct evert_system * system, int fd, int level, int option, void *value,
      socklen_t *length),
     (KERNEL, fd, level, option, value, length), ENOBUFS, ENOPROTOOPT)
CALL(int, setsockopt,
     (struct evert_system * system, int fd, int level, int option,
      const void *value, socklen_t length),
     (KERNEL, fd, level, option, value, length), ENOMEM, ENOPROTOOPT, EINVAL)
CALL(int, getsockname,
     (struct evert_system * system, int fd, struct sockaddr *address,
      socklen_t *length),
     (KERNEL, fd, address, length), ENOBUFS)
CALL(int, getpeername,
     (struct evert_system * system, int fd, struct sockaddr *address,
      socklen_t *length),
     (KERNEL, fd, address, length), ENOTCONN, ENOBUFS)
CALL(int, pipe, (struct evert_system * system, int fds[2]), (KERNEL, fds),
     EMFILE, ENFILE)
CALL(int, socketpair, (struct evert_system * system, int fds[2]), (KERNEL, fds),
     EMFILE, ENFILE, ENOMEM)
CALL(ssize_t, writev,
     (struct evert_system * system, int fd, const struct iovec *parts,
      int count),
     (KERNEL, fd, parts, count), EAGAIN, EPIPE, EINTR, EIO)
CALL(int, fstat, (struct evert_system * system, int fd, struct stat *status),
     (KERNEL, fd, status), ENOMEM)
CALL(int, tcgetattr,
     (struct evert_system * system, int fd, struct termios *modes),
     (KERNEL, fd, modes), EIO)
CALL(int, tcsetattr,
     (struct evert_system * system, int fd, const struct termios *modes),
     (KERNEL, fd, modes), EIO, EINTR)
CALL(int, tty_exclusive, (struct evert_system * system, int fd, bool is),
     (KERNEL, fd, is), EIO)
CALL(ssize_t, recvmsg,
     (struct evert_system * system, int fd, struct msghdr *message, int flags),
     (KERNEL, fd, message, flags), EAGAIN, ECONNRESET, EINTR, ENOMEM)
CALL(ssize_t, sendmsg,
     (struct evert_system * system, int fd, const struct msghdr *message,
      int flags),
     (KERNEL, fd, message, flags), EAGAIN, ENOBUFS, EINTR, ENOMEM, EPIPE)
CALL(int, recvmmsg,
     (struct evert_system * system, int fd, struct mmsghdr *messages,
      unsigned count, int flags),
     (KERNEL, fd, messages, count, flags), EAGAIN, ECONNREFUSED, EINTR, ENOMEM)
CALL(int, sendmmsg,
     (struct evert_system * system, int fd, struct mmsghdr *messages,
      unsigned count, int flags),
     (KERNEL, fd, messages, count, flags), EAGAIN, ENOBUFS, EINTR, ECONNREFUSED,
     ENETUNREACH)
CALL(int, open,
     (struct evert_system * system, const char *path, int flags, mode_t mode),
     (KERNEL, path, flags, mode), EMFILE, EACCES, EINTR, ENOENT)
CALL(ssize_t, pread,
     (struct evert_system * system, int fd, void *data, size_t size,
      off_t offset),
     (KERNEL, fd, data, size, offset), EIO, EINTR, ENOMEM)
CALL(ssize_t, pwrite,
     (struct evert_system * system, int fd, const void *data, size_t size,
      off_t offset),
     (KERNEL, fd, data, size, offset), ENOSPC, EINTR, EIO)
CALL(int, fsync, (struct evert_system * system, int fd), (KERNEL, fd), EIO,
     ENOSPC)
CALL(int, rename,
     (struct evert_system * system, const char *from, const char *to),
     (KERNEL, from, to), EACCES, ENOSPC)
CALL(int, lstat,
     (struct evert_system * system, const char *path, struct stat *status),
     (KERNEL, path, status), EACCES, ENOENT, ENOMEM)
CALL(int, fchmod, (struct evert_system * system, int fd, mode_t mode),
     (KERNEL, fd, mode), EPERM, EIO)
CALL(int, chmod, (struct evert_system * system, const char *path, mode_t mode),
     (KERNEL, path, mode), EPERM, ENOENT)
CALL(int, chown,
     (struct evert_system * system, const char *path, uid_t owner, gid_t group),
     (KERNEL, path, owner, group), EPERM, ENOENT)
CALL(int, unlink, (struct evert_system * system, const char *path),
     (KERNEL, path), EACCES, ENOENT)
CALL(int, epoll_create, (struct evert_system * system), (KERNEL), EMFILE,
     ENFILE, ENOMEM)
CALL(int, epoll_wait,
     (struct evert_system * system, int epoll, struct epoll_event *events,
      int count, int milliseconds),
     (KERNEL, epoll, events, count, milliseconds), EINTR)
CALL(int, poll,
     (struct evert_system * system, struct pollfd *fds, nfds_t count,
      int milliseconds),
     (KERNEL, fds, count, milliseconds), EINTR, ENOMEM)
CALL(int, epoll_busy_poll,
     (struct evert_system * system, int epoll, uint32_t microseconds,
      uint16_t budget, bool prefer),
     (KERNEL, epoll, microseconds, budget, prefer), ENOTTY, EPERM)
CALL(int, timerfd_create, (struct evert_system * system), (KERNEL), EMFILE,
     ENFILE, ENOMEM)
CALL(int, start_thread,
     (struct evert_system * system, void *(*run)(void *arg), void *arg),
     (KERNEL, run, arg), EAGAIN)
CALL(pid_t, spawn,
     (struct evert_system * system, int (*child)(void *arg), void *arg,
      int *pidfd),
     (KERNEL, child, arg, pidfd), EAGAIN, ENOMEM)
CALL(int, waitid,
     (struct evert_system * system, pid_t pid, int options, int *code,
      int *status, struct rusage *usage),
     (KERNEL, pid, options, code, status, usage), EINTR, ECHILD)
CALL(int, pty,
     (struct evert_system * system, unsigned short rows,
      unsigned short columns),
     (KERNEL, rows, columns), ENOSPC, EMFILE)
CALL(int, pty_resize,
     (struct evert_system * system, int terminal, unsigned short rows,
      unsigned short columns),
     (KERNEL, terminal, rows, columns), EIO)
CALL(int, pty_slave, (struct evert_system * system, int master),
     (KERNEL, master), EIO, EMFILE)
CALL(int, pty_name,
     (struct evert_system * system, int master, char *name, size_t size),
     (KERNEL, master, name, size), EIO)
CALL(int, kill, (struct evert_system * system, pid_t pid, int signal),
     (KERNEL, pid, signal), EPERM)
CALL(int, pidfd_send_signal,
     (struct evert_system * system, int pidfd, int signal),
     (KERNEL, pidfd, signal), EPERM)

/* ---- Those that are not like the others ---- */

/* What has failed is closed all the same, as on Linux. */
static int may_close(struct evert_system *system, int fd)
{
	static const int errors[] = {EINTR, EIO};
	int closed = KERNEL->ops->close(KERNEL, fd);
	int error = closed ? 0 : fault("close", errors, 2);

	(void)system;
	return error ? error : closed;
}

/* A byte into a pipe that does not block: it is taken, or there are many. */
static bool is_pipe(int fd)
{
	struct stat status;

	return !fstat(fd, &status) && S_ISFIFO(status.st_mode);
}

static ssize_t may_write(struct evert_system *system, int fd, const void *data,
			 size_t size)
{
	static const int errors[] = {EINTR, ENOSPC, EIO};
	int error = is_pipe(fd) ? 0 : fault("write", errors, 3);

	(void)system;
	return error ? error : KERNEL->ops->write(KERNEL, fd, data, size);
}

/* To take something out never fails. */
static int may_epoll_ctl(struct evert_system *system, int epoll, int operation,
			 int fd, struct epoll_event *event)
{
	static const int errors[] = {ENOMEM, ENOSPC};
	int error = operation == EPOLL_CTL_DEL ? 0
					       : fault("epoll_ctl", errors, 2);

	(void)system;
	return error ? error
		     : KERNEL->ops->epoll_ctl(KERNEL, epoll, operation, fd,
					      event);
}

/* Nor to ask for flags. */
static int may_fcntl(struct evert_system *system, int fd, int command,
		     int argument)
{
	static const int errors[] = {EPERM, ENOMEM};
	int error = command == F_GETFL || command == F_GETFD
			    ? 0
			    : fault("fcntl", errors, 2);

	(void)system;
	return error ? error
		     : KERNEL->ops->fcntl(KERNEL, fd, command, argument);
}

static int may_getaddrinfo(struct evert_system *system, const char *host,
			   const char *port, const struct addrinfo *hints,
			   struct addrinfo **addresses)
{
	static const int errors[] = {EMFILE, ENOMEM};
	int error = fault("getaddrinfo", errors, 2);

	(void)system;
	errno = -error;
	return error ? EAI_SYSTEM
		     : KERNEL->ops->getaddrinfo(KERNEL, host, port, hints,
						addresses);
}

struct evert_system *__wrap_evert_system_real(void)
{
	static struct evert_system_ops ops;
	static struct evert_system system = {&ops};

	if (ops.socket)
		return &system;
	ops = *KERNEL->ops;
#define MAY(name) ops.name = may_##name
	MAY(bind), MAY(listen), MAY(accept), MAY(connect), MAY(read);
	MAY(peek), MAY(send), MAY(sendv), MAY(splice), MAY(sendfile);
	MAY(unacknowledged), MAY(shutdown), MAY(dup), MAY(getsockopt);
	MAY(setsockopt), MAY(getsockname), MAY(getpeername), MAY(pipe);
	MAY(socketpair), MAY(write), MAY(writev), MAY(fstat), MAY(tcgetattr);
	MAY(tcsetattr), MAY(tty_exclusive), MAY(recvmsg), MAY(sendmsg);
	MAY(recvmmsg), MAY(sendmmsg), MAY(open), MAY(pread), MAY(pwrite);
	MAY(fsync), MAY(rename), MAY(lstat), MAY(fchmod), MAY(chmod);
	MAY(chown), MAY(unlink), MAY(epoll_create), MAY(epoll_ctl);
	MAY(epoll_wait), MAY(poll), MAY(epoll_busy_poll), MAY(timerfd_create);
	MAY(start_thread), MAY(spawn), MAY(waitid), MAY(pty), MAY(pty_resize);
	MAY(pty_slave), MAY(pty_name), MAY(kill), MAY(pidfd_send_signal);
	MAY(close), MAY(fcntl), MAY(getaddrinfo), MAY(socket);
	return &system;
}
