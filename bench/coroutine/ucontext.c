/* SPDX-License-Identifier: MIT */
/*
 * The C library's own: makecontext and swapcontext. Fair: the stack is used
 * again, not made anew, as a pool would do.
 */
#include <ucontext.h>

#include "common/measure.h"

static char stack[64 * 1024];
static ucontext_t inside, outside;
static size_t turns;

static void turn_for_ever(void)
{
	for (;;) {
		turns++;
		swapcontext(&inside, &outside);
	}
}

static void finish(void)
{
	turns++;
}

static void make(void (*run)(void))
{
	getcontext(&inside);
	inside.uc_stack.ss_sp = stack;
	inside.uc_stack.ss_size = sizeof(stack);
	inside.uc_link = &outside;
	makecontext(&inside, run, 0);
}

static void switches(size_t events)
{
	size_t i;

	turns = 0;
	make(turn_for_ever);
	for (i = 0; i < events; i += 2)
		swapcontext(&outside, &inside);
	measure_check("switches", turns, (events + 1) / 2);
}

static void spawn(size_t events)
{
	size_t i;

	turns = 0;
	for (i = 0; i < events; i++) {
		make(finish);
		swapcontext(&outside, &inside);
	}
	measure_check("spawned", turns, events);
}

int main(void)
{
	measure("switch", 1000000, switches);
	measure("spawn", 300000, spawn);
	return 0;
}
