/* SPDX-License-Identifier: MIT */
/*
 * Failures: why there is no value. A failure has a kind (one of a family, as
 * Python's exception classes are), a message, an errno where the system gave
 * one, the place that made it, and the failures behind it.
 *
 * Thread rule: a failure belongs to one thread at a time; kinds are constant.
 */
#ifndef EVERT_DEFERRED_FAILURE_H
#define EVERT_DEFERRED_FAILURE_H

#include <stdio.h>

#include "base/base.h"

EVERT_BEGIN

struct evert_error;

/* Why there is no value. Its fields are to be read; only the functions below
   write them. */
struct evert_failure {
	const struct evert_error *kind;
	const char *message;	     /* for a person; never NULL */
	const char *place;	     /* "file.c:42" of who made it */
	int error;		     /* an errno, or 0 */
	int code;		     /* a number that its kind explains, or 0 */
	size_t index;		     /* which of several inputs, or SIZE_MAX */
	struct evert_failure *cause; /* the first failure behind it, or NULL */
	struct evert_failure *next;  /* in a list of causes: the next one */
};

/*
 * A kind that failures are of. `bare` is the failure of this kind that stands
 * in when there is no memory to make a better one: reporting never needs
 * memory.
 */
struct evert_error {
	const char *name;
	const struct evert_error *parent; /* a check for it matches us too */
	struct evert_failure bare;
};

/*
 * Initialises a kind of one's own, at file scope:
 *
 *	const struct evert_error no_such_user = EVERT_ERROR_INIT(
 *		no_such_user, EVERT_ERROR, "NO_SUCH_USER", "no such user");
 */
#define EVERT_ERROR_INIT(self, parent, name, message)                    \
	{                                                                \
		name, parent,                                            \
		{                                                        \
			&(self), message, EVERT_HERE, 0, 0, SIZE_MAX,    \
				NULL, NULL                               \
		}                                                        \
	}

/* The root: a check for it matches every failure. */
extern const struct evert_error evert_error_any;
#define EVERT_ERROR (&evert_error_any)

/* Somebody called evert_deferred_cancel. */
extern const struct evert_error evert_error_cancelled;
#define EVERT_CANCELLED (&evert_error_cancelled)

/* A timeout ran out first. `error` is ETIMEDOUT. */
extern const struct evert_error evert_error_timed_out;
#define EVERT_TIMED_OUT (&evert_error_timed_out)

/* The firing end was given up unfired. */
extern const struct evert_error evert_error_abandoned;
#define EVERT_ABANDONED (&evert_error_abandoned)

/* Below EVERT_ABANDONED: the clock that it waited for was destroyed. (A
   reactor's clock says EVERT_REACTOR_STOPPED.) */
extern const struct evert_error evert_error_clock_destroyed;
#define EVERT_CLOCK_DESTROYED (&evert_error_clock_destroyed)

/* There was no memory. `error` is ENOMEM. */
extern const struct evert_error evert_error_no_memory;
#define EVERT_NO_MEMORY (&evert_error_no_memory)

/* Deferreds that would wait for each other for ever. */
extern const struct evert_error evert_error_deadlock;
#define EVERT_DEADLOCK (&evert_error_deadlock)

/* The first failure of several inputs: `index` says which, `cause` what. */
extern const struct evert_error evert_error_first_failure;
#define EVERT_FIRST_FAILURE (&evert_error_first_failure)

/* Every input failed; the causes are listed in input order. */
extern const struct evert_error evert_error_all_failed;
#define EVERT_ALL_FAILED (&evert_error_all_failed)

/* A queue had no room for one more item. */
extern const struct evert_error evert_error_queue_overflow;
#define EVERT_QUEUE_OVERFLOW (&evert_error_queue_overflow)

/* A queue had no room for one more waiting `get`. */
extern const struct evert_error evert_error_queue_underflow;
#define EVERT_QUEUE_UNDERFLOW (&evert_error_queue_underflow)

/* The operating system said no: `error` says why. */
extern const struct evert_error evert_error_system;
#define EVERT_SYSTEM (&evert_error_system)

/*
 * Makes a failure. The message is formatted as printf does; where `error` (an
 * errno, its sign does not matter) is not 0, ": " and its text are appended.
 * The caller owns the failure. Never NULL: without memory it is the kind's
 * bare one, which carries neither message nor errno of its own.
 */
#define evert_failure_create(kind, error, ...) \
	evert_failure_create_at(EVERT_HERE, kind, error, __VA_ARGS__)
EVERT_MUST_USE
struct evert_failure *evert_failure_create_at(const char *place,
					      const struct evert_error *kind,
					      int error, const char *format,
					      ...) EVERT_PRINTF(4, 5);

/* The bare failure of a kind: needs no memory, may be released like any. */
struct evert_failure *evert_failure_bare(const struct evert_error *kind);

/*
 * The same, with the place of who made it. Takes a small block, which a
 * thread mostly has in store; without memory it is the bare one.
 */
struct evert_failure *evert_failure_at(const char *place,
				       const struct evert_error *kind);

/* Releases a failure and the causes behind it; NULL does nothing. */
void evert_failure_release(struct evert_failure *failure);

/*
 * Appends a cause to a failure. Takes over `cause`. A bare failure can hold no
 * cause: then `cause` is released.
 */
void evert_failure_add_cause(struct evert_failure *failure,
			     struct evert_failure *cause);

/* Sets the errno of a failure; a bare failure stays as it is. */
void evert_failure_set_error(struct evert_failure *failure, int error);

/* The same with the code. */
void evert_failure_set_code(struct evert_failure *failure, int code);

/* Marks which of several inputs failed; a bare failure stays as it is. */
void evert_failure_set_index(struct evert_failure *failure, size_t index);

/* A copy of a failure, causes included; the caller owns it. Without memory: the
   bare one. */
EVERT_MUST_USE
struct evert_failure *evert_failure_copy(const struct evert_failure *failure);

/* Is the failure of this kind, or of one below it? */
bool evert_failure_is(const struct evert_failure *failure,
		      const struct evert_error *kind);

/*
 * Prints "KIND: message (place)" and, indented below it (those nested deeper
 * than 16 no more), the causes. Each line ends with a newline.
 */
void evert_failure_print(const struct evert_failure *failure, FILE *to);

EVERT_END

#endif
