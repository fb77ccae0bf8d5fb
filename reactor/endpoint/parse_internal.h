/* SPDX-License-Identifier: MIT */
/* A string that is being taken apart: parse.c reads its fields, parse_value.c
   what they hold, and parse_failure.c says what is wrong. */
#ifndef EVERT_REACTOR_PARSE_INTERNAL_H
#define EVERT_REACTOR_PARSE_INTERNAL_H

#include "scheme_internal.h"

struct evert_parser {
	const struct evert_endpoint *top;
	const char *string; /* all of it */
	const char *at;	    /* the next to be read */
	char *room;	    /* for what is read, with the quotes taken off */
	size_t positions;   /* fields without a name */
	const char *place;
	struct evert_failure *failure;
};

/* May it be there? */
static inline bool
evert_parameter_is_for(const struct evert_endpoint_parameter *parameter,
		       enum evert_purpose purpose)
{
	return !parameter->purposes || parameter->purposes & purpose;
}

/* ---- parse_value.c ---- */

/* Takes the text of the value, which stands at `at`, for what the parameter is
   of. False: it is wrong, which is noted. */
bool evert_parse_value(struct evert_parser *parser,
		       const struct evert_endpoint_parameter *parameter,
		       struct evert_value *value, const char *at);

/* ---- parse_failure.c ---- */

/* What is wrong at `at`. The first one counts. False, for who returns it. */
bool evert_parse_fail(struct evert_parser *parser, const char *at,
		      const char *format, ...) EVERT_PRINTF(3, 4);

/* There is no option of that name. */
bool evert_parse_fail_option(struct evert_parser *parser, const char *name,
			     size_t length);

/* There is no scheme of the name that is so long, which has that operation. */
struct evert_failure *evert_bad_scheme(const char *string, size_t length,
				       enum evert_operation operation,
				       const char *place);

#endif
