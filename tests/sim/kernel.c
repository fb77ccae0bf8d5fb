/* SPDX-License-Identifier: MIT */
/*
 * How far the simulated kernel is like the real one: socket operations, drawn
 * at random, are done on both, on the loopback interface; what they return,
 * the bytes, and what each socket is ready for afterwards must agree. (UNIX
 * sockets: kernel_unix.c.)
 */
#include <evert.h>

#include <stdio.h>

#include "common/twins.h"

enum {
	MOST_OPERATIONS = 40,
};

static void bind_one(struct twin *twin)
{
	struct evert_address any;
	char text[32];
	long results[2];

	snprintf(text, sizeof(text), "127.%d.%d.%d",
		 (int)evert_sim_random(twin_sim, 250),
		 (int)evert_sim_random(twin_sim, 250),
		 1 + (int)evert_sim_random(twin_sim, 250));
	evert_address_parse(&any, text, 0);
	twin_says(twin, "bind");
	TWIN_BOTH(bind(system, twin->fd[which], &any.as.any, any.length));
	if (twin_agree(results))
		return;
	twin->bound = true;
	twin->at[REAL].length = twin->at[SIMULATED].length = sizeof(any.as);
	TWIN_BOTH(getsockname(system, twin->fd[which], &twin->at[which].as.any,
			      &twin->at[which].length));
}

/* A backlog that does not fill: full ones are a matter of time. */
static void listen_one(struct twin *twin)
{
	long results[2];

	/* Its connections would inherit that, which is not simulated. */
	if (twin->shut)
		return;
	twin_says(twin, "listen");
	TWIN_BOTH(listen(system, twin->fd[which], 100));
	twin->listens |= !twin_agree(results);
}

static void connect_one(struct twin *twin)
{
	const struct twin *to = twin_any();
	long results[2];

	if (!to->bound || to == twin || to->type != twin->type ||
	    (twin->connected && twin->type == SOCK_STREAM))
		return;
	twin->connected = true;
	twin_says(twin, "connect to %d", (int)(to - twins));
	TWIN_BOTH(connect(system, twin->fd[which], &to->at[which].as.any,
			  to->at[which].length));
	twin_agree(results);
}

/* A port that was picked is given back, and so are those of twins. */
static void disconnect_one(struct twin *twin)
{
	const struct sockaddr none = {.sa_family = AF_UNSPEC};
	long results[2];

	twin->connected = twin->listens = twin->shut = twin->bound = false;
	twin_says(twin, "disconnect");
	TWIN_BOTH(connect(system, twin->fd[which], &none, sizeof(none)));
	twin_agree(results);
}

static void ask_peer(struct twin *twin)
{
	struct evert_address peer;
	long results[2];

	twin_says(twin, "getpeername");
	TWIN_BOTH(getpeername(system, twin->fd[which], &peer.as.any,
			      &(socklen_t){sizeof(peer.as)}));
	twin_agree(results);
}

static void do_something(struct twin *twin)
{
	switch (evert_sim_random(twin_sim, 17)) {
	case 0:
		bind_one(twin);
		break;
	case 1:
		listen_one(twin);
		break;
	case 2:
	case 3:
		connect_one(twin);
		break;
	case 4:
	case 5:
		twin_accept(twin);
		break;
	case 6:
	case 7:
		twin_send(twin, TWIN_MOST_BYTES);
		break;
	case 8:
	case 9:
		twin_read(twin, false);
		break;
	case 10:
		twin_read(twin, true);
		break;
	case 11:
		/* To end a listener, or a UDP socket, is not simulated. */
		if (!twin->listens && twin->type == SOCK_STREAM)
			twin_shut(twin);
		break;
	case 12:
		twin_ask(twin);
		break;
	case 13:
		ask_peer(twin);
		break;
	case 14:
		twin_reset_on_close(twin);
		break;
	case 15:
		disconnect_one(twin);
		break;
	default:
		twin_close(twin);
	}
}

/* So that most scripts come to something. */
static void begin(void)
{
	twin_open(&twins[0], AF_INET, SOCK_STREAM);
	bind_one(&twins[0]);
	listen_one(&twins[0]);
	twin_open(&twins[1], AF_INET, SOCK_STREAM);
	twin_open(&twins[2], AF_INET, SOCK_DGRAM);
	bind_one(&twins[2]);
}

static void scenario(struct evert_sim *sim)
{
	struct twin *twin;
	size_t count, i;

	twins_begin(sim);
	begin();
	count = evert_sim_size(sim, 1, MOST_OPERATIONS);
	for (i = 0; i < count; i++) {
		twins_compare();
		twin = twin_any();
		if (twin->open)
			do_something(twin);
		else if (!evert_sim_random(sim, 3))
			twin_open(twin, AF_INET,
				  evert_sim_random(sim, 4) ? SOCK_STREAM
							   : SOCK_DGRAM);
	}
	twins_compare();
	twins_close();
}

int main(int argc, char **argv)
{
	return evert_sim_search(argc, argv, scenario);
}
