/* SPDX-License-Identifier: MIT */
/*
 * What connecting and listening begin with, for every scheme that has
 * addresses: a Deferred, the socket's options, and the addresses, which may
 * take time.
 */
#ifndef EVERT_REACTOR_OPENING_INTERNAL_H
#define EVERT_REACTOR_OPENING_INTERNAL_H

#include "../reactor_internal.h"
#include "../transport/socket_options_internal.h"
#include "resolution_internal.h"
#include "scheme_internal.h"

/* Where the addresses come from. */
struct evert_opening_source {
	/* As evert_resolution_begin, which it calls, or evert_resolution_set. */
	struct evert_failure *(*find)(struct evert_resolution *resolution,
				      const struct evert_endpoint *endpoint);
	/* Writes what a person calls it: "localhost:80". */
	void (*name)(const struct evert_endpoint *endpoint, char *text,
		     size_t size);
};

/* What is to be opened. */
struct evert_opening_plan {
	struct evert_reactor *reactor;
	const struct evert_endpoint *endpoint; /* NULL: it was bad */
	struct evert_factory *factory;
	const struct evert_socket_options *options; /* may be NULL */
	const char *place;
	const struct evert_opening_source *source;
	/* Why it cannot be, or NULL. The opening takes it over. */
	struct evert_failure *failure;
	double timeout;	      /* to connect: seconds, 0: none */
	double attempt_delay; /* the same, 0: as usual */
};

struct evert_opening;

struct evert_opening_kind {
	size_t size; /* of the object; its first member is the opening */
	/* The addresses are there; or a failure, which it takes over. */
	void (*found)(struct evert_opening *opening,
		      struct evert_failure *failure);
	/* Ends what was begun since; may be NULL. */
	void (*stop)(struct evert_opening *opening);
	/* The Deferred was cancelled: false, it is not to be. May be NULL. */
	bool (*may_cancel)(struct evert_opening *opening);
};

struct evert_opening {
	const struct evert_opening_kind *kind;
	struct evert_reactor *reactor;
	const struct evert_endpoint *endpoint; /* NULL: it was bad */
	const struct evert_opening_source *source;
	struct evert_factory *factory;
	struct evert_firing *slot;
	struct evert_member member;
	struct evert_resolution resolution;
	struct evert_socket_plan socket;
	const char *place;
};

/*
 * Makes the object, all zeros behind its first member, and its Deferred, which
 * belongs to the caller; NULL and errno without memory.
 */
struct evert_deferred *
evert_opening_create(const struct evert_opening_kind *kind,
		     struct evert_opening_plan *plan,
		     struct evert_opening **made);

/* Begins to find the addresses; `found` may be called by this. */
void evert_opening_start(struct evert_opening *opening,
			 struct evert_opening_plan *plan);

/* Ends all of it, for who fires the slot, which is returned. The object stays,
   to be freed. */
struct evert_firing *evert_opening_end(struct evert_opening *opening);

/* Ends and frees all of it, and fires. */
void evert_opening_fire(struct evert_opening *opening,
			struct evert_result result);

/* What a person calls it: writes it to `text`, and returns that. */
#define EVERT_OPENING_NAME_SIZE 320
const char *evert_opening_name(const struct evert_opening *opening,
			       char *text);

/* ---- The two kinds ---- */

/* attempts.c: fires with a protocol, from the loop. */
EVERT_MUST_USE
struct evert_deferred *evert_attempts_begin(struct evert_opening_plan *plan);

/* listening.c: fires with a port. */
EVERT_MUST_USE
struct evert_deferred *evert_listening_begin(struct evert_opening_plan *plan);

#endif
