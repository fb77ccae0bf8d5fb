/* SPDX-License-Identifier: MIT */
/* Where a wheel's timers come from: blocks of them, which stay for as long as
   the wheel, and timers in them that have left. */
#include <errno.h>
#include <sys/mman.h>

#include "../base/memory.h"
#include "timer_wheel_internal.h"

enum {
	FIRST_BLOCK = 32, /* timers */
	HUGE_PAGE = 1 << 21,
	LARGEST_BLOCK = HUGE_PAGE / sizeof(struct evert_timer),
};

/* ---- Blocks ---- */

struct evert_timer_block *
evert_timer_block_after(const struct evert_timer_wheel *wheel,
			const struct evert_timer_block *block,
			struct evert_timer **timer, struct evert_timer **end)
{
	struct evert_timer_block *after = block ? block->next : wheel->blocks;

	if (after) {
		*timer = evert_timers_of(after);
		*end = *timer + after->count;
	}
	return after;
}

/* As many as there are already, or what is enough for once. */
static size_t next_count(const struct evert_timer_wheel *wheel)
{
	if (!wheel->room)
		return FIRST_BLOCK;
	return wheel->room < LARGEST_BLOCK ? wheel->room : LARGEST_BLOCK;
}

/* The largest are huge pages. Each takes one entry of the processor's table of
   pages, which has far fewer than there would be small ones. */
static struct evert_timer_block *make_block(size_t count)
{
	size_t alignment = count < LARGEST_BLOCK ? EVERT_TIMER_LINE : HUGE_PAGE;
	char *memory = evert_allocate(EVERT_TIMER_LINE + alignment +
				      count * sizeof(struct evert_timer));
	struct evert_timer_block *block;
	uintptr_t timers;

	if (!memory)
		return NULL;
	timers = (uintptr_t)memory + EVERT_TIMER_LINE + alignment - 1;
	timers -= timers % alignment;
	if (alignment == HUGE_PAGE)
		madvise((void *)timers, HUGE_PAGE, MADV_HUGEPAGE);
	block = (void *)(timers - EVERT_TIMER_LINE);
	*block = (struct evert_timer_block){ .count = count, .memory = memory };
	return block;
}

static int add_block(struct evert_timer_wheel *wheel)
{
	size_t count = next_count(wheel);
	struct evert_timer_block *block = make_block(count);
	struct evert_timer *timer;

	if (!block)
		return -ENOMEM;
	block->next = wheel->blocks;
	wheel->blocks = block;
	wheel->room += count;
	/* So the first one is the first to be used. */
	for (timer = evert_timers_of(block) + count; count; count--) {
		*--timer = (struct evert_timer){ .clock = wheel->clock };
		evert_timer_wheel_put_back(wheel, timer);
	}
	return 0;
}

void evert_timer_wheel_finish(struct evert_timer_wheel *wheel)
{
	struct evert_timer_block *block;

	while ((block = wheel->blocks)) {
		wheel->blocks = block->next;
		evert_free(block->memory);
	}
}

/* ---- Room ---- */

/* None is unused: all others that do not wait have left. To look for them is
   worth it where they are a quarter; without memory, always. */
EVERT_APART int evert_timer_wheel_make_room(struct evert_timer_wheel *wheel)
{
	size_t left = wheel->room - evert_timer_wheel_count(wheel);

	if (left && left >= wheel->room / 4)
		evert_timer_wheel_sweep(wheel);
	if (evert_timer_wheel_has_room(wheel) || !add_block(wheel))
		return 0;
	if (left)
		evert_timer_wheel_sweep(wheel);
	return evert_timer_wheel_has_room(wheel) ? 0 : -ENOMEM;
}
