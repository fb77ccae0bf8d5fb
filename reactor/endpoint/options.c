/* SPDX-License-Identifier: MIT */
#include "options_internal.h"

#include <net/if.h>
#include <string.h>

enum kind {
	CHOICE,
	FLAG,
	NUMBER,
	MODE,
	PORT,
	SIZE,
	TEXT,
};

/* Where the value of that name goes. */
struct option {
	const char *name;
	enum kind kind;
	size_t offset;
};

#define OF(type, name, kind, member) \
	{ name, kind, offsetof(struct evert_##type##_options, member) }

static const struct option socket_options[] = {
	OF(socket, "bind", TEXT, local_host),
	OF(socket, "bind-port", PORT, local_port),
	OF(socket, "reuse-address", CHOICE, reuse_address),
	OF(socket, "reuse-port", FLAG, reuse_port),
	OF(socket, "ipv6-only", CHOICE, ipv6_only),
	OF(socket, "no-delay", CHOICE, no_delay),
	OF(socket, "keep-alive", FLAG, keep_alive),
	OF(socket, "keep-alive-idle", NUMBER, keep_alive_idle),
	OF(socket, "keep-alive-interval", NUMBER, keep_alive_interval),
	OF(socket, "keep-alive-count", NUMBER, keep_alive_count),
	OF(socket, "send-buffer", NUMBER, send_buffer),
	OF(socket, "receive-buffer", NUMBER, receive_buffer),
	OF(socket, "backlog", NUMBER, backlog),
	OF(socket, "mode", MODE, mode),
	OF(socket, "owner", TEXT, owner),
	OF(socket, "group", TEXT, group),
	{ .name = NULL },
};

/* "when-full" is a word: by hand. */
static const struct option datagram_options[] = {
	OF(datagram, "reuse-address", FLAG, reuse_address),
	OF(datagram, "reuse-port", FLAG, reuse_port),
	OF(datagram, "ipv6-only", CHOICE, ipv6_only),
	OF(datagram, "broadcast", FLAG, broadcast),
	OF(datagram, "interface", TEXT, interface),
	OF(datagram, "send-buffer", NUMBER, send_buffer),
	OF(datagram, "receive-buffer", NUMBER, receive_buffer),
	OF(datagram, "mode", MODE, mode),
	OF(datagram, "owner", TEXT, owner),
	OF(datagram, "group", TEXT, group),
	OF(datagram, "tell-host", CHOICE, tell_host),
	OF(datagram, "tell-tos", FLAG, tell_tos),
	OF(datagram, "gather", FLAG, gather),
	OF(datagram, "join", FLAG, join),
	OF(datagram, "largest", SIZE, largest),
	OF(datagram, "queue-most", SIZE, queue_most),
	{ .name = NULL },
};

/* ---- Taking ---- */

static void take(const struct evert_value *value, enum kind kind, void *to)
{
	switch (kind) {
	case CHOICE:
		*(enum evert_choice *)to = value->number > 0 ? EVERT_ON :
							       EVERT_OFF;
		break;
	case FLAG:
		*(bool *)to = value->number > 0;
		break;
	case NUMBER:
		*(int *)to = (int)value->number;
		break;
	case MODE:
		*(unsigned *)to = (unsigned)value->number;
		break;
	case PORT:
		*(uint16_t *)to = (uint16_t)value->number;
		break;
	case SIZE:
		*(size_t *)to = (size_t)value->number;
		break;
	case TEXT:
		*(const char **)to = value->text;
		break;
	}
}

static const struct option *find(const struct option *options,
				 const char *name)
{
	while (options->name && strcmp(options->name, name) != 0)
		options++;
	return options->name ? options : NULL;
}

/* What is no option, a host or a timeout, is left alone. */
static void take_all(void *to, const struct option *options,
		     const struct evert_endpoint *e)
{
	const struct option *option;
	size_t i;

	for (i = 0; i < e->count; i++) {
		if (!e->values[i].given)
			continue;
		option = find(options, e->scheme->parameters[i].name);
		if (option)
			take(&e->values[i], option->kind,
			     (char *)to + option->offset);
	}
}

void evert_take_socket_options(struct evert_socket_options *to,
			       const struct evert_socket_options *options,
			       const struct evert_endpoint *e)
{
	static const struct evert_socket_options defaults;
	const struct evert_value *keep_alive =
		evert_endpoint_given(e, "keep-alive");

	*to = options ? *options : defaults;
	if (keep_alive && keep_alive->number < 1)
		to->keep_alive_idle = to->keep_alive_interval =
			to->keep_alive_count = 0;
	take_all(to, socket_options, e);
}

/* ---- Of datagrams ---- */

static struct evert_failure *take_when_full(enum evert_datagram_full *to,
					    const struct evert_endpoint *e,
					    const char *place)
{
	static const char *const words[] = {
		[EVERT_DATAGRAM_REFUSE] = "refuse",
		[EVERT_DATAGRAM_DROP_NEWEST] = "drop-newest",
		[EVERT_DATAGRAM_DROP_OLDEST] = "drop-oldest",
	};
	const struct evert_value *value = evert_endpoint_given(e, "when-full");
	unsigned i;

	if (!value)
		return NULL;
	for (i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (!strcmp(words[i], value->text)) {
			*to = (enum evert_datagram_full)i;
			return NULL;
		}
	return evert_endpoint_refuse(e, "when-full", place,
				     "\"when-full\" is refuse, drop-newest or "
				     "drop-oldest");
}

static struct evert_failure *check_text(const struct evert_endpoint *e,
					const char *name, size_t size,
					const char *place)
{
	const struct evert_value *value = evert_endpoint_given(e, name);

	if (!value || (*value->text && strlen(value->text) < size))
		return NULL;
	return evert_endpoint_refuse(e, name, place,
				     "\"%s\" has 1 to %zu bytes", name,
				     size - 1);
}

struct evert_failure *
evert_take_datagram_options(struct evert_datagram_options *to,
			    const struct evert_datagram_options *options,
			    const struct evert_endpoint *e, const char *place)
{
	static const struct evert_datagram_options defaults;
	struct evert_failure *failure =
		check_text(e, "interface", IFNAMSIZ, place);

	*to = options ? *options : defaults;
	take_all(to, datagram_options, e);
	return failure ? failure : take_when_full(&to->when_full, e, place);
}
