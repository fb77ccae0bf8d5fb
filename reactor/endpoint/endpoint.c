/* SPDX-License-Identifier: MIT */
/* What schemes ask of an endpoint. */
#include "endpoint.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../../deferred/base/bug.h"
#include "../../deferred/base/memory.h"
#include "scheme_internal.h"

const struct evert_error evert_error_connect_timed_out =
	EVERT_ERROR_INIT(evert_error_connect_timed_out, EVERT_CONNECT_FAILED,
			 "CONNECT_TIMED_OUT", "connecting took too long");
const struct evert_error evert_error_bad_endpoint = EVERT_ERROR_INIT(
	evert_error_bad_endpoint, EVERT_ERROR, "BAD_ENDPOINT",
	"the endpoint string is wrong");

static const struct evert_value *search(const struct evert_endpoint *endpoint,
					const char *name)
{
	size_t i;

	for (i = 0; i < endpoint->count; i++)
		if (!strcmp(endpoint->scheme->parameters[i].name, name))
			return &endpoint->values[i];
	return NULL;
}

const struct evert_value *
evert_endpoint_given(const struct evert_endpoint *endpoint, const char *name)
{
	const struct evert_value *value = search(endpoint, name);

	return value && value->given ? value : NULL;
}

static const struct evert_value *find(const struct evert_endpoint *endpoint,
				      const char *name)
{
	const struct evert_value *value = search(endpoint, name);

	if (value)
		return value;
	evert_bug("the scheme \"%s\" was asked for \"%s\", which is not in "
		  "its table of parameters", endpoint->scheme->name, name);
}

const char *evert_endpoint_value(const struct evert_endpoint *endpoint,
				 const char *name)
{
	return find(endpoint, name)->text;
}

double evert_endpoint_number(const struct evert_endpoint *endpoint,
			     const char *name, double otherwise)
{
	const struct evert_value *value = find(endpoint, name);

	return value->given ? value->number : otherwise;
}

const char *evert_endpoint_string(const struct evert_endpoint *endpoint)
{
	return endpoint->whole->string;
}

const struct evert_endpoint *
evert_endpoint_below(const struct evert_endpoint *endpoint)
{
	if (!endpoint->below)
		evert_bug("the scheme \"%s\" is over no other",
			  endpoint->scheme->name);
	return endpoint->below;
}

const struct evert_endpoint *
evert_endpoint_keep(const struct evert_endpoint *endpoint)
{
	endpoint->whole->holders++;
	return endpoint;
}

void evert_endpoint_release(const struct evert_endpoint *endpoint)
{
	if (endpoint && !--endpoint->whole->holders)
		evert_free(endpoint->whole);
}

struct evert_failure *
evert_endpoint_refuse(const struct evert_endpoint *endpoint, const char *name,
		      const char *place, const char *format, ...)
{
	const struct evert_value *value = find(endpoint, name);
	const char *string = endpoint->whole->string;
	char why[512];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	return evert_bad_endpoint(string,
				  value->given ? value->at : strlen(string),
				  place, "%s", why);
}

size_t evert_endpoint_quote(char *to, size_t size, const char *text)
{
	size_t length = 0;

	for (; *text; text++) {
		if (strchr(":=\\", *text) && ++length < size)
			*to++ = '\\';
		if (++length < size)
			*to++ = *text;
	}
	if (size)
		*to = '\0';
	return length;
}
