/* SPDX-License-Identifier: MIT */
/*
 * Deferreds as deferred.h promises them, in the plainest way: what the models
 * are made of. A Deferred is a number, and so is a result.
 */
#ifndef TESTS_MODEL_PROMISED_H
#define TESTS_MODEL_PROMISED_H

#include "world.h"

enum {
	PROMISED = 1200, /* Deferreds that one sequence may make */
	NOBODY = -1,
};

struct promised_link {
	enum model_half half;
	struct outcome (*run)(const void *arg, int in);
	const void *arg;
	bool starved; /* there was no memory for it */
};

/* What a Deferred comes from. */
struct promised_work {
	/* It is cancelled: true, it will be fired all the same. NULL: it fails
	   at once. */
	bool (*cancel)(int arg);
	/* The Deferreds that it waits for: the k-th, or NOBODY. NULL: none. */
	int (*waits_for)(int arg, int k);
	/* One of evert's own, that is cancelled as often as one asks for it. */
	bool is_joint;
	bool walks; /* through all that it waits for */
};

/* One who waits, and is no Deferred. */
struct promised_waiter {
	void (*deliver)(int arg, int result);
	int arg;
	int outer; /* the Deferred that can't fire before; or NOBODY */
};

/* A new sequence. `report` is told of failures that nobody handled, `dropped`
   of other results that are released. */
void promised_begin(void (*report)(int failure), void (*dropped)(int result));

/* The user has both ends. `work` may be NULL. */
int promised_create(const struct promised_work *work, int arg);

/* NOBODY, where a reading end is meant, is one without memory. */
void promised_add(int n, struct promised_link link);
void promised_fire(int n, struct outcome outcome);
void promised_fail(int n, int kind);
void promised_give_up(int n); /* the firing end */
void promised_cancel(int n);
void promised_pause(int n);
void promised_unpause(int n);
void promised_chain(int n, int other);
void promised_release(int n); /* the reading end */

/* Takes its result out, from inside a link. */
int promised_take(int n);

/* Takes over the reading end: true, and its outcome, or false, and it is
   delivered later. */
bool promised_wait(int n, struct promised_waiter waiter, int *outcome);

/* Would `n` wait for itself, if it waited for `inner`? */
bool promised_closes_ring(int n, int inner);

/* If it would, who waits for `n` fails. */
void promised_break_ring(int n, int inner);

bool promised_has_fired(int n);
int promised_result(int n);
int promised_live(void); /* values in them */

#endif
