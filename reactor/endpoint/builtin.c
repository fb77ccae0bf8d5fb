/* SPDX-License-Identifier: MIT */
/* The table of the schemes that are there from the start: one each, as users
   write them. */
#include "builtin_internal.h"

#define STREAMS .connect = evert_builtin_stream, .listen = evert_builtin_stream
#define DATAGRAMS                                                             \
	.connect_datagram = evert_builtin_datagram,                           \
	.listen_datagram = evert_builtin_datagram
#define SEQPACKET                                                             \
	.connect_datagram = evert_builtin_datagram,                           \
	.listen_seqpacket = evert_builtin_seqpacket

struct evert_builtin evert_builtins[] = {
	{ { .name = "tcp", .form = "tcp:HOST:PORT, an IPv6 address in brackets",
	    .parameters = evert_tcp_parameters, STREAMS },
	  .kind = &evert_tcp_kind, .family = AF_UNSPEC },
	{ { .name = "tcp4", .form = "tcp4:HOST:PORT",
	    .parameters = evert_tcp_parameters, STREAMS },
	  .kind = &evert_tcp_kind, .family = AF_INET },
	{ { .name = "tcp6",
	    .form = "tcp6:HOST:PORT, an IPv6 address in brackets",
	    .parameters = evert_tcp_parameters, STREAMS },
	  .kind = &evert_tcp_kind, .family = AF_INET6 },
	{ { .name = "udp", .form = "udp:HOST:PORT, an IPv6 address in brackets",
	    .parameters = evert_udp_parameters, DATAGRAMS },
	  .kind = &evert_udp_kind, .family = AF_UNSPEC },
	{ { .name = "udp4", .form = "udp4:HOST:PORT",
	    .parameters = evert_udp_parameters, DATAGRAMS },
	  .kind = &evert_udp_kind, .family = AF_INET },
	{ { .name = "udp6",
	    .form = "udp6:HOST:PORT, an IPv6 address in brackets",
	    .parameters = evert_udp_parameters, DATAGRAMS },
	  .kind = &evert_udp_kind, .family = AF_INET6 },
	{ { .name = "unix", .form = "unix:PATH",
	    .parameters = evert_unix_path, STREAMS },
	  .kind = &evert_unix_kind },
	{ { .name = "unix-abstract", .form = "unix-abstract:NAME",
	    .parameters = evert_unix_name, STREAMS },
	  .kind = &evert_unix_kind },
	{ { .name = "unix-datagram", .form = "unix-datagram:PATH",
	    .parameters = evert_unix_datagram_path, DATAGRAMS },
	  .kind = &evert_unix_datagram_kind },
	{ { .name = "unix-datagram-abstract",
	    .form = "unix-datagram-abstract:NAME",
	    .parameters = evert_unix_datagram_name, DATAGRAMS },
	  .kind = &evert_unix_datagram_kind },
	{ { .name = "unix-seqpacket", .form = "unix-seqpacket:PATH",
	    .parameters = evert_unix_seqpacket_path, SEQPACKET },
	  .kind = &evert_unix_seqpacket_kind },
	{ { .name = "unix-seqpacket-abstract",
	    .form = "unix-seqpacket-abstract:NAME",
	    .parameters = evert_unix_seqpacket_name, SEQPACKET },
	  .kind = &evert_unix_seqpacket_kind },
	{ { .name = "fd", .form = "fd:NUMBER",
	    .parameters = evert_fd_parameters, STREAMS, DATAGRAMS },
	  .kind = &evert_fd_kind },
	{ { .name = "systemd", .form = "systemd:NAME",
	    .parameters = evert_systemd_parameters, STREAMS, DATAGRAMS },
	  .kind = &evert_systemd_kind },
	{ { .name = NULL }, .kind = NULL },
};
