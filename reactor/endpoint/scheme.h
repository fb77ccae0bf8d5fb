/* SPDX-License-Identifier: MIT */
/*
 * Schemes: what may stand in front of the first colon of an endpoint string,
 * and what it means (twisted.plugins, IStreamServerEndpointStringParser). The
 * built-in ones are made the same way. One that counts its connections and is
 * otherwise as TCP, "counted:HOST:PORT:name=NAME":
 *
 *	static const struct evert_endpoint_parameter parameters[] = {
 *		{ .name = "name", .kind = EVERT_VALUE_TEXT },
 *		{ .name = NULL },
 *	};
 *
 *	static struct evert_deferred *
 *	counted_connect(struct evert_reactor *reactor,
 *			const struct evert_endpoint *endpoint,
 *			struct evert_factory *factory,
 *			const struct evert_socket_options *options,
 *			const char *place)
 *	{
 *		count(evert_endpoint_value(endpoint, "name"));
 *		return evert_endpoint_connect(reactor,
 *					      evert_endpoint_below(endpoint),
 *					      factory, options, place);
 *	}
 *
 *	static struct evert_endpoint_scheme counted = {
 *		.name = "counted",
 *		.form = "counted:HOST:PORT",
 *		.parameters = parameters,
 *		.over = "tcp",
 *		.connect = counted_connect,
 *	};
 *	...
 *	evert_endpoint_register(&counted);
 *
 * Thread rule: evert_endpoint_register from any thread; the operations are
 * called on the reactor's, and what they are given is used there.
 */
#ifndef EVERT_REACTOR_SCHEME_H
#define EVERT_REACTOR_SCHEME_H

#include "../../deferred/deferred.h"
#include "../reactor.h"
#include "../transport/datagram_open.h"
#include "../transport/protocol.h"
#include "../transport/socket_options.h"

EVERT_BEGIN

/* ---- What may stand behind the colon ---- */

/* What a parameter of an endpoint string may be. */
enum evert_value_kind {
	EVERT_VALUE_TEXT,
	EVERT_VALUE_HOST,    /* a name or an address, IPv6 in brackets */
	EVERT_VALUE_ADDRESS, /* an address, IPv6 with or without brackets */
	EVERT_VALUE_PORT,    /* 0 to 65535 */
	EVERT_VALUE_NUMBER,  /* whole, from `least` to `most` */
	EVERT_VALUE_SECONDS, /* from `least` to `most`, with decimals */
	EVERT_VALUE_MODE,    /* a file's, octal */
	EVERT_VALUE_YES_NO,
};

/* What an endpoint string is used for. */
enum evert_purpose {
	EVERT_TO_CONNECT = 1,
	EVERT_TO_LISTEN = 2,
};

/* A parameter that a scheme has. */
struct evert_endpoint_parameter {
	const char *name; /* "keep-alive": letters, digits, hyphens */
	enum evert_value_kind kind;
	/* It must be there. The mandatory ones may stand without their names,
	   in the order of the table. */
	bool mandatory;
	unsigned purposes; /* where it may be; 0: everywhere */
	double least, most;
};

/* ---- A string, taken apart ---- */

struct evert_endpoint;

/* The text of a value in an endpoint string, quotes and brackets taken off;
   NULL: it is not there. To ask for a name that is not in the table is a bug.
   */
const char *evert_endpoint_value(const struct evert_endpoint *endpoint,
				 const char *name);

/* The number that a value in an endpoint string is, 1 for yes and 0 for no;
   `otherwise`: it is not there. */
double evert_endpoint_number(const struct evert_endpoint *endpoint,
			     const char *name, double otherwise);

/* The whole endpoint string, as it was written. */
const char *evert_endpoint_string(const struct evert_endpoint *endpoint);

/* The same for the scheme that it is `over`. It lives as long. */
const struct evert_endpoint *
evert_endpoint_below(const struct evert_endpoint *endpoint);

/* Keep an endpoint, and let it go: it lives until the operation that was given
   it has returned; or, kept, until it was released as often. */
const struct evert_endpoint *
evert_endpoint_keep(const struct evert_endpoint *endpoint);
void evert_endpoint_release(const struct evert_endpoint *endpoint);

/* The failure EVERT_BAD_ENDPOINT, which points at the value of that name, or
   where it is not there, at the end. The caller owns it. */
EVERT_MUST_USE
struct evert_failure *
evert_endpoint_refuse(const struct evert_endpoint *endpoint, const char *name,
		      const char *place, const char *format, ...)
	EVERT_PRINTF(4, 5);

/* ---- A scheme ---- */

/* As evert_connect_with and evert_listen_with. */
typedef struct evert_deferred *(*evert_endpoint_call)(
	struct evert_reactor *reactor, const struct evert_endpoint *endpoint,
	struct evert_factory *factory,
	const struct evert_socket_options *options, const char *place);

/* As evert_connect_datagram_with and evert_listen_datagram_with: the protocol
   is taken over, and the result is a transport. */
typedef struct evert_deferred *(*evert_endpoint_datagram_call)(
	struct evert_reactor *reactor, const struct evert_endpoint *endpoint,
	struct evert_datagram_protocol *protocol,
	const struct evert_datagram_options *options, const char *place);

struct evert_datagram_factory;

/* A scheme: its name, its parameters, what it does. */
struct evert_endpoint_scheme {
	const char *name; /* letters, digits, hyphens */
	const char *form; /* for messages: "tcp:HOST:PORT" */
	/* The last one's name is NULL. No table: none of its own. */
	const struct evert_endpoint_parameter *parameters;
	/* A scheme that is registered; its parameters may be there as well,
	   the mandatory ones behind one's own. NULL: none. */
	const char *over;

	/* As evert_connect_with and evert_listen_with, with the same result:
	   a protocol, a port. NULL and errno without memory. `options` may be
	   NULL. An operation that is left out is refused. */
	evert_endpoint_call connect;
	evert_endpoint_call listen;

	/* The same for datagrams. */
	evert_endpoint_datagram_call connect_datagram;
	evert_endpoint_datagram_call listen_datagram;
	/* As evert_listen_seqpacket_with; to connect is connect_datagram. */
	struct evert_deferred *(*listen_seqpacket)(
		struct evert_reactor *reactor,
		const struct evert_endpoint *endpoint,
		struct evert_datagram_factory *factory,
		const struct evert_socket_options *options, const char *place);

	struct evert_endpoint_scheme *next; /* evert's */
};

/*
 * Adds a scheme to those of the process, for good: it must live as long. 0;
 * -EEXIST: there is one of that name. The same one again is 0 (but not from two
 * threads at once). A table that is wrong in itself is a bug.
 */
int evert_endpoint_register(struct evert_endpoint_scheme *scheme);

/* Calls the operation of the endpoint's scheme; for schemes over others. */
EVERT_MUST_USE
struct evert_deferred *
evert_endpoint_connect(struct evert_reactor *reactor,
		       const struct evert_endpoint *endpoint,
		       struct evert_factory *factory,
		       const struct evert_socket_options *options,
		       const char *place);
EVERT_MUST_USE
struct evert_deferred *
evert_endpoint_listen(struct evert_reactor *reactor,
		      const struct evert_endpoint *endpoint,
		      struct evert_factory *factory,
		      const struct evert_socket_options *options,
		      const char *place);
EVERT_MUST_USE
struct evert_deferred *
evert_endpoint_connect_datagram(struct evert_reactor *reactor,
				const struct evert_endpoint *endpoint,
				struct evert_datagram_protocol *protocol,
				const struct evert_datagram_options *options,
				const char *place);
EVERT_MUST_USE
struct evert_deferred *
evert_endpoint_listen_datagram(struct evert_reactor *reactor,
			       const struct evert_endpoint *endpoint,
			       struct evert_datagram_protocol *protocol,
			       const struct evert_datagram_options *options,
			       const char *place);

EVERT_END

#endif
