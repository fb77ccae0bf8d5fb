/* SPDX-License-Identifier: MIT */
/*
 * Coroutines: code that reads straight on, and waits where it says
 * evert_await, while the rest of the program goes on (what
 * twisted.internet.defer.inlineCallbacks is for). A coroutine has a stack of
 * its own, so it may await from inside any function it calls.
 *
 * A coroutine is itself a Deferred, the one that evert_spawn returns: it fires
 * with what the body returns. So a chain of callbacks may wait for a coroutine
 * and a coroutine for a chain.
 *
 * Who runs when. A body runs inside evert_spawn until it first waits. When
 * what it waits for has an outcome, it is woken:
 *
 * - by code on the thread's own stack: it goes on at once, before the call
 *   that woke it (evert_deferred_fire, say) returns, as a callback would;
 * - by a coroutine, or by callbacks of a coroutine that just ended: it goes on
 *   when the one that runs waits or ends and the thread's own stack is
 *   reached, so before the outermost call that let a coroutine run returns.
 *   Several go on in the order in which they were woken.
 *
 * So coroutines that wake each other never pile up on a stack; and two that
 * keep waking each other without ever waiting for time or input starve the
 * loop, as callbacks would.
 *
 * The rounding mode and the floating-point traps of <fenv.h> are each
 * coroutine's own; errno and thread-local variables are the thread's.
 *
 * A coroutine that runs into the end of its stack stops the program with a
 * message that names it and the size (from a handler for SIGSEGV and SIGBUS
 * that the first evert_spawn installs; faults of other kinds go to the handler
 * that was there before). Guarded are 64 KiB below the stack: code with larger
 * frames wants -fstack-clash-protection. On Linux before 6.13, a coroutine
 * beyond the first 16,384 is stopped only when it next waits or ends. A C++
 * exception must not leave a body: it ends the program. Nor may a body wait
 * inside a catch block, where the exceptions of others would be mixed up with
 * its own.
 *
 * Thread rule: a coroutine stays on the thread that spawned it, and is woken
 * and cancelled only there. Every function may be called from inside
 * callbacks and coroutines; what waits must be called from a coroutine.
 */
#ifndef EVERT_DEFERRED_COROUTINE_H
#define EVERT_DEFERRED_COROUTINE_H

#include "../deferred.h"

EVERT_BEGIN

/* The size of a coroutine's stack, unless it is spawned with another one. */
#define EVERT_STACK_SIZE ((size_t)64 * 1024)

/*
 * What a coroutine runs. The result it returns is taken over: it may be a
 * failure, and it may be evert_result_wait(inner).
 */
typedef struct evert_result (*evert_body)(void *arg);

/* How a coroutine is spawned. All zero is the default. */
struct evert_spawn_options {
	/* Bytes of address space, rounded up; only what is touched costs
	   memory. 0 means EVERT_STACK_SIZE. Stacks up to 1 MiB come from a
	   pool, larger ones take longer. */
	size_t stack_size;
	/* Constant text for messages and debuggers; NULL: the body's name. */
	const char *name;
};

/*
 * Starts a coroutine that runs `body(arg)`. The caller owns the reading end of
 * the Deferred, which fires with what the body returns. Without memory NULL,
 * errno ENOMEM; then the body never runs.
 *
 * Cancelling the Deferred cancels what the coroutine waits for: the body sees
 * that fail with EVERT_CANCELLED, may clean up, may wait while doing so, and
 * what it returns is the outcome all the same. Cancelled while it does not
 * wait (it is on the stack, or was woken already), its next wait is cancelled;
 * until it has seen the one cancel, another adds nothing. After that it can be
 * cancelled again.
 */
#define evert_spawn(...)                                        \
	evert_spawn_plain_at(__VA_ARGS__, EVERT_NAME_OF(__VA_ARGS__), \
			     EVERT_HERE)

/* evert_spawn_with(body, arg, options): `options`, a struct
   evert_spawn_options *, are read during the call only. */
#define evert_spawn_with(...) \
	evert_spawn_at(__VA_ARGS__, EVERT_NAME_OF(__VA_ARGS__), EVERT_HERE)

/* What the macros call; `name` and `place` are constant text. */
EVERT_MUST_USE
struct evert_deferred *
evert_spawn_at(evert_body body, void *arg,
	       const struct evert_spawn_options *options, const char *name,
	       const char *place);

static inline EVERT_MUST_USE struct evert_deferred *
evert_spawn_plain_at(evert_body body, void *arg, const char *name,
		     const char *place)
{
	return evert_spawn_at(body, arg, NULL, name, place);
}

/*
 * Waits for the outcome of `deferred`: at once, if it has one, else the
 * coroutine waits for it. Takes over the reading end; the caller owns the
 * result, a failure as well as a value. NULL is a failure, EVERT_NO_MEMORY; the
 * coroutine's own Deferred is one, too, EVERT_DEADLOCK. Waiting takes no
 * memory.
 *
 * Only in a coroutine: elsewhere it is a bug and stops the program. A callback
 * that wants to wait returns evert_result_wait(deferred), or that of a
 * coroutine which it spawns.
 */
EVERT_MUST_USE
struct evert_result evert_await(struct evert_deferred *deferred);

/* The name of the coroutine that runs; NULL when none does. */
const char *evert_coroutine_name(void);

EVERT_END

#endif
