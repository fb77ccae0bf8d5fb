/* SPDX-License-Identifier: MIT */
/*
 * The schemes that are there from the start. One more: its parameters and its
 * kind in a file, and a line in the table of builtin.c.
 */
#ifndef EVERT_REACTOR_BUILTIN_INTERNAL_H
#define EVERT_REACTOR_BUILTIN_INTERNAL_H

#include "opening_internal.h"

/* How what they name is found and opened. */
struct evert_builtin_kind {
	const struct evert_opening_source *source;
	/* Of datagrams, where that is another. */
	const struct evert_opening_source *datagram_source;
	/* NULL, or why it is not to be opened. May be NULL. */
	struct evert_failure *(*check)(const struct evert_endpoint *endpoint,
				       const char *place);
	/* Adds what is not among the options to a plan for datagrams, and to
	   `options`, which are the plan's. The same; may be NULL. */
	struct evert_failure *(*add_datagram)(
		struct evert_datagram_plan *plan,
		struct evert_datagram_options *options);
	bool seqpacket;
	bool is_there; /* the socket; so it takes no options */
};

struct evert_builtin {
	struct evert_endpoint_scheme scheme;
	const struct evert_builtin_kind *kind;
	int family; /* of a host's addresses */
};

/* The last one's name is NULL. */
extern struct evert_builtin evert_builtins[];

static inline const struct evert_builtin *
evert_builtin_of(const struct evert_endpoint *endpoint)
{
	return evert_container_of(endpoint->scheme, struct evert_builtin,
				  scheme);
}

/* ---- builtin_open.c: their operations ---- */

struct evert_deferred *
evert_builtin_stream(struct evert_reactor *reactor,
		     const struct evert_endpoint *endpoint,
		     struct evert_factory *factory,
		     const struct evert_socket_options *options,
		     const char *place);
struct evert_deferred *
evert_builtin_datagram(struct evert_reactor *reactor,
		       const struct evert_endpoint *endpoint,
		       struct evert_datagram_protocol *protocol,
		       const struct evert_datagram_options *options,
		       const char *place);
struct evert_deferred *
evert_builtin_seqpacket(struct evert_reactor *reactor,
			const struct evert_endpoint *endpoint,
			struct evert_datagram_factory *factory,
			const struct evert_socket_options *options,
			const char *place);

/* ---- The kinds, and their parameters ---- */

extern const struct evert_builtin_kind evert_tcp_kind;
extern const struct evert_endpoint_parameter evert_tcp_parameters[];

extern const struct evert_builtin_kind evert_udp_kind;
extern const struct evert_endpoint_parameter evert_udp_parameters[];

extern const struct evert_builtin_kind evert_unix_kind;
extern const struct evert_endpoint_parameter evert_unix_path[];
extern const struct evert_endpoint_parameter evert_unix_name[];

extern const struct evert_builtin_kind evert_unix_datagram_kind;
extern const struct evert_endpoint_parameter evert_unix_datagram_path[];
extern const struct evert_endpoint_parameter evert_unix_datagram_name[];

extern const struct evert_builtin_kind evert_unix_seqpacket_kind;
extern const struct evert_endpoint_parameter evert_unix_seqpacket_path[];
extern const struct evert_endpoint_parameter evert_unix_seqpacket_name[];

extern const struct evert_builtin_kind evert_fd_kind;
extern const struct evert_endpoint_parameter evert_fd_parameters[];

extern const struct evert_builtin_kind evert_systemd_kind;
extern const struct evert_endpoint_parameter evert_systemd_parameters[];

#endif
