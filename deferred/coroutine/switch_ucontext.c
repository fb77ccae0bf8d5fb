/* SPDX-License-Identifier: MIT */
#include "switch_internal.h"

#ifdef EVERT_SWITCH_UCONTEXT

/* makecontext passes int arguments: a pointer comes in two halves. */
static void call(unsigned high, unsigned low)
{
	uintptr_t pointer = (uintptr_t)((uint64_t)high << 32 | low);
	struct evert_context *context = (struct evert_context *)pointer;

	context->run(context->arg);
	setcontext(&context->outside);
}

void evert_context_start(struct evert_context *context, char *low, size_t size,
			 void (*run)(void *arg), void *arg)
{
	uint64_t pointer = (uintptr_t)context;

	context->is_inside = false;
	context->run = run;
	context->arg = arg;
	getcontext(&context->inside);
	context->inside.uc_stack.ss_sp = low;
	context->inside.uc_stack.ss_size = size;
	context->inside.uc_link = NULL;
	makecontext(&context->inside, (void (*)(void))call, 2,
		    (unsigned)(pointer >> 32), (unsigned)pointer);
	evert_context_switch(context);
}

void evert_context_switch(struct evert_context *context)
{
	context->is_inside = !context->is_inside;
	if (context->is_inside)
		swapcontext(&context->outside, &context->inside);
	else
		swapcontext(&context->inside, &context->outside);
}

#endif
