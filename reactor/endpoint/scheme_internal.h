/* SPDX-License-Identifier: MIT */
/* Endpoint strings, taken apart by the tables of their schemes. */
#ifndef EVERT_REACTOR_SCHEME_INTERNAL_H
#define EVERT_REACTOR_SCHEME_INTERNAL_H

#include "endpoint.h"
#include "scheme.h"

struct evert_value {
	const char *text;
	double number;
	size_t at; /* where it stands in the string: bytes */
	bool given;
};

/* One for the scheme, and one for each that it is over, one behind the
   other. */
struct evert_endpoint {
	struct evert_parsed *whole;
	const struct evert_endpoint_scheme *scheme;
	struct evert_value *values; /* one for each parameter */
	size_t count;		    /* of them */
	const struct evert_endpoint *below;
};

/* What all of them share; one block with them, the values and the texts. */
struct evert_parsed {
	size_t holders;
	size_t levels;
	enum evert_purpose purpose;
	const char *string;
	struct evert_endpoint endpoints[];
};

/* ---- operation.c: what is asked of an endpoint ---- */

/* One for each of a scheme's. */
enum evert_operation {
	EVERT_OPERATION_CONNECT,
	EVERT_OPERATION_LISTEN,
	EVERT_OPERATION_CONNECT_DATAGRAM,
	EVERT_OPERATION_LISTEN_DATAGRAM,
	EVERT_OPERATION_LISTEN_SEQPACKET,
};

bool evert_scheme_can(const struct evert_endpoint_scheme *scheme,
		      enum evert_operation operation);

enum evert_purpose evert_operation_purpose(enum evert_operation operation);

/* Has its scheme got that operation? NULL, or the failure EVERT_BAD_ENDPOINT,
   which the caller owns. */
struct evert_failure *
evert_endpoint_check(const struct evert_endpoint *endpoint,
		     enum evert_operation operation, const char *place);

/* ---- Taking a string apart ---- */

static inline bool evert_endpoint_listens(const struct evert_endpoint *endpoint)
{
	return endpoint->whole->purpose == EVERT_TO_LISTEN;
}

/*
 * Takes `text` apart, for that operation, which its scheme need not have: NULL,
 * and the endpoint, which the caller has to release; or the failure,
 * EVERT_BAD_ENDPOINT or EVERT_NO_MEMORY, which the caller owns. `text` may be
 * NULL: that is a bad one.
 */
struct evert_failure *
evert_endpoint_parse(const struct evert_endpoint **endpoint, const char *text,
		     enum evert_operation operation, const char *place);

/* The value of that name. NULL: it is not given, or the scheme has no such
   parameter. */
const struct evert_value *
evert_endpoint_given(const struct evert_endpoint *endpoint, const char *name);

/* EVERT_BAD_ENDPOINT, at the byte `at` of `string`, counted from 0. */
struct evert_failure *evert_bad_endpoint(const char *string, size_t at,
					 const char *place,
					 const char *format, ...)
	EVERT_PRINTF(4, 5);

/* ---- The registry ---- */

/* The scheme of that name, or NULL. Any thread. */
const struct evert_endpoint_scheme *evert_scheme_find(const char *name,
						      size_t length);

/* The one that it is over, or NULL. Any thread. */
const struct evert_endpoint_scheme *
evert_scheme_below(const struct evert_endpoint_scheme *scheme);

/* The first of them, and the one behind `scheme`, or NULL. Any thread. */
const struct evert_endpoint_scheme *evert_scheme_first(void);
const struct evert_endpoint_scheme *
evert_scheme_next(const struct evert_endpoint_scheme *scheme);

/* ---- suggest.c: what may have been meant ---- */

struct evert_suggestion {
	const char *wrong;
	size_t length; /* of it */
	const char *best; /* NULL: nothing is like it */
	size_t distance;
};

void evert_suggestion_offer(struct evert_suggestion *suggestion,
			    const char *name);

#endif
