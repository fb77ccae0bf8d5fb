/* SPDX-License-Identifier: MIT */
/* Who waits for time and has to know if it never comes. */
#include <errno.h>

#include "../base/bug.h"
#include "../base/memory.h"
#include "tell_timer_internal.h"

/* ---- Waits ---- */

struct evert_clock_wait *evert_clock_wait_part(struct evert_timer *timer)
{
	struct evert_clock_wait *wait = timer->arg;

	evert_list_remove(&wait->node);
	wait->call = (struct evert_delayed_call){ NULL, 0 };
	timer->clock->wait_count--;
	return wait;
}

static int begin(struct evert_clock *clock, int64_t when,
		 struct evert_clock_wait *wait, const char *place)
{
	struct evert_timer *timer;

	timer = evert_clock_add(clock, when, wait->over, wait, place);
	evert_list_init(&wait->node);
	wait->call = (struct evert_delayed_call){ NULL, 0 };
	if (!timer)
		return -errno;
	timer->id |= EVERT_TIMER_IS_WAIT;
	wait->call = (struct evert_delayed_call){ timer, timer->id };
	clock->wait_count++;
	return 0;
}

int evert_clock_wait_until(struct evert_clock *clock, int64_t when,
			   struct evert_clock_wait *wait, const char *place)
{
	int error = begin(clock, when, wait, place);

	if (!error)
		evert_list_append(&clock->waits, &wait->node);
	return error;
}

int evert_clock_wait(struct evert_clock *clock, double seconds,
		     struct evert_clock_wait *wait, const char *place)
{
	int64_t span;

	if (evert_clock_to_delay(seconds, &span))
		return -EINVAL;
	return evert_clock_wait_until(
		clock, evert_clock_later(evert_clock_time(clock), span),
		wait, place);
}

void evert_clock_wait_end(struct evert_clock_wait *wait)
{
	struct evert_timer *timer = wait->call.timer;

	if (!timer)
		return;
	evert_clock_wait_part(timer);
	if (timer->id & EVERT_TIMER_IS_TOLD)
		evert_tell_cancelled_timer(timer);
	evert_timer_wheel_cancel(&timer->clock->wheel, timer);
}

bool evert_clock_watch(struct evert_clock *clock, struct evert_clock_wait *wait)
{
	evert_list_init(&wait->node);
	wait->call = (struct evert_delayed_call){ NULL, 0 };
	if (clock->ending)
		return false;
	evert_list_append(&clock->waits, &wait->node);
	return true;
}

void evert_clock_unwatch(struct evert_clock_wait *wait)
{
	evert_clock_wait_end(wait);
	evert_list_remove(&wait->node);
}

/* The first of a list leaves it, and is told. */
static void drop_first(struct evert_list_node *list, struct evert_clock *clock)
{
	struct evert_clock_wait *wait = evert_container_of(
		list->next, struct evert_clock_wait, node);

	evert_clock_unwatch(wait);
	wait->dropped(wait, clock->why);
}

void evert_clock_end_watches(struct evert_clock *clock)
{
	while (!evert_list_is_empty(&clock->waits))
		drop_first(&clock->waits, clock);
}

/* A list of their own: whoever is told may end the others. */
void evert_clock_end_waits(struct evert_clock *clock)
{
	struct evert_list_node ending;

	evert_list_init(&ending);
	evert_list_move_all(&ending, &clock->waits);
	while (!evert_list_is_empty(&ending))
		drop_first(&ending, clock);
}

/* ---- Delayed calls whose argument is released ---- */

struct owning_call {
	struct evert_clock_wait wait;
	void (*call)(void *arg);
	void *arg;
	void (*release)(void *arg);
};

/* The memory goes first: what is called then may do anything. */
static struct owning_call finish(struct owning_call *owning)
{
	struct owning_call copy = *owning;

	evert_free(owning);
	return copy;
}

static void run(void *wait)
{
	struct owning_call owning = finish(
		evert_container_of(wait, struct owning_call, wait));

	owning.call(owning.arg);
}

static void dropped(struct evert_clock_wait *wait,
		    const struct evert_error *why)
{
	struct owning_call owning = finish(
		evert_container_of(wait, struct owning_call, wait));

	(void)why;
	owning.release(owning.arg);
}

static int begin_owning(struct evert_clock *clock, double seconds,
			struct owning_call *owning, const char *place)
{
	int64_t span;

	if (!owning)
		return -ENOMEM;
	if (evert_clock_to_delay(seconds, &span))
		return -EINVAL;
	return begin(clock, evert_clock_later(evert_clock_time(clock), span),
		     &owning->wait, place);
}

struct evert_delayed_call evert_clock_call_later_with_at(
	struct evert_clock *clock, double seconds, void (*call)(void *arg),
	void *arg, void (*release)(void *arg), const char *place)
{
	struct owning_call *owning = evert_allocate(sizeof(*owning));
	int error;

	if (!call || !release)
		evert_bug("evert_clock_call_later_with was given no %s",
			  call ? "release" : "call");
	if (owning)
		*owning = (struct owning_call){
			.wait = { .over = run, .dropped = dropped },
			.call = call,
			.arg = arg,
			.release = release,
		};
	error = begin_owning(clock, seconds, owning, place);
	if (!error)
		return owning->wait.call;
	evert_free(owning);
	release(arg);
	errno = -error;
	return (struct evert_delayed_call){ NULL, 0 };
}
