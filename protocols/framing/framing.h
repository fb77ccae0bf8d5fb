/* SPDX-License-Identifier: MIT */
/*
 * What line receivers, netstrings and length-prefixed strings have in common:
 * each embeds this, and each offers it under its own name. A program only
 * needs to know its size.
 */
#ifndef EVERT_PROTOCOLS_FRAMING_H
#define EVERT_PROTOCOLS_FRAMING_H

#include "../../deferred/firing_queue.h"
#include "../../reactor/transport/protocol.h"

EVERT_BEGIN

/*
 * What connection_lost is told when a receiver closed the connection, since
 * what came is too long or malformed; the message says what, and where. Also
 * for who refuses what a frame holds (evert_transport_fail).
 */
extern const struct evert_error evert_error_frame_refused;
#define EVERT_FRAME_REFUSED (&evert_error_frame_refused)

struct evert_framing_block;
struct evert_framing_input;

/* The state of a framing. All private. */
struct evert_framing {
	/* Received, not delivered; NULL when there is nothing of the kind. */
	struct evert_framing_block *buffer;
	/* While a callback runs: what is left behind the frame it got. */
	struct evert_framing_input *input;
	size_t limit;	/* bytes in a frame's payload, at most */
	size_t counted; /* bytes of raw data still to come; 0: not counted */
	uint8_t around; /* bytes that a frame has around it, at most */
	uint8_t stops;	/* why nothing is handed out, as bits */
};

/* For `asked` in a receiver's table, says where its subclass, the given type,
   keeps who waits for answers. The compiler warns of a member that is no struct
   evert_firing_queue. */
#define EVERT_ASKED(type, member)                                          \
	(offsetof(type, member) +                                          \
	 0 * sizeof(&((type *)0)->member == (struct evert_firing_queue *)0))

/* How many bytes a string may have, the default (Twisted's). */
#define EVERT_STRING_LIMIT 99999

/* The highest limit of a framing there is: higher ones count as this. */
#define EVERT_FRAMING_LIMIT_MAX (SIZE_MAX / 16)

EVERT_END

#endif
