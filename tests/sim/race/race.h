/* SPDX-License-Identifier: MIT */
/*
 * A race of connections to the addresses of one name, of ../connect.c: whose
 * addresses these are, who asks for the name, and what came of it. One world at
 * a time.
 */
#ifndef TESTS_SIM_RACE_H
#define TESTS_SIM_RACE_H

#include <evert.h>

enum {
	RACE_MOST_TARGETS = 6,
	RACE_MOST_ASKED = 4,
	RACE_NEVER = 1000, /* seconds, beyond all patience */
};

enum race_state {
	RACE_SERVES,
	RACE_REFUSES,
	RACE_CUT_OFF,
	RACE_NOBODY,
	RACE_COMES_BACK,
	RACE_STATES,
};

struct race_target {
	struct evert_sim_host *host; /* or NULL */
	struct evert_address address;
	enum race_state state;
};

/* One who asks for the name. */
struct race_asked {
	size_t number;
	double begun, patience; /* 0: without an end */
	struct evert_reactor *reactor;
	size_t fired, made, lost, served; /* how often */
	bool has_begun, succeeded, answered;
};

struct race {
	struct evert_sim *sim;
	struct race_target targets[RACE_MOST_TARGETS];
	struct race_asked asked[RACE_MOST_ASKED];
	size_t target_count, asked_count;
	size_t alive; /* the servers' connections that are not lost */
	/* There is too little of memory, or descriptors, or the client stops.
	 */
	bool is_disturbed;
	/* How long the name server waits with its answer, by family; one that
	   is not given is late beyond all patience. */
	double answer_delay[2];
};

extern struct race race;

/* Starts the server of a target on its host: it says who it is. */
void race_serve(const struct race_target *target);

/* Is the name server: a program of its host. Then lets go of it. */
void race_be_name_server(struct evert_reactor *reactor, void *arg);
void race_release_name_server(void);

/* Has one, a struct race_asked, ask for the name, in either style. */
void race_begin(void *asked);

/* What the Deferred fires with is judged, and dropped; then what is said over
   the connection to `peer`. */
struct evert_result race_done(struct evert_result *in, void *asked);
void race_check_answer(struct race_asked *asked, const char *line,
		       size_t length, const struct evert_address *peer);

#endif
