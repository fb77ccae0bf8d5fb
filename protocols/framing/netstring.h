/* SPDX-License-Identifier: MIT */
/*
 * Netstrings, "5:hello," (https://cr.yp.to/proto/netstrings.txt,
 * twisted.protocols.basic.NetstringReceiver). Subclassed as a line receiver
 * is (protocols/framing/line_receiver.h), with the same promises about memory,
 * about calls from inside its operations, and about a transport that is
 * closing.
 *
 * Refused, before the string itself has arrived: no length, a length with a
 * leading zero, one over the limit. Refused at its end: one without the comma.
 *
 * Thread rule: the reactor's thread. Everything may be called from inside the
 * receiver's own operations, except evert_netstring_finish.
 */
#ifndef EVERT_PROTOCOLS_NETSTRING_H
#define EVERT_PROTOCOLS_NETSTRING_H

#include "framing.h"

EVERT_BEGIN

/* The base of a receiver of netstrings, its first member. */
struct evert_netstring {
	struct evert_protocol base;
	struct evert_framing framing; /* private, as what follows */
	const struct evert_netstring_ops *ops;
};

/* What a class of receivers does. Data that an operation gets is its
   receiver's, until it returns. */
struct evert_netstring_ops {
	/* Mandatory. No zero byte is appended. */
	void (*string_received)(struct evert_netstring *receiver,
				const char *string, size_t length);

	/* Optional. What came is refused; `data` goes from the begin of the
	   string to the first wrong byte. Nothing is delivered any more.
	   Without this, the connection is closed: EVERT_FRAME_REFUSED. */
	void (*string_refused)(struct evert_netstring *receiver,
			       const char *data, size_t length);

	/* Optional, as a protocol's (reactor/transport/protocol.h). Before
	   `destroy` what is buffered was freed. */
	void (*connection_made)(struct evert_netstring *receiver);
	void (*connection_lost)(struct evert_netstring *receiver,
				const struct evert_failure *reason);
	void (*end_received)(struct evert_netstring *receiver);
	void (*pause_writing)(struct evert_netstring *receiver);
	void (*resume_writing)(struct evert_netstring *receiver);
	/* As a line receiver's. */
	void (*descriptors_received)(struct evert_netstring *receiver, int *fds,
				     size_t count, bool lost);
	void (*destroy)(struct evert_netstring *receiver);

	/* Settings, as a line receiver's. */
	size_t limit; /* 0: EVERT_STRING_LIMIT */
	size_t asked;
	bool pause_when_full;
};

/* Makes a receiver of strings up to EVERT_STRING_LIMIT bytes. `ops` must
   outlive it. */
void evert_netstring_init(struct evert_netstring *receiver,
			  const struct evert_netstring_ops *ops);

/* A factory of a subclass, as EVERT_LINE_FACTORY is. */
#define EVERT_NETSTRING_FACTORY(type, member, ops)                         \
	EVERT_FACTORY_OF(type, member, struct evert_netstring,             \
			 struct evert_netstring_ops,                       \
			 evert_netstring_init_protocol, ops)
void evert_netstring_init_protocol(struct evert_protocol *protocol,
				   const void *ops);

/* Frees what is buffered: for one that no transport destroys. */
void evert_netstring_finish(struct evert_netstring *receiver);

/* The receiver that a protocol is: for the subclass's own `protocol`
   operations. */
static inline struct evert_netstring *
evert_netstring_from(struct evert_protocol *protocol)
{
	return evert_container_of(protocol, struct evert_netstring, base);
}

/* What its protocol does; appends as a line receiver's does. */
void evert_netstring_data_received(struct evert_protocol *protocol,
				   const char *data, size_t length);

/* Sends a string of any length. 0; -ENOTCONN without a transport; or what
   evert_transport_write returns. */
int evert_netstring_send_string(struct evert_netstring *receiver,
				const char *string, size_t length);

/* Sends a string whose answer is to come, as evert_line_receiver_ask. */
#define evert_netstring_ask(...) \
	evert_netstring_ask_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *
evert_netstring_ask_at(struct evert_netstring *receiver, const char *string,
		       size_t length, const char *place);

/* Gives the answer to who asked first, as evert_line_receiver_answer. */
bool evert_netstring_answer(struct evert_netstring *receiver,
			    struct evert_result result);

/* Set the limit, stop and restart the delivery, and hand out what was not
   delivered: as a line receiver's (evert_line_receiver_set_limit). */
void evert_netstring_set_limit(struct evert_netstring *receiver, size_t limit);
void evert_netstring_pause(struct evert_netstring *receiver);
void evert_netstring_resume(struct evert_netstring *receiver);
int evert_netstring_clear(struct evert_netstring *receiver, char **data,
			  size_t *length);

EVERT_END

#endif
