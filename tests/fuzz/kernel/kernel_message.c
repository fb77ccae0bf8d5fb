/* SPDX-License-Identifier: MIT */
/* Bytes with descriptors (unix(7), SCM_RIGHTS), as Linux has it: a read may
   begin before the bytes that descriptors came with, but ends with them; with
   the first of these bytes it takes the descriptors. */
#include <errno.h>
#include <sys/socket.h>

#include "kernel.h"

/* ---- Sending ---- */

static const struct cmsghdr *rights_of(const struct msghdr *message)
{
	const struct cmsghdr *header =
		message->msg_controllen ? CMSG_FIRSTHDR(message) : NULL;

	must(!header || (header->cmsg_level == SOL_SOCKET &&
			 header->cmsg_type == SCM_RIGHTS));
	return header;
}

static size_t length_of(const struct msghdr *message)
{
	size_t i, length = 0;

	for (i = 0; i < message->msg_iovlen; i++)
		length += message->msg_iov[i].iov_len;
	return length;
}

/* The descriptors, whose copies are under way from now on. */
static struct kernel_rights *take_rights(const struct cmsghdr *header)
{
	struct kernel_rights *rights = calloc(1, sizeof(*rights));
	size_t i;
	int fd;

	must(rights);
	rights->count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(fd);
	must(rights->count <= 16);
	for (i = 0; i < rights->count; i++) {
		memcpy(&fd, CMSG_DATA(header) + i * sizeof(fd), sizeof(fd));
		rights->files[i] = kernel_file(fd);
		kernel_hold(rights->files[i]);
	}
	return rights;
}

static void append(struct kernel_way *way, struct kernel_rights *rights,
		   size_t sent)
{
	struct kernel_rights **last = &way->rights;

	rights->end = way->taken + way->length;
	rights->begin = rights->end - sent;
	while (*last)
		last = &(*last)->next;
	*last = rights;
}

/* Descriptors on a TCP socket are nobody's. */
ssize_t kernel_sendmsg(struct evert_system *system, int fd,
		       const struct msghdr *message, int flags)
{
	struct kernel_file *file = kernel_file(fd);
	const struct cmsghdr *header = rights_of(message);
	size_t left = length_of(message);
	int error = kernel_planned(KERNEL_SENDMSG, &left);
	ssize_t sent = 0, put;
	size_t i, piece;

	(void)system;
	(void)flags;
	must(file->local && left);
	if (error)
		return error;
	if (file->out->ended || file->out->broken || file->error)
		return -EPIPE;
	if (file->out->length >= file->out->room)
		return -EAGAIN;
	for (i = 0; i < message->msg_iovlen && left; i++) {
		piece = message->msg_iov[i].iov_len;
		if (piece > left)
			piece = left;
		put = (ssize_t)kernel_put(file->out,
					  message->msg_iov[i].iov_base, piece);
		sent += put;
		left -= (size_t)put;
		if ((size_t)put < piece)
			break;
	}
	if (header)
		append(file->out, take_rights(header), (size_t)sent);
	return sent;
}

/* ---- Receiving ---- */

/* Puts what descriptors there is room for to the message. */
static void give_rights(struct msghdr *message, struct kernel_rights *rights)
{
	size_t room = message->msg_controllen > CMSG_LEN(0) ?
			      (message->msg_controllen - CMSG_LEN(0)) /
				      sizeof(int) :
			      0;
	struct cmsghdr *header = message->msg_control;
	size_t i;
	int fd = 0;

	for (i = 0; i < rights->count && i < room; i++) {
		fd = kernel_give(rights->files[i]);
		if (fd < 0)
			break;
		memcpy(CMSG_DATA(header) + i * sizeof(fd), &fd, sizeof(fd));
	}
	if (i < rights->count)
		message->msg_flags |= MSG_CTRUNC;
	message->msg_controllen = 0;
	if (!i)
		return;
	*header = (struct cmsghdr){
		.cmsg_level = SOL_SOCKET,
		.cmsg_type = SCM_RIGHTS,
		.cmsg_len = CMSG_LEN(i * sizeof(fd)),
	};
	message->msg_controllen = CMSG_SPACE(i * sizeof(fd));
}

ssize_t kernel_recvmsg(struct evert_system *system, int fd,
		       struct msghdr *message, int flags)
{
	struct kernel_file *file = kernel_file(fd);
	size_t most = message->msg_iov->iov_len;
	int error = kernel_planned(KERNEL_RECVMSG, &most);
	struct kernel_way *way = file->in;
	struct kernel_rights *rights = way->rights;
	size_t got;

	(void)system;
	(void)flags;
	must(message->msg_iovlen == 1);
	message->msg_flags = 0;
	if (error)
		return error;
	if (!way->length) {
		message->msg_controllen = 0;
		if (file->error) {
			error = -file->error;
			file->error = 0;
			return error;
		}
		return way->ended ? 0 : -EAGAIN;
	}
	if (rights && most > rights->end - way->taken)
		most = rights->end - way->taken;
	got = kernel_take(way, message->msg_iov->iov_base, most);
	if (!rights || rights->begin >= way->taken) {
		message->msg_controllen = 0;
		return (ssize_t)got;
	}
	give_rights(message, rights);
	kernel_drop_rights(way, way->taken);
	return (ssize_t)got;
}
