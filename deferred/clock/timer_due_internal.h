/* SPDX-License-Identifier: MIT */
/* Timers, their nodes, and a heap of nodes by id: what is due at one
   instant. */
#ifndef EVERT_DEFERRED_TIMER_DUE_INTERNAL_H
#define EVERT_DEFERRED_TIMER_DUE_INTERNAL_H

#include "../base/base.h"

/* One cache line; the wheel uses the first four. A timer's memory must last as
   long as the wheel, since stale nodes point to it. */
struct evert_timer {
	uint64_t id; /* of the call, as they are made; 0: unused */
	int64_t when;
	int64_t queued_at; /* its node's time, at most `when` */
	uint32_t node;	   /* 0: it does not wait */
	bool is_wait;	   /* `arg` is a struct evert_clock_wait */
	void (*call)(void *arg);
	void *arg;
	struct evert_clock *clock;
	const char *place;
};

/* Named by its index, so that the nodes may move to a larger array. It is
   stale when its timer names another. */
struct evert_timer_node {
	struct evert_timer *timer;
	uint32_t next;	/* 0: none */
	uint32_t child; /* while it is due */
};

static inline bool
evert_timer_node_is_stale(const struct evert_timer_node *nodes, uint32_t node)
{
	return nodes[node].timer->node != node;
}

/* The heap `due`, 0 for an empty one, with one node more; or without its
   first. */
uint32_t evert_timer_due_add(struct evert_timer_node *nodes, uint32_t due,
			     uint32_t node);
uint32_t evert_timer_due_pop(struct evert_timer_node *nodes, uint32_t due);

#endif
