/* SPDX-License-Identifier: MIT */
/*
 * The promises that deferred.h makes, as a model: what a user does with a few
 * Deferreds is done twice, with evert and with the model, which knows only
 * what the header says. Which links run, in which order, with what, what can be
 * seen of each Deferred, how many values are alive, and which failures are
 * reported: after each step it must be the same.
 *
 * For tests/deferred/test_promises.c, which tries all short sequences and some
 * long ones, and tests/fuzz/fuzz_deferred.c, which looks for others.
 */
#ifndef TESTS_MODEL_H
#define TESTS_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum {
	MODEL_DEFERREDS = 6,
	MODEL_STEPS = 150, /* that model_read gives at most */
	MODEL_LINKS = 100, /* that one sequence may add */
	MODEL_TABLE_LINKS = 4,
};

enum model_verb {
	MODEL_ADD,
	MODEL_ADD_TABLE,
	MODEL_RESERVE,
	MODEL_FIRE,
	MODEL_ABANDON,
	MODEL_CANCEL,
	MODEL_PAUSE,
	MODEL_UNPAUSE,
	MODEL_RELEASE,
	MODEL_CHAIN,
	MODEL_VERBS,
};

/* Which halves of the pair a link has. */
enum model_half { MODEL_CALLBACK, MODEL_ERRBACK, MODEL_BOTH, MODEL_HALVES };

/* What a link returns; what a Deferred is fired with (nothing, for PASS). */
enum model_give {
	MODEL_PASS,
	MODEL_VALUE,
	MODEL_FAIL,
	MODEL_WAIT,
	MODEL_GIVES,
};

/* What the canceller of a Deferred does. */
enum model_canceller {
	MODEL_NONE,
	MODEL_NOTHING,
	MODEL_CANCELS, /* once more, which does nothing */
	MODEL_DELIVERS,
	MODEL_GIVES_UP,
	MODEL_WILL_DELIVER,
	MODEL_CANCELLERS,
};

struct model_deferreds {
	int count;
	enum model_canceller cancellers[MODEL_DEFERREDS];
	bool is_short[MODEL_DEFERREDS]; /* with room for two links at first */
};

struct model_step {
	enum model_verb verb;
	int on; /* a Deferred's number */
	enum model_half half;
	enum model_give give;
	int other;			 /* to wait for; to be fired by a chain */
	const struct model_step *inside; /* what the link does, or NULL; the
					    links of a table, which are of the
					    same Deferred */
	int count;			 /* of the links of a table, or of
					    those to make room for */
};

/*
 * Does the steps in both worlds, with these Deferreds, and gives up whatever is
 * left. What a user could not do (fire twice, use what was given away) is left
 * out: `*done` is how many steps from the first on could all be done. False
 * where the worlds differ: then both records are printed.
 */
bool model_holds(const struct model_deferreds *deferreds,
		 const struct model_step *steps, size_t count, size_t *done);

/*
 * Makes Deferreds and a sequence of any bytes; returns how many of `steps` there
 * are, up to MODEL_STEPS. What their links do lives until the next call.
 */
size_t model_read(const uint8_t *bytes, size_t length,
		  struct model_deferreds *deferreds, struct model_step *steps);

/* Prints a sequence, for a person. */
void model_print(const struct model_deferreds *deferreds,
		 const struct model_step *steps, size_t count, FILE *to);

#endif
