/* SPDX-License-Identifier: MIT */
/* For one thread, which is all that is analysed: plain memory. */
#ifndef EVA_STDATOMIC_H
#define EVA_STDATOMIC_H

#include <stdbool.h>

#define _Atomic(type) type
#define ATOMIC_VAR_INIT(value) (value)

typedef bool atomic_bool;
typedef int atomic_int;
typedef unsigned atomic_uint;
typedef __SIZE_TYPE__ atomic_size_t;
typedef unsigned long long atomic_ullong;

enum {
	memory_order_relaxed,
	memory_order_consume,
	memory_order_acquire,
	memory_order_release,
	memory_order_acq_rel,
	memory_order_seq_cst,
};

#define atomic_init(at, value) (*(at) = (value))
#define atomic_load(at) (*(at))
#define atomic_load_explicit(at, order) (*(at))
#define atomic_store(at, value) ((void)(*(at) = (value)))
#define atomic_store_explicit(at, value, order) ((void)(*(at) = (value)))
#define atomic_fetch_add(at, by) ((*(at) += (by)) - (by))
#define atomic_fetch_add_explicit(at, by, order) ((*(at) += (by)) - (by))
#define atomic_fetch_sub(at, by) ((*(at) -= (by)) + (by))
#define atomic_fetch_sub_explicit(at, by, order) ((*(at) -= (by)) + (by))
#define atomic_thread_fence(order) ((void)0)
#define atomic_signal_fence(order) ((void)0)

#endif
