/* SPDX-License-Identifier: MIT */
/*
 * Tells AddressSanitizer, ThreadSanitizer and Valgrind about stacks and
 * switches. Where none of them is built in, nothing of this is left.
 */
#ifndef EVERT_DEFERRED_FIBER_INTERNAL_H
#define EVERT_DEFERRED_FIBER_INTERNAL_H

#include "../base/base.h"
#include "../base/sanitizer_internal.h"

/*
 * What they want to be remembered of a stack to switch to. Around a switch
 * into it one calls, in the function that switches, evert_fiber_enter and
 * evert_fiber_back; the fiber calls evert_fiber_entered first, around a switch
 * out of it evert_fiber_leave and evert_fiber_entered, and last of all
 * evert_fiber_end.
 */

#if defined(EVERT_ASAN)

#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>

struct evert_fiber {
	const void *low;
	size_t size;
	const void *outer_low;
	size_t outer_size;
	void *own_frames;
	void *outer_frames;
};

static inline void evert_fiber_init(struct evert_fiber *fiber,
				    const void *low, size_t size)
{
	*fiber = (struct evert_fiber){ .low = low, .size = size };
}

/* The frames of a stack that ended would stay poisoned. */
static inline void evert_fiber_finish(struct evert_fiber *fiber)
{
	__asan_unpoison_memory_region(fiber->low, fiber->size);
}

static inline void evert_fiber_enter(struct evert_fiber *fiber)
{
	__sanitizer_start_switch_fiber(&fiber->outer_frames, fiber->low,
				       fiber->size);
}

static inline void evert_fiber_back(struct evert_fiber *fiber)
{
	__sanitizer_finish_switch_fiber(fiber->outer_frames, NULL, NULL);
}

static inline void evert_fiber_entered(struct evert_fiber *fiber)
{
	__sanitizer_finish_switch_fiber(fiber->own_frames, &fiber->outer_low,
					&fiber->outer_size);
}

static inline void evert_fiber_leave(struct evert_fiber *fiber)
{
	__sanitizer_start_switch_fiber(&fiber->own_frames, fiber->outer_low,
				       fiber->outer_size);
}

static inline void evert_fiber_end(struct evert_fiber *fiber)
{
	__sanitizer_start_switch_fiber(NULL, fiber->outer_low,
				       fiber->outer_size);
}

#elif defined(EVERT_TSAN)

#include <sanitizer/tsan_interface.h>

struct evert_fiber {
	void *own;
	void *outer;
};

static inline void evert_fiber_init(struct evert_fiber *fiber,
				    const void *low, size_t size)
{
	(void)low;
	(void)size;
	fiber->own = __tsan_create_fiber(0);
}

static inline void evert_fiber_finish(struct evert_fiber *fiber)
{
	__tsan_destroy_fiber(fiber->own);
}

/* It counts the functions that are entered and left on each fiber: it is told
   where none of ours lies between its switch and the real one. */
static inline void evert_fiber_enter(struct evert_fiber *fiber)
{
	fiber->outer = __tsan_get_current_fiber();
	__tsan_switch_to_fiber(fiber->own, 0);
}

static inline void evert_fiber_back(struct evert_fiber *fiber)
{
	__tsan_switch_to_fiber(fiber->outer, 0);
}

static inline void evert_fiber_entered(struct evert_fiber *fiber)
{
	(void)fiber;
}

static inline void evert_fiber_leave(struct evert_fiber *fiber)
{
	(void)fiber;
}

static inline void evert_fiber_end(struct evert_fiber *fiber)
{
	(void)fiber;
}

#else

struct evert_fiber {
	char unused;
};

static inline void evert_fiber_init(struct evert_fiber *fiber,
				    const void *low, size_t size)
{
	(void)fiber;
	(void)low;
	(void)size;
}

static inline void evert_fiber_finish(struct evert_fiber *fiber)
{
	(void)fiber;
}

static inline void evert_fiber_enter(struct evert_fiber *fiber)
{
	(void)fiber;
}

static inline void evert_fiber_back(struct evert_fiber *fiber)
{
	(void)fiber;
}

static inline void evert_fiber_entered(struct evert_fiber *fiber)
{
	(void)fiber;
}

static inline void evert_fiber_leave(struct evert_fiber *fiber)
{
	(void)fiber;
}

static inline void evert_fiber_end(struct evert_fiber *fiber)
{
	(void)fiber;
}

#endif

/* Valgrind takes a jump of the stack pointer for a switch if it knows that
   there is a stack. */

#if defined(EVERT_VALGRIND)

#include <valgrind/valgrind.h>

static inline unsigned evert_valgrind_add_stack(char *low, size_t size)
{
	return VALGRIND_STACK_REGISTER(low, low + size);
}

static inline void evert_valgrind_forget_stack(unsigned id)
{
	VALGRIND_STACK_DEREGISTER(id);
}

#else

static inline unsigned evert_valgrind_add_stack(char *low, size_t size)
{
	(void)low;
	(void)size;
	return 0;
}

static inline void evert_valgrind_forget_stack(unsigned id)
{
	(void)id;
}

#endif

#endif
