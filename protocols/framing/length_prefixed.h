/* SPDX-License-Identifier: MIT */
/*
 * Strings behind their length, an integer of 1, 2 or 4 bytes in network byte
 * order (twisted.protocols.basic: Int8StringReceiver, Int16StringReceiver,
 * Int32StringReceiver). Subclassed as a line receiver is
 * (protocols/framing/line_receiver.h), with the same promises about memory,
 * about calls from inside its operations, and about a transport that is
 * closing.
 *
 * A string over the limit is refused before it has arrived. Memory is taken
 * as a string arrives, not as it is announced.
 *
 * Thread rule: the reactor's thread. Everything may be called from inside the
 * receiver's own operations, except evert_length_prefixed_finish.
 */
#ifndef EVERT_PROTOCOLS_LENGTH_PREFIXED_H
#define EVERT_PROTOCOLS_LENGTH_PREFIXED_H

#include "framing.h"

EVERT_BEGIN

/* The base of a receiver, its first member. */
struct evert_length_prefixed {
	struct evert_protocol base;
	struct evert_framing framing; /* private, as what follows */
	const struct evert_length_prefixed_ops *ops;
};

/* What a class of receivers does. Data that an operation gets is its
   receiver's, until it returns. */
struct evert_length_prefixed_ops {
	/* Mandatory. The string may be empty; no zero byte is appended. */
	void (*string_received)(struct evert_length_prefixed *receiver,
				const char *string, size_t length);

	/* Optional. A string is over the limit; `data` is its prefix. Nothing
	   is delivered any more. Without this, the connection is closed:
	   EVERT_FRAME_REFUSED. */
	void (*string_refused)(struct evert_length_prefixed *receiver,
			       const char *data, size_t length);

	/* Optional, as a protocol's (reactor/transport/protocol.h). Before
	   `destroy` what is buffered was freed. */
	void (*connection_made)(struct evert_length_prefixed *receiver);
	void (*connection_lost)(struct evert_length_prefixed *receiver,
				const struct evert_failure *reason);
	void (*end_received)(struct evert_length_prefixed *receiver);
	void (*pause_writing)(struct evert_length_prefixed *receiver);
	void (*resume_writing)(struct evert_length_prefixed *receiver);
	/* As a line receiver's. */
	void (*descriptors_received)(struct evert_length_prefixed *receiver,
				     int *fds, size_t count, bool lost);
	void (*destroy)(struct evert_length_prefixed *receiver);

	/* Settings, as a line receiver's. */
	size_t limit; /* 0: EVERT_STRING_LIMIT */
	size_t asked;
	bool pause_when_full;
};

/*
 * Makes a receiver of strings up to EVERT_STRING_LIMIT bytes with a prefix of
 * `prefix_size` bytes; other than 1, 2 or 4 is a bug. `ops` must outlive it.
 */
void evert_length_prefixed_init(struct evert_length_prefixed *receiver,
				const struct evert_length_prefixed_ops *ops,
				size_t prefix_size);

/* A factory of a subclass, as EVERT_LINE_FACTORY is; the prefix's size is
   written as a number: 1, 2 or 4. */
#define EVERT_LENGTH_PREFIXED_FACTORY(type, member, ops, prefix_size)      \
	EVERT_FACTORY_OF(type, member, struct evert_length_prefixed,       \
			 struct evert_length_prefixed_ops,                 \
			 evert_length_prefixed_init_protocol_##prefix_size, \
			 ops)
void evert_length_prefixed_init_protocol_1(struct evert_protocol *protocol,
					   const void *ops);
void evert_length_prefixed_init_protocol_2(struct evert_protocol *protocol,
					   const void *ops);
void evert_length_prefixed_init_protocol_4(struct evert_protocol *protocol,
					   const void *ops);

/* Frees what is buffered: for one that no transport destroys. */
void evert_length_prefixed_finish(struct evert_length_prefixed *receiver);

/* The receiver that a protocol is: for the subclass's own `protocol`
   operations. */
static inline struct evert_length_prefixed *
evert_length_prefixed_from(struct evert_protocol *protocol)
{
	return evert_container_of(protocol, struct evert_length_prefixed,
				  base);
}

/* What its protocol does; appends as a line receiver's does. */
void evert_length_prefixed_data_received(struct evert_protocol *protocol,
					 const char *data, size_t length);

/*
 * Sends a string. 0; -EMSGSIZE, and nothing is sent, when its length does not
 * fit the prefix; -ENOTCONN without a transport; or what
 * evert_transport_write returns.
 */
int evert_length_prefixed_send_string(struct evert_length_prefixed *receiver,
				      const char *string, size_t length);

/* Sends a string whose answer is to come, as evert_line_receiver_ask. */
#define evert_length_prefixed_ask(...) \
	evert_length_prefixed_ask_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *
evert_length_prefixed_ask_at(struct evert_length_prefixed *receiver,
			     const char *string, size_t length,
			     const char *place);

/* Gives the answer to who asked first, as evert_line_receiver_answer. */
bool evert_length_prefixed_answer(struct evert_length_prefixed *receiver,
				  struct evert_result result);

/* Set the limit, stop and restart the delivery, and hand out what was not
   delivered: as a line receiver's (evert_line_receiver_set_limit). */
void evert_length_prefixed_set_limit(struct evert_length_prefixed *receiver,
				     size_t limit);
void evert_length_prefixed_pause(struct evert_length_prefixed *receiver);
void evert_length_prefixed_resume(struct evert_length_prefixed *receiver);
int evert_length_prefixed_clear(struct evert_length_prefixed *receiver,
				char **data, size_t *length);

EVERT_END

#endif
