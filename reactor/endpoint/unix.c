/* SPDX-License-Identifier: MIT */
/* unix:PATH, and unix-abstract:NAME. */
#include "builtin_internal.h"

#include <limits.h>
#include <string.h>

#include "opening_internal.h"

#define MOST_SECONDS 1e9

/* ---- Addresses ---- */

static bool is_abstract(const struct evert_endpoint *e)
{
	return e->scheme == &evert_scheme_unix_abstract;
}

static const char *value(const struct evert_endpoint *e)
{
	return evert_endpoint_value(e, is_abstract(e) ? "name" : "path");
}

/* Of an abstract name, no name is one that is picked. False: too long. */
static bool make_address(const struct evert_endpoint *e,
			 struct evert_address *address)
{
	char name[sizeof(address->as.local.sun_path)] = "";
	size_t length = strlen(value(e));

	if (!is_abstract(e))
		return !evert_address_unix(address, value(e), length);
	if (length >= sizeof(name))
		return false;
	memcpy(name + 1, value(e), length);
	return !evert_address_unix(address, name, length ? length + 1 : 0);
}

static struct evert_failure *find(struct evert_resolution *resolution,
				  const struct evert_endpoint *e)
{
	struct evert_address address;

	make_address(e, &address);
	return evert_resolution_set(resolution, &address);
}

static void name(const struct evert_endpoint *e, char *text, size_t size)
{
	struct evert_address address;

	make_address(e, &address);
	evert_address_text(&address, text, size);
}

static const struct evert_opening_source source = { find, name };

/* Without a mode the path has the one that umask(2) leaves, so that 0 would
   open what it says is shut. */
static struct evert_failure *check_mode(const struct evert_endpoint *e,
					const char *place)
{
	if (is_abstract(e) || evert_endpoint_number(e, "mode", 1) > 0)
		return NULL;
	return evert_endpoint_refuse(e, "mode", place,
				     "a mode of 0 lets nobody connect");
}

static struct evert_failure *check(const struct evert_endpoint *e,
				   bool connects, const char *place)
{
	const char *key = is_abstract(e) ? "name" : "path";
	struct evert_address address;

	if (!*value(e) && (connects || !is_abstract(e)))
		return evert_endpoint_refuse(e, key, place, "its %s is empty",
					     key);
	if (!make_address(e, &address))
		return evert_endpoint_refuse(
			e, key, place, "a %s has at most %zu bytes, not %zu",
			key, sizeof(address.as.local.sun_path) -
				     is_abstract(e), strlen(value(e)));
	return check_mode(e, place);
}

/* ---- Options: what the string does not say, the struct does ---- */

static void take_text(const struct evert_endpoint *e, const char *key,
		      const char **text)
{
	const char *given = evert_endpoint_value(e, key);

	if (given)
		*text = given;
}

static const struct evert_socket_options *
join_options(struct evert_socket_options *all,
	     const struct evert_socket_options *options,
	     const struct evert_endpoint *e)
{
	*all = options ? *options :
			 (struct evert_socket_options){ .backlog = 0 };
	all->backlog =
		(int)evert_endpoint_number(e, "backlog", all->backlog);
	all->send_buffer =
		(int)evert_endpoint_number(e, "send-buffer", all->send_buffer);
	all->receive_buffer = (int)evert_endpoint_number(e, "receive-buffer",
							 all->receive_buffer);
	if (is_abstract(e))
		return all;
	all->mode = (unsigned)evert_endpoint_number(e, "mode", all->mode);
	take_text(e, "owner", &all->owner);
	take_text(e, "group", &all->group);
	return all;
}

/* ---- Opening ---- */

static struct evert_deferred *unix_connect(
	struct evert_reactor *reactor, const struct evert_endpoint *endpoint,
	struct evert_factory *factory,
	const struct evert_socket_options *options, const char *place)
{
	struct evert_socket_options all;
	struct evert_opening_plan plan = {
		.reactor = reactor,
		.endpoint = endpoint,
		.factory = factory,
		.options = join_options(&all, options, endpoint),
		.place = place,
		.source = &source,
		.failure = check(endpoint, true, place),
		.timeout = evert_endpoint_number(endpoint, "timeout", 0),
	};

	return evert_attempts_begin(&plan);
}

static struct evert_deferred *unix_listen(
	struct evert_reactor *reactor, const struct evert_endpoint *endpoint,
	struct evert_factory *factory,
	const struct evert_socket_options *options, const char *place)
{
	struct evert_socket_options all;
	struct evert_opening_plan plan = {
		.reactor = reactor,
		.endpoint = endpoint,
		.factory = factory,
		.options = join_options(&all, options, endpoint),
		.place = place,
		.source = &source,
		.failure = check(endpoint, false, place),
	};

	return evert_listening_begin(&plan);
}

/* Of both; a path's own ones follow. */
#define COMMON                                                                \
	{ "timeout", EVERT_VALUE_SECONDS, false, EVERT_TO_CONNECT, 0.001,     \
	  MOST_SECONDS },                                                     \
	{ "backlog", EVERT_VALUE_NUMBER, false, EVERT_TO_LISTEN, 1, INT_MAX },\
	{ "send-buffer", EVERT_VALUE_NUMBER, false, 0, 1, INT_MAX },          \
	{ "receive-buffer", EVERT_VALUE_NUMBER, false, 0, 1, INT_MAX }

static const struct evert_endpoint_parameter path_parameters[] = {
	{ .name = "path", .kind = EVERT_VALUE_TEXT, .mandatory = true },
	COMMON,
	{ "mode", EVERT_VALUE_MODE, false, EVERT_TO_LISTEN, 0, 0 },
	{ "owner", EVERT_VALUE_TEXT, false, EVERT_TO_LISTEN, 0, 0 },
	{ "group", EVERT_VALUE_TEXT, false, EVERT_TO_LISTEN, 0, 0 },
	{ .name = NULL },
};

static const struct evert_endpoint_parameter name_parameters[] = {
	{ .name = "name", .kind = EVERT_VALUE_TEXT, .mandatory = true },
	COMMON,
	{ .name = NULL },
};

struct evert_endpoint_scheme evert_scheme_unix = {
	.name = "unix",
	.form = "unix:PATH",
	.parameters = path_parameters,
	.connect = unix_connect,
	.listen = unix_listen,
	.next = &evert_scheme_unix_abstract,
};

struct evert_endpoint_scheme evert_scheme_unix_abstract = {
	.name = "unix-abstract",
	.form = "unix-abstract:NAME",
	.parameters = name_parameters,
	.connect = unix_connect,
	.listen = unix_listen,
	.next = &evert_scheme_fd,
};
