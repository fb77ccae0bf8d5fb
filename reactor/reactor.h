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
 * several, one per thread.
 *
 * Thread rule: all calls from the thread that runs the reactor (while it does
 * not run: the one that made it), except where a comment says otherwise.
 * Every call is allowed from inside callbacks, except where a comment says
 * otherwise.
 */
#ifndef EVERT_REACTOR_REACTOR_H
#define EVERT_REACTOR_REACTOR_H

#include "../deferred/clock/clock.h"
#include "../deferred/deferred.h"

EVERT_BEGIN

struct evert_reactor;
struct evert_system;

/* All zero is the default. */
struct evert_reactor_options {
	/* "epoll" or "poll"; NULL: what the environment variable EVERT_POLLER
	   says, else the best there is. */
	const char *poller;
	/* The operating system to use, for tests (reactor/system.h); NULL: the
	   real one. Must outlive the reactor. */
	struct evert_system *system;
};

/*
 * Makes a reactor. The caller owns it. `options` may be NULL. NULL and errno:
 * ENOMEM, EMFILE and the like; EINVAL for a poller of that name there is not.
 */
struct evert_reactor *
evert_reactor_create(const struct evert_reactor_options *options);

/*
 * Closes every connection and port (the protocols get connection_lost with
 * EVERT_REACTOR_STOPPED), fails every pending connect, drops delayed calls
 * and releases the reactor. What is still alive only because somebody forgot
 * it (delayed calls) is listed on stderr with the place that made it when the
 * environment variable EVERT_DEBUG is set. NULL does nothing. Not from inside
 * a callback of it: a bug. In a forked child it leaves the parent's
 * connections alone. Any thread, when no other one uses the reactor.
 */
void evert_reactor_destroy(struct evert_reactor *reactor);

/*
 * Runs turns until evert_reactor_stop was called and the shutdown is
 * complete. 0, or -EBUSY when it runs already (also from inside its own
 * callbacks) or in a coroutine, or -errno when waiting for events failed. It
 * may be run again.
 */
int evert_reactor_run(struct evert_reactor *reactor);

/*
 * Ends the run after the current turn: the "before" triggers run, and what
 * Deferreds they return is waited for, the loop running on; then connections
 * and ports are closed and the "during" triggers run; then the "after"
 * triggers. When nothing runs, the next run ends after its first turn. Called
 * again, it does nothing.
 */
void evert_reactor_stop(struct evert_reactor *reactor);

/*
 * evert_reactor_stop as the end of a chain; the result is passed on:
 *
 *	evert_deferred_add_both(d, evert_reactor_stop_when_done, reactor);
 */
struct evert_result evert_reactor_stop_when_done(struct evert_result *in,
						 void *reactor);

/* The reactor that runs on this thread, or NULL. Any thread. */
struct evert_reactor *evert_reactor_current(void);

/* Is it running? */
bool evert_reactor_is_running(const struct evert_reactor *reactor);

/* ---- Time ---- */

/* Follows the monotonic clock. Lives as long as the reactor. */
struct evert_clock *evert_reactor_clock(struct evert_reactor *reactor);

/* evert_clock_call_later on the reactor's clock. With 0 seconds: in the next
   turn, after its descriptors. */
#define evert_reactor_call_later(reactor, ...)                        \
	evert_clock_call_later_at(evert_reactor_clock(reactor), __VA_ARGS__, \
				  EVERT_HERE)

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
 * SIGINT and SIGTERM stop this reactor in order; a second one before the run
 * has ended ends the process as if it had no handler. In force until the
 * reactor is destroyed, then the former handlers are back. 0, or -EBUSY when
 * another reactor handles them.
 */
int evert_reactor_handle_signals(struct evert_reactor *reactor);

/* ---- Shutdown ---- */

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

/* Removes it; 0, or -ENOENT. */
int evert_reactor_remove_trigger(struct evert_reactor *reactor,
				 enum evert_phase phase,
				 struct evert_result (*call)(void *arg),
				 void *arg);

EVERT_END

#endif
