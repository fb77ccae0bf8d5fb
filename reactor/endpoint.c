/* SPDX-License-Identifier: MIT */
#include <reactor/endpoint.h>

#include <stdlib.h>
#include <string.h>

#include <reactor/endpoint_internal.h>

const struct evert_error evert_error_bad_endpoint = EVERT_ERROR_INIT(
	evert_error_bad_endpoint, EVERT_ERROR, "BAD_ENDPOINT",
	"the endpoint string is wrong");

/* Where the host ends, and in `*after` what follows it; NULL: nowhere. */
static const char *find_host(const char **host, const char **after)
{
	const char *end;

	if (**host == '[') {
		++*host;
		end = strchr(*host, ']');
		*after = end ? end + 1 : NULL;
	} else {
		end = strchr(*host, ':');
		*after = end;
	}
	return end;
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
	const char *host = text + strlen("tcp:");
	const char *end, *after;

	if (strncmp(text, "tcp:", strlen("tcp:")) != 0)
		return "it begins with \"tcp:\"";
	end = find_host(&host, &after);
	if (!end || *after != ':')
		return "its form is tcp:HOST:PORT, an IPv6 address in brackets";
	if ((size_t)(end - host) >= sizeof(endpoint->host))
		return "a host name has at most 255 characters";
	memcpy(endpoint->host, host, (size_t)(end - host));
	endpoint->host[end - host] = '\0';
	if (!parse_port(after + 1, &endpoint->port))
		return "its port is a decimal number up to 65535";
	return NULL;
}

struct evert_failure *evert_endpoint_parse(struct evert_endpoint *endpoint,
					   const char *text, const char *place)
{
	const char *wrong = parse(endpoint, text);

	if (!wrong)
		return NULL;
	return evert_failure_create_at(place, EVERT_BAD_ENDPOINT, 0,
				       "bad endpoint \"%s\": %s", text, wrong);
}
