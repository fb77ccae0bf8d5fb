/* SPDX-License-Identifier: MIT */
/*
 * Handing over: a connection that is open goes on with another protocol, under
 * the same reactor or another one, of another thread. So one thread accepts,
 * looks at the first bytes perhaps, and several serve; or a protocol gives way
 * to another one. Nothing is lost: what is queued is sent by the new side,
 * descriptors included; what was read and not used is given back, and delivered
 * first; what has not been read yet is read there. The end that lose_write has
 * announced is sent, the end or reset by the peer is noticed, there.
 *
 *	static void door_made(struct evert_protocol *base)
 *	{
 *		struct evert_deferred *d = evert_transport_hand_over(
 *			base->transport, next_worker(), &room_factory, NULL, 0);
 *
 *		evert_deferred_add_errback(d, complain, NULL);
 *		evert_deferred_release(d);
 *	}
 *
 * The former protocol hears connection_lost with EVERT_CONNECTION_DETACHED,
 * from the loop, and its transport is gone. The new one begins as any does:
 * connection_made, marks and times as after accepting, reading not paused;
 * options of the socket stay. Of a line receiver, what is unread is what
 * evert_line_receiver_clear hands back.
 */
#ifndef EVERT_REACTOR_HAND_OVER_H
#define EVERT_REACTOR_HAND_OVER_H

#include "../reactor.h"
#include "protocol.h"
#include "transport.h"

EVERT_BEGIN

/*
 * Hands the connection to `reactor`, which may run on any thread: there, in its
 * next turn, `factory` builds a protocol, as for one that was accepted. The
 * `length` bytes that `unread` points to are copied, and delivered first; none
 * is NULL and 0. `factory` is used by that thread from now on, and has to
 * outlive what it builds; `reactor` has to exist until this returns.
 *
 * A Deferred, of this thread, that fires with nothing when connection_made has
 * returned there. The caller owns the reading end. It fails, and then the
 * connection was reset, with EVERT_REACTOR_STOPPED: that reactor stops, or was
 * destroyed before it ran again; EVERT_CONNECTION_ABORTED: the factory refused;
 * EVERT_NO_MEMORY, or EVERT_SYSTEM, with errno: there it can't be watched.
 * EVERT_REACTOR_STOPPED also when this thread's reactor stops before it is
 * known; the connection goes its way.
 *
 * It fails at once, and the connection stays with its protocol, as
 * evert_transport_detach does: EVERT_SYSTEM with that errno, or
 * EVERT_NO_MEMORY.
 *
 * Cancelling resets a connection that was not taken yet.
 *
 * Thread rule: the transport's thread; from every callback of it but
 * descriptors_received, of which the bytes are still to come.
 */
#define evert_transport_hand_over(...) \
	evert_transport_hand_over_at(EVERT_HERE, __VA_ARGS__)
EVERT_MUST_USE
struct evert_deferred *evert_transport_hand_over_at(
	const char *place, struct evert_transport *transport,
	struct evert_reactor *reactor, struct evert_factory *factory,
	const void *unread, size_t length);

/* ---- The same in two steps ---- */

/* A connection without protocol and reactor. Whoever has it may do with it what
   the functions below say, on any thread, one at a time. */
struct evert_detached;

/*
 * Takes the connection from its protocol and reactor. The caller owns what is
 * returned. NULL and errno, and everything is as it was: EPIPE: it is closing,
 * or broken; EOPNOTSUPP: the transport is of a kind that can't be handed over,
 * as that in memory; EBUSY in descriptors_received, or while a file is sent;
 * ENOMEM. Thread rule as of evert_transport_hand_over.
 */
EVERT_MUST_USE
struct evert_detached *
evert_transport_detach(struct evert_transport *transport, const void *unread,
		       size_t length);

/*
 * Goes on with it under `reactor`, on its thread: has the factory build a
 * protocol, and returns it after its connection_made. Takes over `detached`,
 * whatever happens. NULL and errno, and it was reset: ECONNABORTED: the factory
 * refused; ESHUTDOWN while the reactor closes its connections; ENOMEM.
 */
EVERT_MUST_USE
struct evert_protocol *evert_detached_attach(struct evert_detached *detached,
					     struct evert_reactor *reactor,
					     struct evert_factory *factory);

/* Resets it. NULL does nothing. */
void evert_detached_destroy(struct evert_detached *detached);

EVERT_END

#endif
