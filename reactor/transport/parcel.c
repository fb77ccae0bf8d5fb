/* SPDX-License-Identifier: MIT */
#include "parcel_internal.h"

#include <errno.h>
#include <linux/tls.h>
#include <string.h>

#include "../../deferred/base/memory.h"

struct evert_parcel {
	int level, type; /* as cmsg(3) has them */
	size_t size;
	int fds[]; /* of a record: its type, in the first byte */
};

static struct evert_parcel *create(int level, int type, size_t size)
{
	struct evert_parcel *parcel = evert_allocate(sizeof(*parcel) + size);

	if (parcel) {
		parcel->level = level;
		parcel->type = type;
		parcel->size = size;
	}
	return parcel;
}

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
		create(SOL_SOCKET, SCM_RIGHTS, count * sizeof(*fds));
	size_t i;
	int fd;

	if (!parcel)
		return -ENOMEM;
	for (i = 0; i < count; i++) {
		fd = system->ops->dup(system, fds[i]);
		if (fd < 0) {
			parcel->size = i * sizeof(*fds);
			evert_parcel_release(parcel, system);
			return fd;
		}
		parcel->fds[i] = fd;
	}
	*made = parcel;
	return 0;
}

int evert_parcel_make_record(struct evert_parcel **made, unsigned char type)
{
	struct evert_parcel *parcel =
		create(SOL_TLS, TLS_SET_RECORD_TYPE, sizeof(type));

	if (!parcel)
		return -ENOMEM;
	memcpy(parcel->fds, &type, sizeof(type));
	*made = parcel;
	return 0;
}

bool evert_parcel_is_record(const struct evert_parcel *parcel)
{
	return parcel->level == SOL_TLS;
}

void evert_parcel_release(struct evert_parcel *parcel,
			  struct evert_system *system)
{
	if (!parcel)
		return;
	if (!evert_parcel_is_record(parcel))
		close_all(parcel->fds, parcel->size / sizeof(*parcel->fds),
			  system);
	evert_free(parcel);
}

ssize_t evert_parcel_send(const struct evert_parcel *parcel,
			  struct evert_system *system, int fd,
			  const struct iovec *parts, int count)
{
	union control control = { .room = "" };
	struct msghdr message = {
		.msg_iov = (struct iovec *)parts,
		.msg_iovlen = (size_t)count,
		.msg_control = &control,
		.msg_controllen = CMSG_SPACE(parcel->size),
	};

	control.header = (struct cmsghdr){
		.cmsg_level = parcel->level,
		.cmsg_type = parcel->type,
		.cmsg_len = CMSG_LEN(parcel->size),
	};
	memcpy(CMSG_DATA(&control.header), parcel->fds, parcel->size);
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
