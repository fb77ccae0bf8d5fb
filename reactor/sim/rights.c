/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "unix_internal.h"

enum {
	MOST = 253
};

/* ---- Sending ---- */

static int add(struct evert_sim_rights *rights, struct evert_sim_host *host,
	       const struct cmsghdr *control)
{
	size_t count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int), i;
	struct evert_sim_file *file;
	int fd;

	if (count > MOST - rights->count)
		return -EINVAL;
	for (i = 0; i < count; i++) {
		memcpy(&fd, CMSG_DATA(control) + i * sizeof(fd), sizeof(fd));
		file = evert_sim_file_at(host, fd);
		if (!file)
			return -EBADF;
		evert_sim_file_send_off(file);
		rights->files[rights->count++] = file;
	}
	return 0;
}

static int add_all(struct evert_sim_rights *rights, struct evert_sim_host *host,
		   const struct msghdr *message)
{
	struct msghdr copied = *message;
	struct cmsghdr *control = CMSG_FIRSTHDR(&copied);
	int error = 0;

	for (; control && !error; control = CMSG_NXTHDR(&copied, control)) {
		if (control->cmsg_level != SOL_SOCKET)
			continue;
		error = control->cmsg_type == SCM_RIGHTS &&
					control->cmsg_len >= CMSG_LEN(0)
				? add(rights, host, control)
				: -EINVAL;
	}
	return error;
}

int evert_sim_rights_take(struct evert_sim_host *host,
			  const struct msghdr *message,
			  struct evert_sim_rights **made)
{
	struct evert_sim_rights *rights;
	int error;

	*made = NULL;
	if (!message->msg_controllen)
		return 0;
	rights = evert_sim_allocate(sizeof(*rights) +
				    MOST * sizeof(rights->files[0]));
	error = add_all(rights, host, message);
	if (error || !rights->count)
		evert_sim_rights_drop(rights);
	else
		*made = rights;
	return error;
}

bool evert_sim_rights_are_too_many(const struct evert_sim_host *host,
				   const struct evert_sim_rights *rights)
{
	return rights && host->under_way - rights->count > host->open_most;
}

void evert_sim_rights_drop(struct evert_sim_rights *rights)
{
	size_t i;

	if (!rights)
		return;
	for (i = 0; i < rights->count; i++)
		evert_sim_file_arrive(rights->files[i]);
	evert_sim_free(rights);
}

/* ---- Receiving ---- */

static size_t room(const struct msghdr *message)
{
	size_t before = CMSG_LEN(0);

	return message->msg_control && message->msg_controllen > before
		       ? (message->msg_controllen - before) / sizeof(int)
		       : 0;
}

/* How much of the room is used. */
static size_t write_control(const struct msghdr *message, const int *fds,
			    size_t count)
{
	size_t size = count * sizeof(*fds);
	const struct cmsghdr header = {
		.cmsg_level = SOL_SOCKET,
		.cmsg_type = SCM_RIGHTS,
		.cmsg_len = CMSG_LEN(size),
	};
	char *at = message->msg_control;

	if (!count)
		return 0;
	memcpy(at, &header, sizeof(header));
	memcpy(at + CMSG_LEN(0), fds, size);
	return CMSG_SPACE(size) < message->msg_controllen
		       ? CMSG_SPACE(size)
		       : message->msg_controllen;
}

void evert_sim_rights_give(struct evert_sim_host *host,
			   const struct evert_sim_rights *rights,
			   struct msghdr *message)
{
	size_t most = room(message), count = 0;
	int fds[MOST];

	for (; rights && count < rights->count && count < most; count++) {
		if (!evert_sim_may_open(host, 1))
			break;
		fds[count] = evert_sim_descriptor_make(rights->files[count]);
	}
	if (rights && count < rights->count)
		message->msg_flags |= MSG_CTRUNC;
	message->msg_controllen = write_control(message, fds, count);
}
