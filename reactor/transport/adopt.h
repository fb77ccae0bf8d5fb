/* SPDX-License-Identifier: MIT */
/*
 * Adopting: sockets that were made by others, and are handed in by number
 * (twisted.internet.interfaces.IReactorSocket). They come from the process
 * that started this one, from systemd, from a library, or by a UNIX socket.
 * The endpoint strings "fd:NUMBER" and "systemd:NAME" do the same.
 *
 * What succeeds takes the descriptor over: evert closes it in the end. What
 * fails leaves it to the caller, unchanged, unless it says so. It is made
 * non-blocking, which everyone who shares the socket notices (fcntl(2)), and
 * is closed on exec.
 *
 * Both fail with errno EBADF; ENOTSOCK; EPROTOTYPE: it is no stream socket;
 * EEXIST: this reactor has it already; ENOMEM; ESHUTDOWN while the reactor
 * closes its connections.
 *
 * Thread rule: the reactor's thread.
 */
#ifndef EVERT_REACTOR_ADOPT_H
#define EVERT_REACTOR_ADOPT_H

#include "../reactor.h"
#include "port.h"
#include "protocol.h"

EVERT_BEGIN

/*
 * A port on a socket that listens: it belongs to the reactor. NULL and errno:
 * as of both; EINVAL: it does not listen. Where the socket is shared, each
 * connection is accepted by one of those who share it. A UNIX socket's path
 * stays when the port is closed: whoever bound it removes it.
 */
EVERT_MUST_USE
struct evert_port *evert_port_adopt(struct evert_reactor *reactor, int fd,
				    struct evert_factory *factory);

/*
 * A protocol on a socket that is connected, after its connection_made. NULL
 * and errno: as of both; ENOTCONN; EINVAL: it listens; and ECONNABORTED: the
 * factory refused. With that and ENOMEM it is closed.
 */
EVERT_MUST_USE
struct evert_protocol *evert_connection_adopt(struct evert_reactor *reactor,
					      int fd,
					      struct evert_factory *factory);

EVERT_END

#endif
