/* SPDX-License-Identifier: MIT */
/*
 * Endpoints: where to connect or listen, as a string
 * (twisted.internet.endpoints). evert_connect (connect.h) and evert_listen
 * (listen.h) take them, for coroutines evert_stream_connect and evert_serve
 * (protocols/stream/), and for datagrams evert_connect_datagram and
 * evert_listen_datagram (datagram_endpoint.h).
 *
 *	SCHEME:VALUE:...:NAME=VALUE:...
 *
 * A colon, an equals sign or a backslash that belongs to a value is quoted by
 * a backslash before it; in a value behind its NAME= the equals sign need not
 * be. An IPv6 address may stand in brackets instead. What is missing, unknown,
 * given twice, malformed or not for this purpose is refused, never ignored.
 *
 *	tcp:HOST:PORT	HOST is a name, an IPv4 address, or an IPv6 address in
 *			brackets ("tcp:[::1]:9999"). To listen, HOST may be
 *			empty: every address of this machine, IPv4 and IPv6.
 *			PORT is a decimal number; to listen, 0 picks a free
 *			one. A name is listened on at all its addresses that
 *			are this machine's. "[::]" is every IPv6 address, and
 *			IPv6 only, so that "0.0.0.0" can stand beside it.
 *	tcp4:, tcp6:	The same, only the addresses of that family.
 *	unix:PATH	A UNIX socket, of 108 bytes at most. To listen: a
 *			socket there that nobody has any more is replaced;
 *			whoever has bound the path removes it in the end.
 *	unix-abstract:NAME
 *			One without a path (Linux), that anybody may connect
 *			to. To listen, an empty NAME picks a free one.
 *
 * Options of the first three, to connect:
 *
 *	timeout=SECONDS		fail with EVERT_CONNECT_TIMED_OUT if it takes
 *				longer, the name's lookup included (as long as
 *				the system has it)
 *	attempt-delay=SECONDS	until the next address is tried, 0.01 to 2
 *				(0.1, then half as long each time, 0.01 at
 *				least; RFC 8305)
 *	bind=ADDRESS, bind-port=PORT
 *				connect from there
 *
 * to listen:
 *
 *	backlog=CONNECTIONS	not accepted yet (the most)
 *	ipv6-only=no		"[::]" takes IPv4 as well
 *
 * and in both cases what struct evert_socket_options has: reuse-address,
 * reuse-port, no-delay, keep-alive, each yes or no; keep-alive-idle,
 * keep-alive-interval in seconds, keep-alive-count; send-buffer,
 * receive-buffer in bytes. Of UNIX sockets: timeout, backlog, send-buffer and
 * receive-buffer, and to listen on a path
 *
 *	mode=OCTAL, owner=USER, group=GROUP
 *				who may connect (what umask leaves; not 0);
 *				names or numbers
 *
 * Connecting to a UNIX socket whose backlog is full waits, as long as there is
 * somebody who listens. Where a string and a struct of options differ, the
 * string counts.
 *
 * Sockets that are there already (reactor/transport/adopt.h); they take no
 * options:
 *
 *	fd:NUMBER	A stream socket by its number. evert takes it over where
 *			it listens, or is connected: it is closed in the end,
 *			whatever comes of it. Where options are given for it,
 *			or the reactor stops, it is not looked at, and stays
 *			the caller's.
 *	systemd:NAME	One that systemd has passed, by its FileDescriptorName=
 *			in LISTEN_FDNAMES, else by its number, from 0. A name
 *			that several have is refused.
 *
 * Of datagrams there are
 *
 *	udp:HOST:PORT, udp4:, udp6:
 *			As tcp; but it is one socket: without a HOST one for
 *			IPv4 and IPv6, of a name the first address that works.
 *	unix-datagram:PATH, unix-datagram-abstract:NAME
 *			To connect, with bind=PATH or bind=NAME a name for the
 *			peer to answer to; else the system picks one.
 *	unix-seqpacket:PATH, unix-seqpacket-abstract:NAME
 *			A connection of messages (reactor/transport/seqpacket.h).
 *	fd:NUMBER, systemd:NAME
 *			A datagram socket: to listen, one that is bound and has
 *			no peer; to connect, one that has, or a seqpacket.
 *
 * Their options are what struct evert_datagram_options has, with hyphens:
 * send-buffer, receive-buffer, largest, queue-most in bytes; when-full=refuse,
 * drop-newest or drop-oldest; of UDP besides timeout, bind, bind-port,
 * ipv6-only as above, interface=NAME, and reuse-address, reuse-port, broadcast,
 * tell-host, tell-tos, gather, join, each yes or no; of a path that is bound
 * mode, owner, group.
 *
 * Names are looked up as name/resolver.h says: the loop never blocks.
 * Schemes of one's own: scheme.h.
 */
#ifndef EVERT_REACTOR_ENDPOINT_H
#define EVERT_REACTOR_ENDPOINT_H

#include "../../deferred/failure.h"
#include "../reason.h"

EVERT_BEGIN

/* Below EVERT_CONNECT_FAILED: not within the endpoint's timeout. `error` is
   ETIMEDOUT. */
extern const struct evert_error evert_error_connect_timed_out;
#define EVERT_CONNECT_TIMED_OUT (&evert_error_connect_timed_out)

/* The string does not name an endpoint; the message says what is wrong, and at
   which character. */
extern const struct evert_error evert_error_bad_endpoint;
#define EVERT_BAD_ENDPOINT (&evert_error_bad_endpoint)

/*
 * Writes `text` so that it is one value of an endpoint string. At most `size`
 * bytes, the zero byte included; returns how long the whole is. Any thread.
 */
size_t evert_endpoint_quote(char *to, size_t size, const char *text);

EVERT_END

#endif
