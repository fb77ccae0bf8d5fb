/* SPDX-License-Identifier: MIT */
#include "socket_options_internal.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>

#include "settings_internal.h"

const struct evert_error evert_error_bad_option =
	EVERT_ERROR_INIT(evert_error_bad_option, EVERT_ERROR, "BAD_OPTION",
			 "a socket option's value is wrong");

/* ---- Checking ---- */

static const char *negative(const struct evert_socket_options *o, int *value)
{
	const struct {
		const char *name;
		int value;
	} numbers[] = {
		{ "keep_alive_idle", o->keep_alive_idle },
		{ "keep_alive_interval", o->keep_alive_interval },
		{ "keep_alive_count", o->keep_alive_count },
		{ "send_buffer", o->send_buffer },
		{ "receive_buffer", o->receive_buffer },
		{ "backlog", o->backlog },
	};
	size_t i;

	for (i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		if (numbers[i].value < 0) {
			*value = numbers[i].value;
			return numbers[i].name;
		}
	return NULL;
}

static const char *no_choice(const struct evert_socket_options *o, int *value)
{
	const struct {
		const char *name;
		unsigned value;
	} choices[] = {
		{ "reuse_address", o->reuse_address },
		{ "ipv6_only", o->ipv6_only },
		{ "no_delay", o->no_delay },
	};
	size_t i;

	for (i = 0; i < sizeof(choices) / sizeof(*choices); i++)
		if (choices[i].value > EVERT_OFF) {
			*value = (int)choices[i].value;
			return choices[i].name;
		}
	return NULL;
}

static struct evert_failure *check_local_host(const char *host,
					      const char *place)
{
	struct evert_address address;

	if (strlen(host) <
		    sizeof(((struct evert_socket_plan *)NULL)->local_host) &&
	    !evert_address_parse(&address, host, 0))
		return NULL;
	return evert_failure_create_at(place, EVERT_BAD_OPTION, 0,
				       "bad socket option: local_host \"%s\" "
				       "is no numeric address",
				       host);
}

struct evert_failure *evert_socket_option_keep(const char **kept, char *copy,
					       size_t size, const char *name,
					       const char *place)
{
	if (!*kept)
		return NULL;
	if (strlen(*kept) >= size)
		return evert_failure_create_at(place, EVERT_BAD_OPTION, 0,
					       "bad socket option: %s \"%s\" "
					       "is too long", name, *kept);
	*kept = strcpy(copy, *kept);
	return NULL;
}

static struct evert_failure *keep_texts(struct evert_socket_plan *plan,
					const char *place)
{
	struct evert_socket_options *o = &plan->options;
	struct evert_failure *failure =
		o->local_host ? check_local_host(o->local_host, place) : NULL;

	if (!failure)
		failure = evert_socket_option_keep(&o->local_host,
						   plan->local_host,
						   sizeof(plan->local_host),
						   "local_host", place);
	if (!failure)
		failure = evert_socket_option_keep(&o->owner, plan->owner,
						   sizeof(plan->owner), "owner",
						   place);
	if (!failure)
		failure = evert_socket_option_keep(&o->group, plan->group,
						   sizeof(plan->group), "group",
						   place);
	return failure;
}

struct evert_failure *
evert_socket_plan_init(struct evert_socket_plan *plan,
		       const struct evert_socket_options *o, const char *place)
{
	const char *name;
	int value;

	plan->options = (struct evert_socket_options){ .backlog = 0 };
	name = negative(o, &value);
	if (!name)
		name = no_choice(o, &value);
	if (name)
		return evert_failure_create_at(place, EVERT_BAD_OPTION, 0,
					       "bad socket option: %s is %d",
					       name, value);
	if (o->mode > 07777)
		return evert_failure_create_at(place, EVERT_BAD_OPTION, 0,
					       "bad socket option: mode is %o",
					       o->mode);
	plan->options = *o;
	return keep_texts(plan, place);
}

const char *evert_socket_refused_text(const char *refused, char *text)
{
	*text = '\0';
	if (refused)
		snprintf(text, EVERT_REFUSED_SIZE, " (%s can't be set)",
			 refused);
	return text;
}

/* ---- Setting ---- */

static void add_keep_alive(struct evert_settings *s,
			   const struct evert_socket_options *o)
{
	bool on = o->keep_alive || o->keep_alive_idle ||
		  o->keep_alive_interval || o->keep_alive_count;

	evert_settings_number(s, "keep_alive", on, SOL_SOCKET, SO_KEEPALIVE);
	evert_settings_number(s, "keep_alive_idle", o->keep_alive_idle,
			      IPPROTO_TCP, TCP_KEEPIDLE);
	evert_settings_number(s, "keep_alive_interval", o->keep_alive_interval,
			      IPPROTO_TCP, TCP_KEEPINTVL);
	evert_settings_number(s, "keep_alive_count", o->keep_alive_count,
			      IPPROTO_TCP, TCP_KEEPCNT);
}

/* Accepted sockets inherit them: no system call for each. */
static void collect(struct evert_settings *s, int family, bool listens,
		    const struct evert_socket_options *o)
{
	bool ip = family != AF_UNIX;

	evert_settings_choose(s, "reuse_address", o->reuse_address,
			      ip && listens ? 1 : -1, SOL_SOCKET,
			      SO_REUSEADDR);
	/* Writes are gathered by turns: TCP need not wait for more of them. */
	evert_settings_choose(s, "no_delay", o->no_delay, ip ? 1 : -1,
			      IPPROTO_TCP, TCP_NODELAY);
	if (family == AF_INET6 && listens)
		evert_settings_choose(s, "ipv6_only", o->ipv6_only, 1,
				      IPPROTO_IPV6, IPV6_V6ONLY);
	evert_settings_number(s, "reuse_port", o->reuse_port, SOL_SOCKET,
			      SO_REUSEPORT);
	evert_settings_number(s, "send_buffer", o->send_buffer, SOL_SOCKET,
			      SO_SNDBUF);
	evert_settings_number(s, "receive_buffer", o->receive_buffer,
			      SOL_SOCKET, SO_RCVBUF);
	add_keep_alive(s, o);
}

static int bind_locally(struct evert_system *system, int fd, int family,
			const struct evert_socket_options *o, const char **what)
{
	struct evert_address address;
	const char *host = o->local_host;
	int error;

	if (!host && !o->local_port)
		return 0;
	*what = host ? "local_host" : "local_port";
	if (!host)
		host = family == AF_INET6 ? "::" : "0.0.0.0";
	evert_address_parse(&address, host, o->local_port);
	evert_address_unmap(&address);
	if (address.as.any.sa_family != family)
		return -EAFNOSUPPORT;
	error = system->ops->bind(system, fd, &address.as.any, address.length);
	if (!error)
		*what = NULL;
	return error;
}

int evert_socket_open(struct evert_system *system,
		      const struct evert_address *address, int type,
		      bool listens, const struct evert_socket_options *o,
		      const char **what)
{
	int family = address->as.any.sa_family;
	struct evert_settings settings = { .count = 0 };
	int fd, error;

	*what = NULL;
	fd = system->ops->socket(system, family, type, 0);
	if (fd < 0)
		return fd;
	collect(&settings, family, listens, o);
	error = evert_settings_apply(system, fd, &settings, what);
	if (!error && !listens)
		error = bind_locally(system, fd, family, o, what);
	if (!error)
		return fd;
	system->ops->close(system, fd);
	return error;
}

void evert_socket_reset_on_close(struct evert_system *system, int fd)
{
	struct linger none = { .l_onoff = 1, .l_linger = 0 };

	system->ops->setsockopt(system, fd, SOL_SOCKET, SO_LINGER, &none,
				sizeof(none));
}
