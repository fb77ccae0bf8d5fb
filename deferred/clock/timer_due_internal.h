/* SPDX-License-Identifier: MIT */
/* Timers, their nodes, and a heap of nodes by time, then by id: what is
   due. */
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
	bool is_wait;	   /* `arg` is a struct evert_clock_wait; unused: no */
	void (*call)(void *arg);
	union {
		void *arg;
		struct evert_timer *next_unused;
	};
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
uint32_t evert_timer_due_meld(struct evert_timer_node *nodes, uint32_t list);

static inline uint32_t evert_timer_due_pop(struct evert_timer_node *nodes,
					   uint32_t due)
{
	uint32_t child = nodes[due].child;

	/* What was in order already hangs on one another. */
	return nodes[child].next ? evert_timer_due_meld(nodes, child) : child;
}

#endif
