/* SPDX-License-Identifier: MIT */
#include "lookups.h"

#include <sched.h>

#include "../../reactor/endpoint/connect.h"

enum { THREADS = 4 };

struct evert_deferred *lookups[LOOKUPS];

void begin_lookups(struct evert_reactor *reactor, struct test_system *system,
		   struct evert_factory *factory)
{
	static const char *const nowhere[] = { NULL };
	size_t i;

	system->addresses = nowhere;
	atomic_store(&system->lookups_blocked, true);
	for (i = 0; i < LOOKUPS; i++)
		lookups[i] =
			evert_connect(reactor, "tcp:a.example:1", factory);
	while (system->plans[CALL_GETADDRINFO].calls < THREADS)
		sched_yield();
}
