/* SPDX-License-Identifier: MIT */
/*
 * What layout_internal.h (reactor/) is for reactors, this is for connections:
 * the object `evert_transport_layout` is in every program that has some, and
 * evert-ps compares it.
 */
#ifndef EVERT_REACTOR_TRANSPORT_LAYOUT_INTERNAL_H
#define EVERT_REACTOR_TRANSPORT_LAYOUT_INTERNAL_H

#include "connection_internal.h"
#include "output_chunk_internal.h"

struct evert_transport_layout {
	char magic[24];
	uint32_t places[8]; /* sizes, and where something is in a structure */
};

#define EVERT_TRANSPORT_LAYOUT                                      \
	{                                                           \
		.magic = "evert transport layout",                  \
		.places = {                                         \
			sizeof(struct evert_connection),            \
			offsetof(struct evert_connection, base),    \
			offsetof(struct evert_connection, output),  \
			offsetof(struct evert_output_chunk, queued) \
		},                                                  \
	}

#endif
