/* SPDX-License-Identifier: MIT */
/* A protocol's function that runs is told of to a trace, and to who looks for
   what holds the loop. */
#ifndef EVERT_REACTOR_TRANSPORT_DATAGRAM_TOLD_INTERNAL_H
#define EVERT_REACTOR_TRANSPORT_DATAGRAM_TOLD_INTERNAL_H

#include "../../deferred/base/running_internal.h"
#include "../../deferred/base/trace_internal.h"
#include "datagram_internal.h"

static inline void
evert_datagram_call_begin(struct evert_running_mark *mark,
			  const struct evert_datagram_port *port,
			  const char *name)
{
	evert_running_begin_for(mark, name, port->watch.fd);
	evert_trace_begin("protocol", name);
}

static inline void
evert_datagram_call_end(const struct evert_running_mark *mark)
{
	evert_trace_end();
	evert_running_end(mark);
}

#endif
