/* SPDX-License-Identifier: MIT */
/* unix-datagram:PATH, and unix-datagram-abstract:NAME. */
#include "builtin_internal.h"
#include "options_internal.h"
#include "unix_address_internal.h"

/* Of both. "bind" is of the same kind as the peer's address. */
#define COMMON                                                                \
	{ "bind", EVERT_VALUE_TEXT, false, EVERT_TO_CONNECT, 0, 0 },          \
	EVERT_BUFFER_PARAMETERS,                                              \
	EVERT_QUEUE_PARAMETERS(0)

const struct evert_endpoint_parameter evert_unix_datagram_path[] = {
	EVERT_PATH_PARAMETER,
	COMMON,
	EVERT_OWNER_PARAMETERS(0),
	{ .name = NULL },
};

const struct evert_endpoint_parameter evert_unix_datagram_name[] = {
	EVERT_NAME_PARAMETER,
	COMMON,
	{ .name = NULL },
};

/* What is of the path that it binds, where it binds none. */
static struct evert_failure *check_no_owner(const struct evert_endpoint *e,
					    const char *place)
{
	static const char *const names[] = { "mode", "owner", "group" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (evert_endpoint_given(e, names[i]))
			return evert_endpoint_refuse(
				e, names[i], place,
				"to connect, \"%s\" is of the path that "
				"\"bind\" gives", names[i]);
	return NULL;
}

/* Where the peer is to answer to: an abstract name that the system picks, if
   nothing is said. */
static struct evert_failure *
add_own_address(struct evert_datagram_plan *plan,
		struct evert_datagram_options *options)
{
	const struct evert_endpoint *e = plan->base.endpoint;

	(void)options;
	if (!plan->connects)
		return NULL;
	if (evert_endpoint_given(e, "bind"))
		return evert_unix_make(&plan->local, e, "bind", false,
				       plan->base.place);
	evert_address_unix(&plan->local, NULL, 0);
	return check_no_owner(e, plan->base.place);
}

const struct evert_builtin_kind evert_unix_datagram_kind = {
	.source = &evert_unix_source,
	.check = evert_unix_check,
	.add_datagram = add_own_address,
};
