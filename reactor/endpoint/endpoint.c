/* SPDX-License-Identifier: MIT */
#include "endpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../address.h"
#include "endpoint_internal.h"

const struct evert_error evert_error_connect_failed =
	EVERT_ERROR_INIT(evert_error_connect_failed, EVERT_ERROR,
			 "CONNECT_FAILED", "cannot connect");
const struct evert_error evert_error_lookup_failed =
	EVERT_ERROR_INIT(evert_error_lookup_failed, EVERT_CONNECT_FAILED,
			 "LOOKUP_FAILED", "the name could not be looked up");
const struct evert_error evert_error_bad_endpoint = EVERT_ERROR_INIT(
	evert_error_bad_endpoint, EVERT_ERROR, "BAD_ENDPOINT",
	"the endpoint string is wrong");

/* An IPv6 address has colons of its own, so it stands in brackets. Returns
   what follows the host, NULL when there is none. */
static const char *find_host(const char *text, const char **host,
			     size_t *length)
{
	const char *end;
	bool bracketed = *text == '[';

	*host = text + bracketed;
	end = strchr(*host, bracketed ? ']' : ':');
	if (!end)
		return NULL;
	*length = (size_t)(end - *host);
	return end + bracketed;
}

/* Only an IPv6 address stands in brackets. */
static bool is_host(const struct evert_endpoint *endpoint, bool bracketed)
{
	struct evert_address address;

	if (!bracketed)
		return true;
	return !evert_address_parse(&address, endpoint->host, 0) &&
	       address.as.any.sa_family == AF_INET6;
}

static bool parse_port(const char *text, uint16_t *port)
{
	size_t digits = strspn(text, "0123456789");
	unsigned long number = strtoul(text, NULL, 10);

	*port = (uint16_t)number;
	return digits && digits <= 5 && !text[digits] && number <= UINT16_MAX;
}

/* NULL, or what is wrong. */
static const char *parse(struct evert_endpoint *endpoint, const char *text)
{
	static const char form[] =
		"its form is tcp:HOST:PORT, an IPv6 address in brackets";
	const char *host, *after;
	size_t length;

	if (strncmp(text, "tcp:", strlen("tcp:")) != 0)
		return "it begins with \"tcp:\"";
	text += strlen("tcp:");
	after = find_host(text, &host, &length);
	if (!after || *after != ':' || strchr(after + 1, ':'))
		return form;
	if (length >= sizeof(endpoint->host))
		return "a host name has at most 255 characters";
	memcpy(endpoint->host, host, length);
	endpoint->host[length] = '\0';
	if (!is_host(endpoint, *text == '['))
		return form;
	if (!parse_port(after + 1, &endpoint->port))
		return "its port is a decimal number up to 65535";
	return NULL;
}

struct evert_failure *evert_endpoint_parse(struct evert_endpoint *endpoint,
					   const char *text, const char *place)
{
	const char *wrong;

	if (!text)
		return evert_failure_create_at(place, EVERT_BAD_ENDPOINT, 0,
					       "bad endpoint: there is none");
	wrong = parse(endpoint, text);
	if (!wrong)
		return NULL;
	return evert_failure_create_at(place, EVERT_BAD_ENDPOINT, 0,
				       "bad endpoint \"%s\": %s", text, wrong);
}

const char *evert_endpoint_text(const struct evert_endpoint *endpoint,
				char *text)
{
	bool bracketed = strchr(endpoint->host, ':');

	snprintf(text, EVERT_ENDPOINT_TEXT_SIZE, "%s%s%s:%u",
		 bracketed ? "[" : "", endpoint->host, bracketed ? "]" : "",
		 endpoint->port);
	return text;
}
