/* SPDX-License-Identifier: MIT */
#include "timer_wheel_internal.h"

#include <string.h>

enum {
	BITS = 8, /* of a digit */
	WORD = 64, /* bits */
	LOOKED_AT = 32, /* timers, to find the first */
	AT_ONCE = 1024, /* timers in order: as many as caches hold until then */
	TOGETHER = 8, /* slots that are opened */
	SHORT = 3, /* levels, on which hardly a slot has more: 65.5 us */
};

/* One of the wheel's, and which times are filed there. */
struct slot {
	unsigned which;
	int64_t start, last;
};

/* In no order yet. */
struct due {
	struct evert_timer *list;
	size_t count;
};

void evert_timer_wheel_init(struct evert_timer_wheel *wheel,
			    struct evert_clock *clock, int64_t now)
{
	/* Without optimising an initialiser is made on the stack: half of a
	   coroutine's. */
	memset(wheel, 0, sizeof(*wheel));
	wheel->clock = clock;
	wheel->pos = now;
	wheel->earliest = EVERT_TIMER_NEVER;
	wheel->settled = true;
	wheel->border = &wheel->fresh;
}

/* ---- Slots ---- */

/* Apart, so that its registers need not be saved when it is not called. */
static EVERT_APART void begin_slot(struct evert_timer_wheel *wheel,
				   struct evert_timer_slot *slot, int64_t start)
{
	unsigned which = (unsigned)(slot - wheel->slots);

	slot->start = start;
	wheel->filled[which / WORD] |= (uint64_t)1 << which % WORD;
	wheel->words |= (uint64_t)1 << which / WORD;
}

static void mark_empty(struct evert_timer_wheel *wheel, unsigned which)
{
	uint64_t *word = &wheel->filled[which / WORD];

	*word &= ~((uint64_t)1 << which % WORD);
	if (!*word)
		wheel->words &= ~((uint64_t)1 << which / WORD);
}

/* Files a timer that is due after the position, `pos`. */
static inline void file(struct evert_timer_wheel *wheel,
			struct evert_timer *timer, int64_t pos)
{
	int64_t when = timer->when;
	uint64_t differing = (uint64_t)(when ^ pos);
	unsigned bit = 63 - (unsigned)__builtin_clzll(differing);
	unsigned shift = bit & ~(BITS - 1u);
	struct evert_timer_slot *slot =
		wheel->slots + shift * (size_t)(EVERT_TIMER_SLOTS / BITS) +
		(uint8_t)(when >> shift);
	struct evert_timer *next = slot->first;

	timer->next = next;
	timer->link = &slot->first;
	slot->first = timer;
	if (!next) {
		begin_slot(wheel, slot, when);
		return;
	}
	next->link = &timer->next;
	if (when < slot->start)
		slot->start = when;
}

static inline void take_out(struct evert_timer *timer)
{
	struct evert_timer *next = timer->next;

	*timer->link = next;
	if (next)
		next->link = timer->link;
}

static unsigned first_slot(const struct evert_timer_wheel *wheel)
{
	unsigned word = (unsigned)__builtin_ctzll(wheel->words);

	return word * WORD + (unsigned)__builtin_ctzll(wheel->filled[word]);
}

/* The first slot that is marked: its times are all before those in the next. */
static bool find_slot(const struct evert_timer_wheel *wheel, struct slot *slot)
{
	unsigned shift;
	uint64_t below;

	if (!wheel->words)
		return false;
	slot->which = first_slot(wheel);
	shift = slot->which / EVERT_TIMER_SLOTS * BITS;
	below = ((uint64_t)1 << shift) - 1; /* the digits below */
	/* As the position in the digits above. */
	slot->start = wheel->pos &
		      ~(int64_t)(below << BITS | (EVERT_TIMER_SLOTS - 1));
	slot->start |= (int64_t)(slot->which % EVERT_TIMER_SLOTS) << shift;
	slot->last = slot->start | (int64_t)below;
	return true;
}

/* ---- Putting right ---- */

/* Once more, of one that is in no list. */
static void be_fresh(struct evert_timer_wheel *wheel, struct evert_timer *timer)
{
	evert_timer_wheel_put_back(wheel, timer);
	wheel->border = &timer->next;
}

/* Brings a timer to its place, or to those that are due by `pos`. */
static inline void put_one_right(struct evert_timer_wheel *wheel,
				 struct evert_timer *timer, int64_t pos,
				 struct due *due)
{
	if (!timer->id) {
		evert_timer_wheel_put_back(wheel, timer);
	} else if (timer->when > pos) {
		file(wheel, timer, pos);
	} else {
		timer->next = due->list;
		due->list = timer;
		due->count++;
	}
}

static inline void let_follow(struct evert_timer **link,
			      struct evert_timer *list)
{
	*link = list;
	list->link = link;
}

/* Lets a list follow; the end of it. */
static struct evert_timer **append(struct evert_timer **link,
				   struct evert_timer *list)
{
	struct evert_timer *timer;

	for (*link = list; (timer = *link); link = &timer->next)
		timer->link = link;
	return link;
}

/* Those that are behind the last of them are not gone through. */
static void join_due(struct evert_timer_wheel *wheel, const struct due *due)
{
	struct evert_timer **link = &wheel->due, *list, *timer, *next;

	if (!due->list)
		return;
	list = evert_timer_sort(due->list, due->count);
	while (list && (next = *link)) {
		if (evert_timer_is_before(list, next)) {
			timer = list;
			list = timer->next;
			timer->next = next;
			next->link = &timer->next;
			timer->link = link;
			*link = timer;
		}
		link = &(*link)->next;
	}
	if (list)
		append(link, list);
}

/* Of a list, up to `end`. */
static void put_right(struct evert_timer_wheel *wheel, struct evert_timer *list,
		      const struct evert_timer *end)
{
	const int64_t pos = wheel->pos;
	struct due due = { NULL, 0 };
	struct evert_timer *timer;

	while ((timer = list) != end) {
		list = timer->next;
		put_one_right(wheel, timer, pos, &due);
	}
	join_due(wheel, &due);
}

/* Where they are many, to go through the blocks is faster than from one to the
   next, which may be anywhere: what is next in memory is there in time. Those
   that are unused come to be in this order, too. */
static void put_blocks_right(struct evert_timer_wheel *wheel)
{
	struct evert_timer_block *block = NULL;
	struct evert_timer *timer, *end;
	const int64_t pos = wheel->pos;
	struct due due = { NULL, 0 };

	wheel->fresh = NULL;
	wheel->border = &wheel->fresh;
	while ((block = evert_timer_block_after(wheel, block, &timer, &end)))
		for (; timer < end; timer++)
			if (!timer->link)
				put_one_right(wheel, timer, pos, &due);
	join_due(wheel, &due);
}

/* Their neighbours may be anywhere in memory; so they are all sent for first. */
static void take_moved(struct evert_timer_wheel *wheel)
{
	struct evert_timer *timer;
	size_t i;

	for (i = 0; i < wheel->noted; i++) {
		__builtin_prefetch(wheel->moved[i]->next, 1);
		__builtin_prefetch(wheel->moved[i]->link, 1);
	}
	while (wheel->noted) {
		timer = wheel->moved[--wheel->noted];
		if (!timer->link)
			continue; /* fresh, or was noted twice */
		take_out(timer);
		be_fresh(wheel, timer);
	}
}

/* Moves the position on, if nothing has to come down. */
static bool skip(struct evert_timer_wheel *wheel, int64_t to)
{
	struct slot slot;

	if (to < wheel->pos || (find_slot(wheel, &slot) && slot.start <= to))
		return false;
	wheel->pos = to;
	return true;
}

/* Where nothing else is due before, those that are need not be filed, if they
   are not too many. Else, the fewer levels there are to come down later, the
   better. */
static void put_fresh_right(struct evert_timer_wheel *wheel, int64_t now)
{
	struct evert_timer *list = wheel->fresh, *end = *wheel->border;
	int64_t earliest = wheel->earliest;
	uint64_t count = (wheel->set - wheel->seen) / EVERT_TIMER_IDS;

	wheel->seen = wheel->set;
	if (!(count <= AT_ONCE && skip(wheel, now)))
		skip(wheel, earliest < now ? earliest : now);
	if (count > AT_ONCE && count > wheel->room / 4) {
		put_blocks_right(wheel);
		return;
	}
	wheel->fresh = end;
	wheel->border = &wheel->fresh;
	put_right(wheel, list, end);
}

static bool are_few(const struct evert_timer *list)
{
	unsigned left = AT_ONCE;

	while (list && --left)
		list = list->next;
	return !list;
}

static struct evert_timer *empty_slot(struct evert_timer_wheel *wheel,
				      unsigned which)
{
	struct evert_timer *list = wheel->slots[which].first;

	wheel->slots[which].first = NULL;
	mark_empty(wheel, which);
	return list;
}

static inline bool is_short(const struct slot *slot)
{
	return slot->which < SHORT * EVERT_TIMER_SLOTS;
}

/* A slot that has been passed; what is in it. */
struct passed {
	struct evert_timer *list;
	int64_t last;
	struct due due;
};

/* Takes a timer of each in turn: they come from memory at one time, where in
   one list each is waited for to know the next. False: there is none left. */
static bool put_each_right(struct evert_timer_wheel *wheel,
			   struct passed *passed, size_t count, struct due *late)
{
	struct passed *end = passed + count;
	struct evert_timer *timer;
	bool any = false;

	for (; passed < end; passed++) {
		timer = passed->list;
		if (!timer)
			continue;
		passed->list = timer->next;
		put_one_right(wheel, timer, wheel->pos,
			      timer->when <= passed->last ? &passed->due :
							    late);
		any = true;
	}
	return any;
}

/* Several at once. Nothing is due yet. */
static void open_passed(struct evert_timer_wheel *wheel, struct slot *slot,
			int64_t now)
{
	struct evert_timer **link = &wheel->due;
	struct passed passed[TOGETHER];
	struct due late = { NULL, 0 };
	size_t count = 0, i;

	do {
		passed[count++] = (struct passed){
			.list = empty_slot(wheel, slot->which),
			.last = wheel->pos = slot->last,
		};
	} while (count < TOGETHER && find_slot(wheel, slot) &&
		 is_short(slot) && slot->last < now);
	while (put_each_right(wheel, passed, count, &late))
		;
	for (i = 0; i < count; i++)
		link = append(link, evert_timer_sort(passed[i].due.list,
						     passed[i].due.count));
	join_due(wheel, &late);
}

/* What is in it is filed again, as seen from the first; unless the whole slot
   has been passed. */
static void open_slot(struct evert_timer_wheel *wheel, struct slot *slot,
		      int64_t now)
{
	struct evert_timer_slot *timers = &wheel->slots[slot->which];

	if (slot->last < now && is_short(slot)) {
		open_passed(wheel, slot, now);
		return;
	}
	if (slot->last < now && are_few(timers->first))
		wheel->pos = slot->last;
	else
		wheel->pos = timers->start < now ? timers->start : now;
	put_right(wheel, empty_slot(wheel, slot->which), NULL);
}

/* ---- What is due ---- */

/* What is fresh may be due: moves the position on to the first timer that is,
   or behind it, and if none is, to `now`. */
EVERT_APART struct evert_timer *
evert_timer_wheel_find(struct evert_timer_wheel *wheel, int64_t now)
{
	struct slot slot;

	if (wheel->hidden) {
		let_follow(&wheel->due, wheel->hidden);
		wheel->hidden = NULL;
	}
	if (wheel->noted)
		take_moved(wheel);
	if (wheel->border != &wheel->fresh)
		put_fresh_right(wheel, now);
	while (!wheel->due && find_slot(wheel, &slot) && slot.start <= now)
		open_slot(wheel, &slot, now);
	if (!wheel->due)
		wheel->pos = now;
	wheel->settled = false;
	wheel->earliest = wheel->words ? wheel->slots[first_slot(wheel)].start :
					 EVERT_TIMER_NEVER;
	return wheel->due;
}

/* ---- Moving ---- */

/* It was due, or the first. */
EVERT_APART void evert_timer_wheel_cancelled(struct evert_timer_wheel *wheel,
					     struct evert_timer *timer)
{
	if (timer->when == wheel->earliest)
		wheel->settled = false;
	if (timer->when <= wheel->pos && timer->link) {
		take_out(timer);
		evert_timer_wheel_put_back(wheel, timer);
	}
}

/* What is due is hidden until it is asked for: only then those that have come to
   be due by a move take their places among it, all in one step. */
static void hide_due(struct evert_timer_wheel *wheel)
{
	wheel->settled = false;
	if (!wheel->due)
		return;
	let_follow(&wheel->hidden, wheel->due);
	wheel->due = NULL;
}

/* It was due before, or was or is the first, or there is no place to note
   another. */
EVERT_APART void evert_timer_wheel_moved(struct evert_timer_wheel *wheel,
					 struct evert_timer *timer,
					 int64_t before)
{
	int64_t when = timer->when;

	if (before == wheel->earliest)
		wheel->settled = false;
	if (before <= wheel->pos && timer->link) {
		take_out(timer);
		be_fresh(wheel, timer);
	}
	evert_timer_wheel_expect(wheel, when);
	if (when <= wheel->pos)
		hide_due(wheel);
	if (wheel->noted == EVERT_TIMERS_NOTED)
		take_moved(wheel);
}

/* ---- The next ---- */

/* The first time in a slot, if it is not crowded; else before which none is.
   Puts its timers right on the way; the slot may be empty in the end. */
static int64_t look_into(struct evert_timer_wheel *wheel,
			 const struct slot *slot)
{
	struct evert_timer_slot *timers = &wheel->slots[slot->which];
	struct evert_timer **link = &timers->first, *timer, *wrong = NULL;
	int64_t first = EVERT_TIMER_NEVER;
	unsigned seen = 0;

	while ((timer = *link) && seen < LOOKED_AT) {
		if (timer->id && timer->when <= slot->last) {
			seen++;
			if (timer->when < first)
				first = timer->when;
			link = &timer->next;
			continue;
		}
		take_out(timer);
		timer->next = wrong;
		wrong = timer;
	}
	if (!timers->first)
		mark_empty(wheel, slot->which);
	put_right(wheel, wrong, NULL);
	return timer ? timers->start : first;
}

static int64_t look(struct evert_timer_wheel *wheel)
{
	int64_t first;
	struct slot slot;

	while (find_slot(wheel, &slot)) {
		first = look_into(wheel, &slot);
		if (wheel->slots[slot.which].first)
			return first;
	}
	return EVERT_TIMER_NEVER;
}

int64_t evert_timer_wheel_next(struct evert_timer_wheel *wheel, int64_t now)
{
	const struct evert_timer *timer;

	if (wheel->set == wheel->ended)
		return EVERT_TIMER_NEVER;
	if (wheel->settled && !wheel->hidden) {
		timer = wheel->due;
	} else {
		timer = evert_timer_wheel_find(wheel, now);
		wheel->earliest = look(wheel);
		wheel->settled = true;
	}
	return timer && timer->when < wheel->earliest ? timer->when :
							wheel->earliest;
}

/* ---- What has left ---- */

static void sweep_fresh(struct evert_timer_wheel *wheel)
{
	struct evert_timer *timer, *list = wheel->fresh, *end = *wheel->border;

	wheel->fresh = end;
	wheel->border = &wheel->fresh;
	while ((timer = list) != end) {
		list = timer->next;
		if (timer->id)
			be_fresh(wheel, timer);
		else
			evert_timer_wheel_put_back(wheel, timer);
	}
}

void evert_timer_wheel_sweep(struct evert_timer_wheel *wheel)
{
	struct evert_timer_block *block = NULL;
	struct evert_timer *timer, *end;

	take_moved(wheel);
	sweep_fresh(wheel);
	while ((block = evert_timer_block_after(wheel, block, &timer, &end)))
		for (; timer < end; timer++) {
			if (timer->id || !timer->link)
				continue;
			take_out(timer);
			evert_timer_wheel_put_back(wheel, timer);
		}
}
