/* SPDX-License-Identifier: MIT */
/*
 * The floor of coroutines with a stack: a switch that is inlined where it
 * happens, and saves nothing but where it was; the compiler is told that all
 * registers are lost, and keeps what it needs, which in a loop is nothing. So
 * neither can it be a function in a library, nor could another function than
 * the one with the loop switch any cheaper. One kept stack, no Deferred, no end
 * that anybody hears of, and nothing that sanitizers, backtraces or the
 * processor's shadow stack would need.
 */
#include <stdint.h>

#include "common/measure.h"

#if defined(__x86_64__)

static char stack[64 * 1024] __attribute__((__aligned__(16)));
static void *other; /* the stack pointer of the side that does not run */
static size_t turns;

/* 128: below the stack pointer lies what the compiler keeps there. */
static inline __attribute__((__always_inline__)) void switch_over(void)
{
	__asm__ volatile("leaq -128(%%rsp), %%rsp\n\t"
			 "pushq %%rbp\n\t"
			 "leaq 1f(%%rip), %%rax\n\t"
			 "pushq %%rax\n\t"
			 "movq %%rsp, %%rax\n\t"
			 "movq %0, %%rsp\n\t"
			 "movq %%rax, %0\n\t"
			 "popq %%rax\n\t"
			 "jmpq *%%rax\n"
			 "1:\n\t"
			 "popq %%rbp\n\t"
			 "subq $-128, %%rsp"
			 : "+m"(other)
			 :
			 : "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9",
			   "r10", "r11", "r12", "r13", "r14", "r15", "xmm0",
			   "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6",
			   "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12",
			   "xmm13", "xmm14", "xmm15", "memory", "cc");
}

/* The next switch_over begins `run`, which never returns. */
static void make(void (*run)(void))
{
	uintptr_t *top = (uintptr_t *)(void *)(stack + sizeof(stack));

	*--top = 0; /* where a call would have put where to return */
	*--top = (uintptr_t)run;
	other = top;
}

static void turn_for_ever(void)
{
	for (;;) {
		turns++;
		switch_over();
	}
}

static void switches(size_t events)
{
	size_t i;

	turns = 0;
	make(turn_for_ever);
	for (i = 0; i < events; i += 2)
		switch_over();
	measure_check("switches", turns, (events + 1) / 2);
}

static void finish(void)
{
	turns++;
	switch_over();
	__builtin_unreachable();
}

static void (*volatile finishes)(void) = finish;

static void spawn(size_t events)
{
	size_t i;

	turns = 0;
	for (i = 0; i < events; i++) {
		make(finishes);
		switch_over();
	}
	measure_check("spawned", turns, events);
}

/* It waits for a number that the other side has. */
static size_t fired, sum;

static void await_for_ever(void)
{
	for (;;) {
		switch_over();
		sum += fired;
	}
}

static void await(size_t events)
{
	size_t i;

	sum = 0;
	make(await_for_ever);
	switch_over();
	for (i = 0; i < events; i++) {
		fired = 1;
		switch_over();
	}
	measure_check("awaited", sum, events);
}

int main(void)
{
	measure("switch", 50000000, switches);
	measure("spawn", 10000000, spawn);
	measure("await", 50000000, await);
	return 0;
}

#else

int main(void)
{
	return 0; /* nothing is measured */
}

#endif
