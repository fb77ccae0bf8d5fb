/* SPDX-License-Identifier: MIT */
/*
 * Protocols: what a program subclasses to speak over a transport
 * (twisted.internet.protocol.Protocol). A class is a constant table of
 * operations; an object embeds `struct evert_protocol` as its first member:
 *
 *	struct echo {
 *		struct evert_protocol base;
 *	};
 *
 *	static void echo_data_received(struct evert_protocol *base,
 *				       const char *data, size_t length)
 *	{
 *		evert_transport_write(base->transport, data, length);
 *	}
 *
 * Ownership: a protocol belongs to its transport. After connection_lost, at
 * the end of the turn, `destroy` is called, last of all.
 *
 * Thread rule: everything runs on the reactor's thread.
 */
#ifndef EVERT_REACTOR_PROTOCOL_H
#define EVERT_REACTOR_PROTOCOL_H

#include "../../deferred/result.h"
#include "../address.h"
#include "../reason.h"

EVERT_BEGIN

struct evert_owned_protocol;
struct evert_protocol;
struct evert_transport;

/* What a class of protocols does. */
struct evert_protocol_ops {
	/* Mandatory. `data` is the reactor's, until the call returns. */
	void (*data_received)(struct evert_protocol *protocol,
			      const char *data, size_t length);

	/* The rest is optional. */

	/* Once, first; `protocol->transport` is set. */
	void (*connection_made)(struct evert_protocol *protocol);

	/* Once, last, always from the loop, never inside a call that the
	   protocol made. A clean end is EVERT_CONNECTION_DONE, anything else
	   EVERT_CONNECTION_LOST or below. `reason` lives until it returns.
	   The transport may still be asked, but not be written to. */
	void (*connection_lost)(struct evert_protocol *protocol,
				const struct evert_failure *reason);

	/* The peer has sent all it will send. With this operation the
	   connection stays open for writing until the protocol closes it;
	   without, it is closed once what is queued was sent. */
	void (*end_received)(struct evert_protocol *protocol);

	/* Of a transport that writes to another descriptor than it reads from
	   (pipe.h): whoever read what is written does so no more (EPIPE), or
	   writing failed for another reason, an errno; what was queued is
	   lost. Once, from the loop. With this operation reading goes on, and
	   the end is told as that of a transport after lose_write; without,
	   the first write that fails ends the connection. */
	void (*write_lost)(struct evert_protocol *protocol, int error);

	/* The transport's queue went over its high-water mark; under its
	   low-water mark again. Each once, in turn, pause first. */
	void (*pause_writing)(struct evert_protocol *protocol);
	void (*resume_writing)(struct evert_protocol *protocol);

	/*
	 * Over a UNIX socket: descriptors, that came with bytes of the
	 * data_received which follows at once, even if reading is paused here.
	 * In that there may be bytes first that were written before them, but
	 * none at its end that were written after the bytes they came with.
	 * They are closed on exec. The protocol keeps what it replaces by -1
	 * in `fds`; the others are closed when it returns. `lost`: there were
	 * more, for which this process had no descriptor free; then `count`
	 * may be 0. Without this operation they are closed as they come.
	 */
	void (*descriptors_received)(struct evert_protocol *protocol, int *fds,
				     size_t count, bool lost);

	/* The reactor stops, and what is written here is the last that is sent
	   (in its closing time); then comes connection_lost. For who stands
	   between two others, and has an end of its own to send: it calls
	   nobody. Not told by a transport that was closing. */
	void (*stopping)(struct evert_protocol *protocol);

	/* How many bytes it has been given that it has neither handed on nor
	   used: also of those that it is just being given. For who has to
	   know whether anything came behind what it has (STARTTLS, where
	   that would be an attack). Without it: none. */
	size_t (*unread)(const struct evert_protocol *protocol);

	/* For one that stands before another, as a producer's does: the other
	   one, which it gives its own transport, in case that is new. */
	struct evert_protocol *(*behind)(struct evert_protocol *protocol);

	/* For such a one: the connection got another protocol, and `former`,
	   which has this one, is to have the one behind in its place. It hears
	   nothing more, and goes as soon as it is not on the stack. */
	void (*step_aside)(struct evert_protocol *protocol,
			   struct evert_owned_protocol *former);

	/* Releases the protocol; of one that EVERT_FACTORY made, only what
	   it holds. Without it, its memory is not the transport's business (a
	   static one, say). */
	void (*destroy)(struct evert_protocol *protocol);
};

/* The base of a protocol, its first member. */
struct evert_protocol {
	const struct evert_protocol_ops *ops; /* set by who makes it */
	struct evert_transport *transport;    /* set by the transport */
	/* Who built it, set before connection_made; NULL: nobody did. */
	struct evert_factory *factory;
};

/*
 * Makes a protocol for each connection (twisted.internet.protocol.Factory).
 * A factory with state embeds it. The caller owns it; it must outlive the
 * ports and the connects that use it, and its protocols where they ask for it.
 */
struct evert_factory {
	/* Mandatory. `peer` lives until the call returns. NULL refuses the
	   connection, which is then closed at once. */
	struct evert_protocol *(*build_protocol)(
		struct evert_factory *factory,
		const struct evert_address *peer);

	/* What EVERT_FACTORY and its kin fill in; else left out. */
	size_t size; /* of the object; 0: the protocol releases itself */
	void (*init)(struct evert_protocol *protocol, const void *ops);
	const void *ops;
};

/*
 * A factory that needs no function: it allocates an object of the given type,
 * all zeros, whose first member is the given one, a struct evert_protocol,
 * gives it its table of operations, and frees it after its `destroy`.
 *
 *	static struct evert_factory echo_factory =
 *		EVERT_FACTORY(struct echo, base, &echo_ops);
 *
 * Where more is to be done for each connection, connection_made does it, or a
 * build_protocol of one's own that calls evert_factory_build.
 */
#define EVERT_FACTORY(type, member, ops)                                   \
	EVERT_FACTORY_OF(type, member, struct evert_protocol,              \
			 struct evert_protocol_ops, evert_protocol_init, ops)

/* A factory for a base class, for who makes one. The compiler warns of a member
   that is not of the base's type, and stops at one that is not the first. */
#define EVERT_FACTORY_OF(type, member, base_type, ops_type, init, ops)     \
	{                                                                  \
		evert_factory_build,                                       \
		sizeof(type) +                                             \
		0 * sizeof(char[offsetof(type, member) ? -1 : 1]) +        \
		0 * sizeof(&((type *)0)->member == (base_type *)0),        \
		init, 1 ? (ops) : (const ops_type *)0                      \
	}

/* The build_protocol of factories that EVERT_FACTORY and its kin made. */
struct evert_protocol *evert_factory_build(struct evert_factory *factory,
					   const struct evert_address *peer);

/* Initialises a protocol: `ops` is a struct evert_protocol_ops. */
void evert_protocol_init(struct evert_protocol *protocol, const void *ops);

/* Stop the program if there is none (NULL), or with the name of a mandatory
   operation that is missing: for who makes a kind of transport. */
void evert_protocol_check(const struct evert_protocol *protocol);
void evert_factory_check(const struct evert_factory *factory);

/* The program's protocol, whatever stands before it; all have the transport of
   the first. */
struct evert_protocol *evert_protocol_last(struct evert_protocol *protocol);

/* How many bytes a protocol keeps of what it was given; see `unread`. */
static inline size_t
evert_protocol_unread(const struct evert_protocol *protocol)
{
	return protocol->ops->unread ? protocol->ops->unread(protocol) : 0;
}

/*
 * A protocol that somebody has to release who keeps it: one that a factory
 * built, or that stood before another (evert_transport_set_protocol). The
 * memory of one may be its transport's, or somebody else's.
 */
struct evert_owned_protocol {
	struct evert_protocol *protocol;
	bool destroys; /* calls its `destroy`, if there is one */
	bool frees;    /* then frees what its factory has allocated */
};

/* Has the factory build a protocol. False: it refused. */
bool evert_owned_protocol_build(struct evert_owned_protocol *owned,
				struct evert_factory *factory,
				const struct evert_address *peer);

/* Releases a protocol as a transport does in the end. Harmless where the
   protocol is NULL. */
void evert_owned_protocol_release(struct evert_owned_protocol *owned);

/* Stop and restart reading, for the table of operations: who does not read what
   it gets is not read from, either. */
void evert_protocol_pause_reading(struct evert_protocol *protocol);
void evert_protocol_resume_reading(struct evert_protocol *protocol);

/* What evert_connect fires with: the protocol, which its transport owns. */
extern const struct evert_type evert_type_protocol;

/* The protocol in such a result. */
static inline struct evert_protocol *
evert_result_as_protocol(const struct evert_result *result)
{
	return (struct evert_protocol *)evert_result_as(result,
							&evert_type_protocol);
}

EVERT_END

#endif
