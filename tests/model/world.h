/* SPDX-License-Identifier: MIT */
/* A world in which a sequence is done: evert's, or the model's. */
#ifndef TESTS_MODEL_WORLD_H
#define TESTS_MODEL_WORLD_H

#include "model.h"
#include "record.h"

/*
 * A result as a number: 0 is nothing, what is above is a value, what is below
 * a failure: that of a link, or one that evert made.
 */
enum {
	NOTHING = 0,
	CANCELLED = -1,
	ABANDONED = -2,
	DEADLOCK = -3,
	NO_MEMORY = -4,
	FAILED = -20, /* and below */
	NO_RESULT = 1000000,
};

/* What is given: a result, or the Deferred to wait for. */
struct outcome {
	enum model_give give;
	int number;
};

struct world;

struct world_class {
	void (*begin)(const struct model_deferreds *deferreds);
	void (*add)(const struct model_step *link);
	void (*add_table)(const struct model_step *table);
	void (*reserve)(int on, int count);
	void (*fire)(int on, struct outcome outcome);
	void (*abandon)(int on);
	void (*cancel)(int on);
	void (*pause)(int on);
	void (*unpause)(int on);
	void (*release)(int on);
	void (*chain)(int on, int other);
	bool (*has_fired)(int on);
	int (*result)(int on);
	int (*live)(void); /* values */
};

/* What the user holds of each Deferred, and what was seen. */
struct world {
	const struct world_class *does;
	struct {
		bool reading, firing;
		int pauses;
		enum model_canceller canceller;
	} held[MODEL_DEFERREDS];
	int count, links, numbers;
	struct record record;
};

extern struct world world_of_evert, world_of_model;

/* The user's code, the same in both: a link runs; a canceller runs; a failure
   is reported. */
struct outcome user_link(struct world *world, const struct model_step *link,
			 int in);
bool user_canceller(struct world *world, int on);
void user_report(struct world *world, int failure);

/* Does one step; false: it can't be done. */
bool user_does(struct world *world, const struct model_step *step);

/* Writes down what can be seen from outside. */
void user_looks(struct world *world);

/* Begins, with new Deferreds. */
void user_begins(struct world *world,
		 const struct model_deferreds *deferreds);

#endif
