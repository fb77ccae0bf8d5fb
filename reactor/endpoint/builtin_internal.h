/* SPDX-License-Identifier: MIT */
/* The schemes that are there from the start; each knows the `next` one, tcp is
   the first. */
#ifndef EVERT_REACTOR_BUILTIN_INTERNAL_H
#define EVERT_REACTOR_BUILTIN_INTERNAL_H

#include "scheme.h"

extern struct evert_endpoint_scheme evert_scheme_tcp;
extern struct evert_endpoint_scheme evert_scheme_tcp4;
extern struct evert_endpoint_scheme evert_scheme_tcp6;
extern struct evert_endpoint_scheme evert_scheme_udp;
extern struct evert_endpoint_scheme evert_scheme_udp4;
extern struct evert_endpoint_scheme evert_scheme_udp6;
extern struct evert_endpoint_scheme evert_scheme_fd;
extern struct evert_endpoint_scheme evert_scheme_systemd;
extern struct evert_endpoint_scheme evert_scheme_unix;
extern struct evert_endpoint_scheme evert_scheme_unix_abstract;
extern struct evert_endpoint_scheme evert_scheme_unix_datagram;
extern struct evert_endpoint_scheme evert_scheme_unix_datagram_abstract;
extern struct evert_endpoint_scheme evert_scheme_unix_seqpacket;
extern struct evert_endpoint_scheme evert_scheme_unix_seqpacket_abstract;

#endif
