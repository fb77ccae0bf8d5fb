/* SPDX-License-Identifier: MIT */
#include "twin_messages.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "twins.h"

enum {
	MOST_HANDED = 4,
	AUTOMATIC = sizeof(sa_family_t) + 6,
	ROOM = 300, /* for descriptors, of which 253 can go */
	MOST_RECEIVED = 60 * TWIN_FEW_BYTES,
};

char twin_folder[64];
bool twins_may_hand_over, twins_hand_over;

/* ---- Names ---- */

void twin_path(char *text, size_t size, size_t i)
{
	/* Of each seed: the kernel may still have what the last one left. */
	snprintf(text, size, "%s/%llx-%zu", twin_folder,
		 (unsigned long long)evert_sim_seed(twin_sim), i);
}

struct evert_address twin_name(size_t i)
{
	struct evert_address address;
	char text[108] = "";

	if (i < TWIN_PATHS) {
		twin_path(text, sizeof(text), i);
		evert_address_unix(&address, text, strlen(text));
	} else {
		twin_path(text + 1, sizeof(text) - 1, i);
		evert_address_unix(&address, text, 1 + strlen(text + 1));
	}
	return address;
}

size_t twin_any_name(void)
{
	return evert_sim_random(twin_sim, TWIN_NAMES);
}

/* One that was picked is another on each. */
void twin_compare_names(const struct evert_address names[2])
{
	socklen_t length = names[REAL].length;

	if (length != names[SIMULATED].length)
		twin_differ("the name's length", length,
			    names[SIMULATED].length);
	if (length && length != AUTOMATIC &&
	    memcmp(&names[REAL].as, &names[SIMULATED].as, length))
		twin_differ("the name", 0, 1);
}

/* ---- What goes with a message ---- */

struct control {
	_Alignas(struct cmsghdr) char room[CMSG_SPACE(ROOM * sizeof(int))];
};

/* What goes with a message; on each. */
struct parcel {
	struct control control[2];
	size_t size;
};

static void put_descriptor(struct parcel *parcel, size_t i,
			   const struct twin *twin)
{
	int which;

	for (which = 0; which < 2; which++)
		memcpy(parcel->control[which].room + CMSG_LEN(i * sizeof(int)),
		       &twin->fd[which], sizeof(int));
}

/* Mostly some; and what can't be. */
static size_t how_many(void)
{
	size_t chance = evert_sim_random(twin_sim, 40);

	return chance == 0   ? 254
	       : chance == 1 ? 253
			     : evert_sim_random(twin_sim, MOST_HANDED + 1);
}

static void fill_parcel(struct parcel *parcel)
{
	const struct twin nobody = {.fd = {-1, -1}}, *twin;
	struct cmsghdr header = {
		.cmsg_level = SOL_SOCKET,
		.cmsg_type = SCM_RIGHTS,
	};
	size_t count = how_many(), i;
	int which;

	for (i = 0; i < count; i++) {
		twin = twin_any();
		if (!twin->open && evert_sim_random(twin_sim, 10))
			twin = &twins[0];
		put_descriptor(parcel, i, twin->open ? twin : &nobody);
		if (count <= MOST_HANDED)
			twin_tell(" %d", (int)(twin - twins));
	}
	parcel->size = CMSG_SPACE(count * sizeof(int));
	header.cmsg_len = CMSG_LEN(count * sizeof(int));
	for (which = 0; which < 2; which++)
		memcpy(parcel->control[which].room, &header, sizeof(header));
	twin_tell(" (%zu handed over)", count);
}

void twin_send_message(struct twin *twin)
{
	static struct parcel parcel;
	static char data[250000];
	struct iovec part = {data, evert_sim_random(twin_sim, TWIN_FEW_BYTES)};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	size_t i = twin_any_name();
	struct evert_address to = twin_name(i);
	long results[2];

	if (twin->type != SOCK_STREAM && !evert_sim_random(twin_sim, 20))
		part.iov_len = sizeof(data);
	memset(data, (int)evert_sim_random(twin_sim, 256), TWIN_FEW_BYTES);
	twin_says(twin, "sendmsg %zu", part.iov_len);
	if (twin->type != SOCK_STREAM && evert_sim_random(twin_sim, 2)) {
		message.msg_name = &to.as;
		message.msg_namelen = to.length;
		twin_tell(" to %zu", i);
	}
	parcel.size = 0;
	if (twins_may_hand_over && evert_sim_random(twin_sim, 2))
		fill_parcel(&parcel);
	message.msg_controllen = parcel.size;
	TWIN_BOTH(sendmsg(system, twin->fd[which],
			  (message.msg_control =
				   parcel.size ? &parcel.control[which] : NULL,
			   &message),
			  0));
	twins_hand_over |= twin_agree(results) >= 0 && parcel.size;
}

static size_t received(const struct msghdr *message, int *fds)
{
	struct msghdr copied = *message;
	struct cmsghdr *header = CMSG_FIRSTHDR(&copied);
	size_t size;

	while (header && header->cmsg_type != SCM_RIGHTS)
		header = CMSG_NXTHDR(&copied, header);
	size = header ? header->cmsg_len - CMSG_LEN(0) : 0;

	if (size)
		memcpy(fds, CMSG_DATA(header), size);
	return size / sizeof(*fds);
}

static int type_of(int fd)
{
	int type = 0;
	socklen_t length = sizeof(type);

	getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length);
	return type;
}

/* Some stay. */
static void take_descriptor(const long fds[2])
{
	struct twin *twin = evert_sim_random(twin_sim, 3) ? twin_unused()
							  : NULL;
	long results[2];

	if (twin) {
		twin_take(twin, AF_UNIX, type_of((int)fds[REAL]), fds);
		twin_tell("   one is %d\n", (int)(twin - twins));
	} else {
		TWIN_BOTH(close(system, (int)fds[which]));
		twin_tell("   one is closed");
		twin_agree(results);
	}
}

static void take_descriptors(const struct msghdr messages[2])
{
	static int fds[2][ROOM];
	size_t count = received(&messages[REAL], fds[REAL]), i;
	size_t simulated = received(&messages[SIMULATED], fds[SIMULATED]);

	if (count != simulated)
		twin_differ("the number of descriptors", (long)count,
			    (long)simulated);
	for (i = 0; i < count; i++)
		take_descriptor((long[2]){fds[REAL][i], fds[SIMULATED][i]});
}

static void compare_messages(const struct msghdr messages[2])
{
	const struct msghdr *real = &messages[REAL];
	const struct msghdr *simulated = &messages[SIMULATED];
	const int flags = MSG_CTRUNC | MSG_TRUNC;

	if ((real->msg_flags & flags) != (simulated->msg_flags & flags))
		twin_differ("msg_flags", real->msg_flags, simulated->msg_flags);
	if (real->msg_controllen != simulated->msg_controllen)
		twin_differ("msg_controllen", (long)real->msg_controllen,
			    (long)simulated->msg_controllen);
}

/* Room for so many descriptors, and perhaps for a bit more. */
static size_t any_room(void)
{
	size_t size = evert_sim_random(twin_sim, MOST_HANDED + 1) * sizeof(int);

	switch (evert_sim_random(twin_sim, 6)) {
	case 0:
		return evert_sim_random(twin_sim, 40);
	case 1:
		return sizeof(struct control);
	case 2:
		return CMSG_LEN(size);
	default:
		return CMSG_SPACE(size);
	}
}

void twin_receive_message(struct twin *twin)
{
	static const int all_flags[] = {0, 0, 0, 0, MSG_PEEK, MSG_TRUNC};
	static struct control control[2];
	static char data[2][MOST_RECEIVED];
	struct evert_address names[2];
	struct iovec parts[2];
	struct msghdr messages[2];
	size_t length = evert_sim_random(twin_sim, 2)
				? sizeof(data[0])
				: evert_sim_random(twin_sim, TWIN_FEW_BYTES);
	size_t room = any_room();
	int flags = all_flags[evert_sim_random(twin_sim, 6)], i;
	long results[2];

	if (twin->type == SOCK_STREAM)
		flags &= ~MSG_TRUNC;
	for (i = 0; i < 2; i++) {
		parts[i] = (struct iovec){data[i], length};
		messages[i] = (struct msghdr){
			.msg_name = &names[i].as,
			.msg_namelen = sizeof(names[i].as),
			.msg_iov = &parts[i],
			.msg_iovlen = 1,
			.msg_control = room ? &control[i] : NULL,
			.msg_controllen = room,
		};
	}
	twin_says(twin, "recvmsg %zu (room %zu, flags %d)", length, room,
		  flags);
	TWIN_BOTH(recvmsg(system, twin->fd[which], &messages[which], flags));
	if (twin_agree(results) < 0)
		return;
	if (memcmp(data[REAL], data[SIMULATED],
		   (size_t)results[REAL] < length ? (size_t)results[REAL]
						  : length))
		twin_differ("the byte", data[REAL][0], data[SIMULATED][0]);
	compare_messages(messages);
	for (i = 0; i < 2; i++)
		names[i].length = messages[i].msg_namelen;
	twin_compare_names(names);
	take_descriptors(messages);
}

/* ---- What nobody can receive ---- */

/* A socket whose queue holds it, and the end of a pipe, which says when it is
   gone. */
static void let_collect_one(void)
{
	struct control control;
	const struct cmsghdr header = {
		.cmsg_level = SOL_SOCKET,
		.cmsg_type = SCM_RIGHTS,
		.cmsg_len = CMSG_LEN(2 * sizeof(int)),
	};
	struct iovec part = {"x", 1};
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = CMSG_SPACE(2 * sizeof(int)),
	};
	int pair[2], ends[2], kept[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) || pipe(ends))
		twin_differ("a pair", errno, 0);
	kept[0] = pair[1];
	kept[1] = ends[1];
	memcpy(control.room, &header, sizeof(header));
	memcpy(control.room + CMSG_LEN(0), kept, sizeof(kept));
	sendmsg(pair[0], &message, 0);
	close(pair[1]);
	close(ends[1]);
	close(pair[0]);
	poll(&(struct pollfd){.fd = ends[0]}, 1, 1000);
	close(ends[0]);
}

/* The kernel looks for sockets that nobody can receive when another is closed,
   but later: so it is waited for. */
void twins_collect(void)
{
	struct evert_system *simulated = twin_systems[SIMULATED];

	let_collect_one();
	let_collect_one(); /* what was dropped may be closed later, too */
	simulated->ops->close(
		simulated,
		simulated->ops->socket(simulated, AF_UNIX, SOCK_STREAM, 0));
}
