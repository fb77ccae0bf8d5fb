/* SPDX-License-Identifier: MIT */
/*
 * What a reactor has done, and what lives under it: numbers for an operator,
 * or for a page of metrics.
 *
 *	struct evert_stats before, after;
 *
 *	evert_reactor_stats(reactor, &before);
 *	... a second later, in a delayed call ...
 *	evert_reactor_stats(reactor, &after);
 *	busy = (double)(after.working - before.working) / 1e9;
 *
 * Thread rule: the reactor's thread; from every callback.
 */
#ifndef EVERT_REACTOR_STATS_H
#define EVERT_REACTOR_STATS_H

#include <stddef.h>
#include <stdint.h>

#include "../deferred/base/base.h"

EVERT_BEGIN

struct evert_reactor;

/*
 * A reactor's numbers, as evert_reactor_stats gives them. The first four only
 * grow, over all its runs; in 64 bits they come to no end within a program's
 * life. A fork's child goes on from its parent's.
 */
struct evert_stats {
	uint64_t turns;
	/* Descriptors that were ready, and told of it. */
	uint64_t events;
	/*
	 * Nanoseconds of its runs, by its clock: those for which it waited for
	 * something to do (looking again and again, evert_reactor_set_spin,
	 * included), and the others. What blocks in a callback is work. Both
	 * stand still while it does not run; where another loop drives it,
	 * between the turns.
	 */
	int64_t waiting, working;
	/* What is written and not yet taken by the kernel, of all that is
	   counted here. What a TLS transport still has to encrypt is not in it,
	   and datagrams count for a little more than their bytes. */
	size_t queued_bytes;
	/* That are open: streams over sockets, pipes and standard input and
	   output. Those in memory are not in it. */
	size_t connections;
	/* That are closed for their protocols, and wait for their peers to have
	   read all: evert_reactor_options.linger_seconds. */
	size_t lingering;
	size_t ports;	       /* that accept connections */
	size_t datagram_ports; /* also connections of whole messages */
	/* That wait: delayed calls, sleeps, time-outs, evert's own included. */
	size_t timers;
	/* Of this thread, that have waited and not ended. */
	size_t coroutines;
};

/*
 * Fills in `stats`. Nothing is counted while a program runs but turns, events
 * and the time of waiting: so this looks at every descriptor and coroutine
 * there is, some 20 ns each: for once a second, not for every request.
 */
void evert_reactor_stats(struct evert_reactor *reactor,
			 struct evert_stats *stats);

EVERT_END

#endif
