/* SPDX-License-Identifier: MIT */
/*
 * The reactor: the loop that waits for what happens and calls who asked for
 * it (twisted.internet.interfaces.IReactorCore, IReactorTime,
 * IReactorFromThreads).
 *
 * A turn: wait for descriptors; what they have to tell, and calls from other
 * threads; delayed calls that are due; closed connections are told; what was
 * written is sent, one system call per connection; what ended is released.
 *
 * A reactor is made by the caller and passed around; a program may have
 * several, one per thread. The main of a program of callbacks is
 *
 *	reactor = evert_reactor_create(NULL);
 *	evert_reactor_handle_signals(reactor);
 *	... evert_listen, evert_connect: what begins it ...
 *	evert_reactor_run(reactor);
 *	evert_reactor_destroy(reactor);
 *
 * and that of one of coroutines evert_run (run.h), which makes its reactor.
 *
 * Thread rule: all calls from the thread that runs the reactor (while it does
 * not run: the one that made it), except where it is said otherwise.
 * Every call is allowed from inside callbacks, except where it is said
 * otherwise.
 *
 * Fork: a child has a copy of each reactor. It may
 *
 * - run it. When it first does, or goes on with a loop that it was forked
 *   inside, the copy becomes the child's own: with a poller, calls from
 *   threads, and the signals it handled; lookups that were under way are begun
 *   anew. So several workers can share a port that was opened before, and a
 *   daemon may be forked at any time. Connections of that moment, and what
 *   was written and not yet sent, belong to both: fork before there are any.
 * - give it up, by evert_reactor_destroy, which leaves the parent's
 *   connections alone: from anywhere, also from inside a callback or a
 *   coroutine of it. Then evert_run, or another reactor, may run right there.
 * - leave it, and end, or run another.
 *
 * Until it runs a reactor that handles them, SIGINT and SIGTERM do in the
 * child what they did before. In a child that was forked by another thread
 * than the one that runs the reactor, the copy can only be given up. A child
 * of vfork(2), or of a clone(2) by hand, may only exec or _exit.
 */
#ifndef EVERT_REACTOR_REACTOR_H
#define EVERT_REACTOR_REACTOR_H

#include "../deferred/clock/clock.h"
#include "../deferred/deferred.h"

EVERT_BEGIN

struct evert_reactor;
struct evert_system;

/* How a reactor is made. All zero is the default. */
struct evert_reactor_options {
	/* "epoll" or "poll"; NULL: what the environment variable EVERT_POLLER
	   says, else the best there is. */
	const char *poller;
	/* The operating system to use, for tests (reactor/system/system.h);
	   NULL: the real one. Must outlive the reactor. */
	struct evert_system *system;
	/*
	 * For how many seconds a connection that is closing may wait for its
	 * peer to take something; then it is reset, and connection_lost says
	 * EVERT_CONNECTION_LOST with ETIMEDOUT. Sixty times that are the most
	 * in all. Also how long, when the reactor stops or is destroyed, it
	 * goes on sending what is queued; what is given up then is reported
	 * on stderr. 0: 3 seconds; negative: not at all.
	 */
	double closing_seconds;
	/*
	 * A connection that closes while its peer is still sending, or may be
	 * and has not acknowledged all of much that it was sent, lingers: its
	 * protocol is told, but the descriptor is kept, and what comes is
	 * dropped, for a close(2) would have the peer lose the answer, or its
	 * end (RFC 9112, section 9.6). For linger_seconds at most (0: 30;
	 * negative: it does not linger), until nothing has come for
	 * linger_idle_seconds (0: 2; negative: at the next look), or until
	 * linger_bytes were dropped (0: 64 MiB). When the reactor stops, for
	 * the closing time at most.
	 */
	double linger_seconds;
	double linger_idle_seconds;
	size_t linger_bytes;
};

/*
 * Makes a reactor. The caller owns it. `options` may be NULL. NULL and errno:
 * ENOMEM, EMFILE and the like; EINVAL for a poller of that name there is not,
 * and for seconds that are not finite.
 */
#define evert_reactor_create(options) \
	evert_reactor_create_at(options, EVERT_HERE)
struct evert_reactor *
evert_reactor_create_at(const struct evert_reactor_options *options,
			const char *place);

/*
 * Destroys a reactor: closes every connection and port (the protocols get
 * connection_lost with EVERT_REACTOR_STOPPED, once what was queued is sent or
 * the closing time is over), fails every pending connect, drops delayed calls
 * (releasing the argument of those that have a release) and releases the
 * reactor. Watchers end (ESHUTDOWN); sleeps, time-outs and waits for a
 * descriptor fail with EVERT_REACTOR_STOPPED. What is still alive only because
 * somebody forgot it (delayed calls) is listed on stderr with the place that
 * made it when the environment variable EVERT_DEBUG is set. NULL does nothing.
 * Any thread, when no other one uses the reactor.
 *
 * From inside a callback of it, or a coroutine under it: a bug; but in a
 * forked child, which has not run it on its own, that gives it up. Its
 * descriptors are closed at once, and if the callback returns,
 * evert_reactor_run ends with -ECHILD; destroy it then once more, and the
 * rest is told and released.
 */
void evert_reactor_destroy(struct evert_reactor *reactor);

/*
 * Runs turns until evert_reactor_stop was called and the shutdown is
 * complete. 0, or -EBUSY when it runs already (also from inside its own
 * callbacks) or in a coroutine, or -errno when waiting for events failed. It
 * may be run again. Calls from threads that were accepted until the shutdown
 * is complete have run.
 *
 * In a forked child -ECHILD: its copy was given up, or runs in a thread of
 * the parent; or -errno, ENOMEM and the like, when it could not be made the
 * child's own, for which it needs no more descriptors than it has: then
 * nothing is lost, and it may be tried again; but a run that the child was
 * forked inside is over.
 */
int evert_reactor_run(struct evert_reactor *reactor);

/*
 * Ends the run after the current turn: the "before" triggers run, and what
 * Deferreds they return is waited for, the loop running on; then connections
 * and ports are closed (nothing more is delivered; what is queued is sent, for
 * as long as closing_seconds says), watching descriptors ends, and the
 * "during" triggers run; then the "after" triggers. When nothing runs, the
 * next run ends after its first turn. Called again, it does nothing.
 */
void evert_reactor_stop(struct evert_reactor *reactor);

/*
 * evert_reactor_stop as the end of a chain; the result is passed on:
 *
 *	evert_deferred_add_both(d, evert_reactor_stop_when_done, reactor);
 */
struct evert_result evert_reactor_stop_when_done(struct evert_result *in,
						 void *reactor);

/*
 * Before the loop sleeps it looks again and again, for so many seconds at most,
 * whether something has come: what comes then is begun some microseconds
 * earlier, since nobody has to be woken, and delayed calls are on time to the
 * microsecond; in exchange a processor is busy. For who has one to spare, and
 * peers that soon ask again: 50e-6, say. 0, the default: it sleeps at once.
 * The order in which things are served is that of every turn.
 * evert_reactor_turn waits no longer than it is told, looking included; a loop
 * that waits for evert_reactor_fd sleeps as it likes.
 *
 * From the next turn on. The reactor's thread, callbacks included. 0, or
 * -EINVAL for seconds that are negative or not finite.
 */
int evert_reactor_set_spin(struct evert_reactor *reactor, double seconds);

/* How the kernel looks for packets while the loop waits. All zero: not. */
struct evert_busy_poll {
	/* How long, before it sleeps; a microsecond at least, or 0. */
	double seconds;
	/* Packets at a time, of each queue; 0: the kernel's default, 8. More
	   than 64 need CAP_NET_ADMIN. */
	unsigned budget;
	/* Rather than to be interrupted: as SO_PREFER_BUSY_POLL, socket(7). */
	bool prefer;
};

/*
 * Has the kernel ask network cards for packets while the loop waits, instead of
 * an interrupt's coming (NAPI busy polling, Linux 6.9, EPIOCSPARAMS): for
 * cards whose queue serves this reactor alone. Not for what is on this machine;
 * evert_reactor_set_spin looks for that, too.
 *
 * From now on, also in a forked child, if the kernel lets it. The reactor's
 * thread, callbacks included. 0, or -errno, and nothing has changed: -ENOTSUP
 * where the kernel has no such thing, and with the poller "poll"; -EPERM for
 * that budget; -EINVAL for seconds that are negative, not finite, or more than
 * 2,000, and for a budget of more than 65,535.
 */
int evert_reactor_set_busy_poll(struct evert_reactor *reactor,
				const struct evert_busy_poll *how);

/* ---- Inside another loop ---- */

/*
 * One turn, instead of evert_reactor_run, for a loop that is not evert's. It
 * waits for something to do for at most so many seconds; 0: not at all;
 * negative: as long as need be.
 *
 * 0: go on. -ESHUTDOWN: evert_reactor_stop was called (or a signal came), and
 * this turn was the last one: the shutdown is complete, what its triggers
 * returned was waited for. It may begin again all the same. -EINVAL for
 * seconds that are not finite; else as evert_reactor_run: -EBUSY inside a
 * callback of this reactor and in a coroutine.
 *
 * Between turns no reactor runs on this thread: evert_reactor_current is NULL,
 * evert_sleep and the like are bugs. What needs them is begun by
 * evert_reactor_call_later(reactor, 0, ...).
 */
int evert_reactor_turn(struct evert_reactor *reactor, double seconds);

/*
 * Before the other loop sleeps: makes the reactor ready for it. Returns in how
 * many seconds a turn has to be made, 0: now; negative: only when
 * evert_reactor_fd is readable.
 */
double evert_reactor_prepare(struct evert_reactor *reactor);

/*
 * A descriptor that is readable when it is time for evert_reactor_turn(reactor,
 * 0): something is ready, or a delayed call is due. Each turn prepares it; who
 * calls functions of evert between turns calls evert_reactor_prepare after
 * them. It stays the reactor's: to be waited for, nothing else. -ENOTSUP with
 * the poller "poll"; -EMFILE and the like. After a fork the child asks again.
 */
int evert_reactor_fd(struct evert_reactor *reactor);

/* The reactor that runs on this thread, or NULL. Any thread. */
struct evert_reactor *evert_reactor_current(void);

/*
 * Changes evert_reactor_options.closing_seconds, for what begins to close from
 * now on and for the reactor's stop; for a program under evert_run, which does
 * not make its reactor itself. 0, or -EINVAL for seconds that are not finite.
 */
int evert_reactor_set_closing_time(struct evert_reactor *reactor,
				   double seconds);

/* Is the reactor running? */
bool evert_reactor_is_running(const struct evert_reactor *reactor);

/* ---- Time ---- */

/*
 * The reactor's clock, which follows the monotonic one. Lives as long as the
 * reactor. At the end of a run, when all triggers have been called, the sleeps
 * and time-outs that still wait fail with EVERT_REACTOR_STOPPED; delayed calls
 * stay for the next run, until the reactor is destroyed.
 */
struct evert_clock *evert_reactor_clock(struct evert_reactor *reactor);

/* evert_clock_call_later on the reactor's clock. With 0 seconds: in the next
   turn, after its descriptors. */
#define evert_reactor_call_later(reactor, ...)                        \
	evert_clock_call_later_at(evert_reactor_clock(reactor), __VA_ARGS__, \
				  EVERT_HERE)

/* The same, for an argument that is released if the call never runs. */
#define evert_reactor_call_later_with(reactor, ...)                          \
	evert_clock_call_later_with_at(evert_reactor_clock(reactor),         \
				       __VA_ARGS__, EVERT_HERE)

/* ---- Other threads, signals ---- */

/*
 * Calls `call(arg)` on the reactor's thread, in its next turn, wakes it if it
 * sleeps. N calls are N runs, in order of calling. 0, or -ENOMEM. From any
 * thread, but not from a signal handler, while the reactor exists.
 */
EVERT_MUST_USE
int evert_reactor_call_from_thread(struct evert_reactor *reactor,
				   void (*call)(void *arg), void *arg);

/*
 * The same. A call that was accepted (0) and does not run, since the reactor
 * does not run again before it is destroyed, is given up: then `release(arg)`
 * is called, once, by evert_reactor_destroy, which reports how many calls it
 * has given up. `release` may be NULL.
 */
int evert_reactor_call_from_thread_with(struct evert_reactor *reactor,
					void (*call)(void *arg), void *arg,
					void (*release)(void *arg));

/*
 * SIGINT and SIGTERM stop this reactor in order; a second one before the run
 * has ended ends the process as if it had no handler. One that is ignored,
 * as for what nohup(1) or a shell in the background starts, stays ignored. In
 * force until the reactor is destroyed, then the former handlers are back. 0,
 * or -EBUSY when another reactor handles them.
 */
int evert_reactor_handle_signals(struct evert_reactor *reactor);

/* ---- Shutdown ---- */

/* When, in a shutdown, a trigger is called. */
enum evert_phase {
	EVERT_BEFORE_SHUTDOWN, /* connections work; may be waited for */
	EVERT_DURING_SHUTDOWN, /* connections are being closed */
	EVERT_AFTER_SHUTDOWN,
};

/*
 * Calls `call(arg)` at every shutdown, in its phase, in order of adding. A
 * Deferred that it returns (evert_result_wait) is waited for before the next
 * phase begins; a failure is reported and stops nothing. 0, or -ENOMEM.
 */
int evert_reactor_add_trigger(struct evert_reactor *reactor,
			      enum evert_phase phase,
			      struct evert_result (*call)(void *arg),
			      void *arg);

/* Removes a trigger, named as it was added: 0, or -ENOENT. */
int evert_reactor_remove_trigger(struct evert_reactor *reactor,
				 enum evert_phase phase,
				 struct evert_result (*call)(void *arg),
				 void *arg);

EVERT_END

#endif
