/* SPDX-License-Identifier: MIT */
#include "timer_wheel_internal.h"

#include <errno.h>

#include "../base/memory.h"
#include "timer_sort_internal.h"

enum {
	BITS = 6, /* of a digit */
	FIRST_CAPACITY = 64,
	LOOKED_AT = 32, /* timers, to find the first */
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
	wheel->nodes[next].before = node; /* the first node is none */
	slot->first = node;
	wheel->nodes[node].before = EVERT_TIMER_FIRST | which;
	if (!next)
		begin_slot(wheel, which, when);
	else if (when < slot->start)
		slot->start = when;
}

/* Takes a node out of its slot, which, if it is empty then, is still marked as
   one with nodes. */
EVERT_INLINE void unlink_node(struct evert_timer_wheel *wheel, uint32_t node)
{
	uint32_t next = wheel->nodes[node].next;
	uint32_t before = wheel->nodes[node].before;

	wheel->nodes[next].before = before; /* the first node is none */
	if (before & EVERT_TIMER_FIRST)
		wheel->slots[before & ~EVERT_TIMER_FIRST].first = next;
	else
		wheel->nodes[before].next = next;
}

/* A stale one, that was taken out. */
static void drop(struct evert_timer_wheel *wheel, uint32_t node)
{
	wheel->nodes[node].next = wheel->free;
	wheel->free = node;
}

/* Files a node that was taken out, or drops it. */
static void put_right(struct evert_timer_wheel *wheel, uint32_t node)
{
	struct evert_timer *timer = wheel->nodes[node].timer;

	if (timer->node == node)
		file(wheel, timer, node);
	else
		drop(wheel, node);
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

/* What is filed under the position itself joins the heap. */
static EVERT_APART void gather_slot(struct evert_timer_wheel *wheel)
{
	unsigned digit = digit_of(wheel->pos, 0);
	uint32_t node, next;

	for (node = take_slot(wheel, 0, digit); node; node = next) {
		next = wheel->nodes[node].next;
		wheel->due = evert_timer_due_add(wheel->nodes, wheel->due,
						 node);
	}
}

static inline void gather(struct evert_timer_wheel *wheel)
{
	if (wheel->filled[0] >> digit_of(wheel->pos, 0) & 1)
		gather_slot(wheel);
}

/* The first of the heap that is due indeed. */
static inline struct evert_timer *first_due(struct evert_timer_wheel *wheel)
{
	struct evert_timer *timer;
	uint32_t node;

	while ((node = wheel->due)) {
		timer = wheel->nodes[node].timer;
		if (timer->node == node && timer->when == timer->queued_at)
			return timer;
		wheel->due = evert_timer_due_pop(wheel->nodes, wheel->due);
		put_right(wheel, node);
	}
	return NULL;
}

/* ---- A slot that is due as a whole ---- */

/* What is due in it, in order, up to `end`. The others are put right. Returns
   how many. */
static size_t sort(struct evert_timer_wheel *wheel, uint32_t list,
		   struct evert_timer_entry *end)
{
	struct evert_timer *timer;
	uint32_t node;
	size_t count = 0;

	while ((node = list)) {
		timer = wheel->nodes[node].timer;
		list = wheel->nodes[node].next;
		if (timer->node != node || timer->when > wheel->pos) {
			put_right(wheel, node);
			continue;
		}
		timer->queued_at = timer->when;
		evert_timer_sort_add(end, count++, timer, node);
	}
	return count;
}

/* Is all that is in it due, and not too much? */
static bool is_passed(struct evert_timer_wheel *wheel, const struct slot *slot,
		      int64_t now)
{
	uint32_t node = slot_of(wheel, slot)->first;
	unsigned count = 0;

	if (slot->last >= now)
		return false;
	for (; node && count <= EVERT_TIMERS_SORTED;
	     node = wheel->nodes[node].next)
		count++;
	return count <= EVERT_TIMERS_SORTED;
}

/* Nothing else is due before its end: `due` is empty. */
static void pass(struct evert_timer_wheel *wheel, const struct slot *slot)
{
	uint32_t list = take_slot(wheel, slot->level, slot->digit);
	struct evert_timer_entry entries[EVERT_TIMERS_SORTED];
	struct evert_timer_entry *end = entries + EVERT_TIMERS_SORTED;

	wheel->pos = slot->last;
	wheel->due = evert_timer_sort_heap(end, sort(wheel, list, end),
					   wheel->nodes);
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
	if (node && is_one_instant(wheel, node)) {
		at = wheel->nodes[node].timer->queued_at;
		wheel->pos = at < now ? at : now;
	}
	for (; node; node = next) {
		next = wheel->nodes[node].next;
		put_right(wheel, node);
	}
}

/* Moves the position on to the first timer that is due, or behind it, and if
   none is, to `now`. */
static EVERT_APART struct evert_timer *
move_on(struct evert_timer_wheel *wheel, int64_t now)
{
	struct evert_timer *timer;
	struct slot slot;

	while (find_slot(wheel, &slot) && slot.start <= now) {
		if (is_passed(wheel, &slot, now))
			pass(wheel, &slot);
		else
			open_slot(wheel, &slot, now);
		gather(wheel);
		timer = first_due(wheel);
		if (timer)
			return timer;
	}
	wheel->pos = now;
	return NULL;
}

static inline struct evert_timer *find_due(struct evert_timer_wheel *wheel,
					   int64_t now)
{
	struct evert_timer *timer;

	gather(wheel);
	timer = first_due(wheel);
	return timer ? timer : move_on(wheel, now);
}

struct evert_timer *evert_timer_wheel_due(struct evert_timer_wheel *wheel,
					  int64_t now)
{
	struct evert_timer *timer;
	struct slot slot;

	if (wheel->earliest > now)
		return NULL;
	timer = find_due(wheel, now);
	wheel->settled = timer != NULL;
	if (timer)
		wheel->earliest = timer->when;
	else
		wheel->earliest = find_slot(wheel, &slot) ?
					  slot_of(wheel, &slot)->start :
					  EVERT_TIMER_NEVER;
	return timer;
}

/* ---- The next ---- */

/* The first time in a slot, if it is not crowded; else before which none is.
   Puts its nodes right on the way; the slot may be empty in the end. */
static int64_t look_into(struct evert_timer_wheel *wheel,
			 const struct slot *slot)
{
	struct evert_timer_slot *nodes = slot_of(wheel, slot);
	uint32_t node = nodes->first, next;
	int64_t first = EVERT_TIMER_NEVER;
	struct evert_timer *timer;
	unsigned seen = 0;

	for (; node && seen < LOOKED_AT; node = next) {
		next = wheel->nodes[node].next;
		timer = wheel->nodes[node].timer;
		if (timer->node == node) {
			seen++;
			if (timer->when < first)
				first = timer->when;
			if (timer->when == timer->queued_at)
				continue;
		}
		unlink_node(wheel, node);
		put_right(wheel, node);
	}
	return node ? nodes->start : first;
}

static int64_t look(struct evert_timer_wheel *wheel)
{
	int64_t first;
	struct slot slot;

	while (find_slot(wheel, &slot)) {
		first = look_into(wheel, &slot);
		if (slot_of(wheel, &slot)->first)
			return first;
		mark_empty(wheel, slot.level, slot.digit);
	}
	return EVERT_TIMER_NEVER;
}

int64_t evert_timer_wheel_next(struct evert_timer_wheel *wheel, int64_t now)
{
	const struct evert_timer *timer;

	if (!wheel->settled) {
		timer = find_due(wheel, now);
		wheel->earliest = timer ? timer->when : look(wheel);
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

/* Throws the stale nodes out; none is free. What is due comes back to a slot:
   the position must not be after it. */
static void rebuild(struct evert_timer_wheel *wheel)
{
	struct evert_timer_node *nodes = wheel->nodes;
	struct evert_timer *timer;
	int64_t first = wheel->pos;
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
		if (nodes[i].timer->when < first)
			first = nodes[i].timer->when;
	wheel->pos = first;
	for (i = 1; i <= kept; i++)
		file(wheel, nodes[i].timer, i);
}

/* The first node is none. */
static int grow(struct evert_timer_wheel *wheel)
{
	size_t capacity = wheel->room ? ((size_t)wheel->room + 1) * 2 :
					FIRST_CAPACITY;
	struct evert_timer_node *nodes;

	if (capacity > EVERT_TIMER_FIRST)
		return -ENOMEM;
	nodes = evert_reallocate(wheel->nodes, capacity * sizeof(*nodes));
	if (!nodes)
		return -ENOMEM;
	nodes[0] = (struct evert_timer_node){ .next = 0 };
	wheel->nodes = nodes;
	wheel->room = (uint32_t)capacity - 1;
	return 0;
}

static int make_room(struct evert_timer_wheel *wheel)
{
	if (wheel->timers > wheel->used / 2 || !wheel->used)
		return grow(wheel);
	rebuild(wheel);
	return 0;
}

/* ---- Adding and moving ---- */

static inline void file_anew(struct evert_timer_wheel *wheel,
			     struct evert_timer *timer, uint32_t node)
{
	if (timer->when <= wheel->earliest) {
		wheel->earliest = timer->when;
		wheel->settled = true;
	}
	file(wheel, timer, node);
}

static inline bool add(struct evert_timer_wheel *wheel,
		       struct evert_timer *timer, uint32_t node)
{
	wheel->timers++;
	wheel->nodes[node].timer = timer;
	timer->node = node;
	file_anew(wheel, timer, node);
	return true;
}

static EVERT_APART bool add_without_room(struct evert_timer_wheel *wheel,
					 struct evert_timer *timer)
{
	return !make_room(wheel) && add(wheel, timer, ++wheel->used);
}

bool evert_timer_wheel_add(struct evert_timer_wheel *wheel,
			   struct evert_timer *timer)
{
	uint32_t node = wheel->free;

	if (node)
		wheel->free = wheel->nodes[node].next;
	else if (wheel->used < wheel->room)
		node = ++wheel->used;
	else
		return add_without_room(wheel, timer);
	return add(wheel, timer, node);
}

void evert_timer_wheel_move_earlier(struct evert_timer_wheel *wheel,
				    struct evert_timer *timer, int64_t when)
{
	unlink_node(wheel, timer->node);
	timer->when = when;
	file_anew(wheel, timer, timer->node);
}
