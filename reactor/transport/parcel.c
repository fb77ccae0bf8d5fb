/* SPDX-License-Identifier: MIT */
#include "parcel_internal.h"

#include <errno.h>
#include <string.h>

#include "../../deferred/base/memory.h"

struct evert_parcel {
	size_t count;
	int fds[];
};

/* As cmsg(3) wants it aligned. */
union control {
	struct cmsghdr header;
	char room[CMSG_SPACE(EVERT_PARCEL_MOST * sizeof(int))];
};

static void close_all(const int *fds, size_t count,
		      struct evert_system *system)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (fds[i] >= 0)
			system->ops->close(system, fds[i]);
}

/* ---- Sending ---- */

int evert_parcel_make(struct evert_parcel **made, struct evert_system *system,
		      const int *fds, size_t count)
{
	struct evert_parcel *parcel =
		evert_allocate(sizeof(*parcel) + count * sizeof(*fds));
	int fd;

	if (!parcel)
		return -ENOMEM;
	parcel->count = 0;
	while (parcel->count < count) {
		fd = system->ops->dup(system, fds[parcel->count]);
		if (fd < 0) {
			evert_parcel_release(parcel, system);
			return fd;
		}
		parcel->fds[parcel->count++] = fd;
	}
	*made = parcel;
	return 0;
}

void evert_parcel_release(struct evert_parcel *parcel,
			  struct evert_system *system)
{
	if (!parcel)
		return;
	close_all(parcel->fds, parcel->count, system);
	evert_free(parcel);
}

ssize_t evert_parcel_send(const struct evert_parcel *parcel,
			  struct evert_system *system, int fd,
			  const struct iovec *parts, int count)
{
	size_t size = parcel->count * sizeof(*parcel->fds);
	union control control = { .room = "" };
	struct msghdr message = {
		.msg_iov = (struct iovec *)parts,
		.msg_iovlen = (size_t)count,
		.msg_control = &control,
		.msg_controllen = CMSG_SPACE(size),
	};

	control.header = (struct cmsghdr){
		.cmsg_level = SOL_SOCKET,
		.cmsg_type = SCM_RIGHTS,
		.cmsg_len = CMSG_LEN(size),
	};
	memcpy(CMSG_DATA(&control.header), parcel->fds, size);
	return system->ops->sendmsg(system, fd, &message, 0);
}

/* ---- Receiving ---- */

static void take(struct evert_received *received, const struct cmsghdr *header)
{
	size_t size;

	if (header->cmsg_level != SOL_SOCKET ||
	    header->cmsg_type != SCM_RIGHTS)
		return;
	size = header->cmsg_len - CMSG_LEN(0);
	memcpy(received->fds, CMSG_DATA(header), size);
	received->count = size / sizeof(*received->fds);
}

ssize_t evert_parcel_receive(struct evert_received *received,
			     struct evert_system *system, int fd, void *data,
			     size_t size)
{
	union control control;
	struct iovec part = { data, size };
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t got = system->ops->recvmsg(system, fd, &message, 0);
	struct cmsghdr *header;

	received->count = 0;
	received->lost = got >= 0 && message.msg_flags & MSG_CTRUNC;
	if (got < 0)
		return got;
	for (header = CMSG_FIRSTHDR(&message); header;
	     header = CMSG_NXTHDR(&message, header))
		take(received, header);
	return got;
}

void evert_received_close(const struct evert_received *received,
			  struct evert_system *system)
{
	close_all(received->fds, received->count, system);
}
