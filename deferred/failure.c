/* SPDX-License-Identifier: MIT */
#include "failure_internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/spares_internal.h"

const struct evert_error evert_error_any =
	EVERT_ERROR_INIT(evert_error_any, NULL, "ERROR", "an error");
const struct evert_error evert_error_cancelled = EVERT_ERROR_INIT(
	evert_error_cancelled, EVERT_ERROR, "CANCELLED", "cancelled");
const struct evert_error evert_error_timed_out = EVERT_ERROR_INIT(
	evert_error_timed_out, EVERT_ERROR, "TIMED_OUT", "timed out");
const struct evert_error evert_error_abandoned =
	EVERT_ERROR_INIT(evert_error_abandoned, EVERT_ERROR, "ABANDONED",
			 "the firing end was given up unfired");
const struct evert_error evert_error_clock_destroyed = EVERT_ERROR_INIT(
	evert_error_clock_destroyed, EVERT_ABANDONED, "CLOCK_DESTROYED",
	"the clock was destroyed");
const struct evert_error evert_error_no_memory = EVERT_ERROR_INIT(
	evert_error_no_memory, EVERT_ERROR, "NO_MEMORY", "out of memory");
const struct evert_error evert_error_deadlock =
	EVERT_ERROR_INIT(evert_error_deadlock, EVERT_ERROR, "DEADLOCK",
			 "Deferreds that would wait for each other");
const struct evert_error evert_error_first_failure =
	EVERT_ERROR_INIT(evert_error_first_failure, EVERT_ERROR,
			 "FIRST_FAILURE", "one of several failed");
const struct evert_error evert_error_all_failed = EVERT_ERROR_INIT(
	evert_error_all_failed, EVERT_ERROR, "ALL_FAILED", "all failed");
const struct evert_error evert_error_queue_overflow = EVERT_ERROR_INIT(
	evert_error_queue_overflow, EVERT_ERROR, "QUEUE_OVERFLOW",
	"the queue is full");
const struct evert_error evert_error_queue_underflow = EVERT_ERROR_INIT(
	evert_error_queue_underflow, EVERT_ERROR, "QUEUE_UNDERFLOW",
	"too many wait for the queue");
const struct evert_error evert_error_system = EVERT_ERROR_INIT(
	evert_error_system, EVERT_ERROR, "SYSTEM", "system call failed");

enum { SHORT_ROOM = 56 }; /* the block is one that malloc wastes nothing of */

/* A failure that was made, not a bare one: it may be written to. */
struct made {
	struct evert_failure failure;
	struct evert_failure *last_cause; /* where there is a first */
	struct evert_failure *effect;	  /* what this is a cause of, or NULL */
	bool is_short;			  /* its message has SHORT_ROOM */
	char message[];
};

static bool is_bare(const struct evert_failure *failure)
{
	return failure == &failure->kind->bare;
}

static struct made *made_from(const struct evert_failure *failure)
{
	return evert_container_of(failure, struct made, failure);
}

static void free_made(struct made *made)
{
	if (made->is_short)
		evert_spares_give(EVERT_SPARES_FAILURE, made);
	else
		evert_free(made);
}

/* A failure with room for a message of the given length. Most are short, and
   come and go often. */
static struct made *allocate(const struct evert_error *kind,
			     size_t message_length)
{
	bool is_short = message_length < SHORT_ROOM;
	struct made *made;

	if (is_short)
		made = evert_spares_take(EVERT_SPARES_FAILURE,
					 sizeof(*made) + SHORT_ROOM);
	else
		made = evert_allocate(sizeof(*made) + message_length + 1);
	if (!made)
		return NULL;
	made->failure = kind->bare;
	made->failure.message = made->message;
	made->effect = NULL;
	made->is_short = is_short;
	return made;
}

/* As vsnprintf, but a text without any directive is only copied. */
static EVERT_PRINTF(3, 0) int format_text(char *to, size_t room,
					  const char *format, va_list args)
{
	size_t length;

	if (strchr(format, '%'))
		return vsnprintf(to, room, format, args);
	length = strlen(format);
	if (length < room)
		memcpy(to, format, length + 1);
	return (int)length;
}

/* The text, and what `error` means, where there is room; the length. Less than
   0: it can't be formatted. */
static EVERT_PRINTF(4, 0) int write_message(char *to, size_t room, int error,
					    const char *format, va_list args)
{
	int length = format_text(to, room, format, args);
	size_t left;

	if (!error || length < 0)
		return length;
	left = (size_t)length < room ? room - (size_t)length : 0;
	return length + snprintf(left ? to + length : NULL, left, ": %s",
				 strerror(error));
}

static EVERT_PRINTF(4, 0) struct evert_failure *
create(const char *place, const struct evert_error *kind, int error,
       const char *format, va_list args)
{
	struct made *made = allocate(kind, 0);
	va_list again;
	int length;

	if (!made)
		return evert_failure_bare(kind);
	va_copy(again, args);
	length = write_message(made->message, SHORT_ROOM, error, format, args);
	if (length < 0 || length >= SHORT_ROOM) {
		free_made(made);
		made = length < 0 ? NULL : allocate(kind, (size_t)length);
		if (made)
			write_message(made->message, (size_t)length + 1, error,
				      format, again);
	}
	va_end(again);
	if (!made)
		return evert_failure_bare(kind);
	made->failure.place = place;
	made->failure.error = error;
	return &made->failure;
}

struct evert_failure *evert_failure_create_at(const char *place,
					      const struct evert_error *kind,
					      int error, const char *format,
					      ...)
{
	struct evert_failure *failure;
	va_list args;

	va_start(args, format);
	failure = create(place, kind, abs(error), format, args);
	va_end(args);
	return failure;
}

struct evert_failure *evert_failure_bare(const struct evert_error *kind)
{
	/* Never written: every writer asks is_bare first. */
	return (struct evert_failure *)&kind->bare;
}

struct evert_failure *evert_failure_at(const char *place,
				       const struct evert_error *kind)
{
	struct made *made = allocate(kind, 0);

	if (!made)
		return evert_failure_bare(kind);
	made->failure.message = kind->bare.message;
	made->failure.place = place;
	return &made->failure;
}

/* Unlinks as it goes: a long list of causes needs no stack. */
static EVERT_APART void release_all(struct evert_failure *failure)
{
	struct evert_failure *behind;

	while (failure && !is_bare(failure)) {
		behind = failure->cause;
		if (!behind) {
			behind = failure->next;
			free_made(made_from(failure));
			failure = behind;
			continue;
		}
		failure->cause = behind->next;
		behind->next = failure;
		failure = behind;
	}
}

void evert_failure_release(struct evert_failure *failure)
{
	if (!failure || is_bare(failure))
		return;
	if (failure->cause || failure->next)
		release_all(failure);
	else
		free_made(made_from(failure));
}

void evert_failure_add_cause(struct evert_failure *failure,
			     struct evert_failure *cause)
{
	if (is_bare(failure)) {
		evert_failure_release(cause);
		return;
	}
	/* A bare failure is shared: it can't stand in a list itself. */
	if (is_bare(cause))
		cause = evert_failure_copy(cause);
	if (is_bare(cause))
		return;
	if (failure->cause)
		made_from(failure)->last_cause->next = cause;
	else
		failure->cause = cause;
	made_from(failure)->last_cause = cause;
	made_from(cause)->effect = failure;
}

void evert_failure_set_error(struct evert_failure *failure, int error)
{
	if (!is_bare(failure))
		failure->error = error;
}

void evert_failure_set_code(struct evert_failure *failure, int code)
{
	if (!is_bare(failure))
		failure->code = code;
}

void evert_failure_set_index(struct evert_failure *failure, size_t index)
{
	if (!is_bare(failure))
		failure->index = index;
}

/* Without its causes. Without memory: the bare one. */
static struct evert_failure *copy_one(const struct evert_failure *failure)
{
	size_t length = strlen(failure->message);
	struct made *copy = allocate(failure->kind, length);

	if (!copy)
		return evert_failure_bare(failure->kind);
	memcpy(copy->message, failure->message, length + 1);
	copy->failure.place = failure->place;
	copy->failure.error = failure->error;
	copy->failure.code = failure->code;
	copy->failure.index = failure->index;
	return &copy->failure;
}

/* The copy of a cause, or NULL when there is no memory for it. */
static struct evert_failure *copy_cause(const struct evert_failure *cause,
					struct evert_failure *effect)
{
	struct evert_failure *copy = copy_one(cause);

	if (is_bare(copy))
		return NULL;
	evert_failure_add_cause(effect, copy);
	return copy;
}

/* Causes may be nested deeply: nothing here calls itself. From the last cause
   the way leads back to the effect. */
struct evert_failure *evert_failure_copy(const struct evert_failure *failure)
{
	struct evert_failure *copy = copy_one(failure);
	struct evert_failure *effect = copy, *latest;
	const struct evert_failure *at = is_bare(copy) ? NULL : failure->cause;

	while (at) {
		latest = copy_cause(at, effect);
		if (latest && at->cause) {
			effect = latest;
			at = at->cause;
			continue;
		}
		while (!at->next && made_from(at)->effect != failure) {
			at = made_from(at)->effect;
			effect = made_from(effect)->effect;
		}
		at = at->next;
	}
	return copy;
}

bool evert_failure_is(const struct evert_failure *failure,
		      const struct evert_error *kind)
{
	const struct evert_error *at;

	for (at = failure->kind; at; at = at->parent)
		if (at == kind)
			return true;
	return false;
}

enum { DEEPEST_INDENT = 16 };

static void print_one(const struct evert_failure *failure,
		      struct evert_text *to, size_t depth)
{
	size_t indent = depth < DEEPEST_INDENT ? depth : DEEPEST_INDENT;

	evert_text_add(to, "%*s", 2 * (int)indent, "");
	if (failure->index != SIZE_MAX)
		evert_text_add(to, "[%zu] ", failure->index);
	evert_text_add(to, "%s: %s (%s)\n", failure->kind->name,
		       failure->message, failure->place);
}

void evert_failure_add_to(const struct evert_failure *failure,
			  struct evert_text *to)
{
	const struct evert_failure *at = failure;
	size_t depth = 0;

	while (at) {
		print_one(at, to, depth);
		if (at->cause) {
			at = at->cause;
			depth++;
			continue;
		}
		for (; at != failure && !at->next; depth--)
			at = made_from(at)->effect;
		at = at == failure ? NULL : at->next;
	}
}

void evert_failure_print(const struct evert_failure *failure, FILE *to)
{
	struct evert_text text;

	evert_text_init(&text, to);
	evert_failure_add_to(failure, &text);
}
