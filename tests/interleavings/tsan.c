/* SPDX-License-Identifier: MIT */
/*
 * What the compiler calls with -fsanitize=thread: of each access to memory and
 * each atomic operation. So the library's code is explored as it stands.
 */
#include "atomics.h"
#include "engine.h"
#include "meet.h"
#include "replaced.h"

#define HERE __builtin_return_address(0)

void __tsan_init(void);
void __tsan_func_entry(void *at);
void __tsan_func_exit(void);
void __tsan_read_range(void *address, size_t size);
void __tsan_write_range(void *address, size_t size);
void __tsan_vptr_update(void **address, void *value);
void __tsan_atomic_thread_fence(int order);
void __tsan_atomic_signal_fence(int order);

void __tsan_init(void)
{
}

void __tsan_func_entry(void *at)
{
	(void)at;
}

void __tsan_func_exit(void)
{
}

/* ---- Plain accesses ---- */

#define PLAIN(name, size, writes)                                  \
	void __tsan_##name(void *address);                         \
	void __tsan_##name(void *address)                          \
	{                                                          \
		races_look(address, size, writes, false, HERE);    \
	}
#define PLAIN_OF(size)                             \
	PLAIN(read##size, size, false)             \
	PLAIN(write##size, size, true)             \
	PLAIN(unaligned_read##size, size, false)   \
	PLAIN(unaligned_write##size, size, true)   \
	PLAIN(volatile_read##size, size, false)    \
	PLAIN(volatile_write##size, size, true)

PLAIN_OF(1)
PLAIN_OF(2)
PLAIN_OF(4)
PLAIN_OF(8)
PLAIN_OF(16)

void __tsan_read_range(void *address, size_t size)
{
	races_look(address, size, false, false, HERE);
}

void __tsan_write_range(void *address, size_t size)
{
	races_look(address, size, true, false, HERE);
}

void *meet_memcpy(void *to, const void *from, size_t size)
{
	races_look(from, size, false, false, HERE);
	races_look(to, size, true, false, HERE);
	return __builtin_memcpy(to, from, size);
}

void *meet_memset(void *at, int byte, size_t size)
{
	races_look(at, size, true, false, HERE);
	return __builtin_memset(at, byte, size);
}

/* ---- Atomic operations ---- */

#define CHANGE(bits, name, how)                                          \
	uint##bits##_t __tsan_atomic##bits##_##name(                     \
		volatile uint##bits##_t *address, uint##bits##_t value,  \
		int order);                                              \
	uint##bits##_t __tsan_atomic##bits##_##name(                     \
		volatile uint##bits##_t *address, uint##bits##_t value,  \
		int order)                                               \
	{                                                                \
		return (uint##bits##_t)atomic_change(                    \
			address, sizeof(value), how, value, order, HERE); \
	}

#define SWAP(bits, strength, weak)                                          \
	int __tsan_atomic##bits##_compare_exchange_##strength(              \
		volatile uint##bits##_t *address, uint##bits##_t *expected, \
		uint##bits##_t desired, int success, int failure);          \
	int __tsan_atomic##bits##_compare_exchange_##strength(              \
		volatile uint##bits##_t *address, uint##bits##_t *expected, \
		uint##bits##_t desired, int success, int failure)           \
	{                                                                   \
		uint64_t seen = *expected;                                  \
		bool done = atomic_swap(address, sizeof(desired), &seen,    \
					desired, success, failure, weak,    \
					HERE);                              \
                                                                            \
		*expected = (uint##bits##_t)seen;                           \
		return done;                                                \
	}

#define ATOMIC(bits)                                                         \
	uint##bits##_t __tsan_atomic##bits##_load(                           \
		const volatile uint##bits##_t *address, int order);          \
	uint##bits##_t __tsan_atomic##bits##_load(                           \
		const volatile uint##bits##_t *address, int order)           \
	{                                                                    \
		return (uint##bits##_t)atomic_look(address,                  \
						   sizeof(*address), order,  \
						   HERE);                    \
	}                                                                    \
	void __tsan_atomic##bits##_store(volatile uint##bits##_t *address,   \
					 uint##bits##_t value, int order);   \
	void __tsan_atomic##bits##_store(volatile uint##bits##_t *address,   \
					 uint##bits##_t value, int order)    \
	{                                                                    \
		atomic_put(address, sizeof(value), value, order, HERE);      \
	}                                                                    \
	CHANGE(bits, exchange, EXCHANGE)                                     \
	CHANGE(bits, fetch_add, ADD)                                         \
	CHANGE(bits, fetch_sub, SUBTRACT)                                    \
	CHANGE(bits, fetch_and, AND)                                         \
	CHANGE(bits, fetch_or, OR)                                           \
	CHANGE(bits, fetch_xor, XOR)                                         \
	SWAP(bits, strong, false)                                            \
	SWAP(bits, weak, true)

ATOMIC(8)
ATOMIC(16)
ATOMIC(32)
ATOMIC(64)

/* None is in evert. */
void __tsan_atomic_thread_fence(int order)
{
	(void)order;
	meet_fail("a fence, which the explorer has no notion of");
}

void __tsan_atomic_signal_fence(int order)
{
	(void)order;
}
