/* SPDX-License-Identifier: MIT */
/* Who hands descriptors over, and who keeps them, of ../handover.c: what they
   share. One world at a time. */
#ifndef TESTS_SIM_HANDING_H
#define TESTS_SIM_HANDING_H

#include <evert.h>

enum {
	HANDING_MOST_CLIENTS = 6,
	/* Descriptors with a line, and lines in a burst. */
	HANDING_MOST_AT_ONCE = 4,
};

struct handing {
	struct evert_sim *sim;
	struct evert_sim_host *host;
	bool scarce;  /* descriptors or memory are, or were */
	bool halted;  /* the host was */
	bool harmful; /* aborts may happen */
	bool paused;  /* who does harm is let in between */
};

extern struct handing handing;

void handing_close(int fd);
bool handing_happens(uint64_t once_in);
void handing_perhaps_pause(void);

/* Is a keeper: a program of the host. */
void handing_keep(struct evert_reactor *reactor, void *arg);

/* ---- Clients ---- */

struct handing_client;

/* A world begins, without any. */
void handing_begin_clients(void);
struct handing_client *handing_start_client(void);

/* Has it had all its answers? */
bool handing_was_served(const struct handing_client *client);
void handing_check_clients(void);

#endif
