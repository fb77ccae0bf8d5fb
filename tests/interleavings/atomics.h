/* SPDX-License-Identifier: MIT */
/* What a thread may see of an atomic object, by C11 (see atomics.c). */
#ifndef TESTS_INTERLEAVINGS_ATOMICS_H
#define TESTS_INTERLEAVINGS_ATOMICS_H

#include <stdbool.h>
#include <stdint.h>

enum rmw { EXCHANGE, ADD, SUBTRACT, AND, OR, XOR };

/* `order` as the compiler has it, __ATOMIC_RELAXED and so on. */
uint64_t atomic_look(const volatile void *address, unsigned size, int order,
		     const void *at);
void atomic_put(volatile void *address, unsigned size, uint64_t value,
		int order, const void *at);
/* What was there before. */
uint64_t atomic_change(volatile void *address, unsigned size, enum rmw how,
		       uint64_t operand, int order, const void *at);
/* `*expected` becomes what it has seen, where that is something else. */
bool atomic_swap(volatile void *address, unsigned size, uint64_t *expected,
		 uint64_t desired, int success, int failure, bool is_weak,
		 const void *at);

#endif
