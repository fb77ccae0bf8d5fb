/* SPDX-License-Identifier: MIT */
#ifndef EVERT_VIEW_WRITE_H
#define EVERT_VIEW_WRITE_H

#include "recording.h"

/* All events as one JSON array, an event in each line, to stdout. */
void write_events(const struct events *events);

/* The page that shows them. */
void write_page(const struct events *events, const struct sources *sources);

#endif
