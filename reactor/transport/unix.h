/* SPDX-License-Identifier: MIT */
/*
 * What UNIX sockets can do besides: pass descriptors, and tell who the peer is
 * (unix(7)). What comes with descriptors is told by descriptors_received of
 * struct evert_protocol_ops, and of line receivers, netstrings and
 * length-prefixed strings. A stream (protocols/stream/stream.h) passes them by
 * its transport, and keeps those that come if it is told to. An open file goes
 * with an answer, and is kept:
 *
 *	evert_transport_write_descriptors(transport, "yes\r\n", 5, &fd, 1);
 *	close(fd);
 *
 *	static void taker_descriptors(struct evert_line_receiver *base,
 *				      int *fds, size_t count, bool lost)
 *	{
 *		if (count) {
 *			taker_from(base)->fd = fds[0];
 *			fds[0] = -1;
 *		}
 *	}
 *
 * Thread rule: the reactor's thread; from every callback.
 */
#ifndef EVERT_REACTOR_UNIX_H
#define EVERT_REACTOR_UNIX_H

#include "transport.h"

EVERT_BEGIN

/* How many descriptors one write can pass. */
#define EVERT_DESCRIPTORS_MOST 253

/*
 * Passes descriptors: evert_transport_write of at least one byte, with which
 * the `count` descriptors go: the peer has them before it has the first of
 * these bytes. They are duplicated, and stay the caller's: they may be closed
 * when this returns. 0, or as evert_transport_write; or, and then nothing is
 * written and the stream is whole: -EOPNOTSUPP where the transport is no UNIX
 * socket, -EINVAL without a byte or with more than EVERT_DESCRIPTORS_MOST,
 * -EBADF, -EMFILE when this process has no descriptor free. Where more than 64
 * of them wait to be sent, the protocol is paused as over the high-water mark,
 * until all is sent. A peer that lets too many of them wait makes the
 * connection fail with ETOOMANYREFS.
 */
int evert_transport_write_descriptors(struct evert_transport *transport,
				      const void *data, size_t length,
				      const int *fds, size_t count);

/* Who the process at the other side is. */
struct evert_credentials {
	pid_t pid; /* 0: it is in a PID namespace that this one can't see */
	uid_t uid;
	gid_t gid;
};

/*
 * Whose process connected, or, for who has connected, began to listen
 * (SO_PEERCRED): at that time; it may have passed the connection on or have
 * changed its user since. 0, or -errno: -EOPNOTSUPP where the transport is no
 * UNIX socket.
 */
int evert_transport_peer_credentials(const struct evert_transport *transport,
				     struct evert_credentials *credentials);

/*
 * A descriptor for that process (SO_PEERPIDFD, Linux 6.5), which is right even
 * when its number is another's by now; the caller owns it. Or -errno:
 * -EOPNOTSUPP where there is no such thing; then pidfd_open(2) with the
 * number is the next best, if the process is known to be alive. When the
 * process is gone: a descriptor of what has exited, or -EINVAL or -ESRCH.
 */
int evert_transport_peer_pidfd(const struct evert_transport *transport);

EVERT_END

#endif
