/* SPDX-License-Identifier: MIT */
#include "timer_wheel_internal.h"

#include <errno.h>

#include "../base/memory.h"

enum {
	BITS = 6, /* of a digit */
	FIRST_CAPACITY = 64,
	LOOKED_AT = 32, /* timers, to find the first */
};

struct slot {
	unsigned level, digit;
	int64_t start;
};

/* ---- Slots ---- */

static unsigned level_of(const struct evert_timer_wheel *wheel, int64_t when)
{
	uint64_t differing = (uint64_t)(when ^ wheel->pos) | 1;

	return (unsigned)(63 - __builtin_clzll(differing)) / BITS;
}

static unsigned digit_of(int64_t when, unsigned level)
{
	return (unsigned)(when >> level * BITS) % EVERT_TIMER_SLOTS;
}

/* Files the node under its timer's time. */
static inline void file(struct evert_timer_wheel *wheel, uint32_t node)
{
	struct evert_timer *timer = wheel->nodes[node].timer;
	int64_t when = timer->when;
	unsigned level = level_of(wheel, when);
	unsigned digit = digit_of(when, level);
	uint32_t next = wheel->slots[level][digit];

	timer->queued_at = when;
	wheel->nodes[node].next = next;
	wheel->slots[level][digit] = node;
	if (!next || when < wheel->starts[level][digit])
		wheel->starts[level][digit] = when;
	wheel->filled[level] |= (uint64_t)1 << digit;
	wheel->levels |= (uint64_t)1 << level;
}

/* Files a node that was taken out, or drops it. */
static void put_right(struct evert_timer_wheel *wheel, uint32_t node)
{
	if (!evert_timer_node_is_stale(wheel->nodes, node)) {
		file(wheel, node);
		return;
	}
	wheel->nodes[node].next = wheel->free;
	wheel->free = node;
}

static void mark_empty(struct evert_timer_wheel *wheel, unsigned level,
		       unsigned digit)
{
	wheel->filled[level] &= ~((uint64_t)1 << digit);
	if (!wheel->filled[level])
		wheel->levels &= ~((uint64_t)1 << level);
}

/* Takes all nodes out. */
static uint32_t take_slot(struct evert_timer_wheel *wheel, unsigned level,
			  unsigned digit)
{
	uint32_t first = wheel->slots[level][digit];

	wheel->slots[level][digit] = 0;
	mark_empty(wheel, level, digit);
	return first;
}

/* The first slot with nodes, whose times are all before those in the next. */
static bool find_slot(const struct evert_timer_wheel *wheel, struct slot *slot)
{
	unsigned shift;

	if (!wheel->levels)
		return false;
	slot->level = (unsigned)__builtin_ctzll(wheel->levels);
	slot->digit = (unsigned)__builtin_ctzll(wheel->filled[slot->level]);
	shift = slot->level * BITS;
	/* As the position in the digits above, and zero in those below. */
	slot->start = wheel->pos &
		      (int64_t) ~(((uint64_t)EVERT_TIMER_SLOTS << shift) - 1);
	slot->start |= (int64_t)slot->digit << shift;
	return true;
}

/* ---- What is due at the position ---- */

/* What is filed under the position itself joins the heap. */
static void gather(struct evert_timer_wheel *wheel)
{
	unsigned digit = digit_of(wheel->pos, 0);
	uint32_t node, next;

	if (!(wheel->filled[0] >> digit & 1))
		return;
	for (node = take_slot(wheel, 0, digit); node; node = next) {
		next = wheel->nodes[node].next;
		wheel->due = evert_timer_due_add(wheel->nodes, wheel->due,
						 node);
	}
}

/* The first of the heap that is due indeed. */
static struct evert_timer *first_due(struct evert_timer_wheel *wheel)
{
	struct evert_timer *timer;
	uint32_t node;

	while ((node = wheel->due)) {
		timer = wheel->nodes[node].timer;
		if (timer->node == node && timer->when == wheel->pos)
			return timer;
		wheel->due = evert_timer_due_pop(wheel->nodes, wheel->due);
		put_right(wheel, node);
	}
	return NULL;
}

/* ---- Moving on ---- */

/* Are they filed under the same time? */
static bool is_one_instant(const struct evert_timer_wheel *wheel, uint32_t list)
{
	const struct evert_timer_node *nodes = wheel->nodes;
	int64_t queued_at = nodes[list].timer->queued_at;

	if (evert_timer_node_is_stale(wheel->nodes, list))
		return false;
	while ((list = nodes[list].next))
		if (evert_timer_node_is_stale(wheel->nodes, list) ||
		    nodes[list].timer->queued_at != queued_at)
			return false;
	return true;
}

static void open_slot(struct evert_timer_wheel *wheel, const struct slot *slot,
		      int64_t now)
{
	uint32_t node = take_slot(wheel, slot->level, slot->digit);
	uint32_t next;
	int64_t at;

	wheel->pos = slot->start;
	if (is_one_instant(wheel, node)) {
		at = wheel->nodes[node].timer->queued_at;
		wheel->pos = at < now ? at : now;
	}
	for (; node; node = next) {
		next = wheel->nodes[node].next;
		put_right(wheel, node);
	}
}

/* Moves the position on to the first timer that is due, and if none is, to
   `now`. */
static struct evert_timer *move_on(struct evert_timer_wheel *wheel, int64_t now)
{
	struct evert_timer *timer;
	struct slot slot;

	for (;;) {
		gather(wheel);
		timer = first_due(wheel);
		if (timer)
			return timer;
		if (!find_slot(wheel, &slot) || slot.start > now)
			break;
		open_slot(wheel, &slot, now);
	}
	wheel->pos = now;
	return NULL;
}

struct evert_timer *evert_timer_wheel_due(struct evert_timer_wheel *wheel,
					  int64_t now)
{
	struct evert_timer *timer;
	struct slot slot;

	if (wheel->earliest > now)
		return NULL;
	timer = move_on(wheel, now);
	wheel->settled = timer != NULL;
	if (timer)
		wheel->earliest = wheel->pos;
	else
		wheel->earliest = find_slot(wheel, &slot) ?
					  wheel->starts[slot.level][slot.digit] :
					  EVERT_TIMER_NEVER;
	return timer;
}

/* ---- The next ---- */

/* The first time in a slot, if it is not crowded; else before which none is.
   Puts its nodes right on the way; the slot may be empty in the end. */
static int64_t look_into(struct evert_timer_wheel *wheel,
			 const struct slot *slot)
{
	uint32_t *link = &wheel->slots[slot->level][slot->digit], node;
	int64_t first = EVERT_TIMER_NEVER;
	struct evert_timer *timer;
	unsigned seen = 0;

	while ((node = *link) && seen < LOOKED_AT) {
		timer = wheel->nodes[node].timer;
		if (timer->node == node) {
			seen++;
			if (timer->when < first)
				first = timer->when;
			if (timer->when == timer->queued_at) {
				link = &wheel->nodes[node].next;
				continue;
			}
		}
		*link = wheel->nodes[node].next;
		put_right(wheel, node);
	}
	return *link ? wheel->starts[slot->level][slot->digit] : first;
}

static int64_t look(struct evert_timer_wheel *wheel)
{
	int64_t first;
	struct slot slot;

	while (find_slot(wheel, &slot)) {
		first = look_into(wheel, &slot);
		if (wheel->slots[slot.level][slot.digit])
			return first;
		mark_empty(wheel, slot.level, slot.digit);
	}
	return EVERT_TIMER_NEVER;
}

int64_t evert_timer_wheel_next(struct evert_timer_wheel *wheel, int64_t now)
{
	if (!wheel->settled) {
		wheel->earliest = move_on(wheel, now) ? wheel->pos :
							look(wheel);
		wheel->settled = true;
	}
	return wheel->earliest;
}

/* ---- Memory ---- */

void evert_timer_wheel_finish(struct evert_timer_wheel *wheel)
{
	evert_free(wheel->nodes);
}

static void empty_slots(struct evert_timer_wheel *wheel)
{
	struct slot slot;

	while (find_slot(wheel, &slot))
		take_slot(wheel, slot.level, slot.digit);
	wheel->due = 0;
}

void evert_timer_wheel_clear(struct evert_timer_wheel *wheel)
{
	empty_slots(wheel);
	wheel->free = wheel->used = 0;
	wheel->earliest = EVERT_TIMER_NEVER;
	wheel->settled = true;
}

/* Throws the stale nodes out; none is free. */
static void rebuild(struct evert_timer_wheel *wheel)
{
	struct evert_timer_node *nodes = wheel->nodes;
	struct evert_timer *timer;
	uint32_t i, kept = 0;
	bool stale;

	empty_slots(wheel);
	/* Without a branch: it could only be guessed, and each guess would
	   wait for a timer that is far away in memory. */
	for (i = 1; i <= wheel->used; i++) {
		timer = nodes[i].timer;
		stale = timer->node != i;
		kept += !stale;
		nodes[kept + stale].timer = timer;
		timer->node = stale ? timer->node : kept;
	}
	wheel->used = kept;
	for (i = 1; i <= kept; i++)
		file(wheel, i);
}

/* The first node is none. */
static int grow(struct evert_timer_wheel *wheel)
{
	size_t capacity = wheel->room ? ((size_t)wheel->room + 1) * 2 :
					FIRST_CAPACITY;
	struct evert_timer_node *nodes;

	if (capacity > UINT32_MAX)
		return -ENOMEM;
	nodes = evert_reallocate(wheel->nodes, capacity * sizeof(*nodes));
	if (!nodes)
		return -ENOMEM;
	wheel->nodes = nodes;
	wheel->room = (uint32_t)capacity - 1;
	return 0;
}

int evert_timer_wheel_make_room(struct evert_timer_wheel *wheel)
{
	if (wheel->timers > wheel->used / 2 || !wheel->used)
		return grow(wheel);
	rebuild(wheel);
	return 0;
}

/* ---- Adding and moving ---- */

static uint32_t take_node(struct evert_timer_wheel *wheel)
{
	uint32_t node = wheel->free;

	if (!node)
		return ++wheel->used;
	wheel->free = wheel->nodes[node].next;
	return node;
}

/* The timer gets a node; that it had before is stale then. */
static void file_anew(struct evert_timer_wheel *wheel,
		      struct evert_timer *timer)
{
	uint32_t node = take_node(wheel);

	wheel->nodes[node].timer = timer;
	timer->node = node;
	file(wheel, node);
	if (timer->when <= wheel->earliest) {
		wheel->earliest = timer->when;
		wheel->settled = true;
	}
}

void evert_timer_wheel_add(struct evert_timer_wheel *wheel,
			   struct evert_timer *timer)
{
	wheel->timers++;
	file_anew(wheel, timer);
}

int evert_timer_wheel_move_earlier(struct evert_timer_wheel *wheel,
				   struct evert_timer *timer, int64_t when)
{
	if (evert_timer_wheel_reserve(wheel))
		return -ENOMEM;
	timer->when = when;
	file_anew(wheel, timer);
	return 0;
}
