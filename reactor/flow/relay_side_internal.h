/* SPDX-License-Identifier: MIT */
/*
 * A side of a relay: what comes from its transport goes to the other side's,
 * by hand (relay_side.c) or by splice (relay_splice.c).
 */
#ifndef EVERT_REACTOR_FLOW_RELAY_SIDE_INTERNAL_H
#define EVERT_REACTOR_FLOW_RELAY_SIDE_INTERNAL_H

#include "conduit_internal.h"
#include "relay.h"

/* A protocol that stands in for the one that the transport had. */
struct evert_relay_side {
	struct evert_protocol base;
	struct evert_protocol *before;
	struct evert_relay *relay;
	struct evert_relay_side *to;     /* the other one */
	uint64_t passed;     /* bytes that came here and were written there */
	struct evert_reactor *splices_in; /* NULL: it is read from */
	struct evert_conduit conduit; /* open while it holds something */
	uint8_t full_reads;  /* and no small one between */
	uint8_t small_splices;
	bool reads_only;     /* it cannot be spliced */
	bool ended;	     /* nothing more comes */
	bool passed_end;     /* and the other side knows */
	bool drains; /* its marks are 0 */
	bool lost;
	bool told; /* of that, the protocol it had: which may end the other */
};

struct evert_relay {
	struct evert_relay_side sides[2];
	struct evert_firing *done;
	struct evert_failure *broken; /* what broke it first, or NULL */
	struct evert_relayed *relayed;
	bool cancelled;
};

static inline struct evert_relay_side *
evert_relay_side_from(struct evert_protocol *base)
{
	return evert_container_of(base, struct evert_relay_side, base);
}

/* ---- relay_side.c ---- */

/* Was everything that was written to it taken? If not, resume_writing will
   say so. */
bool evert_relay_drained(struct evert_relay_side *side);

void evert_relay_stop_reading(struct evert_relay_side *side);

/* What came can't be written to the other side, and never will. It is not read
   on; the other way goes on. */
void evert_relay_refuse(struct evert_relay_side *from);

/* Writes to the other side. */
void evert_relay_deliver(struct evert_relay_side *from, const char *data,
			 size_t length);

/* ---- relay_splice.c ---- */

/* Its transport is another one, that encrypts, say. */
void evert_relay_splice_no_more(struct evert_relay_side *side);

/* So much was read and delivered: is it worth to splice? */
void evert_relay_weigh_read(struct evert_relay_side *side, size_t length);

/* There is something to be read: was it taken? */
bool evert_relay_ready(struct evert_protocol *base);

/* Lets out what the conduit holds. What is not taken waits for
   resume_writing. */
void evert_relay_pour(struct evert_relay_side *from);

#endif
