/* SPDX-License-Identifier: MIT */
#ifndef EVERT_REACTOR_DATAGRAM_SOCKET_INTERNAL_H
#define EVERT_REACTOR_DATAGRAM_SOCKET_INTERNAL_H

#include "datagram_socket.h"

/* A socket whose protocol waits for a transport: one that `connects` is told
   of refusals. NULL: no memory. */
struct evert_datagram_socket *evert_datagram_socket_create(bool connects,
							   size_t most);

/* To be given to whatever opens a transport. Once its `destroy` was called,
   evert_datagram_socket_close gives the socket up at once. */
struct evert_datagram_protocol *
evert_datagram_socket_protocol(struct evert_datagram_socket *socket);

#endif
