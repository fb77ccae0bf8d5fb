/* SPDX-License-Identifier: MIT */
#ifndef EVERT_REACTOR_FLOW_PRODUCER_INTERNAL_H
#define EVERT_REACTOR_FLOW_PRODUCER_INTERNAL_H

#include "producer.h"

/* Somebody else writes to the transport from now on: its producer, if it has
   one, is stopped. */
void evert_producer_stop_of(struct evert_transport *transport);

#endif
