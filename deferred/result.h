/* SPDX-License-Identifier: MIT */
/*
 * Results: what runs through a chain. 16 bytes, passed in registers: a type
 * and a value. A result may be nothing, a number, a pointer that somebody
 * else owns, a pointer that it owns itself, a text, a list, a failure, or a
 * Deferred to wait for (deferred/deferred.h).
 *
 * Ownership: a result is owned like memory. Who holds one by value passes it
 * on exactly once: to a function that says it takes it over, as a return
 * value, or to evert_result_release.
 *
 * Thread rule: a result belongs to one thread at a time.
 */
#ifndef EVERT_DEFERRED_RESULT_H
#define EVERT_DEFERRED_RESULT_H

#include "failure.h"

EVERT_BEGIN

/*
 * What a value is. A type of one's own is a static constant; its address is
 * its identity.
 */
struct evert_type {
	const char *name;		/* mandatory */
	void (*release)(void *pointer); /* NULL: there is nothing to release */
};

/* What a callback is given, and gives: a type and a value. All zero is the
   result that is nothing. */
struct evert_result {
	const struct evert_type *type;
	union {
		int64_t integer;
		double number;
		void *pointer;
	} value;
};

/* The types of results that come with evert: numbers, pointers that somebody
   else owns, texts, lists, failures. */
extern const struct evert_type evert_type_integer;
extern const struct evert_type evert_type_number;
extern const struct evert_type evert_type_borrowed;
extern const struct evert_type evert_type_text;
extern const struct evert_type evert_type_list;
extern const struct evert_type evert_type_failure;

/* ---- Making results ---- */

/* Nothing, as a result; and a number of either kind. */
static inline struct evert_result evert_result_none(void)
{
	struct evert_result result = { NULL, { 0 } };

	return result;
}

static inline struct evert_result evert_result_integer(int64_t integer)
{
	struct evert_result result = { &evert_type_integer, { integer } };

	return result;
}

static inline struct evert_result evert_result_number(double number)
{
	struct evert_result result = { &evert_type_number, { 0 } };

	result.value.number = number;
	return result;
}

/*
 * A pointer of the given type. Where the type has a `release`, the result
 * owns the pointer; where it has none, the pointer is borrowed.
 */
static inline struct evert_result
evert_result_of(const struct evert_type *type, void *pointer)
{
	struct evert_result result = { type, { 0 } };

	result.value.pointer = pointer;
	return result;
}

/* A pointer that somebody else owns and keeps alive long enough. */
static inline struct evert_result evert_result_borrowed(void *pointer)
{
	return evert_result_of(&evert_type_borrowed, pointer);
}

/*
 * A copy of `length` bytes, zero bytes allowed, a zero byte appended. Without
 * memory it is a failure, EVERT_NO_MEMORY.
 */
EVERT_MUST_USE
struct evert_result evert_result_text(const char *text, size_t length);

/* A text that is formatted as printf does. */
struct evert_result evert_result_textf(const char *format, ...)
	EVERT_PRINTF(1, 2);

/* A failure as a result; takes it over. */
static inline struct evert_result
evert_result_failure(struct evert_failure *failure)
{
	return evert_result_of(&evert_type_failure, failure);
}

/*
 * A copy of a failure, as a result: for one who is told a failure that is
 * another's (connection_lost's reason), and hands it on. Without memory it has
 * the same kind, and no more.
 */
static inline struct evert_result
evert_result_failure_copy(const struct evert_failure *failure)
{
	return evert_result_failure(evert_failure_copy(failure));
}

/*
 * A failure made on the spot, as evert_failure_create makes it:
 *
 *	return evert_result_fail(EVERT_ERROR, 0, "no user %s", name);
 */
#define evert_result_fail(kind, error, ...) \
	evert_result_failure(               \
		evert_failure_create_at(EVERT_HERE, kind, error, __VA_ARGS__))

/* An errno of either sign as a failure EVERT_SYSTEM: "what: its text". */
#define evert_result_error(error, what)                             \
	evert_result_failure(evert_failure_create_at(               \
		EVERT_HERE, EVERT_SYSTEM, error, "%s", what))

/* What there is when there is no memory: a failure, EVERT_NO_MEMORY. */
static inline struct evert_result evert_result_no_memory(void)
{
	return evert_result_failure(evert_failure_bare(EVERT_NO_MEMORY));
}

/* ---- Reading results ---- */

/* Stops the program, with a message: the result is not of that type. */
EVERT_NORETURN void evert_result_is_not(const struct evert_result *result,
					const struct evert_type *type);

/* Asking a result for what it is not is a bug and stops the program. */
static inline void evert_result_check(const struct evert_result *result,
				      const struct evert_type *type)
{
	if (result->type != type)
		evert_result_is_not(result, type);
}

/* The pointer, or the number, of a result of the given type. */
static inline void *evert_result_as(const struct evert_result *result,
				    const struct evert_type *type)
{
	evert_result_check(result, type);
	return result->value.pointer;
}

static inline int64_t
evert_result_as_integer(const struct evert_result *result)
{
	evert_result_check(result, &evert_type_integer);
	return result->value.integer;
}

static inline double evert_result_as_number(const struct evert_result *result)
{
	evert_result_check(result, &evert_type_number);
	return result->value.number;
}

/* The pointer of a borrowed result. */
static inline void *evert_result_as_borrowed(const struct evert_result *result)
{
	return evert_result_as(result, &evert_type_borrowed);
}

/* The failure in a result, as long as that lives. */
static inline const struct evert_failure *
evert_result_as_failure(const struct evert_result *result)
{
	return (const struct evert_failure *)evert_result_as(
		result, &evert_type_failure);
}

/* What a text's pointer points to. */
struct evert_text_value {
	size_t length;
	char bytes[1]; /* more of them; then a zero byte */
};

/* The text in a result: it ends with a zero byte, which does not count in its
   length, and lives as long as the result. */
static inline const char *evert_result_as_text(const struct evert_result *result)
{
	return ((struct evert_text_value *)evert_result_as(result, &evert_type_text))
		->bytes;
}

static inline size_t evert_result_text_length(const struct evert_result *result)
{
	return ((struct evert_text_value *)evert_result_as(result, &evert_type_text))
		->length;
}

/* Is a result nothing; is it a failure? */
static inline bool evert_result_is_none(const struct evert_result *result)
{
	return !result->type;
}

static inline bool evert_result_is_failure(const struct evert_result *result)
{
	return result->type == &evert_type_failure;
}

/* Is a result a failure of this kind, or of one below it? */
static inline bool evert_result_failed_with(const struct evert_result *result,
					    const struct evert_error *kind)
{
	return evert_result_is_failure(result) &&
	       evert_failure_is(evert_result_as_failure(result), kind);
}

/* ---- Lists: what the combinators give ---- */

/* Several results, as one: the pointer of a result of type evert_type_list. */
struct evert_list {
	size_t count;
	struct evert_result *items; /* in input order; owned by the list */
};

/*
 * A list of `count` nothings, to be filled in. Without memory NULL, errno
 * ENOMEM. The result made of it by evert_result_of(&evert_type_list, list)
 * owns it.
 */
struct evert_list *evert_list_create(size_t count);

/* The list in a result, as long as that lives. */
static inline struct evert_list *
evert_result_as_list(const struct evert_result *result)
{
	return (struct evert_list *)evert_result_as(result, &evert_type_list);
}

/* ---- Handing on ---- */

/* Moves the result out; leaves nothing behind. The caller owns it now. */
static inline struct evert_result evert_result_take(struct evert_result *from)
{
	struct evert_result result = *from;

	*from = evert_result_none();
	return result;
}

/* Releases what the result owns. A Deferred to wait for is released, too. */
static inline void evert_result_release(struct evert_result result)
{
	if (result.type && result.type->release)
		result.type->release(result.value.pointer);
}

/*
 * For code that goes on only with a value, as bodies of coroutines do: puts
 * what the expression gives into `result`, and where that is a failure,
 * returns it; or goes to a label, where what was begun is undone:
 *
 *	EVERT_TRY(r, evert_await(evert_stream_connect(endpoint)));
 *	stream = evert_stream_take(&r);
 *	EVERT_TRY_OR(close, r, evert_await(evert_stream_read_line(stream)));
 */
#define EVERT_TRY(result, ...)                          \
	do {                                            \
		(result) = (__VA_ARGS__);               \
		if (evert_result_is_failure(&(result))) \
			return (result);                \
	} while (0)
#define EVERT_TRY_OR(label, result, ...)                \
	do {                                            \
		(result) = (__VA_ARGS__);               \
		if (evert_result_is_failure(&(result))) \
			goto label;                     \
	} while (0)

/*
 * Prints the result for a person: `"a text"`, `42`, `failure KIND: ...`, a
 * list with what is in it: `[1, "two", [3]]`. What is not printable in a text
 * is shown as `\x00`; long texts and lists, and lists four deep, are cut
 * short.
 */
void evert_result_print(const struct evert_result *result, FILE *to);

EVERT_END

#endif
