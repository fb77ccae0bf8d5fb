/* SPDX-License-Identifier: MIT */
/*
 * UNIX sockets, real ones and simulated ones: operations on streams, datagram
 * sockets and connections of messages, drawn at random: with paths that are
 * bound, stale and removed, abstract names, backlogs that fill, and descriptors
 * that are handed over. What comes of them must agree (kernel.c).
 */
#include <evert.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/twins.h"

enum {
	MOST_OPERATIONS = 60,
	MOST_BYTES = 300,
	MOST_HANDED = 4,
	PATHS = 4,
	NAMES = 6, /* the rest of them abstract */
	AUTOMATIC = sizeof(sa_family_t) + 6,
	ROOM = 300, /* for descriptors, of which 253 can go */
};

static char folder[64];
static bool has_handed_over; /* descriptors */
static size_t types;	     /* how many of these: datagrams are the last */
static const int all_types[] = {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM};

/* ---- Names ---- */

static void path_of(char *text, size_t size, size_t i)
{
	snprintf(text, size, "%s/%zu", folder, i);
}

static struct evert_address name_of(size_t i)
{
	struct evert_address address;
	char text[108] = "";

	if (i < PATHS) {
		path_of(text, sizeof(text), i);
		evert_address_unix(&address, text, strlen(text));
	} else {
		path_of(text + 1, sizeof(text) - 1, i);
		evert_address_unix(&address, text, 1 + strlen(text + 1));
	}
	return address;
}

static size_t any_name(void)
{
	return evert_sim_random(twin_sim, NAMES);
}

/* One that was picked is another on each. */
static void compare_names(const struct evert_address names[2])
{
	socklen_t length = names[REAL].length;

	if (length != names[SIMULATED].length)
		twin_differ("the name's length", length,
			    names[SIMULATED].length);
	if (length && length != AUTOMATIC &&
	    memcmp(&names[REAL].as, &names[SIMULATED].as, length))
		twin_differ("the name", 0, 1);
}

static void ask_name(struct twin *twin, bool peer)
{
	struct evert_address names[2] = {{.length = sizeof(names[0].as)},
					 {.length = sizeof(names[0].as)}};
	long results[2];

	twin_says(twin, peer ? "getpeername" : "getsockname");
	if (peer)
		TWIN_BOTH(getpeername(system, twin->fd[which],
				      &names[which].as.any,
				      &names[which].length));
	else
		TWIN_BOTH(getsockname(system, twin->fd[which],
				      &names[which].as.any,
				      &names[which].length));
	if (!twin_agree(results))
		compare_names(names);
}

/* ---- Paths ---- */

static void bind_one(struct twin *twin)
{
	size_t i = any_name();
	struct evert_address address = name_of(i);
	long results[2];

	if (!evert_sim_random(twin_sim, 6))
		address.length = sizeof(sa_family_t);
	twin_says(twin, "bind to %zu (%d)", i, (int)address.length);
	TWIN_BOTH(
		bind(system, twin->fd[which], &address.as.any, address.length));
	twin_agree(results);
}

static void remove_one(void)
{
	size_t i = evert_sim_random(twin_sim, PATHS);
	char path[108];
	long results[2];

	path_of(path, sizeof(path), i);
	twin_tell("unlink %zu", i);
	TWIN_BOTH(unlink(system, path));
	twin_agree(results);
}

static void look_at_one(void)
{
	size_t i = evert_sim_random(twin_sim, PATHS);
	struct stat status[2];
	char path[108];
	long results[2];

	path_of(path, sizeof(path), i);
	twin_tell("lstat %zu", i);
	TWIN_BOTH(lstat(system, path, &status[which]));
	if (!twin_agree(results) &&
	    status[REAL].st_mode != status[SIMULATED].st_mode)
		twin_differ("the mode", status[REAL].st_mode,
			    status[SIMULATED].st_mode);
}

static void change_mode(struct twin *twin)
{
	mode_t mode = (mode_t)evert_sim_random(twin_sim, 0100) << 3;
	long results[2];

	twin_says(twin, "fchmod %o", mode);
	TWIN_BOTH(fchmod(system, twin->fd[which], mode));
	twin_agree(results);
}

/* ---- Connections ---- */

static void listen_one(struct twin *twin)
{
	int backlog = (int)evert_sim_random(twin_sim, 3);
	long results[2];

	twin_says(twin, "listen %d", backlog);
	TWIN_BOTH(listen(system, twin->fd[which], backlog));
	twin_agree(results);
}

static void connect_one(struct twin *twin)
{
	size_t i = any_name();
	struct evert_address address = name_of(i);
	long results[2];

	if (!evert_sim_random(twin_sim, 10))
		address.as.any.sa_family = AF_UNSPEC;
	twin_says(twin, "connect to %zu (%d)", i, address.as.any.sa_family);
	TWIN_BOTH(connect(system, twin->fd[which], &address.as.any,
			  address.length));
	twin_agree(results);
}

/* Two at once: a pipe, or a pair. */
static void open_two(bool pipe)
{
	struct twin *one = twin_unused(), *other;
	int fds[2][2];
	long results[2];
	size_t i;

	for (other = NULL, i = 0; i < TWINS; i++)
		if (!twins[i].open && &twins[i] != one)
			other = &twins[i];
	if (!other)
		return;
	if (pipe)
		TWIN_BOTH(pipe(system, fds[which]));
	else
		TWIN_BOTH(socketpair(system, fds[which]));
	twin_tell("%d and %d: %s", (int)(one - twins), (int)(other - twins),
		  pipe ? "pipe" : "pair");
	twin_agree(results);
	for (i = 0; i < 2; i++)
		twin_take(i ? other : one, AF_UNIX, pipe ? 0 : SOCK_STREAM,
			  (long[2]){fds[REAL][i], fds[SIMULATED][i]});
}

static void ask_for_time(struct twin *twin)
{
	int is = (int)evert_sim_random(twin_sim, 2);
	long results[2];

	twin_says(twin, "SO_TIMESTAMP %d", is);
	TWIN_BOTH(setsockopt(system, twin->fd[which], SOL_SOCKET, SO_TIMESTAMP,
			     &is, sizeof(is)));
	twin_agree(results);
}

/* ---- Messages ---- */

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

static void send_message(struct twin *twin)
{
	static struct parcel parcel;
	static char data[250000];
	struct iovec part = {data, evert_sim_random(twin_sim, MOST_BYTES)};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	size_t i = any_name();
	struct evert_address to = name_of(i);
	long results[2];

	if (twin->type != SOCK_STREAM && !evert_sim_random(twin_sim, 20))
		part.iov_len = sizeof(data);
	memset(data, (int)evert_sim_random(twin_sim, 256), MOST_BYTES);
	twin_says(twin, "sendmsg %zu", part.iov_len);
	if (twin->type != SOCK_STREAM && evert_sim_random(twin_sim, 2)) {
		message.msg_name = &to.as;
		message.msg_namelen = to.length;
		twin_tell(" to %zu", i);
	}
	parcel.size = 0;
	if (evert_sim_random(twin_sim, 2))
		fill_parcel(&parcel);
	message.msg_controllen = parcel.size;
	TWIN_BOTH(sendmsg(system, twin->fd[which],
			  (message.msg_control =
				   parcel.size ? &parcel.control[which] : NULL,
			   &message),
			  0));
	has_handed_over |= twin_agree(results) >= 0 && parcel.size;
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

static void receive_message(struct twin *twin)
{
	static const int all_flags[] = {0, 0, 0, 0, MSG_PEEK, MSG_TRUNC};
	static struct control control[2];
	static char data[2][MOST_BYTES * MOST_OPERATIONS];
	struct evert_address names[2];
	struct iovec parts[2];
	struct msghdr messages[2];
	size_t length = evert_sim_random(twin_sim, 2)
				? sizeof(data[0])
				: evert_sim_random(twin_sim, MOST_BYTES);
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
	compare_names(names);
	take_descriptors(messages);
}

/* ---- Scripts ---- */

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
static void let_collect(void)
{
	struct evert_system *simulated = twin_systems[SIMULATED];

	let_collect_one();
	let_collect_one(); /* what was dropped may be closed later, too */
	simulated->ops->close(
		simulated,
		simulated->ops->socket(simulated, AF_UNIX, SOCK_STREAM, 0));
}

static void close_one(struct twin *twin)
{
	twin_close(twin);
	if (has_handed_over)
		let_collect();
}

static void do_something(struct twin *twin)
{
	switch (evert_sim_random(twin_sim, 27)) {
	case 0:
	case 1:
		bind_one(twin);
		break;
	case 2:
		listen_one(twin);
		break;
	case 3:
	case 4:
		connect_one(twin);
		break;
	case 5:
	case 6:
		twin_accept(twin);
		break;
	case 7:
	case 8:
		twin_send(twin, MOST_BYTES);
		break;
	case 9:
		twin_read(twin, false);
		break;
	case 10:
		if (twin->type)
			twin_read(twin, true);
		break;
	case 11:
		twin_shut(twin);
		break;
	case 12:
		twin_ask(twin);
		break;
	case 13:
		ask_name(twin, true);
		break;
	case 14:
		ask_name(twin, false);
		break;
	case 15:
		remove_one();
		break;
	case 16:
		look_at_one();
		break;
	case 17:
		if (twin->type)
			change_mode(twin);
		break;
	case 18:
	case 19:
	case 20:
		send_message(twin);
		break;
	case 21:
	case 22:
	case 23:
		receive_message(twin);
		break;
	case 25:
		ask_for_time(twin);
		break;
	case 24:
		twin_reset_on_close(twin);
		break;
	default:
		close_one(twin);
	}
}

static void open_something(struct twin *twin)
{
	size_t chance = evert_sim_random(twin_sim, 6);

	if (chance < 2)
		open_two(chance);
	else
		twin_open(twin, AF_UNIX,
			  all_types[evert_sim_random(twin_sim, types)]);
}

static void remove_all(void)
{
	char path[108];
	size_t i;

	for (i = 0; i < PATHS; i++) {
		path_of(path, sizeof(path), i);
		unlink(path);
	}
	rmdir(folder);
}

static void scenario(struct evert_sim *sim)
{
	struct twin *twin;
	size_t count, i;

	twins_begin(sim);
	/* Of its own: the kernel may still have what the last one left. */
	snprintf(folder, sizeof(folder), "/tmp/evert-kernel-%d-%llx",
		 (int)getpid(), (unsigned long long)evert_sim_seed(sim));
	mkdir(folder, 0700);
	has_handed_over = false;
	for (i = 0; i < 3; i++) {
		twin_open(&twins[i], AF_UNIX,
			  all_types[evert_sim_random(sim, types)]);
		bind_one(&twins[i]);
		listen_one(&twins[i]);
	}
	count = evert_sim_size(sim, 1, MOST_OPERATIONS);
	for (i = 0; i < count; i++) {
		twins_compare();
		twin = twin_any();
		if (twin->open)
			do_something(twin);
		else
			open_something(twin);
	}
	twins_compare();
	twins_close();
	remove_all();
}

/* Where the kernel lets more datagrams wait than it does by itself, they can't
   be compared. */
static size_t comparable_types(void)
{
	FILE *file = fopen("/proc/sys/net/unix/max_dgram_qlen", "r");
	int most = 0;

	if (file && fscanf(file, "%d", &most) != 1)
		most = 0;
	if (file)
		fclose(file);
	return most == 10 ? 3 : 2;
}

int main(int argc, char **argv)
{
	types = comparable_types();
	return evert_sim_search(argc, argv, scenario);
}
