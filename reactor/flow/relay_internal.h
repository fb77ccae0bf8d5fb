/* SPDX-License-Identifier: MIT */
#ifndef EVERT_REACTOR_FLOW_RELAY_INTERNAL_H
#define EVERT_REACTOR_FLOW_RELAY_INTERNAL_H

#include "relay.h"

/* Is the transport a relay's? */
bool evert_relay_has(const struct evert_transport *transport);

#endif
