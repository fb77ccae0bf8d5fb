/* SPDX-License-Identifier: MIT */
/* Lookups that are under way, more than there are threads for them. */
#ifndef TESTS_SUPPORT_LOOKUPS_H
#define TESTS_SUPPORT_LOOKUPS_H

#include "reactor.h"
#include "system.h"

enum { LOOKUPS = 6 };

extern struct evert_deferred *lookups[LOOKUPS];

/* Connects to a name, so often; returns when the threads are at it. None gets
   an answer, EVERT_NO_NAME, before `lookups_blocked` of the system is
   false. */
void begin_lookups(struct evert_reactor *reactor, struct test_system *system,
		   struct evert_factory *factory);

#endif
