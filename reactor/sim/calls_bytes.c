/* SPDX-License-Identifier: MIT */
/* System calls that read and write, by bytes and by messages. */
#include "calls_internal.h"

/* ---- Bytes ---- */

/* What can't be read is not open for it. */
static ssize_t read_from(struct evert_system *system, int fd, void *data,
			 size_t size, bool peek)
{
	struct evert_sim_file *file = evert_sim_call_file(system, fd);

	if (!file || !file->ops->read)
		return -EBADF;
	if (!size && !peek)
		return 0; /* whatever it is */
	return file->ops->read(file, data, size, peek);
}

static ssize_t write_to(struct evert_system *system, int fd,
			const struct iovec *parts, int count)
{
	struct evert_sim_file *file = evert_sim_call_file(system, fd);

	return file && file->ops->write ? file->ops->write(file, parts, count)
					: -EBADF;
}

ssize_t evert_sim_call_read(int fd, void *data, size_t size,
			    struct evert_system *system)
{
	return evert_sim_call_outcome(system, "read", fd,
				      read_from(system, fd, data, size, false));
}

ssize_t evert_sim_call_peek(struct evert_system *system, int fd, void *data,
			    size_t size)
{
	int error;

	if (!evert_sim_call_socket_ops(system, fd, &error))
		return error;
	return evert_sim_call_outcome(system, "peek", fd,
				      read_from(system, fd, data, size, true));
}

ssize_t evert_sim_call_writev(struct evert_system *system, int fd,
			      const struct iovec *parts, int count)
{
	return evert_sim_call_outcome(system, "write", fd,
				      write_to(system, fd, parts, count));
}

ssize_t evert_sim_call_write(struct evert_system *system, int fd,
			     const void *data, size_t size)
{
	const struct iovec part = {(void *)data, size};

	return evert_sim_call_writev(system, fd, &part, 1);
}

ssize_t evert_sim_call_sendv(struct evert_system *system, int fd,
			     const struct iovec *parts, int count)
{
	int error;

	if (!evert_sim_call_socket_ops(system, fd, &error))
		return error;
	return evert_sim_call_outcome(system, "send", fd,
				      write_to(system, fd, parts, count));
}

ssize_t evert_sim_call_send(int fd, const void *data, size_t size,
			    struct evert_system *system)
{
	const struct iovec part = {(void *)data, size};

	return evert_sim_call_sendv(system, fd, &part, 1);
}

/* ---- Messages ---- */

/* Of a stream that has none. */
static ssize_t receive_bytes(struct evert_system *system, int fd,
			     struct msghdr *message, int flags)
{
	const struct iovec *parts = message->msg_iov;
	size_t count = message->msg_iovlen;
	size_t room = evert_sim_parts_length(parts, (int)count);
	char *bytes = evert_sim_allocate(room);
	ssize_t size = read_from(system, fd, bytes, room, flags & MSG_PEEK);

	if (size >= 0) {
		evert_sim_parts_fill(parts, count, bytes, (size_t)size);
		message->msg_namelen = 0;
		message->msg_controllen = 0;
		message->msg_flags = 0;
	}
	evert_sim_free(bytes);
	return size;
}

/* There is nothing that could go with them. */
static ssize_t send_bytes(struct evert_system *system, int fd,
			  const struct msghdr *message)
{
	return message->msg_controllen ? -EINVAL
				       : write_to(system, fd, message->msg_iov,
						  (int)message->msg_iovlen);
}

ssize_t evert_sim_call_recvmsg(struct evert_system *system, int fd,
			       struct msghdr *message, int flags)
{
	ssize_t size;
	int error;
	const struct evert_sim_socket_ops *ops =
		evert_sim_call_socket_ops(system, fd, &error);

	size = error	      ? error
	       : ops->receive ? ops->receive(evert_sim_call_file(system, fd),
					     message, flags)
			      : receive_bytes(system, fd, message, flags);
	return evert_sim_call_outcome(system, "recvmsg", fd, size);
}

ssize_t evert_sim_call_sendmsg(struct evert_system *system, int fd,
			       const struct msghdr *message, int flags)
{
	ssize_t size;
	int error;
	const struct evert_sim_socket_ops *ops =
		evert_sim_call_socket_ops(system, fd, &error);

	(void)flags;
	size = error	   ? error
	       : ops->send ? ops->send(evert_sim_call_file(system, fd), message)
			   : send_bytes(system, fd, message);
	return evert_sim_call_outcome(system, "sendmsg", fd, size);
}

/* One after the other. What fails behind the first is told by the next call. */
static int each_message(struct evert_system *system, int fd,
			struct mmsghdr *messages, unsigned count, int flags,
			ssize_t (*call)(struct evert_system *system, int fd,
					struct msghdr *message, int flags))
{
	ssize_t size = 0;
	unsigned i;

	for (i = 0; i < count; i++) {
		size = call(system, fd, &messages[i].msg_hdr, flags);
		if (size < 0)
			break;
		messages[i].msg_len = (unsigned)size;
	}
	return i ? (int)i : (int)size;
}

int evert_sim_call_recvmmsg(struct evert_system *system, int fd,
			    struct mmsghdr *messages, unsigned count, int flags)
{
	return each_message(system, fd, messages, count, flags,
			    evert_sim_call_recvmsg);
}

static ssize_t send_one(struct evert_system *system, int fd,
			struct msghdr *message, int flags)
{
	return evert_sim_call_sendmsg(system, fd, message, flags);
}

int evert_sim_call_sendmmsg(struct evert_system *system, int fd,
			    struct mmsghdr *messages, unsigned count, int flags)
{
	return each_message(system, fd, messages, count, flags, send_one);
}
