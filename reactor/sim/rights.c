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

static size_t left(const struct evert_sim_control *control)
{
	return control->message->msg_control
		       ? control->message->msg_controllen - control->used
		       : 0;
}

void evert_sim_control_put(struct evert_sim_control *control, int type,
			   const void *data, size_t size)
{
	struct msghdr *message = control->message;
	struct cmsghdr header = {
		.cmsg_level = SOL_SOCKET,
		.cmsg_type = type,
		.cmsg_len = CMSG_LEN(size),
	};
	size_t room = left(control);
	char *at;

	if (room < header.cmsg_len)
		message->msg_flags |= MSG_CTRUNC;
	if (room < sizeof(header))
		return;
	if (room < header.cmsg_len)
		header.cmsg_len = room;
	at = (char *)message->msg_control + control->used;
	memcpy(at, &header, sizeof(header));
	memcpy(at + sizeof(header), data, header.cmsg_len - sizeof(header));
	control->used += CMSG_SPACE(size) < room ? CMSG_SPACE(size) : room;
}

void evert_sim_rights_give(struct evert_sim_host *host,
			   const struct evert_sim_rights *rights,
			   struct evert_sim_control *control)
{
	size_t room = left(control), count = 0;
	size_t most = room > CMSG_LEN(0) ? (room - CMSG_LEN(0)) / sizeof(int)
					 : 0;
	int fds[MOST];

	for (; rights && count < rights->count && count < most; count++) {
		if (!evert_sim_may_open(host, 1))
			break;
		fds[count] = evert_sim_descriptor_make(rights->files[count]);
	}
	if (rights && count < rights->count)
		control->message->msg_flags |= MSG_CTRUNC;
	if (count)
		evert_sim_control_put(control, SCM_RIGHTS, fds,
				      count * sizeof(fds[0]));
}
