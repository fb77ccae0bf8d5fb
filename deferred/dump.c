/* SPDX-License-Identifier: MIT */
/* Looking at a Deferred. */
#include "links_internal.h"

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
	if (d->held >= EVERT_HELD_BY_PAUSE)
		fprintf(to, ", paused %u times",
			d->held / EVERT_HELD_BY_PAUSE);
	if (d->running)
		fputs(", running", to);
	if (evert_ring_up(d))
		fprintf(to, ", the one made at %s waits for it",
			evert_ring_up(d)->place);
	else if (d->waiter)
		fputs(", its outcome is awaited", to);
	if (!d->reading_end && !d->waiter)
		fputs(", released", to);
}

void evert_deferred_dump(const struct evert_deferred *d, FILE *to)
{
	const struct evert_deferred *top = d;
	uint32_t i;

	if (!d)
		fputs("no Deferred: there was no memory\n", to);
	for (; d; d = evert_ring_down(d, top)) {
		fprintf(to, "Deferred made at %s: ", d->place);
		dump_state(d, to);
		fputc('\n', to);
		for (i = d->head; i < d->tail; i++)
			fprintf(to, "  then %s\n", d->links[i].label);
	}
}
