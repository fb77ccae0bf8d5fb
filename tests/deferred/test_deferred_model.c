/* SPDX-License-Identifier: MIT */
/*
 * Random sequences of operations on a few Deferreds, done twice: with evert,
 * and with a model that does the same in the plainest way. Both write down
 * what runs with which result; the two records must be the same.
 *
 * A sequence is made from its seed alone. To see one that fails, run this
 * with the seed that the message names.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../deferred/deferred_internal.h"
#include "../support/memory.h"
#include "../support/unfired.h"

enum {
	DEFERREDS = 6,
	STEPS = 60,
	LINKS = 400,
	TABLE_LINKS = 4,
	DEPTH = 2, /* of operations inside links */
	SEQUENCES = 4000,
	RECORD = 32768,
	NOBODY = -1,
};

/* ---- What is done ---- */

enum operation_kind {
	NOTHING,
	CREATE,
	ADD,
	ADD_TABLE,
	RESERVE,
	FIRE,
	ABANDON,
	CANCEL,
	PAUSE,
	UNPAUSE,
	RELEASE,
	OPERATIONS,
};

enum outcome_kind { PASS, VALUE, FAIL, WAIT, OUTCOMES };

/* What a link returns, or what a Deferred is fired with. */
struct outcome {
	enum outcome_kind kind;
	int number; /* the value, or the Deferred to wait for */
};

enum canceller { NONE, DO_NOTHING, DELIVER, DELIVER_LATER, CANCELLERS };

struct operation {
	enum operation_kind kind;
	int on; /* the Deferred's number */
	enum canceller canceller;
	bool is_short;
	struct outcome outcome;
	struct link *link; /* the first of the table */
	int count;	   /* of its links, or of places */
};

struct link {
	int number;
	int owner;
	bool callback, errback; /* which halves of the pair there are */
	struct operation inside;
	struct outcome outcome;
};

static struct link links[LINKS];
static int link_count;
static uint64_t state; /* of the generator */

static int random_below(int limit)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (int)((uint32_t)(state >> 33) % (uint32_t)limit);
}

static struct operation random_operation(int depth);

/* What the links do inside, and what that does, comes behind them. */
static struct link *begin_links(int count)
{
	struct link *first = &links[link_count];

	link_count += count;
	return first;
}

static void fill_link(struct link *link, int owner, int depth)
{
	int halves = random_below(4); /* both, in half of the cases */

	link->number = (int)(link - links);
	link->owner = owner;
	link->callback = halves != 1;
	link->errback = halves != 2;
	link->inside = random_operation(depth + 1);
	link->outcome.kind = (enum outcome_kind)random_below(OUTCOMES);
	link->outcome.number = random_below(DEFERREDS);
}

static void add_links(struct operation *operation, int count, int depth)
{
	int i;

	if (link_count + count > LINKS) {
		operation->kind = NOTHING;
		return;
	}
	operation->count = count;
	operation->link = begin_links(count);
	for (i = 0; i < count; i++)
		fill_link(operation->link + i, operation->on, depth);
}

/* Links are what there is most of. */
static enum operation_kind random_kind(void)
{
	int kind = random_below(OPERATIONS * 3 / 2);

	return kind < OPERATIONS ? (enum operation_kind)kind : ADD;
}

static struct operation random_operation(int depth)
{
	struct operation operation = { .kind = NOTHING };

	if (depth > DEPTH || (depth && random_below(2)))
		return operation;
	operation.kind = random_kind();
	operation.on = random_below(DEFERREDS);
	operation.canceller = (enum canceller)random_below(CANCELLERS);
	operation.outcome.kind = (enum outcome_kind)random_below(OUTCOMES);
	operation.outcome.number = random_below(DEFERREDS);
	operation.is_short = random_below(2);
	operation.count = random_below(20);
	if (operation.kind == ADD)
		add_links(&operation, 1, depth);
	else if (operation.kind == ADD_TABLE)
		add_links(&operation, random_below(TABLE_LINKS + 1), depth);
	return operation;
}

/* ---- Two worlds it is done in ---- */

/* What the user of a Deferred holds. */
struct rights {
	bool exists, reading_end, firing_end;
	int pauses;
	enum canceller canceller;
};

struct world {
	void (*create)(int on, enum canceller canceller, bool is_short);
	void (*add)(struct link *link);
	void (*add_table)(int on, struct link *first, int count);
	void (*reserve)(int on, int count);
	void (*fire)(int on, struct outcome outcome);
	void (*abandon)(int on);
	void (*cancel)(int on);
	void (*pause)(int on);
	void (*unpause)(int on);
	void (*release)(int on);
	struct rights rights[DEFERREDS];
	char record[RECORD];
	size_t length;
};

static EVERT_PRINTF(2, 3) void write_down(struct world *world,
					  const char *format, ...)
{
	va_list args;

	va_start(args, format);
	world->length += (size_t)vsnprintf(world->record + world->length,
					   RECORD - world->length, format,
					   args);
	va_end(args);
	cr_assert(lt(sz, world->length, (size_t)RECORD));
}

/* May the user touch it? */
static bool is_reachable(const struct rights *rights)
{
	return rights->reading_end || rights->firing_end || rights->pauses;
}

/* The outcome as it can be: one can wait only for what one holds. To wait for
   oneself is refused, and takes nothing. */
static struct outcome possible(struct world *world, struct outcome outcome,
			       int self)
{
	struct rights *rights;

	if (outcome.kind != WAIT)
		return outcome;
	rights = &world->rights[outcome.number];
	if (!rights->reading_end)
		outcome.kind = PASS;
	else if (outcome.number != self)
		rights->reading_end = false;
	return outcome;
}

static void fire(struct world *world, int on, struct outcome outcome)
{
	if (outcome.kind == WAIT && outcome.number == on)
		outcome.kind = FAIL;
	world->rights[on].firing_end = false;
	world->fire(on, possible(world, outcome, on));
}

static void perform_on_reachable(struct world *world,
				 const struct operation *operation)
{
	int on = operation->on;
	struct rights *rights = &world->rights[on];

	if (operation->kind == ADD) {
		world->add(operation->link);
	} else if (operation->kind == ADD_TABLE) {
		world->add_table(on, operation->link, operation->count);
	} else if (operation->kind == RESERVE) {
		world->reserve(on, operation->count);
	} else if (operation->kind == CANCEL) {
		world->cancel(on);
	} else if (operation->kind == PAUSE) {
		rights->pauses++;
		world->pause(on);
	} else if (operation->kind == UNPAUSE && rights->pauses) {
		rights->pauses--;
		world->unpause(on);
	} else if (operation->kind == RELEASE && rights->reading_end) {
		rights->reading_end = false;
		world->release(on);
	} else if (operation->kind == FIRE && rights->firing_end) {
		fire(world, on, operation->outcome);
	} else if (operation->kind == ABANDON && rights->firing_end) {
		rights->firing_end = false;
		world->abandon(on);
	}
}

/* Does it, if it may be done. */
static void perform(struct world *world, const struct operation *operation)
{
	struct rights *rights = &world->rights[operation->on];

	if (operation->kind == CREATE && !rights->exists) {
		*rights = (struct rights){ true, true, true, 0,
					   operation->canceller };
		world->create(operation->on, operation->canceller,
			      operation->is_short);
	} else if (is_reachable(rights)) {
		perform_on_reachable(world, operation);
	}
}

/* A link runs. */
static struct outcome run_link(struct world *world, const struct link *link,
			       const char *in)
{
	write_down(world, "link %d of %d: %s\n", link->number, link->owner, in);
	perform(world, &link->inside);
	return possible(world, link->outcome, link->owner);
}

/* A canceller runs. */
static bool run_canceller(struct world *world, int on)
{
	const struct rights *rights = &world->rights[on];

	write_down(world, "canceller of %d\n", on);
	if (rights->canceller == DELIVER && rights->firing_end)
		fire(world, on, (struct outcome){ VALUE, 1000 + on });
	return rights->canceller == DELIVER_LATER;
}

/* ---- The real world ---- */

static struct evert_deferred *deferreds[DEFERREDS];
static struct evert_firing *slots[DEFERREDS];
static struct world real;

static const char *name_of(const struct evert_result *result)
{
	static char number[32];

	if (evert_result_is_none(result))
		return "nothing";
	if (evert_result_is_failure(result))
		return evert_result_as_failure(result)->kind->name;
	snprintf(number, sizeof(number), "%d",
		 (int)evert_result_as_integer(result));
	return number;
}

static struct evert_result result_of(struct outcome outcome,
				     struct evert_result passed)
{
	if (outcome.kind == VALUE)
		return evert_result_integer(outcome.number);
	if (outcome.kind == FAIL)
		return evert_result_fail(EVERT_ERROR, 0, "planned");
	if (outcome.kind == WAIT)
		return evert_result_wait(deferreds[outcome.number]);
	return passed;
}

static struct evert_result real_link(struct evert_result *in, void *link)
{
	return result_of(run_link(&real, link, name_of(in)), *in);
}

static bool real_canceller(struct evert_deferred *deferred, void *slot)
{
	(void)deferred;
	return run_canceller(&real, (int)((struct evert_firing **)slot -
					  slots));
}

static void real_create(int on, enum canceller canceller, bool is_short)
{
	evert_canceller call = canceller == NONE ? NULL : real_canceller;

	deferreds[on] = is_short ? evert_deferred_create_short_at(
					   &slots[on], EVERT_HERE, call,
					   &slots[on]) :
				   evert_deferred_create_cancellable(
					   &slots[on], call, &slots[on]);
}

static void real_add(struct link *link)
{
	evert_deferred_add_callbacks(deferreds[link->owner],
				     link->callback ? real_link : NULL,
				     link->errback ? real_link : NULL, link);
}

/* The links of a table have one argument: the first of ours. */
#define TABLE_LINK(n)                                              \
	static struct evert_result table_link_##n(                 \
		struct evert_result *in, void *first)              \
	{                                                          \
		return real_link(in, (struct link *)first + (n)); \
	}
TABLE_LINK(0)
TABLE_LINK(1)
TABLE_LINK(2)
TABLE_LINK(3)

static void real_add_table(int on, struct link *first, int count)
{
	static const evert_callback calls[TABLE_LINKS] = {
		table_link_0, table_link_1, table_link_2, table_link_3
	};
	static struct evert_link tables[LINKS + 1];
	struct evert_link *table = &tables[first - links];
	int i;

	for (i = 0; i < count; i++) {
		table[i].callback = first[i].callback ? calls[i] : NULL;
		table[i].errback = first[i].errback ? calls[i] : NULL;
		table[i].label = "a link of a table";
	}
	evert_deferred_add_chain_at(deferreds[on], table, (size_t)count,
				    first, "a table");
}

static void real_reserve(int on, int count)
{
	cr_assert(zero(int, evert_deferred_reserve(deferreds[on],
						   (size_t)count)));
}

static void real_fire(int on, struct outcome outcome)
{
	evert_deferred_fire(&slots[on],
			    result_of(outcome, evert_result_none()));
}

static void real_abandon(int on)
{
	evert_deferred_abandon(&slots[on]);
}

static void real_cancel(int on)
{
	evert_deferred_cancel(deferreds[on]);
}

static void real_pause(int on)
{
	evert_deferred_pause(deferreds[on]);
}

static void real_unpause(int on)
{
	evert_deferred_unpause(deferreds[on]);
}

static void real_release(int on)
{
	evert_deferred_release(deferreds[on]);
}

static void real_report(const struct evert_unhandled *report, void *arg)
{
	(void)arg;
	write_down(&real, "unhandled %s\n", report->failure->kind->name);
}

static struct world real = {
	.create = real_create,
	.add = real_add,
	.add_table = real_add_table,
	.reserve = real_reserve,
	.fire = real_fire,
	.abandon = real_abandon,
	.cancel = real_cancel,
	.pause = real_pause,
	.unpause = real_unpause,
	.release = real_release,
};

/* ---- The model ---- */

/* A result by its name; a failure's name is in capitals. */
struct model_result {
	char name[16];
};

/* In the list of a Deferred: a link, or a Deferred to hand the result to. */
struct item {
	struct link *link; /* or NULL */
	int outer;
};

static struct model {
	bool fired, running, cancelling, reading_end, firing_end;
	bool awaited; /* an item hands its result on */
	int pauses;
	int waits_for; /* or NOBODY */
	struct model_result result;
	struct item items[LINKS + 1];
	int head, tail;
} models[DEFERREDS];
static struct world model;

static void model_run(int on);

static struct model_result model_named(const char *name)
{
	struct model_result result;

	snprintf(result.name, sizeof(result.name), "%s", name);
	return result;
}

static bool is_failure(const struct model_result *result)
{
	return result->name[0] >= 'A' && result->name[0] <= 'Z';
}

static bool is_complete(const struct model *d)
{
	return d->fired && !d->running && !d->pauses &&
	       d->waits_for == NOBODY && d->head == d->tail;
}

static void model_settle(int on)
{
	struct model *d = &models[on];

	if (d->reading_end || d->awaited || d->cancelling || !is_complete(d))
		return;
	if (is_failure(&d->result))
		write_down(&model, "unhandled %s\n", d->result.name);
	d->result = model_named("nothing");
}

static void model_wait(int on, int inner)
{
	struct model *d = &models[on];
	struct model *in = &models[inner];
	int i;

	for (i = inner; i != NOBODY && i != on; i = models[i].waits_for)
		;
	if (inner != on)
		in->reading_end = false;
	if (i == on) {
		d->result = model_named("DEADLOCK");
	} else if (is_complete(in)) {
		d->result = in->result;
		in->result = model_named("nothing");
		model_settle(inner);
	} else {
		d->result = model_named("nothing");
		d->waits_for = inner;
		in->awaited = true;
		in->items[in->tail++] = (struct item){ NULL, on };
	}
}

static void model_accept(int on, struct outcome outcome)
{
	struct model *d = &models[on];
	char number[16];

	if (outcome.kind == VALUE) {
		snprintf(number, sizeof(number), "%d", outcome.number);
		d->result = model_named(number);
	} else if (outcome.kind == FAIL) {
		d->result = model_named("ERROR");
	} else if (outcome.kind == WAIT) {
		model_wait(on, outcome.number);
	}
}

static void model_link(int on, const struct link *link)
{
	struct model *d = &models[on];

	if (is_failure(&d->result) ? link->errback : link->callback)
		model_accept(on, run_link(&model, link, d->result.name));
}

/* Hands the result on; returns who is to go on with it. */
static int model_hand_over(int on, int outer)
{
	struct model *d = &models[on];
	struct model *out = &models[outer];

	d->awaited = false;
	out->waits_for = NOBODY;
	out->result = d->result;
	d->result = model_named("nothing");
	if (out->running)
		return NOBODY;
	out->running = true;
	return outer;
}

static int model_work(int on)
{
	struct model *d = &models[on];
	struct item *item;
	int next = NOBODY;

	while (d->head != d->tail && !d->pauses && d->waits_for == NOBODY) {
		item = &d->items[d->head++];
		if (item->link)
			model_link(on, item->link);
		else
			next = model_hand_over(on, item->outer);
	}
	d->running = false;
	model_settle(on);
	return next;
}

static void model_run(int on)
{
	if (!models[on].fired || models[on].running)
		return;
	models[on].running = true;
	while (on != NOBODY)
		on = model_work(on);
}

static void model_create(int on, enum canceller canceller, bool is_short)
{
	(void)canceller;
	(void)is_short;
	models[on] = (struct model){ .reading_end = true,
				     .firing_end = true,
				     .waits_for = NOBODY };
	models[on].result = model_named("nothing");
}

static void model_add(struct link *link)
{
	struct model *d = &models[link->owner];

	d->items[d->tail++] = (struct item){ link, NOBODY };
	model_run(link->owner);
}

static void model_add_table(int on, struct link *first, int count)
{
	struct model *d = &models[on];
	int i;

	for (i = 0; i < count; i++)
		d->items[d->tail++] = (struct item){ first + i, NOBODY };
	model_run(on);
}

static void model_reserve(int on, int count)
{
	(void)on;
	(void)count;
}

static void model_fire(int on, struct outcome outcome)
{
	struct model *d = &models[on];

	d->firing_end = false;
	if (d->fired) {
		/* Cancelled meanwhile: what came is released. */
		if (outcome.kind == WAIT) {
			models[outcome.number].reading_end = false;
			model_settle(outcome.number);
		}
		return;
	}
	d->fired = true;
	model_accept(on, outcome);
	model_run(on);
}

static void model_fail(int on, const char *kind)
{
	models[on].fired = true;
	models[on].result = model_named(kind);
	model_run(on);
}

static void model_abandon(int on)
{
	models[on].firing_end = false;
	if (!models[on].fired)
		model_fail(on, models[on].cancelling ? "CANCELLED" :
						       "ABANDONED");
}

static void model_cancel(int on)
{
	struct model *d;
	bool later = false;

	while (on != NOBODY && models[on].fired)
		on = models[on].waits_for;
	if (on == NOBODY || models[on].cancelling)
		return;
	d = &models[on];
	d->cancelling = true;
	if (model.rights[on].canceller != NONE)
		later = run_canceller(&model, on);
	if (!d->fired && !later)
		model_fail(on, "CANCELLED");
	d->cancelling = false;
	model_settle(on);
}

static void model_pause(int on)
{
	models[on].pauses++;
}

static void model_unpause(int on)
{
	models[on].pauses--;
	model_run(on);
}

static void model_release(int on)
{
	models[on].reading_end = false;
	model_settle(on);
}

static struct world model = {
	.create = model_create,
	.add = model_add,
	.add_table = model_add_table,
	.reserve = model_reserve,
	.fire = model_fire,
	.abandon = model_abandon,
	.cancel = model_cancel,
	.pause = model_pause,
	.unpause = model_unpause,
	.release = model_release,
};

/* ---- The comparison ---- */

static void perform_in_both(const struct operation *operation, uint64_t seed)
{
	perform(&real, operation);
	perform(&model, operation);
	cr_assert(eq(str, real.record, model.record), "seed %lu",
		  (unsigned long)seed);
}

/* Gives up all that is held, as a careful user does. */
static void give_up(uint64_t seed)
{
	struct operation operation = { .kind = NOTHING };
	const struct rights *rights;
	bool again = true;
	int i;

	while (again) {
		again = false;
		for (i = 0; i < DEFERREDS; i++) {
			rights = &real.rights[i];
			if (!is_reachable(rights))
				continue;
			operation.on = i;
			operation.kind = rights->pauses	    ? UNPAUSE :
					 rights->firing_end ? ABANDON :
							      RELEASE;
			perform_in_both(&operation, seed);
			again = true;
		}
	}
}

static void clear(struct world *world)
{
	memset(world->rights, 0, sizeof(world->rights));
	world->length = 0;
	world->record[0] = '\0';
}

static void run_sequence(uint64_t seed)
{
	struct operation operation;
	struct memory_counts counts;
	int i;

	state = seed;
	link_count = 0;
	clear(&real);
	clear(&model);
	failing_allocator_start(0, false);
	for (i = 0; i < STEPS; i++) {
		operation = random_operation(0);
		perform_in_both(&operation, seed);
	}
	give_up(seed);
	counts = failing_allocator_stop();
	cr_assert(zero(sz, counts.live), "seed %lu leaks", (unsigned long)seed);
}

Test(deferred_model, sequences_do_what_the_model_does)
{
	uint64_t seed;

	evert_set_unhandled_hook(real_report, NULL);
	for (seed = 1; seed <= SEQUENCES; seed++)
		run_sequence(seed);
}
