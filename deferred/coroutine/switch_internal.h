/* SPDX-License-Identifier: MIT */
/*
 * Two stacks that run in turns. One implementation is built: assembly for
 * x86-64 (System V) and aarch64 (AAPCS64), ucontext elsewhere, or everywhere
 * with -DEVERT_USE_UCONTEXT.
 */
#ifndef EVERT_DEFERRED_SWITCH_INTERNAL_H
#define EVERT_DEFERRED_SWITCH_INTERNAL_H

#if defined(EVERT_USE_UCONTEXT) || !defined(__ELF__) || !defined(__LP64__)
#define EVERT_SWITCH_UCONTEXT
#elif defined(__x86_64__)
#define EVERT_SWITCH_X86_64
#elif defined(__aarch64__)
#define EVERT_SWITCH_AARCH64
#else
#define EVERT_SWITCH_UCONTEXT
#endif

#ifndef __ASSEMBLER__

#include "../base/base.h"

#ifdef EVERT_SWITCH_UCONTEXT
#include <ucontext.h>

struct evert_context {
	ucontext_t inside;
	ucontext_t outside;
	bool is_inside; /* does the inside run now? */
	void (*run)(void *arg);
	void *arg;
};
#else
struct evert_context {
	/* The stack pointer of the side that does not run; what else it needs
	   is on its stack. */
	void *stack_pointer;
};
#endif

/*
 * Stops this side, the outside, and calls `run(arg)` on the stack of `size`
 * bytes at `low`, the inside. Returns when that stops or `run` has returned.
 */
void evert_context_start(struct evert_context *context, char *low, size_t size,
			 void (*run)(void *arg), void *arg);

/*
 * Stops this side, and goes on with the other where that stopped. Returns when
 * the other side stops, or, on the outside, when `run` has returned.
 *
 * Registers, rounding mode and floating-point traps (as <fenv.h> sets them)
 * are each side's own; the signal mask is the thread's.
 */
void evert_context_switch(struct evert_context *context);

#endif
#endif
