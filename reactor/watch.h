/* SPDX-License-Identifier: MIT */
/*
 * Watching descriptors of any kind: sockets, pipes, ttys, eventfd, timerfd,
 * inotify, other loops' descriptors (twisted.internet.interfaces
 * .IReactorFDSet). For what evert does not do itself: libraries that bring
 * descriptors of their own.
 *
 * The descriptor stays its owner's: evert neither reads nor closes it, nor
 * makes it non-blocking. Readiness is told for as long as it lasts. Where the
 * poller cannot watch one (a regular file), it counts as always ready, as
 * poll(2) has it.
 *
 * Who closes a descriptor ends the watching first. Where that was forgotten,
 * evert goes by the number: it may tell of the next descriptor that has it,
 * or tell that the old one is gone (EBADF), or nothing.
 *
 * Thread rule: the reactor's thread; all of it may be called from callbacks.
 */
#ifndef EVERT_REACTOR_WATCH_H
#define EVERT_REACTOR_WATCH_H

#include "../deferred/deferred.h"
#include "poller/readiness.h"
#include "reactor.h"

EVERT_BEGIN

/* ---- By callback ---- */

struct evert_watcher;

/*
 * What a watcher calls. `ready`: what of the wanted EVERT_READ, EVERT_WRITE,
 * EVERT_URGENT it is ready for. On EVERT_HANGUP or EVERT_BROKEN, which are
 * always told, it is ready to read and to write, if that is wanted: the call
 * that is then made says what has happened.
 */
typedef void (*evert_watch_call)(struct evert_watcher *watcher, unsigned ready,
				 void *arg);

/*
 * Watches `fd` for `wanted`, a set of EVERT_READ, EVERT_WRITE, EVERT_URGENT;
 * 0 is nothing for now. `call(watcher, ready, arg)` is called from the loop,
 * in a turn of its own. A descriptor may have several watchers, each is told.
 *
 * The caller owns the watcher until evert_watcher_destroy, also when it has
 * ended by itself or the reactor is gone. NULL and errno: EBADF; EEXIST for a
 * descriptor of evert's own; EINVAL for something else that is wanted; ENOMEM,
 * ENOSPC; ESHUTDOWN while the reactor closes its connections; ECHILD in a
 * fork's child that gave it up.
 */
#define evert_watcher_create(...) \
	evert_watcher_create_at(EVERT_HERE, __VA_ARGS__)
EVERT_MUST_USE
struct evert_watcher *evert_watcher_create_at(const char *place,
					      struct evert_reactor *reactor,
					      int fd, unsigned wanted,
					      evert_watch_call call, void *arg);

/* Changes what is wanted, from now on. 0, or -errno as evert_watcher_create:
   then nothing has changed; for one that has ended, why. */
int evert_watcher_want(struct evert_watcher *watcher, unsigned wanted);

/*
 * Calls `ended(watcher, error, arg)` when the watching ends by itself; then
 * nothing more is told. `error` is ESHUTDOWN: the reactor was stopped or
 * destroyed; EBADF: the descriptor was closed; or what the poller says. NULL:
 * nobody is told. Harmless where `watcher` is NULL.
 */
void evert_watcher_on_end(struct evert_watcher *watcher,
			  void (*ended)(struct evert_watcher *watcher,
					int error, void *arg));

/* The descriptor that is watched. */
int evert_watcher_fd(const struct evert_watcher *watcher);

/*
 * Ends the watching: nothing more is told, not even what was ready before.
 * Also from the watcher's own callbacks. NULL does nothing.
 */
void evert_watcher_destroy(struct evert_watcher *watcher);

/* ---- By Deferred, and so by coroutine ---- */

/*
 * Fires with nothing when `fd` is ready to read, or to write (an end and an
 * error count as both). Fails with EVERT_REACTOR_STOPPED when the reactor
 * stops first; with EVERT_SYSTEM and the errno where it can't be watched.
 * Cancelling ends the watching. Several may wait for one descriptor; all are
 * told, so another one may have read what was there. Without memory NULL.
 */
#define evert_reactor_wait_readable(reactor, fd) \
	evert_reactor_wait_ready_at(reactor, fd, EVERT_READ, EVERT_HERE)
#define evert_reactor_wait_writable(reactor, fd) \
	evert_reactor_wait_ready_at(reactor, fd, EVERT_WRITE, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *evert_reactor_wait_ready_at(
	struct evert_reactor *reactor, int fd, unsigned wanted,
	const char *place);

/*
 * The same on the reactor that runs; while none runs it is a bug:
 *
 *	failure = evert_await(evert_wait_readable(fd));
 */
#define evert_wait_readable(fd) \
	evert_wait_ready_at(fd, EVERT_READ, "evert_wait_readable", EVERT_HERE)
#define evert_wait_writable(fd) \
	evert_wait_ready_at(fd, EVERT_WRITE, "evert_wait_writable", EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *evert_wait_ready_at(int fd, unsigned wanted,
					   const char *what,
					   const char *place);

EVERT_END

#endif
