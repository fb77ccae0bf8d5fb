/* SPDX-License-Identifier: MIT */
/* Delayed calls of a clock moved by hand, against a sorted list: made, moved
   and cancelled by anybody, by what runs and what is released, too. */
#include "fuzz.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "../../deferred/clock/clock.h"

enum { CALLS = 100, STEPS = 200 };

/* Times are counted in units that are whole nanoseconds. */
static const double unit = 1.0 / 512;

enum verb {
	MAKE,
	MAKE_RELEASED,
	RESET,
	DELAY,
	CANCEL,
	ASK,
	ADVANCE,
	JUMP,
	VERBS,
};

struct step {
	enum verb verb;
	int on;			   /* a call's number */
	long units;		   /* from now, or to be moved by */
	const struct step *inside; /* what the call does when it runs, or its
				      release when it does not */
};

/* How things are done: by evert, or by the list. */
struct world {
	int (*make)(const struct step *step, int number, bool released);
	int (*reset)(int on, long units);
	int (*delay)(int on, long units);
	int (*cancel)(int on);
	double (*time)(int on); /* in units; NaN: it is not active */
	size_t (*pending)(void);
	void (*move)(long units, bool jump);
	const struct step *inside[CALLS];
	int made;
	struct fuzz_log log;
};

static void note(struct world *world, char event, int on, double number)
{
	double both[] = { on, isnan(number) ? -1e9 : number };

	fuzz_note(&world->log, event, (const char *)both, sizeof(both));
}

static void perform(struct world *world, const struct step *step)
{
	int on = step->on;

	if (step->verb <= MAKE_RELEASED) {
		if (world->made == CALLS)
			return;
		on = world->made++;
		world->inside[on] = step->inside;
		note(world, 'M', on,
		     world->make(step, on, step->verb == MAKE_RELEASED));
	} else if (on >= world->made) {
		return;
	} else if (step->verb == RESET) {
		note(world, 'S', on, world->reset(on, step->units));
	} else if (step->verb == DELAY) {
		note(world, 'D', on, world->delay(on, step->units));
	} else if (step->verb == CANCEL) {
		note(world, 'C', on, world->cancel(on));
	}
	note(world, 'T', on, world->time(on));
	note(world, 'P', on, (double)world->pending());
}

/* A call runs, or its release does. */
static void happens(struct world *world, char event, int number)
{
	note(world, event, number, world->time(number));
	if (world->inside[number])
		perform(world, world->inside[number]);
}

/* ---- With evert ---- */

static struct world evert;
static struct evert_clock *clock;
static struct evert_delayed_call calls[CALLS];
static int numbers[CALLS];

static void run(void *number)
{
	happens(&evert, 'R', *(int *)number);
}

static void release(void *number)
{
	happens(&evert, 'G', *(int *)number);
}

static int make(const struct step *step, int number, bool released)
{
	double seconds = (double)step->units * unit;

	numbers[number] = number;
	calls[number] = (struct evert_delayed_call){ .timer = NULL };
	calls[number] = released ? evert_clock_call_later_with(
					   clock, seconds, run,
					   &numbers[number], release) :
				   evert_clock_call_later(clock, seconds, run,
							  &numbers[number]);
	return calls[number].timer != NULL;
}

static int reset(int on, long units)
{
	return evert_delayed_call_reset(calls[on], (double)units * unit);
}

static int delay(int on, long units)
{
	return evert_delayed_call_delay(calls[on], (double)units * unit);
}

static int cancel(int on)
{
	return evert_delayed_call_cancel(calls[on]);
}

static double time_of(int on)
{
	return rint(evert_delayed_call_time(calls[on]) / unit);
}

static size_t pending(void)
{
	return evert_clock_pending(clock);
}

static void move(long units, bool jump)
{
	if (jump)
		evert_clock_jump(clock, (double)units * unit);
	else
		evert_clock_advance(clock, (double)units * unit);
}

static struct world evert = {
	.make = make,
	.reset = reset,
	.delay = delay,
	.cancel = cancel,
	.time = time_of,
	.pending = pending,
	.move = move,
};

/* ---- With a list ---- */

static struct world list;
static struct listed {
	long due;
	bool active, released;
} all[CALLS];
static long now;
static bool ending;

static int list_make(const struct step *step, int number, bool released)
{
	struct listed *call = &all[number];

	*call = (struct listed){ .active = !ending, .released = released };
	call->due = now + (step->units > 0 ? step->units : 0);
	if (ending && released)
		happens(&list, 'G', number);
	return !ending;
}

static int list_move(int on, long due)
{
	if (!all[on].active)
		return -ENOENT;
	if (ending)
		return -ECANCELED;
	all[on].due = due;
	return 0;
}

static int list_reset(int on, long units)
{
	return list_move(on, units < 0 ? now : now + units);
}

static int list_delay(int on, long units)
{
	long due = all[on].due + units;

	if (units < 0 && due < now) /* one that is late stays */
		due = all[on].due < now ? all[on].due : now;
	return list_move(on, due);
}

static int list_cancel(int on)
{
	if (!all[on].active)
		return -ENOENT;
	all[on].active = false;
	if (all[on].released)
		happens(&list, 'G', on);
	return 0;
}

static double list_time(int on)
{
	return all[on].active ? (double)all[on].due : (double)NAN;
}

static size_t list_pending(void)
{
	size_t count = 0;
	int i;

	for (i = 0; i < list.made; i++)
		count += all[i].active;
	return count;
}

/* The first by time; of those due at once, the one that was made first. */
static struct listed *first(void)
{
	struct listed *best = NULL;
	int i;

	for (i = 0; i < list.made; i++) {
		if (all[i].active && (!best || all[i].due < best->due))
			best = &all[i];
	}
	return best;
}

static void list_advance(long units, bool jump)
{
	long end = now + units;
	struct listed *next;

	if (jump)
		now = end;
	while ((next = first()) && next->due <= end) {
		if (next->due > now)
			now = next->due;
		next->active = false;
		happens(&list, 'R', (int)(next - all));
	}
	now = end;
}

static void list_end(void)
{
	struct listed *next;

	ending = true;
	while ((next = first()))
		list_cancel((int)(next - all));
}

static struct world list = {
	.make = list_make,
	.reset = list_reset,
	.delay = list_delay,
	.cancel = list_cancel,
	.time = list_time,
	.pending = list_pending,
	.move = list_advance,
};

/* ---- */

static struct step steps[STEPS];
static size_t count;

/* From none to some hours, mostly short, so that many are due at once. */
static long read_units(struct fuzz_input *input)
{
	unsigned byte = fuzz_setting(input);

	return (long)(byte & 7) << (byte & 8 ? 3 * (byte >> 5) : 0);
}

static const struct step *read_step(struct fuzz_input *input)
{
	struct step *step;
	unsigned verb;

	if (count == STEPS || !input->left)
		return NULL;
	step = &steps[count++];
	verb = fuzz_setting(input);
	*step = (struct step){ .verb = (enum verb)(verb % VERBS) };
	if (step->verb != MAKE && step->verb != MAKE_RELEASED)
		step->on = (int)(fuzz_setting(input) % CALLS);
	step->units = read_units(input);
	if (step->verb < ADVANCE && verb & 64)
		step->units = -step->units;
	if (step->verb <= MAKE_RELEASED && verb & 128)
		step->inside = read_step(input);
	return step;
}

/* A clock is not moved from inside its calls. */
static void perform_outside(struct world *world, const struct step *step)
{
	if (step->verb >= ADVANCE)
		world->move(step->units, step->verb == JUMP);
	else
		perform(world, step);
}

static void begin(void)
{
	evert.made = list.made = 0;
	count = 0;
	now = 0;
	ending = false;
	clock = evert_clock_create();
	if (!clock)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = { (const char *)data, size, 1 };
	const struct step *step;

	begin();
	while ((step = read_step(&input))) {
		perform_outside(&evert, step);
		perform_outside(&list, step);
	}
	evert_clock_destroy(clock);
	list_end();
	fuzz_expect_equal(&evert.log, &list.log);
	return 0;
}
