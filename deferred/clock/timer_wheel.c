/* SPDX-License-Identifier: MIT */
#include "timer_wheel_internal.h"

#include "timer_sort_internal.h"

enum {
	BITS = 6, /* of a digit */
	LOOKED_AT = 32, /* timers, to find the first */
	MOST_SORTED = 128,
};

/* One of the wheel's, and which times are filed there. */
struct slot {
	unsigned level, digit;
	int64_t start, last;
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

/* Apart, so that its registers need not be saved when it is not called. */
static EVERT_APART void begin_slot(struct evert_timer_wheel *wheel,
				   unsigned which, int64_t start)
{
	unsigned level = which / EVERT_TIMER_SLOTS;

	wheel->slots[which].start = start;
	wheel->filled[level] |= (uint64_t)1 << which % EVERT_TIMER_SLOTS;
	wheel->levels |= (uint64_t)1 << level;
}

static void mark_empty(struct evert_timer_wheel *wheel, unsigned level,
		       unsigned digit)
{
	wheel->filled[level] &= ~((uint64_t)1 << digit);
	if (!wheel->filled[level])
		wheel->levels &= ~((uint64_t)1 << level);
}

/* Files the node of the timer under its time. */
static inline void file(struct evert_timer_wheel *wheel,
			struct evert_timer *timer, uint32_t node)
{
	int64_t when = timer->when;
	unsigned level = level_of(wheel, when);
	unsigned digit = digit_of(when, level);
	unsigned which = level * EVERT_TIMER_SLOTS + digit;
	struct evert_timer_slot *slot = &wheel->slots[which];
	uint32_t next = slot->first;

	timer->queued_at = when;
	wheel->nodes[node].next = next;
	slot->first = node;
	if (!next)
		begin_slot(wheel, which, when);
	else if (when < slot->start)
		slot->start = when;
}

/* A stale one, that was taken out. */
static inline void drop(struct evert_timer_wheel *wheel, uint32_t node)
{
	wheel->nodes[node].next = wheel->free;
	wheel->free = node;
}

/* Files a node that was taken out, or drops it. */
static inline void put_right(struct evert_timer_wheel *wheel, uint32_t node)
{
	if (evert_timer_node_is_stale(wheel->nodes, node))
		drop(wheel, node);
	else
		file(wheel, wheel->nodes[node].timer, node);
}

static void put_all_right(struct evert_timer_wheel *wheel, uint32_t list)
{
	uint32_t node;

	while ((node = list)) {
		list = wheel->nodes[node].next;
		put_right(wheel, node);
	}
}

static void file_fresh(struct evert_timer_wheel *wheel)
{
	uint32_t list = wheel->fresh;

	wheel->fresh = 0;
	put_all_right(wheel, list);
}

/* Takes all nodes out. */
static uint32_t take_slot(struct evert_timer_wheel *wheel, unsigned level,
			  unsigned digit)
{
	struct evert_timer_slot *slot =
		&wheel->slots[level * EVERT_TIMER_SLOTS + digit];
	uint32_t first = slot->first;

	slot->first = 0;
	mark_empty(wheel, level, digit);
	return first;
}

/* The first slot that is marked: its times are all before those in the next. */
static bool find_slot(const struct evert_timer_wheel *wheel, struct slot *slot)
{
	unsigned shift;
	uint64_t below;

	if (!wheel->levels)
		return false;
	slot->level = (unsigned)__builtin_ctzll(wheel->levels);
	slot->digit = (unsigned)__builtin_ctzll(wheel->filled[slot->level]);
	shift = slot->level * BITS;
	below = ((uint64_t)1 << shift) - 1; /* the digits below, all 63 */
	/* As the position in the digits above. */
	slot->start = wheel->pos & (int64_t) ~(below << BITS | 63);
	slot->start |= (int64_t)slot->digit << shift;
	slot->last = slot->start | (int64_t)below;
	return true;
}

static struct evert_timer_slot *slot_of(struct evert_timer_wheel *wheel,
					const struct slot *slot)
{
	return &wheel->slots[slot->level * EVERT_TIMER_SLOTS + slot->digit];
}

/* ---- What is due at the position ---- */

static void join_due(struct evert_timer_wheel *wheel, uint32_t node)
{
	wheel->due = evert_timer_due_add(wheel->nodes, wheel->due, node);
}

/* What is filed under the position itself joins the heap. */
static EVERT_APART void gather_slot(struct evert_timer_wheel *wheel)
{
	unsigned digit = digit_of(wheel->pos, 0);
	uint32_t node, next;

	for (node = take_slot(wheel, 0, digit); node; node = next) {
		next = wheel->nodes[node].next;
		join_due(wheel, node);
	}
}

static inline void gather(struct evert_timer_wheel *wheel)
{
	if (wheel->filled[0] >> digit_of(wheel->pos, 0) & 1)
		gather_slot(wheel);
}

/* It was moved later; where the clock is late, maybe not as far as the
   position. */
static void put_off(struct evert_timer_wheel *wheel, struct evert_timer *timer,
		    uint32_t node)
{
	if (timer->when > wheel->pos) {
		evert_timer_wheel_enter(wheel, timer, node);
		return;
	}
	timer->queued_at = timer->when;
	join_due(wheel, node);
}

/* Until the first of the heap is due indeed. */
EVERT_APART struct evert_timer *
evert_timer_wheel_put_due_right(struct evert_timer_wheel *wheel)
{
	struct evert_timer *timer;
	uint32_t node;

	while ((node = wheel->due)) {
		timer = wheel->nodes[node].timer;
		if (timer->node == node && timer->when == timer->queued_at)
			return timer;
		wheel->due = evert_timer_due_pop(wheel->nodes, node);
		if (timer->node == node)
			put_off(wheel, timer, node);
		else
			drop(wheel, node);
	}
	return NULL;
}

/* ---- A slot that is due as a whole ---- */

/* Is all that is in it due, and not too much? */
static bool is_passed(struct evert_timer_wheel *wheel,
		      const struct slot *slot, int64_t now)
{
	const struct evert_timer_node *nodes = wheel->nodes;
	uint32_t node = slot_of(wheel, slot)->first;
	unsigned left = MOST_SORTED;

	if (slot->last >= now)
		return false;
	while (node && --left)
		node = nodes[node].next;
	return !node;
}

/* Nothing else is due before its end: `due` is empty. */
static void pass(struct evert_timer_wheel *wheel, const struct slot *slot)
{
	unsigned below = slot->level ? slot->level - 1 : 0;
	uint32_t node, list = take_slot(wheel, slot->level, slot->digit);
	struct evert_timer_node *nodes = wheel->nodes;
	struct evert_timer_piles piles;
	struct evert_timer *timer;

	piles.filled = 0;
	wheel->pos = slot->last;
	while ((node = list)) {
		timer = nodes[node].timer;
		list = nodes[node].next;
		if (evert_timer_node_is_stale(nodes, node) ||
		    timer->when > slot->last) {
			put_right(wheel, node);
			continue;
		}
		timer->queued_at = timer->when;
		evert_timer_piles_add(&piles, digit_of(timer->when, below),
				      nodes, node);
	}
	wheel->due = evert_timer_piles_heap(&piles, nodes);
}

/* ---- Moving on ---- */

/* Are they filed under the same time? */
static bool is_one_instant(const struct evert_timer_wheel *wheel, uint32_t list)
{
	const struct evert_timer_node *nodes = wheel->nodes;
	int64_t queued_at;

	if (evert_timer_node_is_stale(nodes, list))
		return false;
	queued_at = nodes[list].timer->queued_at;
	while ((list = nodes[list].next))
		if (evert_timer_node_is_stale(nodes, list) ||
		    nodes[list].timer->queued_at != queued_at)
			return false;
	return true;
}

static void open_slot(struct evert_timer_wheel *wheel, const struct slot *slot,
		      int64_t now)
{
	uint32_t node = take_slot(wheel, slot->level, slot->digit);
	int64_t at;

	wheel->pos = slot->start;
	if (node && is_one_instant(wheel, node)) {
		at = wheel->nodes[node].timer->queued_at;
		wheel->pos = at < now ? at : now;
	}
	put_all_right(wheel, node);
}

/* Moves the position on to the first timer that is due, or behind it, and if
   none is, to `now`. */
static struct evert_timer *move_on(struct evert_timer_wheel *wheel,
				   int64_t now)
{
	struct evert_timer *timer;
	struct slot slot;

	for (;;) {
		gather(wheel);
		timer = evert_timer_wheel_first_due(wheel);
		if (wheel->fresh) /* it was put off */
			file_fresh(wheel);
		else if (timer)
			return timer;
		else if (!find_slot(wheel, &slot) || slot.start > now)
			break;
		else if (is_passed(wheel, &slot, now))
			pass(wheel, &slot);
		else
			open_slot(wheel, &slot, now);
	}
	wheel->pos = now;
	return NULL;
}

/* What is fresh may be due. */
EVERT_APART struct evert_timer *
evert_timer_wheel_find(struct evert_timer_wheel *wheel, int64_t now)
{
	struct evert_timer *timer;
	struct slot slot;

	file_fresh(wheel);
	timer = move_on(wheel, now);
	wheel->settled = false;
	wheel->earliest = find_slot(wheel, &slot) ?
				  slot_of(wheel, &slot)->start :
				  EVERT_TIMER_NEVER;
	return timer;
}

/* ---- The next ---- */

/* What is wrong on its place in a slot, out of the first that are right, whose
   first time is `*first`. Is that all of them? */
static bool pick_wrong(struct evert_timer_wheel *wheel,
		       struct evert_timer_slot *slot, uint32_t *wrong,
		       int64_t *first)
{
	struct evert_timer_node *nodes = wheel->nodes;
	uint32_t *link = &slot->first, node;
	struct evert_timer *timer;
	unsigned seen = 0;

	while ((node = *link) && seen < LOOKED_AT) {
		timer = nodes[node].timer;
		if (!evert_timer_node_is_stale(nodes, node)) {
			seen++;
			if (timer->when < *first)
				*first = timer->when;
			if (timer->when == timer->queued_at) {
				link = &nodes[node].next;
				continue;
			}
		}
		*link = nodes[node].next;
		nodes[node].next = *wrong;
		*wrong = node;
	}
	return !node;
}

/* The first time in a slot, if it is not crowded; else before which none is.
   Puts its nodes right on the way; the slot may be empty in the end. */
static int64_t look_into(struct evert_timer_wheel *wheel,
			 const struct slot *slot)
{
	struct evert_timer_slot *nodes = slot_of(wheel, slot);
	int64_t first = EVERT_TIMER_NEVER;
	uint32_t wrong = 0;
	bool all = pick_wrong(wheel, nodes, &wrong, &first);

	if (!nodes->first)
		mark_empty(wheel, slot->level, slot->digit);
	put_all_right(wheel, wrong);
	return all ? first : nodes->start;
}

static int64_t look(struct evert_timer_wheel *wheel)
{
	int64_t first;
	struct slot slot;

	while (find_slot(wheel, &slot)) {
		first = look_into(wheel, &slot);
		if (slot_of(wheel, &slot)->first)
			return first;
	}
	return EVERT_TIMER_NEVER;
}

int64_t evert_timer_wheel_next(struct evert_timer_wheel *wheel, int64_t now)
{
	const struct evert_timer *timer;

	if (wheel->settled) {
		timer = evert_timer_wheel_first_due(wheel);
	} else {
		timer = evert_timer_wheel_find(wheel, now);
		wheel->earliest = look(wheel);
		wheel->settled = true;
	}
	return timer && timer->when < wheel->earliest ? timer->when :
							wheel->earliest;
}

/* ---- Starting anew ---- */

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
	wheel->fresh = wheel->free = wheel->used = 0;
	wheel->earliest = EVERT_TIMER_NEVER;
	wheel->settled = true;
}

/* What is due is fresh again, too: the position must not be after it. */
void evert_timer_wheel_rebuild(struct evert_timer_wheel *wheel)
{
	uint32_t lists[2] = { 0, 0 }; /* that are kept, and that are free */
	struct evert_timer_node *nodes = wheel->nodes;
	bool was_due = wheel->due != 0;
	int64_t first = wheel->pos;
	const struct evert_timer *timer;
	bool stale, sooner;
	uint32_t node;

	empty_slots(wheel);
	/* Without a branch: it could only be guessed, and each guess would
	   wait for a timer that is far away in memory. */
	for (node = wheel->used; node; node--) {
		timer = nodes[node].timer;
		stale = timer->node != node;
		nodes[node].next = lists[stale];
		lists[stale] = node;
		sooner = !stale & (timer->when < first);
		first = sooner ? timer->when : first;
	}
	wheel->fresh = lists[false];
	wheel->free = lists[true];
	wheel->pos = first;
	if (was_due) {
		wheel->earliest = first;
		wheel->settled = false;
	}
}
