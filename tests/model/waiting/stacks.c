/* SPDX-License-Identifier: MIT */
#include "stacks.h"

#include "../../../deferred/coroutine/fiber_internal.h"
#include "../../../deferred/coroutine/switch_internal.h"
#include "world.h"

enum {
	SIZE = 256 * 1024,
};

struct top {
	_Alignas(64) struct evert_context context;
	struct evert_fiber fiber;
	void (*body)(int n);
	int n;
};

static _Alignas(64) char memory[WAITING_COROUTINES_MOST][SIZE];

static struct top *top_of(int n)
{
	return (struct top *)(void *)(memory[n] + SIZE) - 1;
}

static void run(struct evert_context *context)
{
	struct top *top = evert_container_of(context, struct top, context);

	evert_fiber_entered(&top->fiber);
	top->body(top->n);
	evert_fiber_end(&top->fiber);
	evert_context_end(&top->context);
}

void stack_start(int n, void (*body)(int n))
{
	struct top *top = top_of(n);
	struct evert_context *context = &top->context;

	evert_fiber_init(&top->fiber, memory[n], SIZE);
	evert_fiber_finish(&top->fiber); /* of who had it before */
	top->body = body;
	top->n = n;
	evert_fiber_enter(&top->fiber);
	context = evert_context_start(context, memory[n], run);
	top = evert_container_of(context, struct top, context);
	evert_fiber_back(&top->fiber);
}

void stack_enter(int n)
{
	struct top *top = top_of(n);
	struct evert_context *context = &top->context;

	evert_fiber_enter(&top->fiber);
	context = evert_context_enter(context);
	top = evert_container_of(context, struct top, context);
	evert_fiber_back(&top->fiber);
}

void stack_leave(int n)
{
	struct top *top = top_of(n);
	struct evert_context *context = &top->context;

	evert_fiber_leave(&top->fiber);
	context = evert_context_leave(context);
	top = evert_container_of(context, struct top, context);
	evert_fiber_entered(&top->fiber);
}
