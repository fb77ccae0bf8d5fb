/* SPDX-License-Identifier: MIT */
/*
 * Which object has which number in a recording, and what else has to be known
 * of it there: so objects need no room for that. Memory comes from malloc,
 * whatever allocator the program has. One thread at a time.
 */
#ifndef EVERT_DEFERRED_TRACE_TABLE_INTERNAL_H
#define EVERT_DEFERRED_TRACE_TABLE_INTERNAL_H

#include <stddef.h>
#include <stdint.h>

#include "base.h"

enum evert_trace_kind {
	EVERT_TRACE_DEFERRED,
	EVERT_TRACE_COROUTINE,
	EVERT_TRACE_CONNECTION,
	EVERT_TRACE_TIMER,
	EVERT_TRACE_MESSAGE, /* from another thread */
	EVERT_TRACE_DESCRIPTOR, /* of a system, by its number: of one or two a
				   connection is made */
	EVERT_TRACE_KINDS,
};

/* A moment in what a thread does, from which an arrow may lead. */
struct evert_trace_cause {
	int64_t at; /* nanoseconds; 0: none */
	long thread;
};

/* The way of a connection's bytes, in or out. */
struct evert_trace_way {
	uint64_t stream; /* a hash of its addresses, or 0 */
	uint64_t bytes;	 /* that went by it */
};

struct evert_trace_entry {
	const void *address;
	uint64_t number;
	enum evert_trace_kind kind;
	uint64_t id; /* 1, 2, 3, of each kind */
	union {
		struct evert_trace_cause cause;
		uint64_t flow; /* its id */
		struct {
			struct evert_trace_way in, out;
			uint64_t connection; /* its id */
			size_t queued;	     /* bytes, as was told */
			bool is_detached;    /* no connection has it */
		};
	};
};

/* The entry of what is at `address`; where several are there, the one with
   that number. NULL: it has none. It stays in place until another one is added
   or removed. */
struct evert_trace_entry *evert_trace_find(enum evert_trace_kind kind,
					   const void *address,
					   uint64_t number);

/* Gives it an entry, and the next id; where it has one, that is of another one
   before it. Without memory the entry is forgotten at once, not the id. */
struct evert_trace_entry *evert_trace_add(enum evert_trace_kind kind,
					  const void *address,
					  uint64_t number);

/* The next id, for what has no entry of its own. */
uint64_t evert_trace_next(enum evert_trace_kind kind);

void evert_trace_remove(struct evert_trace_entry *entry);

/* All of them: ids begin anew. */
void evert_trace_remove_all(void);

#endif
