/* SPDX-License-Identifier: MIT */
#include "unix_address_internal.h"

#include <string.h>

static bool is_abstract(const struct evert_endpoint *e)
{
	return !strcmp(e->scheme->parameters[0].name, "name");
}

/* Of an abstract name, no name is one that is picked. False: too long. */
static bool make_address(const struct evert_endpoint *e, const char *text,
			 struct evert_address *address)
{
	char name[sizeof(address->as.local.sun_path)] = "";
	size_t length = strlen(text);

	if (!is_abstract(e))
		return !evert_address_unix(address, text, length);
	if (length >= sizeof(name))
		return false;
	memcpy(name + 1, text, length);
	return !evert_address_unix(address, name, length ? length + 1 : 0);
}

static struct evert_failure *find(struct evert_resolution *resolution,
				  const struct evert_endpoint *e)
{
	struct evert_address address;

	make_address(e, e->values[0].text, &address);
	return evert_resolution_set(resolution, &address);
}

static void name(const struct evert_endpoint *e, char *text, size_t size)
{
	struct evert_address address;

	make_address(e, e->values[0].text, &address);
	evert_address_text(&address, text, size);
}

const struct evert_opening_source evert_unix_source = { find, name };

struct evert_failure *evert_unix_make(struct evert_address *address,
				      const struct evert_endpoint *e,
				      const char *key, bool connects,
				      const char *place)
{
	const char *text = evert_endpoint_value(e, key);
	bool abstract = is_abstract(e);

	if (!*text && (connects || !abstract))
		return evert_endpoint_refuse(e, key, place, "its %s is empty",
					     key);
	if (!make_address(e, text, address))
		return evert_endpoint_refuse(
			e, key, place, "a %s has at most %zu bytes, not %zu",
			abstract ? "name" : "path",
			sizeof(address->as.local.sun_path) - abstract,
			strlen(text));
	return NULL;
}

/* Without a mode the path has the one that umask(2) leaves, so that 0 would
   open what it says is shut. */
static struct evert_failure *check_mode(const struct evert_endpoint *e,
					const char *place)
{
	const struct evert_value *mode = evert_endpoint_given(e, "mode");

	if (!mode || mode->number > 0)
		return NULL;
	return evert_endpoint_refuse(e, "mode", place,
				     "a mode of 0 lets nobody connect");
}

struct evert_failure *evert_unix_check(const struct evert_endpoint *e,
				       const char *place)
{
	struct evert_address address;
	struct evert_failure *failure =
		evert_unix_make(&address, e, e->scheme->parameters[0].name,
				!evert_endpoint_listens(e), place);

	return failure ? failure : check_mode(e, place);
}
