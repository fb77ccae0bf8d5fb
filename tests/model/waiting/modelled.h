/* SPDX-License-Identifier: MIT */
/* The model's world: how its parts use each other. */
#ifndef TESTS_MODEL_WAITING_MODELLED_H
#define TESTS_MODEL_WAITING_MODELLED_H

#include "../promised.h"
#include "world.h"

extern int modelled_slots[WAITING_SLOTS];
extern int modelled_flow; /* the coroutine that runs, or NOBODY */

/* Did the next thing that might find none find memory? */
enum waiting_memory modelled_memory(void);

/* ---- Results ---- */

/* What is given in a step, as the model has it. */
struct outcome modelled_gives(const struct waiting_step *step, int id);

/* The same of what the user has given already. */
struct outcome modelled_as(struct outcome outcome);

/* Parts as one result, which owns them; as evert's is told. */
int modelled_combined(const int *parts, int count);
int modelled_indexed(int index, int part);
int modelled_seen(int result);

/* Releases what they own. */
void modelled_drop(int result);
void modelled_drop_outcome(struct outcome outcome);

void modelled_report(int failure);

/* ---- Time ---- */

struct modelled_timer {
	long due;
	long start; /* the how many-th of all starts */
	bool active;
	void (*over)(struct modelled_timer *timer);
	void (*dropped)(struct modelled_timer *timer); /* the clock ends */
	int arg;
	int becomes; /* of a time-out: what a cancelling is told as */
};

long modelled_now(void);
bool modelled_clock_has_ended(void);
struct modelled_timer *
modelled_timer(long due, void (*over)(struct modelled_timer *timer),
	       void (*dropped)(struct modelled_timer *timer));
/* Once more, as if it was made now. */
void modelled_timer_start(struct modelled_timer *timer, long due,
			  void (*over)(struct modelled_timer *timer));
void modelled_time_begin(void);
int modelled_sleep(int units, enum waiting_memory memory);
int modelled_timeout(int deferred, int units);
void modelled_advance(int units);
void modelled_end_clock(void);

void modelled_periodic_begin(void);
int modelled_periodic_start(int interval, bool at_once, int link);
void modelled_periodic_stop(void);
void modelled_periodic_end(void);
bool modelled_is_running(void);

/* ---- Coroutines ---- */

void modelled_coroutines_begin(void);
size_t modelled_coroutines(void);
int modelled_spawn(int coroutine);
int modelled_deferred_of(int coroutine);
int modelled_scope_spawn(int scope, int coroutine);
void modelled_scope_open(int scope, int coroutine);
void modelled_scope_cancel(int scope);
/* For a callback in the one that runs. */
int modelled_wait(enum waiting_action action, const struct waiting_step *step);
/* What it has awaited: is given up, or taken over. */
void modelled_drop_awaited(int coroutine);
void modelled_take_awaited(int coroutine);
int modelled_shield(int deferred);

/* In a scope (for coroutines): true, and it is left, with that outcome; or all
   have to end that `*all_ended` waits for. */
bool modelled_scope_leave(int scope, int *all_ended);
int modelled_scope_left(int scope);
void modelled_scope_begin(void);
/* Nobody goes on in between, but on a coroutine's stack. */
void modelled_hold(void);
void modelled_let_run(void);

/* ---- Queues and semaphores ---- */

void modelled_queues_begin(const struct waiting_sequence *sequence);
void modelled_semaphores_begin(const struct waiting_sequence *sequence);
int modelled_put(int queue, struct outcome item, bool starved);
int modelled_put_wait(int queue, struct outcome item, bool starved);
int modelled_get(int queue);
void modelled_close_queue(int queue);
size_t modelled_queue_count(int queue);
int modelled_acquire(int semaphore);
int modelled_run(int semaphore, int link);
void modelled_give_back(int semaphore);
void modelled_close_semaphore(int semaphore);
size_t modelled_available(int semaphore);

/* ---- Combinators ---- */

void modelled_combine_begin(void);
int modelled_combine(const struct waiting_step *step, const int *inputs,
		     int count, bool starved);

#endif
