/* SPDX-License-Identifier: MIT */
/* The system calls that are simulated: each is told of, with what came of it.
 */
#ifndef EVERT_REACTOR_SIM_CALLS_INTERNAL_H
#define EVERT_REACTOR_SIM_CALLS_INTERNAL_H

#include <errno.h>
#include <sys/stat.h>

#include "file_internal.h"

static inline struct evert_sim_file *
evert_sim_call_file(struct evert_system *system, int fd)
{
	return evert_sim_file_at(evert_sim_host_from(system), fd);
}

/* What the call gives. */
static inline long evert_sim_call_outcome(struct evert_system *system,
					  const char *what, int fd, long result)
{
	evert_sim_tell(evert_sim_host_from(system), what, fd, result);
	return result;
}

/* Those of the socket `fd`, or NULL and `*error`. */
static inline const struct evert_sim_socket_ops *
evert_sim_call_socket_ops(struct evert_system *system, int fd, int *error)
{
	struct evert_sim_file *file = evert_sim_call_file(system, fd);

	*error = !file ? -EBADF : !file->ops->socket ? -ENOTSOCK : 0;
	return *error ? NULL : file->ops->socket;
}

/* May `count` more be opened? 0, or -EMFILE. */
static inline int evert_sim_call_may_open(struct evert_system *system,
					  size_t count)
{
	return evert_sim_may_open(evert_sim_host_from(system), count) ? 0
								      : -EMFILE;
}

/* ---- calls_socket.c ---- */

int evert_sim_call_socket(struct evert_system *system, int domain, int type,
			  int protocol);
int evert_sim_call_bind(struct evert_system *system, int fd,
			const struct sockaddr *address, socklen_t length);
int evert_sim_call_listen(struct evert_system *system, int fd, int backlog);
int evert_sim_call_accept(struct evert_system *system, int fd,
			  struct sockaddr *address, socklen_t *length);
int evert_sim_call_connect(struct evert_system *system, int fd,
			   const struct sockaddr *address, socklen_t length);
int evert_sim_call_shutdown(struct evert_system *system, int fd, int how);
int evert_sim_call_unacknowledged(struct evert_system *system, int fd);
int evert_sim_call_getsockopt(struct evert_system *system, int fd, int level,
			      int option, void *value, socklen_t *length);
int evert_sim_call_setsockopt(struct evert_system *system, int fd, int level,
			      int option, const void *value, socklen_t length);
int evert_sim_call_getsockname(struct evert_system *system, int fd,
			       struct sockaddr *address, socklen_t *length);
int evert_sim_call_getpeername(struct evert_system *system, int fd,
			       struct sockaddr *address, socklen_t *length);

/* ---- calls_bytes.c ---- */

ssize_t evert_sim_call_read(int fd, void *data, size_t size,
			    struct evert_system *system);
ssize_t evert_sim_call_peek(struct evert_system *system, int fd, void *data,
			    size_t size);
ssize_t evert_sim_call_writev(struct evert_system *system, int fd,
			      const struct iovec *parts, int count);
ssize_t evert_sim_call_write(struct evert_system *system, int fd,
			     const void *data, size_t size);
ssize_t evert_sim_call_sendv(struct evert_system *system, int fd,
			     const struct iovec *parts, int count);
ssize_t evert_sim_call_send(int fd, const void *data, size_t size,
			    struct evert_system *system);
ssize_t evert_sim_call_recvmsg(struct evert_system *system, int fd,
			       struct msghdr *message, int flags);
ssize_t evert_sim_call_sendmsg(struct evert_system *system, int fd,
			       const struct msghdr *message, int flags);
int evert_sim_call_recvmmsg(struct evert_system *system, int fd,
			    struct mmsghdr *messages, unsigned count,
			    int flags);
int evert_sim_call_sendmmsg(struct evert_system *system, int fd,
			    struct mmsghdr *messages, unsigned count,
			    int flags);

/* ---- calls_descriptor.c ---- */

int evert_sim_call_close(struct evert_system *system, int fd);
int evert_sim_call_dup(struct evert_system *system, int fd);
int evert_sim_call_dup2(struct evert_system *system, int fd, int onto);
int evert_sim_call_fcntl(struct evert_system *system, int fd, int command,
			 int argument);
int evert_sim_call_pipe(struct evert_system *system, int fds[2]);
int evert_sim_call_socketpair(struct evert_system *system, int fds[2]);
int evert_sim_call_epoll_create(struct evert_system *system);
int evert_sim_call_epoll_ctl(struct evert_system *system, int epoll,
			     int operation, int fd, struct epoll_event *event);
int evert_sim_call_epoll_wait(struct evert_system *system, int epoll,
			      struct epoll_event *events, int count,
			      int milliseconds);
int evert_sim_call_poll(struct evert_system *system, struct pollfd *fds,
			nfds_t count, int milliseconds);
int evert_sim_call_random(struct evert_system *system, void *bytes,
			  size_t size);
int64_t evert_sim_call_now(struct evert_system *system);

/* ---- calls_path.c ---- */

int evert_sim_call_fstat(struct evert_system *system, int fd,
			 struct stat *status);
int evert_sim_call_fchmod(struct evert_system *system, int fd, mode_t mode);
int evert_sim_call_lstat(struct evert_system *system, const char *name,
			 struct stat *status);
int evert_sim_call_chmod(struct evert_system *system, const char *name,
			 mode_t mode);
int evert_sim_call_chown(struct evert_system *system, const char *name,
			 uid_t owner, gid_t group);
int evert_sim_call_unlink(struct evert_system *system, const char *name);

/* ---- names.c ---- */

const struct evert_system_names *
evert_sim_call_names(struct evert_system *system);

#endif
