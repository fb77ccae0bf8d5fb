/* SPDX-License-Identifier: MIT */
/* Evert's world: results as numbers, and numbers as results. */
#ifndef TESTS_MODEL_WAITING_EVERT_H
#define TESTS_MODEL_WAITING_EVERT_H

#include "../../../evert.h"
#include "world.h"

extern struct evert_deferred *waiting_slots[WAITING_SLOTS];
extern struct evert_semaphore *waiting_semaphores[WAITING_SEMAPHORES];
extern int waiting_alive; /* values */

extern struct evert_clock *waiting_clock;
extern struct evert_scope waiting_scopes[WAITING_SCOPES];
/* What each coroutine has awaited last, and holds. */
extern struct evert_result waiting_outcomes[WAITING_COROUTINES_MOST];

/* Stops the program unless it holds. */
void waiting_check(bool holds);

/* Times are whole nanoseconds. */
double waiting_seconds(int units);

void waiting_coroutines_begin(void);
struct evert_deferred *waiting_spawn(int coroutine);
int waiting_spawn_in_scope(int scope, int coroutine);

/* As struct waiting_class has them. */
int waiting_flow(void);
int waiting_wait_here(enum waiting_action action,
		      const struct waiting_step *step);

int waiting_number_of(const struct evert_result *result);
int waiting_number_of_failure(const struct evert_failure *failure);

/* `passed`, or another one. */
struct evert_result waiting_result(struct outcome outcome,
				   struct evert_result passed);

/* The k-th thing that might find no memory. */
size_t waiting_asks(void);
void waiting_says(size_t k, enum waiting_memory memory);
/* Of a Deferred that was made just now. */
void waiting_made(size_t k, struct evert_deferred *deferred);

#endif
