/* SPDX-License-Identifier: MIT */
#include "switch_internal.h"

#ifdef EVERT_SWITCH_UCONTEXT

#include <stdlib.h>

/* makecontext passes int arguments: a pointer comes in two halves. */
static void begin(unsigned high, unsigned low)
{
	uintptr_t pointer = (uintptr_t)((uint64_t)high << 32 | low);
	struct evert_context *context = (struct evert_context *)pointer;

	context->run(context);
}

struct evert_context *
evert_context_start(struct evert_context *context, char *low,
		    void (*run)(struct evert_context *context))
{
	uint64_t pointer = (uintptr_t)context;

	context->run = run;
	getcontext(&context->inside);
	context->inside.uc_stack.ss_sp = low;
	context->inside.uc_stack.ss_size = (size_t)((char *)context - low);
	context->inside.uc_link = NULL;
	makecontext(&context->inside, (void (*)(void))begin, 2,
		    (unsigned)(pointer >> 32), (unsigned)pointer);
	return evert_context_enter(context);
}

struct evert_context *evert_context_enter(struct evert_context *context)
{
	swapcontext(&context->outside, &context->inside);
	return context;
}

struct evert_context *evert_context_leave(struct evert_context *context)
{
	swapcontext(&context->inside, &context->outside);
	return context;
}

void evert_context_end(struct evert_context *context)
{
	setcontext(&context->outside);
	abort(); /* what was saved can't be gone back to */
}

#endif
