/* SPDX-License-Identifier: MIT */
/*
 * The operating system as one table of operations, so that a test can put
 * its own in place of the kernel, or between. Give it to a reactor in
 * evert_reactor_options.
 *
 * Each operation is the system call of its name (POSIX, epoll(7)), with three
 * differences: it returns -errno instead of -1 and errno; descriptors it
 * makes are non-blocking, closed on exec, and never 0, 1 or 2, also where
 * those are free; sending never raises SIGPIPE. `read` and `send`, which are
 * made for every message, have the system last: so the arguments stand where
 * the kernel takes them.
 *
 * Thread rule: the reactor's thread; `write` from any thread and from signal
 * handlers; `getaddrinfo` and `freeaddrinfo` from any thread.
 */
#ifndef EVERT_REACTOR_SYSTEM_H
#define EVERT_REACTOR_SYSTEM_H

#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "../../deferred/base/base.h"

EVERT_BEGIN

struct addrinfo;
struct epoll_event;
struct mmsghdr;
struct stat;
struct termios;
struct evert_system;

/* The paths of the files that say how names are looked up, in the place of
   those in /etc. One that is not there is as an empty one. */
struct evert_system_names {
	const char *hosts, *resolv_conf, *gai_conf, *host_conf, *nsswitch;
};

/* The operations of a system. */
struct evert_system_ops {
	int (*socket)(struct evert_system *system, int domain, int type,
		      int protocol);
	int (*bind)(struct evert_system *system, int fd,
		    const struct sockaddr *address, socklen_t length);
	int (*listen)(struct evert_system *system, int fd, int backlog);
	int (*accept)(struct evert_system *system, int fd,
		      struct sockaddr *address, socklen_t *length);
	int (*connect)(struct evert_system *system, int fd,
		       const struct sockaddr *address, socklen_t length);
	ssize_t (*read)(int fd, void *data, size_t size,
			struct evert_system *system);
	/* recv(2) with MSG_PEEK: what is read stays. */
	ssize_t (*peek)(struct evert_system *system, int fd, void *data,
			size_t size);
	ssize_t (*send)(int fd, const void *data, size_t size,
			struct evert_system *system);
	/* writev(2) for sockets. */
	ssize_t (*sendv)(struct evert_system *system, int fd,
			 const struct iovec *parts, int count);
	/* splice(2), without an offset, that never waits for the pipe: from a
	   socket into a pipe, or out of one; may be NULL. */
	ssize_t (*splice)(struct evert_system *system, int from, int to,
			  size_t length);
	/* sendfile(2), from an offset, which is not moved; may be NULL. */
	ssize_t (*sendfile)(struct evert_system *system, int to, int from,
			    off_t offset, size_t length);
	/* How many bytes sent the peer's side has not acknowledged (SIOCOUTQ,
	   tcp(7)), or -errno; may be NULL. */
	int (*unacknowledged)(struct evert_system *system, int fd);
	int (*shutdown)(struct evert_system *system, int fd, int how);
	int (*close)(struct evert_system *system, int fd);
	int (*dup2)(struct evert_system *system, int fd, int onto);
	/* dup(2) that is closed on exec. */
	int (*dup)(struct evert_system *system, int fd);
	int (*fcntl)(struct evert_system *system, int fd, int command,
		     int argument);
	int (*getsockopt)(struct evert_system *system, int fd, int level,
			  int option, void *value, socklen_t *length);
	int (*setsockopt)(struct evert_system *system, int fd, int level,
			  int option, const void *value, socklen_t length);
	int (*getsockname)(struct evert_system *system, int fd,
			   struct sockaddr *address, socklen_t *length);
	int (*getpeername)(struct evert_system *system, int fd,
			   struct sockaddr *address, socklen_t *length);
	int (*pipe)(struct evert_system *system, int fds[2]);
	ssize_t (*write)(struct evert_system *system, int fd, const void *data,
			 size_t size);
	/* For what is no socket, too; unlike `write` without a SIGPIPE. */
	ssize_t (*writev)(struct evert_system *system, int fd,
			  const struct iovec *parts, int count);
	int (*fstat)(struct evert_system *system, int fd, struct stat *status);
	/* Terminals; at once (TCSANOW). */
	int (*tcgetattr)(struct evert_system *system, int fd,
			 struct termios *modes);
	int (*tcsetattr)(struct evert_system *system, int fd,
			 const struct termios *modes);
	/* May nobody else open it (TIOCEXCL)? */
	int (*tty_exclusive)(struct evert_system *system, int fd, bool is);
	/* With addresses, control data and MSG_ flags; descriptors that come
	   are closed on exec. The latter two: how many, at least one. */
	ssize_t (*recvmsg)(struct evert_system *system, int fd,
			   struct msghdr *message, int flags);
	ssize_t (*sendmsg)(struct evert_system *system, int fd,
			   const struct msghdr *message, int flags);
	int (*recvmmsg)(struct evert_system *system, int fd,
			struct mmsghdr *messages, unsigned count, int flags);
	int (*sendmmsg)(struct evert_system *system, int fd,
			struct mmsghdr *messages, unsigned count, int flags);

	/* Files, which may block; any thread, as `read`, `write`, `close` and
	   `unlink` of one, too. */
	int (*open)(struct evert_system *system, const char *path, int flags,
		    mode_t mode);
	ssize_t (*pread)(struct evert_system *system, int fd, void *data,
			 size_t size, off_t offset);
	ssize_t (*pwrite)(struct evert_system *system, int fd,
			  const void *data, size_t size, off_t offset);
	int (*fsync)(struct evert_system *system, int fd);
	int (*rename)(struct evert_system *system, const char *from,
		      const char *to);

	/* The paths of UNIX sockets. `chmod` and `chown` never follow a
	   symbolic link. */
	int (*lstat)(struct evert_system *system, const char *path,
		     struct stat *status);
	int (*fchmod)(struct evert_system *system, int fd, mode_t mode);
	int (*chmod)(struct evert_system *system, const char *path,
		     mode_t mode);
	int (*chown)(struct evert_system *system, const char *path, uid_t owner,
		     gid_t group);
	int (*unlink)(struct evert_system *system, const char *path);

	/* Readiness. A poller uses its own; the rest may be NULL. */
	int (*epoll_create)(struct evert_system *system);
	int (*epoll_ctl)(struct evert_system *system, int epoll, int operation,
			 int fd, struct epoll_event *event);
	int (*epoll_wait)(struct evert_system *system, int epoll,
			  struct epoll_event *events, int count,
			  int milliseconds);
	int (*poll)(struct evert_system *system, struct pollfd *fds,
		    nfds_t count, int milliseconds);
	/* EPIOCSPARAMS, Linux 6.9; may be NULL. */
	int (*epoll_busy_poll)(struct evert_system *system, int epoll,
			       uint32_t microseconds, uint16_t budget,
			       bool prefer);
	/* timerfd_create(2) for CLOCK_MONOTONIC; timerfd_settime(2), once,
	   from now, 0: never. For evert_reactor_fd; may be NULL. */
	int (*timerfd_create)(struct evert_system *system);
	int (*timerfd_set)(struct evert_system *system, int fd,
			   int64_t nanoseconds);

	/* getaddrinfo(3), which blocks: the code it returns, for EAI_SYSTEM
	   with errno. A lookup that nobody waits for any more may go on after
	   the reactor was destroyed: the system must outlive that, too. */
	int (*getaddrinfo)(struct evert_system *system, const char *host,
			   const char *port, const struct addrinfo *hints,
			   struct addrinfo **addresses);
	void (*freeaddrinfo)(struct evert_system *system,
			     struct addrinfo *addresses);
	/* Starts a thread that receives no signals, and is to be joined, or
	   detaches itself. 0, or -errno. */
	int (*start_thread)(struct evert_system *system,
			    void *(*run)(void *arg), void *arg);

	/* socketpair(2) of AF_UNIX streams. */
	int (*socketpair)(struct evert_system *system, int fds[2]);
	/*
	 * Begins a process that calls `child(arg)`, in this one's memory and
	 * with all signals blocked, while this thread stands still, until it
	 * has become another program or has ended (clone(2) with CLONE_VM and
	 * CLONE_VFORK): its number, or -errno. `*pidfd` becomes a descriptor of
	 * it, or -1 where the kernel has none. Any thread.
	 */
	pid_t (*spawn)(struct evert_system *system, int (*child)(void *arg),
		       void *arg, int *pidfd);
	/* waitid(2), of one process, with what it has used. `*code` and
	   `*status` are si_code and si_status; code 0: it has not ended. */
	int (*waitid)(struct evert_system *system, pid_t pid, int options,
		      int *code, int *status, struct rusage *usage);
	/* The master of a new pseudo-terminal, of so many rows and columns
	   (pty(7)), whose slave nobody has opened yet. To change that; on any
	   terminal. Its slave, which blocks and is no controlling terminal
	   yet. ptsname_r(3). */
	int (*pty)(struct evert_system *system, unsigned short rows,
		   unsigned short columns);
	int (*pty_resize)(struct evert_system *system, int terminal,
			  unsigned short rows, unsigned short columns);
	int (*pty_slave)(struct evert_system *system, int master);
	int (*pty_name)(struct evert_system *system, int master, char *name,
			size_t size);
	/* kill(2); pidfd_send_signal(2). */
	int (*kill)(struct evert_system *system, pid_t pid, int signal);
	int (*pidfd_send_signal)(struct evert_system *system, int pidfd,
				 int signal);

	/* getrandom(2), which waits for the kernel to be up; all that is asked
	   for: 0, or -errno. */
	int (*random)(struct evert_system *system, void *bytes, size_t size);

	/* CLOCK_MONOTONIC, in nanoseconds; cannot fail. */
	int64_t (*now)(struct evert_system *system);

	/* Where a resolver looks that is not told otherwise, and by nothing
	   else then: no variable of the environment, nor the machine's name.
	   What it gives lives as long as the system. May be NULL: in /etc. */
	const struct evert_system_names *(*names)(struct evert_system *system);
};

/* A system: embedded first in one of one's own. */
struct evert_system {
	const struct evert_system_ops *ops;
};

/* The kernel, as a system. Constant, shared by all threads. */
struct evert_system *evert_system_real(void);

EVERT_END

#endif
