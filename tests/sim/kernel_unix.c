/* SPDX-License-Identifier: MIT */
/*
 * UNIX sockets, real ones and simulated ones: operations on streams, datagram
 * sockets and connections of messages, drawn at random: with paths that are
 * bound, stale and removed, abstract names, backlogs that fill, and descriptors
 * that are handed over. What comes of them must agree (kernel.c).
 */
#include <evert.h>

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/twin_messages.h"
#include "common/twins.h"

enum {
	MOST_OPERATIONS = 60,
};

static size_t types; /* how many of these: datagrams are the last */
static const int all_types[] = {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM};

/* ---- Names ---- */

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
		twin_compare_names(names);
}

/* ---- Paths ---- */

static void bind_one(struct twin *twin)
{
	size_t i = twin_any_name();
	struct evert_address address = twin_name(i);
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
	size_t i = evert_sim_random(twin_sim, TWIN_PATHS);
	char path[108];
	long results[2];

	twin_path(path, sizeof(path), i);
	twin_tell("unlink %zu", i);
	TWIN_BOTH(unlink(system, path));
	twin_agree(results);
}

static void look_at_one(void)
{
	size_t i = evert_sim_random(twin_sim, TWIN_PATHS);
	struct stat status[2];
	char path[108];
	long results[2];

	twin_path(path, sizeof(path), i);
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
	size_t i = twin_any_name();
	struct evert_address address = twin_name(i);
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

/* ---- Scripts ---- */

static void close_one(struct twin *twin)
{
	twin_close(twin);
	if (twins_hand_over)
		twins_collect();
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
		twin_send(twin, TWIN_FEW_BYTES);
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
		twin_send_message(twin);
		break;
	case 21:
	case 22:
	case 23:
		twin_receive_message(twin);
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

	for (i = 0; i < TWIN_PATHS; i++) {
		twin_path(path, sizeof(path), i);
		unlink(path);
	}
}

static void scenario(struct evert_sim *sim)
{
	struct twin *twin;
	size_t count, i;

	twins_begin(sim);
	twins_hand_over = false;
	/* Not in all scripts: it takes long. */
	twins_may_hand_over = evert_sim_random(sim, 2);
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
	int status;

	types = comparable_types();
	snprintf(twin_folder, sizeof(twin_folder), "/tmp/evert-kernel-%d",
		 (int)getpid());
	mkdir(twin_folder, 0700);
	status = evert_sim_search(argc, argv, scenario);
	rmdir(twin_folder);
	return status;
}
