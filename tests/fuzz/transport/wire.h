/* SPDX-License-Identifier: MIT */
/*
 * For fuzz_transport: connections with the model of what transport.h and
 * protocol.h promise of them, which is asked in every callback.
 */
#ifndef TESTS_FUZZ_TRANSPORT_WIRE_H
#define TESTS_FUZZ_TRANSPORT_WIRE_H

#include "../../../reactor/flow/producer.h"
#include "../../../reactor/reactor.h"
#include "../../../reactor/transport/transport.h"
#include "../fuzz.h"
#include "../kernel/kernel.h"

enum { WIRES = 6, WIRE_UNUSED = -2 };

enum wire_kind {
	WIRE_TCP,
	WIRE_UNIX,
	WIRE_PIPES, /* two, one each way */
	WIRE_PIPE_IN,
	WIRE_PIPE_OUT,
	WIRE_KINDS,
};

/* What a protocol is, and whether it is told the end. */
struct wire_side {
	struct evert_protocol base;
	struct wire *wire;
	struct evert_owned_protocol former;
	bool is_own; /* its memory is ours */
};

struct wire_source {
	struct evert_producer base;
	struct wire *wire;
	bool pushes, runs;
};

/* A connection. What the peer sends is stream 2n, what it gets 2n + 1. */
struct wire {
	int number;
	enum wire_kind kind;
	int fd, out_fd; /* -1: there is none */
	struct kernel_way *in, *out; /* NULL: there is none */
	struct evert_transport *transport; /* until it is destroyed */
	struct wire_side *side; /* the protocol that is to be told */
	bool made, lost, destroyed;
	bool inside; /* a callback of its own is on the stack */
	bool may_be_paused; /* a call that may call pause_writing is */
	unsigned calls;     /* of its own, that it is inside of */
	unsigned changes;   /* of its protocol, that it is inside of */

	uint64_t fed, got;  /* bytes that came, and were delivered */
	uint64_t late;	    /* that came when the end was decided */
	uint64_t written;   /* bytes that were accepted */
	bool has_end;	    /* its protocol hears of the end */
	bool is_ended;	    /* and it has */
	bool paused;
	bool was_held;
	bool full;
	size_t high, low;
	bool closed;	  /* by us: lose_connection, abort, fail */
	bool aborted;
	bool write_ended; /* by us: lose_write */
	bool write_lost;  /* told */
	struct wire_source source;
	unsigned owned;		/* buffers that it has */
	unsigned asked, fired;	/* who waits for its end */
};

extern struct wire wires[WIRES];

/* What all of them share. */
extern struct wire_world {
	struct fuzz_input input;
	struct evert_reactor *reactor;
	unsigned depth;	 /* of operations from inside operations */
	bool had_trouble; /* the kernel was told to fail */
	bool had_epoll_trouble;
	bool time_has_passed;
	bool stops;
} world;

/* A new protocol for it. */
struct wire_side *wire_side(struct wire *wire, bool has_end);

/* The peer takes all that there is, and has much room. */
void wire_take_all(struct wire *wire);

/* Makes a connection, of which the input says the rest; from callbacks,
   too. */
void wire_open_next(void);

/* Who does something: calls an operation of a transport. */
void wire_enter(struct wire *wire);
void wire_leave(struct wire *wire);

/* What is so whenever the loop is about to sleep. */
void wire_check(struct wire *wire);

/* At the very end. */
void wire_check_end(struct wire *wire);

/* ---- act.c ---- */

/* Does what the input says next, on any wire, unless it has ended. */
void act(void);
/* The same, none to three times: in callbacks. */
void act_inside(void);

#endif
