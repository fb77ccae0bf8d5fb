/* SPDX-License-Identifier: MIT */
/*
 * Random graphs of everything that waits: Deferreds, combinators, shields,
 * coroutines, scopes, locks, queues, sleeps and time-outs, that are fired,
 * failed, abandoned, cancelled and released in any order, also from inside
 * callbacks, cancellers and bodies.
 *
 * There is no model of what comes out. What must be so whatever happens: of
 * each pair one side ran, once, after the pairs before; each body that began
 * has ended; no value and no permit is lost, or given back twice; when all
 * firing ends are gone, nothing waits; and all the memory is given back.
 *
 * A graph is made from its seed alone. To see one that fails, set
 * EVERT_TEST_SEED to the seed that the message names.
 */
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/clock/clock.h"
#include "../../../deferred/combine.h"
#include "../../../deferred/coroutine/coroutine_internal.h"
#include "../../../deferred/coroutine/scope.h"
#include "../../../deferred/coroutine/shield.h"
#include "../../../deferred/coroutine/sleep.h"
#include "../../../deferred/firing_queue.h"
#include "../../../deferred/lock.h"
#include "../../../deferred/periodic.h"
#include "../../../deferred/queue.h"
#include "../../support/memory.h"

enum {
	ENDS = 12, /* of each kind, held at a time */
	PAIRS = 2000,
	STEPS = 80,
	DEPTH = 3, /* of what is done inside what is done */
	INPUTS = 4,
	GRAPHS = 3000,
};

static struct evert_deferred *held[ENDS];   /* reading ends */
static struct evert_firing *slots[ENDS];    /* firing ends */
static struct evert_deferred *paused[ENDS]; /* to be unpaused */
static struct evert_clock *clock_by_hand;
static struct evert_semaphore *semaphores[2]; /* a lock, and one of two */
static struct evert_queue *queue;
static struct evert_periodic *periodic;
static struct evert_firing_queue asked;

static int ran[PAIRS]; /* how often either side of each pair did */
static bool in_order;  /* each after those that were added before */
static int pair_count;
static long values, bodies;
static int depth;
static bool ending; /* nothing new is begun */
static uint64_t state;

static int below(int limit)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (int)((uint32_t)(state >> 33) % (uint32_t)limit);
}

static void step(void);

/* Something happens here, now and then. */
static void inside(void)
{
	if (ending || depth >= DEPTH || below(3))
		return;
	depth++;
	step();
	depth--;
}

/* ---- Results ---- */

/* A value is given back once, and that may do anything. */
static void release_value(void *value)
{
	free(value);
	values--;
	inside();
}

static const struct evert_type value_type = {"value", release_value};

static struct evert_result new_value(void)
{
	values++;
	return evert_result_of(&value_type, malloc(1));
}

/* Holds it, or, without a place for it, lets go of it. */
static void hold(struct evert_deferred *d)
{
	int i;

	for (i = 0; i < ENDS && held[i]; i++)
		;
	if (i < ENDS && !ending)
		held[i] = d;
	else
		evert_deferred_release(d);
}

/* One that was held, or NULL. Not `self`: who waits for itself is refused, and
   what it holds stays its own. */
static struct evert_deferred *take(const struct evert_deferred *self)
{
	int i = below(ENDS);
	struct evert_deferred *d = held[i];

	if (!d || d == self)
		return NULL;
	held[i] = NULL;
	return d;
}

static struct evert_result some_result(const struct evert_deferred *self,
				       struct evert_result otherwise)
{
	int kind = below(6);
	struct evert_deferred *d;

	if (kind < 2)
		return new_value();
	if (kind == 2)
		return evert_result_fail(EVERT_ERROR, 0, "planned");
	d = kind == 3 && !ending ? take(self) : NULL;
	return d ? evert_result_wait(d) : otherwise;
}

/* ---- Links ---- */

struct pair {
	int number;
	int before;		   /* on the same one, or -1 */
	struct evert_deferred *on; /* only to be compared with */
};

static const struct evert_deferred *added_to[PAIRS];

/* An earlier Deferred in the same place has run all of its own. */
static int latest_pair(const struct evert_deferred *d)
{
	int i = pair_count - 1;

	while (i >= 0 && added_to[i] != d)
		i--;
	return i;
}

static struct evert_result run_pair(struct evert_result *in, void *arg)
{
	struct pair pair = *(struct pair *)arg;

	free(arg);
	ran[pair.number]++;
	if (pair.before >= 0 && !ran[pair.before])
		in_order = false;
	inside();
	return some_result(pair.on, *in);
}

static void add_pair(void)
{
	struct evert_deferred *d = held[below(ENDS)];
	struct pair *pair;

	if (!d || pair_count == PAIRS)
		return;
	pair = malloc(sizeof(*pair));
	*pair = (struct pair){pair_count, latest_pair(d), d};
	added_to[pair_count++] = d;
	evert_deferred_add_both(d, run_pair, pair);
}

static void add_timeout(void)
{
	struct evert_deferred *d = held[below(ENDS)];

	if (d && clock_by_hand)
		evert_deferred_add_timeout(d, below(5) - 1, clock_by_hand);
}

/* ---- Firing ends ---- */

static bool cancel_leaf(struct evert_deferred *d, void *slot)
{
	int kind = below(4);

	(void)d;
	inside();
	if (kind == 1)
		evert_deferred_fire(slot, new_value());
	else if (kind == 2)
		evert_deferred_abandon((struct evert_firing **)slot);
	return kind == 3 && *(struct evert_firing **)slot;
}

static void create_leaf(void)
{
	int i = below(ENDS);

	if (slots[i])
		return;
	hold(below(2) ? evert_deferred_create(&slots[i])
		      : evert_deferred_create_cancellable(
				&slots[i], cancel_leaf, &slots[i]));
}

static void fire(void)
{
	struct evert_firing **slot = &slots[below(ENDS)];

	if (*slot)
		evert_deferred_fire(slot,
				    some_result(evert_firing_deferred(*slot),
						evert_result_none()));
}

static void chain(void)
{
	struct evert_firing **slot = &slots[below(ENDS)];
	struct evert_deferred *d = *slot ? take(evert_firing_deferred(*slot))
					 : NULL;

	if (d)
		evert_deferred_chain(d, slot);
}

static void abandon(void)
{
	evert_deferred_abandon(&slots[below(ENDS)]);
}

/* ---- Reading ends ---- */

static void combine(void)
{
	struct evert_deferred *inputs[INPUTS];
	unsigned options = (unsigned)below(16);
	size_t count = 0;
	int i, kind = below(3);

	for (i = 0; i < INPUTS; i++)
		if ((inputs[count] = take(NULL)))
			count++;
	if (kind == 0)
		hold(evert_gather(inputs, count,
				  options & (EVERT_CANCEL_REST |
					     EVERT_CONSUME_FAILURES)));
	else if (kind == 1)
		hold(evert_deferred_list(inputs, count, options));
	else
		hold(evert_race(inputs, count));
}

static void shield(void)
{
	struct evert_deferred *d = take(NULL);

	if (d)
		hold(evert_shield(d));
}

static void cancel(void)
{
	evert_deferred_cancel(held[below(ENDS)]);
}

static void let_go(void)
{
	evert_deferred_release(take(NULL));
}

static void pause(void)
{
	struct evert_deferred *d = held[below(ENDS)];
	int i = below(ENDS);

	if (!d || paused[i])
		return;
	paused[i] = d;
	evert_deferred_pause(d);
}

static void unpause(void)
{
	int i = below(ENDS);
	struct evert_deferred *d = paused[i];

	paused[i] = NULL;
	evert_deferred_unpause(d);
}

/* ---- Time, locks, queues ---- */

static void sleep_a_while(void)
{
	if (clock_by_hand)
		hold(evert_clock_sleep(clock_by_hand, below(6) - 1));
}

/* Either side of it releases the value. */
static void call_later(void)
{
	struct evert_delayed_call call;
	struct evert_result value;

	if (!clock_by_hand)
		return;
	value = new_value();
	call = evert_clock_call_later_with(clock_by_hand, below(5) - 1,
					   release_value, value.value.pointer,
					   release_value);
	if (clock_by_hand && !below(3))
		evert_delayed_call_reset(call, below(5) - 1);
	if (clock_by_hand && !below(4))
		evert_delayed_call_cancel(call);
}

/* Not from inside a delayed call. */
static void advance(void)
{
	if (!depth && !evert_coroutine_name() && clock_by_hand)
		evert_clock_advance(clock_by_hand, below(3));
}

static struct evert_result tick(void *arg, size_t count)
{
	(void)arg;
	(void)count;
	inside();
	return some_result(NULL, evert_result_none());
}

static void start_or_stop_periodic(void)
{
	if (!periodic || !clock_by_hand)
		return;
	if (below(3))
		hold(evert_periodic_start(periodic, 1 + below(2), below(2)));
	else
		evert_periodic_stop(periodic);
}

static void acquire(void)
{
	struct evert_semaphore *semaphore = semaphores[below(2)];

	if (semaphore)
		hold(evert_semaphore_acquire(semaphore));
}

static struct evert_result locked(void *arg)
{
	struct evert_deferred **self = arg;

	inside();
	return some_result(*self, evert_result_none());
}

static struct evert_result free_arg(struct evert_result *in, void *arg)
{
	free(arg);
	return *in;
}

static void run_locked(void)
{
	struct evert_semaphore *semaphore = semaphores[below(2)];
	struct evert_deferred **self, *d;

	if (!semaphore)
		return;
	self = calloc(1, sizeof(*self)); /* unknown while it is not held */
	d = evert_semaphore_run(semaphore, locked, self);
	*self = d;
	evert_deferred_add_both(d, free_arg, self);
	hold(d);
}

static void ask(void)
{
	hold(evert_firing_queue_add(&asked));
}

static void answer(void)
{
	int kind = below(8);

	if (kind == 0)
		evert_firing_queue_finish(&asked);
	else if (kind == 1)
		evert_firing_queue_fail_all(
			&asked, evert_failure_bare(EVERT_ABANDONED));
	else
		evert_firing_queue_fire_first(&asked, new_value());
}

static void get(void)
{
	if (queue)
		hold(evert_queue_get(queue));
}

/* Never the very Deferred of the `get` that is to take it. */
static struct evert_result some_item(void)
{
	struct evert_deferred *d = below(4) ? NULL : take(NULL);

	return d ? evert_result_wait(evert_shield(d)) : new_value();
}

static void put(void)
{
	struct evert_result item;

	if (!queue)
		return;
	item = some_item();
	if (below(2))
		hold(evert_queue_put_wait(queue, item));
	else
		(void)evert_queue_put(queue, item);
}

/* What is called meanwhile may still use it. */
static void destroy_semaphore(int i)
{
	evert_semaphore_destroy(semaphores[i]);
	semaphores[i] = NULL;
}

static void destroy_queue(void)
{
	evert_queue_destroy(queue);
	queue = NULL;
}

static void destroy_clock(void)
{
	evert_clock_destroy(clock_by_hand);
	clock_by_hand = NULL;
}

static void destroy_periodic(void)
{
	struct evert_periodic *last = periodic;

	periodic = NULL;
	evert_periodic_destroy(last);
}

/* Only from the outermost loop, so that it is no bug. */
static void destroy_one(int which)
{
	if (which == 0)
		destroy_queue();
	else if (which == 1)
		destroy_clock();
	else if (which == 2)
		destroy_periodic();
	else if (which < 5)
		destroy_semaphore(which - 3);
}

static void destroy(void)
{
	if (!depth && !evert_coroutine_name())
		destroy_one(below(60));
}

/* ---- Coroutines ---- */

static struct evert_result body(void *arg);

static void await(void)
{
	struct evert_deferred *d = take(NULL);
	int before = depth;

	if (d)
		evert_result_release(evert_await(d));
	depth = before;
}

/* Also in callbacks and cancellers, if a coroutine called them. */
static void nap(void)
{
	int before = depth;

	if (evert_coroutine_name() && clock_by_hand && !ending)
		evert_result_release(
			evert_await(evert_clock_sleep(clock_by_hand, 1)));
	depth = before;
}

static void await_permit(void)
{
	struct evert_semaphore *semaphore = semaphores[below(2)];
	struct evert_result permit;
	int before = depth;

	if (!semaphore)
		return;
	permit = evert_await(evert_semaphore_acquire(semaphore));
	depth = before;
	inside();
	await();
	evert_result_release(permit);
}

static void open_scope(void)
{
	struct evert_scope scope;
	int i, before = depth;

	evert_scope_init(&scope);
	for (i = below(4); i; i--)
		(void)evert_scope_spawn(&scope, body, NULL);
	if (!below(3))
		await();
	if (!below(6))
		evert_scope_cancel(&scope);
	evert_result_release(evert_scope_leave(&scope));
	depth = before;
}

static struct evert_result body(void *arg)
{
	int i;

	(void)arg;
	bodies++;
	for (i = below(4); i; i--) {
		await();
		inside();
		if (!below(4))
			await_permit();
		if (!below(6) && !ending && bodies < 60)
			open_scope();
	}
	bodies--;
	return some_result(evert_coroutine_current()->deferred,
			   evert_result_none());
}

static void spawn(void)
{
	if (bodies < 60)
		hold(evert_spawn(body, NULL));
}

static void (*const operations[])(void) = {
	create_leaf,
	create_leaf,
	create_leaf,
	add_pair,
	add_pair,
	add_pair,
	fire,
	fire,
	abandon,
	chain,
	combine,
	combine,
	shield,
	cancel,
	cancel,
	let_go,
	pause,
	unpause,
	unpause,
	add_timeout,
	sleep_a_while,
	advance,
	start_or_stop_periodic,
	acquire,
	run_locked,
	get,
	put,
	spawn,
	spawn,
	nap,
	destroy,
	call_later,
	ask,
	answer,
};

enum {
	OPERATIONS = sizeof(operations) / sizeof(operations[0])
};

static void step(void)
{
	int before = depth;

	operations[below(OPERATIONS)]();
	depth = before;
}

/* ---- A graph ---- */

static void report_unhandled(const struct evert_unhandled *report, void *arg)
{
	(void)report;
	(void)arg;
	inside();
}

static void begin(uint64_t seed)
{
	state = seed;
	depth = pair_count = 0;
	values = bodies = 0;
	ending = false;
	in_order = true;
	memset(ran, 0, sizeof(ran));
	clock_by_hand = evert_clock_create();
	if (clock_by_hand)
		periodic = evert_periodic_create(clock_by_hand, tick, NULL);
	semaphores[0] = evert_lock_create();
	semaphores[1] = evert_semaphore_create(2);
	queue = evert_queue_create(2, 3);
}

/* Gives up all that is held. */
static void give_up(void)
{
	struct evert_deferred *d;
	int i;

	for (i = 0; i < ENDS; i++) {
		d = paused[i];
		paused[i] = NULL;
		evert_deferred_unpause(d);
	}
	for (i = 0; i < ENDS; i++) {
		evert_deferred_abandon(&slots[i]);
		d = held[i];
		held[i] = NULL;
		evert_deferred_release(d);
	}
}

static void finish(void)
{
	int i, first;

	ending = true;
	give_up();
	first = below(5);
	for (i = 0; i < 5; i++)
		destroy_one((first + i) % 5);
	evert_firing_queue_finish(&asked);
	give_up();
}

static void check(uint64_t seed, struct memory_counts memory)
{
	int i;

	for (i = 0; i < pair_count; i++)
		cr_assert(eq(int, ran[i], 1), "seed %lu: a side of pair %d",
			  (unsigned long)seed, i);
	cr_assert(in_order, "seed %lu: order", (unsigned long)seed);
	cr_assert(eq(long, bodies, 0), "seed %lu: bodies", (unsigned long)seed);
	cr_assert(eq(sz, evert_coroutine_count(), 0), "seed %lu: coroutines",
		  (unsigned long)seed);
	cr_assert(eq(long, values, 0), "seed %lu: values", (unsigned long)seed);
	cr_assert(eq(sz, memory.live, 0), "seed %lu: memory",
		  (unsigned long)seed);
}

/* With memory for `requests`, if that is not 0, and then for all but one. */
static void run_graph(uint64_t seed, size_t requests, bool forever)
{
	int i;

	failing_allocator_start(requests, forever);
	begin(seed);
	for (i = 0; i < STEPS; i++)
		step();
	finish();
	check(seed, failing_allocator_stop());
}

static void run_graphs(uint64_t first, size_t memory, bool forever)
{
	const char *only = getenv("EVERT_TEST_SEED");
	uint64_t seed = only ? strtoull(only, NULL, 0) : first;
	uint64_t last = only ? seed : first + GRAPHS - 1;

	evert_set_unhandled_hook(report_unhandled, NULL);
	for (; seed <= last; seed++)
		run_graph(seed, memory ? 1 + seed * 7 % memory : 0, forever);
}

Test(graph, nothing_is_lost_and_nothing_hangs)
{
	run_graphs(1, 0, false);
}

Test(graph, nothing_is_lost_when_memory_fails_once)
{
	run_graphs(100001, 120, false);
}

Test(graph, nothing_is_lost_when_memory_is_gone)
{
	run_graphs(200001, 120, true);
}
