/* SPDX-License-Identifier: MIT */
/*
 * Splicing: bytes go through a socket's transport and a pipe without being
 * looked at, or copied into this process (splice(2)). For reactor/flow/; an
 * optional part of a transport.
 */
#ifndef EVERT_REACTOR_SPLICING_INTERNAL_H
#define EVERT_REACTOR_SPLICING_INTERNAL_H

#include "transport.h"

struct evert_reactor;

struct evert_splicing_ops {
	/* From now on its protocol, whose table is a struct
	   evert_splicing_protocol_ops, is asked before anything is read. The
	   reactor; NULL: it can't be spliced from or to. */
	struct evert_reactor *(*begin)(struct evert_transport *transport);
	/* Moves what has come into a pipe, at most so many bytes: how many; 0
	   for the end, which reading will say, too; or -errno: where it is an
	   error of the connection, that has ended by it. */
	ssize_t (*take)(struct evert_transport *transport, int pipe,
			size_t most);
	/*
	 * Moves so many bytes out of the pipe, when nothing is queued: how
	 * many. When that is not all, resume_writing comes when there is room
	 * for more, if it can be written to at all: else connection_lost will
	 * say why. -EINVAL: not by splice.
	 */
	ssize_t (*give)(struct evert_transport *transport, int pipe,
			size_t length);
};

struct evert_splicing_protocol_ops {
	struct evert_protocol_ops base;
	/* There is something to be read: has it taken it? If not, it is read,
	   and delivered as ever. */
	bool (*ready)(struct evert_protocol *protocol);
};

#endif
