/* SPDX-License-Identifier: MIT */
/*
 * What is asked of a socket before it is bound or connected: for
 * evert_listen_with, evert_connect_with, evert_serve_with and
 * evert_stream_connect_with. All zero is the default, so name what you want:
 *
 *	static const struct evert_socket_options options = {
 *		.keep_alive = true,
 *		.keep_alive_idle = 60,
 *	};
 *
 * A value out of range fails with EVERT_BAD_OPTION, which names it; one that
 * the system refuses with EVERT_LISTEN_FAILED or EVERT_CONNECT_FAILED, which
 * does so, too. The struct is copied; it need not outlive the call.
 */
#ifndef EVERT_REACTOR_SOCKET_OPTIONS_H
#define EVERT_REACTOR_SOCKET_OPTIONS_H

#include "../../deferred/failure.h"

EVERT_BEGIN

/* An option's value is out of range; the message says which, as named below. */
extern const struct evert_error evert_error_bad_option;
#define EVERT_BAD_OPTION (&evert_error_bad_option)

/* Whether an option is on or off, or as evert would have it. */
enum evert_choice {
	EVERT_AS_USUAL,
	EVERT_ON,
	EVERT_OFF,
};

/* What is asked of a socket. All zero is the default. */
struct evert_socket_options {
	/* To connect from: a numeric address without brackets, and a port; in
	   the string of an endpoint bind= and bind-port=. */
	const char *local_host; /* NULL: the system picks */
	uint16_t local_port;	/* 0: the system picks */

	enum evert_choice reuse_address; /* usually on to listen, else off */
	bool reuse_port; /* several sockets share the port (SO_REUSEPORT) */
	/* Usually on: "[::]" leaves IPv4 alone. Off: it takes both. */
	enum evert_choice ipv6_only;
	enum evert_choice no_delay; /* usually on: Nagle's algorithm is off */

	/* Probes on an idle connection; 0: as the system has it. The other
	   three turn it on by themselves. */
	bool keep_alive;
	int keep_alive_idle;	 /* seconds before the first probe */
	int keep_alive_interval; /* seconds between probes */
	int keep_alive_count;	 /* of probes without an answer */

	int send_buffer;    /* bytes in the kernel; 0: as the system has it */
	int receive_buffer; /* the same */
	int backlog; /* to listen: connections not accepted yet; 0: the most */

	/*
	 * Of the path of a UNIX socket to listen on; nobody can connect before
	 * they are set. An abstract name has none of them: whoever can reach
	 * it may connect. A name is looked up by getpwnam(3) and getgrnam(3),
	 * which may have to ask a server: a number never does.
	 */
	unsigned mode;	   /* as 0660: who may connect; 0: what umask leaves */
	const char *owner; /* a name or number; NULL: as the process has it */
	const char *group; /* the same */
};

EVERT_END

#endif
