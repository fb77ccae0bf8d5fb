/* SPDX-License-Identifier: MIT */
/*
 * What one system call has read of, when the protocol pauses reading in the
 * middle of it: the kernel does not take it back.
 */
#include "datagram_internal.h"

#include "../../deferred/base/memory.h"

struct evert_datagram_kept {
	struct evert_datagram_kept *next;
	struct evert_datagram *datagram;
};

/* Without memory it is lost, as in a kernel's buffer that is full. */
void evert_datagram_keep(struct evert_datagram_port *port,
			 const struct evert_datagram *datagram)
{
	struct evert_datagram_kept *kept = evert_allocate(sizeof(*kept));

	if (!kept)
		return;
	kept->next = NULL;
	kept->datagram = evert_datagram_copy(datagram);
	if (!kept->datagram) {
		evert_free(kept);
		return;
	}
	*port->kept_end = kept;
	port->kept_end = &kept->next;
}

struct evert_datagram *
evert_datagram_take_kept(struct evert_datagram_port *port)
{
	struct evert_datagram_kept *kept = port->kept;
	struct evert_datagram *datagram;

	if (!kept)
		return NULL;
	port->kept = kept->next;
	if (!port->kept)
		port->kept_end = &port->kept;
	datagram = kept->datagram;
	evert_free(kept);
	return datagram;
}

void evert_datagram_drop_kept(struct evert_datagram_port *port)
{
	while (port->kept)
		evert_datagram_release(evert_datagram_take_kept(port));
}
