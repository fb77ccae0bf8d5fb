/* SPDX-License-Identifier: MIT */
/* tcp:HOST:PORT, and tcp4 and tcp6, which are the same for one family. */
#include "builtin_internal.h"

#include "host_internal.h"

const struct evert_endpoint_parameter evert_tcp_parameters[] = {
	EVERT_HOST_PARAMETERS,
	EVERT_TIMEOUT_PARAMETER,
	/* RFC 8305, 5 has these bounds: 10 ms, 2 s. */
	{ "attempt-delay", EVERT_VALUE_SECONDS, false, EVERT_TO_CONNECT, 0.01,
	  2 },
	EVERT_BIND_PARAMETERS,
	{ .name = "no-delay", .kind = EVERT_VALUE_YES_NO },
	{ .name = "keep-alive", .kind = EVERT_VALUE_YES_NO },
	{ "keep-alive-idle", EVERT_VALUE_NUMBER, false, 0, 1, 32767 },
	{ "keep-alive-interval", EVERT_VALUE_NUMBER, false, 0, 1, 32767 },
	{ "keep-alive-count", EVERT_VALUE_NUMBER, false, 0, 1, 127 },
	EVERT_BUFFER_PARAMETERS,
	EVERT_BACKLOG_PARAMETER,
	{ .name = NULL },
};

static struct evert_failure *check_keep_alive(const struct evert_endpoint *e,
					      const char *place)
{
	static const char *const times[] = { "keep-alive-idle",
					     "keep-alive-interval",
					     "keep-alive-count" };
	size_t i;

	/* Which of the two is meant? */
	for (i = 0; i < 3; i++)
		if (evert_endpoint_number(e, "keep-alive", 1) < 1 &&
		    evert_endpoint_given(e, times[i]))
			return evert_endpoint_refuse(
				e, times[i], place,
				"\"%s\" stands beside keep-alive=no",
				times[i]);
	return NULL;
}

static struct evert_failure *check(const struct evert_endpoint *e,
				   const char *place)
{
	struct evert_failure *failure = evert_host_check(e, place);

	return failure ? failure : check_keep_alive(e, place);
}

const struct evert_builtin_kind evert_tcp_kind = {
	.source = &evert_host_source,
	.check = check,
};
