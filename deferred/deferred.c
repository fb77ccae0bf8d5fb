/* SPDX-License-Identifier: MIT */
/*
 * The chain of a Deferred is an array of links between `head` and `tail`.
 * Everything that lets it go on (firing, adding, unpausing, an inner outcome)
 * ends in run(), a loop that works through the links, hands the outcome to
 * whoever waits for it, and goes on there: however long a chain of Deferreds
 * is, the stack does not grow.
 */
#include <deferred/deferred.h>

#include <errno.h>
#include <string.h>

#include <deferred/bug_internal.h>
#include <deferred/deferred_internal.h>
#include <deferred/memory.h>
#include <deferred/trace_internal.h>

enum {
	INLINE_LINKS = 4, /* in the Deferred itself: most chains are short */
	SPARE_LINKS = 1,  /* kept back in every array, for OUT_OF_MEMORY */
	REPORTED_LINKS = 8,
};

struct link {
	evert_callback callback;
	evert_callback errback;
	void *arg;
	const char *label;
};

struct evert_deferred {
	struct evert_result result;
	struct link *links;
	uint32_t head, tail; /* the links still to run */
	uint32_t capacity;   /* of `links`, without the spare one */
	uint32_t waiter_at;  /* where in `links` it is the waiter's turn */
	uint32_t failed_at;  /* the link that made the failure we have */
	uint32_t pauses;
	bool firing_end;  /* somebody may still fire it */
	bool reading_end; /* somebody may still attach to it */
	bool fired;
	bool running;	 /* its links are being run, or it must not go away */
	bool cancelling; /* its canceller is on the stack */
	struct evert_waiter waits;   /* for an inner Deferred */
	struct evert_waiter *waiter; /* who gets our outcome */
	const char *place;
	evert_canceller canceller;
	void *canceller_arg;
	struct link inline_links[INLINE_LINKS + SPARE_LINKS];
};

static void run(struct evert_deferred *d);

/* ---- Life and death ---- */

struct evert_deferred *evert_deferred_create_at(const char *place,
						evert_canceller canceller,
						void *arg)
{
	struct evert_deferred *d = evert_allocate(sizeof(*d));

	if (!d)
		return NULL;
	/* One by one: a memset here costs more than all the rest. */
	d->result = evert_result_none();
	d->links = d->inline_links;
	d->head = 0;
	d->tail = 0;
	d->capacity = INLINE_LINKS;
	d->waiter_at = 0;
	d->failed_at = 0;
	d->pauses = 0;
	d->firing_end = true;
	d->reading_end = true;
	d->fired = false;
	d->running = false;
	d->cancelling = false;
	d->waits.on = NULL;
	d->waits.deliver = NULL;
	d->waiter = NULL;
	d->place = place;
	d->canceller = canceller;
	d->canceller_arg = arg;
	return d;
}

struct evert_deferred *
evert_deferred_create_fired_at(const char *place, struct evert_result result)
{
	struct evert_deferred *d = evert_deferred_create_at(place, NULL, NULL);
	struct evert_deferred *slot = d;

	evert_deferred_fire(&slot, result);
	return d;
}

static void destroy(struct evert_deferred *d)
{
	if (d->links != d->inline_links)
		evert_free(d->links);
	evert_free(d);
}

/* Must the links wait? */
static bool is_held(const struct evert_deferred *d)
{
	return d->pauses || d->waits.on;
}

/* Has the chain come to its end, with the outcome in `result`? */
static bool is_complete(const struct evert_deferred *d)
{
	return d->fired && !d->running && d->head == d->tail && !is_held(d);
}

/* The first of the links that have run which a report would name. */
static uint32_t first_reported(const struct evert_deferred *d)
{
	if (!evert_result_is_failure(&d->result))
		return d->head;
	if (d->head - d->failed_at > REPORTED_LINKS)
		return d->head - REPORTED_LINKS;
	return d->failed_at;
}

static void report_failure(const struct evert_deferred *d)
{
	const char *labels[REPORTED_LINKS];
	struct evert_unhandled report = {
		.failure = evert_result_as_failure(&d->result),
		.deferred_place = d->place,
		.links = labels,
	};
	uint32_t i;

	for (i = first_reported(d); i < d->head; i++)
		labels[report.link_count++] = d->links[i].label;
	evert_unhandled_report(&report);
}

/* Lets go of a Deferred that nobody reads any more, once it is complete. */
static void settle(struct evert_deferred *d)
{
	if (d->reading_end || d->waiter || d->cancelling || !is_complete(d))
		return;
	/* Whoever is called by this may use this Deferred once more. */
	d->running = true;
	if (evert_result_is_failure(&d->result))
		report_failure(d);
	evert_result_release(evert_result_take(&d->result));
	d->running = false;
	if (!is_complete(d))
		run(d);
	else if (!d->firing_end)
		destroy(d);
}

/* ---- Links ---- */

static struct evert_result no_memory(struct evert_result *in, void *arg)
{
	(void)in;
	(void)arg;
	return evert_result_failure(evert_failure_bare(EVERT_NO_MEMORY));
}

/* Stands where links could not be stored: whatever comes in, a failure goes
   out. The spare place of every array is kept for it. */
static const struct link OUT_OF_MEMORY = {
	.callback = no_memory,
	.errback = no_memory,
	.label = "a link that found no memory",
};

/* Moves the links from `first` on to the front of `links`, which has room for
   `capacity`. */
static void move_links(struct evert_deferred *d, uint32_t first,
		       struct link *links, uint32_t capacity)
{
	memmove(links, d->links + first, (d->tail - first) * sizeof(*links));
	if (links != d->links && d->links != d->inline_links)
		evert_free(d->links);
	d->links = links;
	d->capacity = capacity;
	d->head -= first;
	d->tail -= first;
	d->waiter_at -= first;
	d->failed_at = 0;
}

/* Four times the array; or, where half of it is of no use any more or there
   is no memory, the same one with what has run thrown out. */
static bool make_room(struct evert_deferred *d)
{
	uint32_t first = first_reported(d);
	uint32_t capacity = d->capacity * 4;
	struct link *links = NULL;

	if (d->tail - first <= d->capacity / 2) {
		move_links(d, first, d->links, d->capacity);
		return true;
	}
	if (capacity > d->capacity)
		links = evert_allocate((capacity + SPARE_LINKS) *
				       sizeof(*links));
	if (links)
		move_links(d, first, links, capacity);
	else
		move_links(d, d->head, d->links, d->capacity);
	return d->tail < d->capacity;
}

/* ---- Waiting ---- */

static struct evert_deferred *owner(struct evert_waiter *waiter)
{
	return evert_container_of(waiter, struct evert_deferred, waits);
}

/* The Deferred that waits for this one, if it is a Deferred. */
static const struct evert_deferred *outer_of(const struct evert_deferred *d)
{
	return d->waiter && !d->waiter->deliver ? owner(d->waiter) : NULL;
}

/*
 * Would `outer`, waiting for `inner`, close a ring? Both ways at once: up
 * from `outer` and down from `inner`. Chains grow at one end, where one of
 * the two ways is short.
 */
static bool closes_ring(const struct evert_deferred *outer,
			const struct evert_deferred *inner)
{
	const struct evert_deferred *up = outer;
	const struct evert_deferred *down = inner;

	while (up && down) {
		if (up == inner || down == outer)
			return true;
		up = outer_of(up);
		down = down->waits.on;
	}
	return false;
}

static void take_reading_end(struct evert_deferred *d, const char *what)
{
	if (!d->reading_end)
		evert_bug("%s: the reading end of the Deferred made at %s was "
			  "given up before; it can be released, awaited, "
			  "returned to wait for or given to a combinator only "
			  "once",
			  what, d->place);
	d->reading_end = false;
}

static void wait_on(struct evert_waiter *waiter, struct evert_deferred *d)
{
	waiter->on = d;
	d->waiter = waiter;
	d->waiter_at = d->tail;
}

bool evert_deferred_wait(struct evert_deferred *d, struct evert_waiter *waiter,
			 struct evert_result *result)
{
	if (!d) {
		*result = no_memory(NULL, NULL);
		return true;
	}
	take_reading_end(d, "waiting for a Deferred");
	if (!is_complete(d)) {
		wait_on(waiter, d);
		return false;
	}
	*result = evert_result_take(&d->result);
	settle(d);
	return true;
}

/*
 * Nothing is left to do in `d` but to hand on what it is about to wait for,
 * and nobody can add to it any more: then who waits for `d` may wait for that
 * directly, and a loop that chains for ever keeps constant memory.
 */
static bool only_passes_on(const struct evert_deferred *d)
{
	return d->waiter && d->head == d->tail && !d->pauses &&
	       !d->reading_end && !d->firing_end && !d->cancelling;
}

static void refuse_ring(struct evert_deferred *d, struct evert_deferred *inner)
{
	if (inner != d) /* its own chain goes on: its reader stays */
		take_reading_end(inner, "waiting for a Deferred");
	d->result = evert_result_fail(
		EVERT_DEADLOCK, 0,
		"the Deferred made at %s would wait for %s made at %s",
		d->place, inner == d ? "itself," : "one that waits for it,",
		inner->place);
}

static void wait_for(struct evert_deferred *d, struct evert_deferred *inner)
{
	struct evert_waiter *waiter = &d->waits;

	d->result = evert_result_none();
	if (inner == d || closes_ring(d, inner)) {
		refuse_ring(d, inner);
		return;
	}
	if (!is_complete(inner) && only_passes_on(d)) {
		waiter = d->waiter;
		d->waiter = NULL;
	}
	evert_deferred_wait(inner, waiter, &d->result);
}

/* Puts a result in place; one that says "wait" makes `d` wait. */
static void accept_result(struct evert_deferred *d, struct evert_result result)
{
	if (result.type == &evert_type_wait)
		wait_for(d, result.value.pointer);
	else
		d->result = result;
}

/* ---- The loop ---- */

static EVERT_APART struct evert_result
call_traced(struct evert_deferred *d, evert_callback call,
	    const struct link *link)
{
	const char *label = link->label;
	struct evert_result after;

	evert_trace_begin("callback", label);
	after = call(&d->result, link->arg);
	evert_trace_end("callback", label);
	return after;
}

static void run_link(struct evert_deferred *d)
{
	const struct link *link = &d->links[d->head++];
	evert_callback call = evert_result_is_failure(&d->result) ?
				      link->errback :
				      link->callback;
	struct evert_result before, after;

	if (!call)
		return;
	if (atomic_load_explicit(&evert_trace_is_on, memory_order_relaxed))
		after = call_traced(d, call, link);
	else
		after = call(&d->result, link->arg);
	before = d->result;
	if (after.type == before.type &&
	    after.value.integer == before.value.integer)
		return; /* passed on */
	accept_result(d, after);
	if (evert_result_is_failure(&d->result))
		d->failed_at = d->head ? d->head - 1 : 0;
	evert_result_release(before);
}

/* Runs what may run before it is the waiter's turn. */
static void run_links(struct evert_deferred *d)
{
	while (d->head != (d->waiter ? d->waiter_at : d->tail) && !is_held(d))
		run_link(d);
}

static bool waiter_is_next(const struct evert_deferred *d)
{
	return d->waiter && d->head == d->waiter_at && !is_held(d);
}

/* Hands the outcome to who waits for it. Returns the Deferred to go on with,
   which is kept in place until then, or NULL. */
static struct evert_deferred *hand_over(struct evert_deferred *d)
{
	struct evert_waiter *waiter = d->waiter;
	struct evert_result outcome = evert_result_take(&d->result);
	struct evert_deferred *outer;

	d->waiter = NULL;
	waiter->on = NULL;
	if (waiter->deliver) {
		waiter->deliver(waiter, outcome);
		return NULL;
	}
	outer = owner(waiter);
	outer->result = outcome;
	outer->failed_at = outer->head;
	if (outer->running)
		return NULL; /* further down on the stack */
	outer->running = true;
	return outer;
}

/* Works through `d`, then through whatever its outcome sets going. */
static void run(struct evert_deferred *d)
{
	struct evert_deferred *next;

	if (!d->fired || d->running)
		return;
	for (d->running = true; d; d = next) {
		next = NULL;
		run_links(d);
		if (waiter_is_next(d)) {
			next = hand_over(d);
			run_links(d);
		}
		d->running = false;
		settle(d);
	}
}

/* ---- The firing end ---- */

static void fire(struct evert_deferred *d, struct evert_result result)
{
	d->fired = true;
	d->canceller = NULL;
	accept_result(d, result);
	run(d);
}

void evert_deferred_fire(struct evert_deferred **slot,
			 struct evert_result result)
{
	struct evert_deferred *d = *slot;

	*slot = NULL;
	if (!d) {
		evert_result_release(result);
		return;
	}
	if (!d->firing_end)
		evert_bug("the Deferred made at %s was fired twice, through a "
			  "kept copy of its pointer; fire it through one slot",
			  d->place);
	d->firing_end = false;
	if (d->fired) { /* by evert_deferred_cancel, meanwhile */
		evert_result_release(result);
		settle(d);
		return;
	}
	fire(d, result);
}

void evert_deferred_abandon(struct evert_deferred **slot)
{
	struct evert_deferred *d = *slot;

	if (!d)
		return;
	if (d->cancelling)
		evert_deferred_fire(slot, evert_result_failure(
			evert_failure_bare(EVERT_CANCELLED)));
	else
		evert_deferred_fire(slot, evert_result_failure(
			evert_failure_bare(EVERT_ABANDONED)));
}

static void cancel_unfired(struct evert_deferred *d)
{
	bool fires_later = false;

	if (d->cancelling)
		return;
	d->cancelling = true;
	if (d->canceller)
		fires_later = d->canceller(d, d->canceller_arg);
	if (!d->fired && !fires_later)
		fire(d, evert_result_failure(
				evert_failure_bare(EVERT_CANCELLED)));
	d->cancelling = false;
	settle(d);
}

void evert_deferred_cancel(struct evert_deferred *d)
{
	while (d && d->fired)
		d = d->waits.on;
	if (d)
		cancel_unfired(d);
}

/* ---- The reading end ---- */

/*
 * A link can't be stored: its errback runs now, and in its place stands
 * OUT_OF_MEMORY. (If the spare place is taken, it is by OUT_OF_MEMORY, with
 * nothing behind it.)
 */
static int refuse_link(struct evert_deferred *d, evert_callback errback,
		       void *arg)
{
	struct evert_result failure = no_memory(NULL, NULL);
	bool was_running = d && d->running;

	if (d) {
		if (d->tail == d->capacity)
			d->links[d->tail++] = OUT_OF_MEMORY;
		d->running = true; /* not to go away meanwhile */
	}
	if (errback)
		evert_result_release(errback(&failure, arg));
	if (d) {
		d->running = was_running;
		run(d);
	}
	return -ENOMEM;
}

static EVERT_APART int add_without_room(struct evert_deferred *d,
					evert_callback callback,
					evert_callback errback, void *arg,
					const char *label)
{
	if (!d || !make_room(d))
		return refuse_link(d, errback, arg);
	return evert_deferred_add_at(d, callback, errback, arg, label);
}

int evert_deferred_add_at(struct evert_deferred *d, evert_callback callback,
			  evert_callback errback, void *arg, const char *label)
{
	struct link *link;

	if (!d || d->tail >= d->capacity)
		return add_without_room(d, callback, errback, arg, label);
	link = &d->links[d->tail++];
	link->callback = callback;
	link->errback = errback;
	link->arg = arg;
	link->label = label;
	if (d->fired)
		run(d);
	return 0;
}

void evert_deferred_pause(struct evert_deferred *d)
{
	if (d)
		d->pauses++;
}

void evert_deferred_unpause(struct evert_deferred *d)
{
	if (!d)
		return;
	if (!d->pauses)
		evert_bug("the Deferred made at %s was unpaused more often "
			  "than paused",
			  d->place);
	if (!--d->pauses)
		run(d);
}

void evert_deferred_release(struct evert_deferred *d)
{
	if (!d)
		return;
	take_reading_end(d, "evert_deferred_release");
	settle(d);
}

/* ---- Looking at it ---- */

const char *evert_deferred_place(const struct evert_deferred *d)
{
	return d->place;
}

bool evert_deferred_has_fired(const struct evert_deferred *d)
{
	return !d || d->fired;
}

const struct evert_result *evert_deferred_result(const struct evert_deferred *d)
{
	static const struct evert_result starved = {
		&evert_type_failure,
		{ .pointer = (void *)&evert_error_no_memory.bare },
	};

	if (!d)
		return &starved;
	return d->fired && !d->waits.on ? &d->result : NULL;
}

static void dump_state(const struct evert_deferred *d, FILE *to)
{
	if (!d->fired)
		fputs("not fired", to);
	else if (d->waits.on)
		fprintf(to, "fired, waits for the one made at %s",
			d->waits.on->place);
	else {
		fputs("fired with ", to);
		evert_result_print(&d->result, to);
	}
	if (d->pauses)
		fprintf(to, ", paused %u times", d->pauses);
	if (d->running)
		fputs(", running", to);
	if (d->waiter && !d->waiter->deliver)
		fprintf(to, ", the one made at %s waits for it",
			owner(d->waiter)->place);
	else if (d->waiter)
		fputs(", its outcome is awaited", to);
	if (!d->reading_end && !d->waiter)
		fputs(", released", to);
}

void evert_deferred_dump(const struct evert_deferred *d, FILE *to)
{
	uint32_t i;

	if (!d)
		fputs("no Deferred: there was no memory\n", to);
	for (; d; d = d->waits.on) {
		fprintf(to, "Deferred made at %s: ", d->place);
		dump_state(d, to);
		fputc('\n', to);
		for (i = d->head; i < d->tail; i++)
			fprintf(to, "  then %s\n", d->links[i].label);
	}
}
