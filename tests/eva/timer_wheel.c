/* SPDX-License-Identifier: MIT */
/*
 * The wheel with three timers, due on different levels of it, of which one is
 * cancelled, or moved earlier, or later, before time comes to them.
 *
 * sources: deferred/clock/timer_wheel.c deferred/clock/timer_sort.c
 * options: -eva-slevel 100
 */
#include "../../deferred/clock/timer_wheel_internal.h"

static struct evert_timer timers[4];
static struct evert_timer_wheel wheel;

struct evert_timer_block *
evert_timer_block_after(const struct evert_timer_wheel *of,
			const struct evert_timer_block *block,
			struct evert_timer **timer, struct evert_timer **end)
{
	static struct evert_timer_block only;

	(void)of;
	*timer = timers;
	*end = timers + 4;
	return block ? NULL : &only;
}

static struct evert_timer *set(int64_t when)
{
	struct evert_timer *timer = evert_timer_wheel_take(&wheel);

	evert_timer_wheel_set(&wheel, timer, when);
	return timer;
}

static void begin(void)
{
	evert_timer_wheel_init(&wheel, NULL, 0);
	for (int i = 0; i < 4; i++) {
		timers[i] = (struct evert_timer){ .next = NULL };
		evert_timer_wheel_put_back(&wheel, &timers[i]);
	}
}

static void pass(int64_t now)
{
	struct evert_timer *timer;

	while ((timer = evert_timer_wheel_due(&wheel, now))) {
		/*@ assert timer->when <= now; */
		evert_timer_wheel_end(&wheel, timer);
	}
	evert_timer_wheel_next(&wheel, now);
}

static void run(int64_t first, int64_t second, int64_t third, int what)
{
	struct evert_timer *timer;

	begin();
	set(first);
	timer = set(second);
	set(third);
	pass(1);
	if (what == 0)
		evert_timer_wheel_cancel(&wheel, timer);
	else if (what == 1)
		evert_timer_wheel_move(&wheel, timer, 2);
	else
		evert_timer_wheel_move(&wheel, timer, 100000000);
	pass(300);
	evert_timer_wheel_sweep(&wheel);
	pass(200000000);
	/*@ assert wheel.set == wheel.ended; */
}

int main(void)
{
	static const int64_t times[] = { 2, 299, 70000, 50000000 };

	for (int i = 0; i < 4; i++)
		for (int what = 0; what < 3; what++) {
			run(times[i], times[(i + 1) % 4], times[(i + 2) % 4],
			    what);
			run(times[i], times[i], times[3], what);
		}
	return 0;
}
