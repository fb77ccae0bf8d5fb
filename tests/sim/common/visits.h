/* SPDX-License-Identifier: MIT */
/*
 * Visits to a server that greets, in three styles: a protocol, which sends all
 * names at once; a chain of callbacks, which asks for one greeting after the
 * other; a coroutine. Whatever the style, it is checked that each greeting is
 * that of the next name, that a visit ends once, in order only when it was
 * greeted by all names, and that each connection's end is told once.
 */
#ifndef TESTS_SIM_COMMON_VISITS_H
#define TESTS_SIM_COMMON_VISITS_H

#include <evert.h>

enum {
	VISIT_NAMES = 5,
	VISIT_NAME_SIZE = 32
};

struct visit {
	char names[VISIT_NAMES][VISIT_NAME_SIZE];
	size_t count, greeted;
	double patience; /* seconds; 0: without an end */
	size_t fired;
	size_t made, lost; /* connections */
	bool failed;
	/* A server that is greeted by: as evert_connect. */
	struct evert_deferred *(*connect)(struct evert_reactor *reactor,
					  struct evert_factory *factory);
	struct visit *next; /* begins when this one ends; or the reactor stops */
	struct evert_firing *done;
	struct evert_factory talkers;
	size_t style;
};

/* A world begins, in which nobody has greeted yet. */
void visits_begin(struct evert_sim *sim);

/* From now on memory runs out at times: a visit may end at any time, but it
   ends. */
void visits_be_poor(void);

/* The server may stop its reactor after a while, in order. */
void visits_may_be_stopped(struct evert_reactor *server);

/* Is there enough memory, and does the server stay? */
bool visits_are_safe(void);

/* Draws names, patience and style. */
void visit_draw(struct visit *visit,
		struct evert_deferred *(*connect)(struct evert_reactor *reactor,
						  struct evert_factory *factory));

/* Begins a visit: a program of a host. */
void visit_begin(struct evert_reactor *reactor, void *visit);

/* Makes what greets; how many connections it has had, and has. */
extern struct evert_factory visit_greeters;
size_t visit_greeters_made(void);
size_t visit_greeters_alive(void);

#endif
