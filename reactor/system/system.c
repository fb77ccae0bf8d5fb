/* SPDX-License-Identifier: MIT */
#include "system.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <linux/sockios.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "../../deferred/base/descriptor_internal.h"
#include "kernel_internal.h"
#include "processes_internal.h"
#include "quiet_internal.h"

#ifndef RWF_NOSIGNAL /* of this C library */
#define RWF_NOSIGNAL 0x100
#endif

static int or_errno(int result)
{
	return result < 0 ? -errno : result;
}

/* One that is new. */
static int new_or_errno(int fd)
{
	return or_errno(evert_descriptor_beyond_stderr(fd));
}

static ssize_t size_or_errno(ssize_t result)
{
	return result < 0 ? -errno : result;
}

static int real_socket(struct evert_system *system, int domain, int type,
		       int protocol)
{
	(void)system;
	return new_or_errno(socket(domain, type | SOCK_NONBLOCK | SOCK_CLOEXEC,
				   protocol));
}

static int real_bind(struct evert_system *system, int fd,
		     const struct sockaddr *address, socklen_t length)
{
	(void)system;
	return or_errno(bind(fd, address, length));
}

static int real_listen(struct evert_system *system, int fd, int backlog)
{
	(void)system;
	return or_errno(listen(fd, backlog));
}

/* The longest address: a UNIX path that fills its room. The kernel counts a
   zero byte behind it, but takes no address that is as long. */
static int limit_length(int result, socklen_t *length)
{
	const socklen_t most = sizeof(struct sockaddr_un);

	if (length && *length > most)
		*length = most;
	return result;
}

static int real_accept(struct evert_system *system, int fd,
		       struct sockaddr *address, socklen_t *length)
{
	int made;

	(void)system;
	made = evert_kernel_accept(fd, address, length);
	if (made >= 0)
		made = new_or_errno(made);
	return limit_length(made, length);
}

static int real_connect(struct evert_system *system, int fd,
			const struct sockaddr *address, socklen_t length)
{
	(void)system;
	return or_errno(connect(fd, address, length));
}

static ssize_t real_read(int fd, void *data, size_t size,
			 struct evert_system *system)
{
	(void)system;
	return evert_kernel_read(fd, data, size);
}

static ssize_t real_peek(struct evert_system *system, int fd, void *data,
			 size_t size)
{
	(void)system;
	return size_or_errno(recv(fd, data, size, MSG_PEEK | MSG_DONTWAIT));
}

static ssize_t real_send(int fd, const void *data, size_t size,
			 struct evert_system *system)
{
	(void)system;
	return evert_kernel_send(fd, data, size);
}

static ssize_t real_sendv(struct evert_system *system, int fd,
			  const struct iovec *parts, int count)
{
	struct msghdr message = {
		.msg_iov = (struct iovec *)parts,
		.msg_iovlen = (size_t)count,
	};

	(void)system;
	return size_or_errno(sendmsg(fd, &message, MSG_NOSIGNAL));
}

static ssize_t real_splice(struct evert_system *system, int from, int to,
			   size_t length)
{
	struct evert_quiet quiet;

	(void)system;
	evert_quiet_begin(&quiet);
	return evert_quiet_end(
		&quiet, size_or_errno(splice(from, NULL, to, NULL, length,
					     SPLICE_F_MOVE |
						     SPLICE_F_NONBLOCK)));
}

static ssize_t real_sendfile(struct evert_system *system, int to, int from,
			     off_t offset, size_t length)
{
	struct evert_quiet quiet;

	(void)system;
	evert_quiet_begin(&quiet);
	return evert_quiet_end(
		&quiet, size_or_errno(sendfile(to, from, &offset, length)));
}

static int real_unacknowledged(struct evert_system *system, int fd)
{
	int bytes = 0;

	(void)system;
	return ioctl(fd, SIOCOUTQ, &bytes) < 0 ? -errno : bytes;
}

static int real_shutdown(struct evert_system *system, int fd, int how)
{
	(void)system;
	return or_errno(shutdown(fd, how));
}

static int real_close(struct evert_system *system, int fd)
{
	(void)system;
	return evert_kernel_close(fd);
}

static int real_dup2(struct evert_system *system, int fd, int onto)
{
	(void)system;
	return or_errno(dup3(fd, onto, O_CLOEXEC));
}

static int real_dup(struct evert_system *system, int fd)
{
	(void)system;
	return or_errno(fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
}

static int real_fcntl(struct evert_system *system, int fd, int command,
		      int argument)
{
	(void)system;
	return or_errno(fcntl(fd, command, argument));
}

static int real_getsockopt(struct evert_system *system, int fd, int level,
			   int option, void *value, socklen_t *length)
{
	(void)system;
	return or_errno(getsockopt(fd, level, option, value, length));
}

static int real_setsockopt(struct evert_system *system, int fd, int level,
			   int option, const void *value, socklen_t length)
{
	(void)system;
	return or_errno(setsockopt(fd, level, option, value, length));
}

static int real_getsockname(struct evert_system *system, int fd,
			    struct sockaddr *address, socklen_t *length)
{
	(void)system;
	return limit_length(or_errno(getsockname(fd, address, length)), length);
}

static int real_getpeername(struct evert_system *system, int fd,
			    struct sockaddr *address, socklen_t *length)
{
	(void)system;
	return limit_length(or_errno(getpeername(fd, address, length)), length);
}

/* Two that are new. */
static int both_beyond_stderr(int fds[2])
{
	int error;

	fds[0] = new_or_errno(fds[0]);
	fds[1] = new_or_errno(fds[1]);
	if (fds[0] >= 0 && fds[1] >= 0)
		return 0;
	error = fds[0] < 0 ? fds[0] : fds[1];
	close(fds[0] < 0 ? fds[1] : fds[0]);
	return error;
}

static int real_pipe(struct evert_system *system, int fds[2])
{
	(void)system;
	if (pipe2(fds, O_NONBLOCK | O_CLOEXEC) < 0)
		return -errno;
	return both_beyond_stderr(fds);
}

static int real_socketpair(struct evert_system *system, int fds[2])
{
	(void)system;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
		       fds) < 0)
		return -errno;
	return both_beyond_stderr(fds);
}

static ssize_t real_write(struct evert_system *system, int fd,
			  const void *data, size_t size)
{
	(void)system;
	return size_or_errno(write(fd, data, size));
}

/* By a flag where the kernel has it (Linux 6.18), and the device takes it. */
static ssize_t real_writev(struct evert_system *system, int fd,
			   const struct iovec *parts, int count)
{
	struct evert_quiet quiet;
	ssize_t size = pwritev2(fd, parts, count, -1, RWF_NOSIGNAL);

	(void)system;
	if (size >= 0 || (errno != EOPNOTSUPP && errno != ENOSYS))
		return size_or_errno(size);
	evert_quiet_begin(&quiet);
	return evert_quiet_end(&quiet, size_or_errno(writev(fd, parts, count)));
}

static int real_fstat(struct evert_system *system, int fd, struct stat *status)
{
	(void)system;
	return or_errno(fstat(fd, status));
}

static int real_tcgetattr(struct evert_system *system, int fd,
			  struct termios *modes)
{
	(void)system;
	return or_errno(tcgetattr(fd, modes));
}

static int real_tcsetattr(struct evert_system *system, int fd,
			  const struct termios *modes)
{
	(void)system;
	return or_errno(tcsetattr(fd, TCSANOW, modes));
}

static int real_tty_exclusive(struct evert_system *system, int fd, bool is)
{
	(void)system;
	return or_errno(ioctl(fd, is ? TIOCEXCL : TIOCNXCL));
}

static ssize_t real_recvmsg(struct evert_system *system, int fd,
			    struct msghdr *message, int flags)
{
	(void)system;
	return size_or_errno(recvmsg(fd, message, flags | MSG_CMSG_CLOEXEC));
}

static ssize_t real_sendmsg(struct evert_system *system, int fd,
			    const struct msghdr *message, int flags)
{
	(void)system;
	return size_or_errno(sendmsg(fd, message, flags | MSG_NOSIGNAL));
}

static int real_recvmmsg(struct evert_system *system, int fd,
			 struct mmsghdr *messages, unsigned count, int flags)
{
	(void)system;
	return or_errno(recvmmsg(fd, messages, count, flags | MSG_CMSG_CLOEXEC,
				 NULL));
}

static int real_sendmmsg(struct evert_system *system, int fd,
			 struct mmsghdr *messages, unsigned count, int flags)
{
	(void)system;
	return or_errno(sendmmsg(fd, messages, count, flags | MSG_NOSIGNAL));
}

static int real_open(struct evert_system *system, const char *path, int flags,
		     mode_t mode)
{
	(void)system;
	return new_or_errno(open(path, flags | O_CLOEXEC | O_NOCTTY, mode));
}

static ssize_t real_pread(struct evert_system *system, int fd, void *data,
			  size_t size, off_t offset)
{
	(void)system;
	return size_or_errno(pread(fd, data, size, offset));
}

static ssize_t real_pwrite(struct evert_system *system, int fd,
			   const void *data, size_t size, off_t offset)
{
	(void)system;
	return size_or_errno(pwrite(fd, data, size, offset));
}

static int real_fsync(struct evert_system *system, int fd)
{
	(void)system;
	return or_errno(fsync(fd));
}

static int real_rename(struct evert_system *system, const char *from,
		       const char *to)
{
	(void)system;
	return or_errno(rename(from, to));
}

static int real_lstat(struct evert_system *system, const char *path,
		      struct stat *status)
{
	(void)system;
	return or_errno(lstat(path, status));
}

static int real_fchmod(struct evert_system *system, int fd, mode_t mode)
{
	(void)system;
	return or_errno(fchmod(fd, mode));
}

static int real_chmod(struct evert_system *system, const char *path,
		      mode_t mode)
{
	(void)system;
	return or_errno(fchmodat(AT_FDCWD, path, mode, AT_SYMLINK_NOFOLLOW));
}

static int real_chown(struct evert_system *system, const char *path,
		      uid_t owner, gid_t group)
{
	(void)system;
	return or_errno(lchown(path, owner, group));
}

static int real_unlink(struct evert_system *system, const char *path)
{
	(void)system;
	return or_errno(unlink(path));
}

static int real_epoll_create(struct evert_system *system)
{
	(void)system;
	return new_or_errno(epoll_create1(EPOLL_CLOEXEC));
}

static int real_epoll_ctl(struct evert_system *system, int epoll,
			  int operation, int fd, struct epoll_event *event)
{
	(void)system;
	return evert_kernel_epoll_ctl(epoll, operation, fd, event);
}

static int real_epoll_wait(struct evert_system *system, int epoll,
			   struct epoll_event *events, int count,
			   int milliseconds)
{
	(void)system;
	return or_errno(epoll_wait(epoll, events, count, milliseconds));
}

/* Headers older than Linux 6.9 have neither. */
struct epoll_params_of_linux {
	uint32_t busy_poll_usecs;
	uint16_t busy_poll_budget;
	uint8_t prefer_busy_poll;
	uint8_t pad;
};
#define EPIOCSPARAMS_OF_LINUX _IOW(0x8A, 0x01, struct epoll_params_of_linux)

static int real_epoll_busy_poll(struct evert_system *system, int epoll,
				uint32_t microseconds, uint16_t budget,
				bool prefer)
{
	struct epoll_params_of_linux params = {
		.busy_poll_usecs = microseconds,
		.busy_poll_budget = budget,
		.prefer_busy_poll = prefer,
	};

	(void)system;
	return or_errno(ioctl(epoll, EPIOCSPARAMS_OF_LINUX, &params));
}

static int real_poll(struct evert_system *system, struct pollfd *fds,
		     nfds_t count, int milliseconds)
{
	(void)system;
	return or_errno(poll(fds, count, milliseconds));
}

static int real_getaddrinfo(struct evert_system *system, const char *host,
			    const char *port, const struct addrinfo *hints,
			    struct addrinfo **addresses)
{
	(void)system;
	return getaddrinfo(host, port, hints, addresses);
}

static void real_freeaddrinfo(struct evert_system *system,
			      struct addrinfo *addresses)
{
	(void)system;
	freeaddrinfo(addresses);
}

static int real_start_thread(struct evert_system *system,
			     void *(*run)(void *arg), void *arg)
{
	sigset_t all, before;
	pthread_t thread;
	int error;

	(void)system;
	/* A thread inherits what is blocked when it is made. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&thread, NULL, run, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -error;
}

static int real_timerfd_create(struct evert_system *system)
{
	(void)system;
	return new_or_errno(timerfd_create(CLOCK_MONOTONIC,
					   TFD_NONBLOCK | TFD_CLOEXEC));
}

static int real_timerfd_set(struct evert_system *system, int fd,
			    int64_t nanoseconds)
{
	struct itimerspec time = {
		.it_value.tv_sec = nanoseconds / 1000000000,
		.it_value.tv_nsec = nanoseconds % 1000000000,
	};

	(void)system;
	return or_errno(timerfd_settime(fd, 0, &time, NULL));
}

static int real_random(struct evert_system *system, void *bytes, size_t size)
{
	char *rest = bytes;
	ssize_t got = 0;

	(void)system;
	for (; size; size -= got < 0 ? 0 : (size_t)got) {
		got = getrandom(rest, size, 0);
		if (got < 0 && errno != EINTR)
			return -errno;
		rest += got < 0 ? 0 : got;
	}
	return 0;
}

static int64_t real_now(struct evert_system *system)
{
	struct timespec time;

	(void)system;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static const struct evert_system_ops real_ops = {
	.socket = real_socket,
	.bind = real_bind,
	.listen = real_listen,
	.accept = real_accept,
	.connect = real_connect,
	.read = real_read,
	.peek = real_peek,
	.send = real_send,
	.sendv = real_sendv,
	.splice = real_splice,
	.sendfile = real_sendfile,
	.unacknowledged = real_unacknowledged,
	.shutdown = real_shutdown,
	.close = real_close,
	.dup2 = real_dup2,
	.dup = real_dup,
	.fcntl = real_fcntl,
	.getsockopt = real_getsockopt,
	.setsockopt = real_setsockopt,
	.getsockname = real_getsockname,
	.getpeername = real_getpeername,
	.pipe = real_pipe,
	.socketpair = real_socketpair,
	.spawn = evert_system_spawn,
	.waitid = evert_system_waitid,
	.pty = evert_system_pty,
	.pty_resize = evert_system_pty_resize,
	.pty_slave = evert_system_pty_slave,
	.pty_name = evert_system_pty_name,
	.kill = evert_system_kill,
	.pidfd_send_signal = evert_system_pidfd_send_signal,
	.write = real_write,
	.writev = real_writev,
	.fstat = real_fstat,
	.tcgetattr = real_tcgetattr,
	.tcsetattr = real_tcsetattr,
	.tty_exclusive = real_tty_exclusive,
	.recvmsg = real_recvmsg,
	.sendmsg = real_sendmsg,
	.recvmmsg = real_recvmmsg,
	.sendmmsg = real_sendmmsg,
	.open = real_open,
	.pread = real_pread,
	.pwrite = real_pwrite,
	.fsync = real_fsync,
	.rename = real_rename,
	.lstat = real_lstat,
	.fchmod = real_fchmod,
	.chmod = real_chmod,
	.chown = real_chown,
	.unlink = real_unlink,
	.epoll_create = real_epoll_create,
	.epoll_ctl = real_epoll_ctl,
	.epoll_wait = real_epoll_wait,
	.poll = real_poll,
	.epoll_busy_poll = real_epoll_busy_poll,
	.timerfd_create = real_timerfd_create,
	.timerfd_set = real_timerfd_set,
	.getaddrinfo = real_getaddrinfo,
	.freeaddrinfo = real_freeaddrinfo,
	.start_thread = real_start_thread,
	.random = real_random,
	.now = real_now,
};

struct evert_system *evert_system_real(void)
{
	static struct evert_system real = { &real_ops };

	return &real;
}
