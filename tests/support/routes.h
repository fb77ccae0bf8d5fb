/* SPDX-License-Identifier: MIT */
/* A network that does as it is told: for each address, what comes of connecting
   to it. Whatever has no route is connected to as usual. */
#ifndef TESTS_SUPPORT_ROUTES_H
#define TESTS_SUPPORT_ROUTES_H

#include "system.h"

enum { MOST_ROUTES = 8 };

struct route {
	const char *host;
	int error;  /* an errno it fails with at once, */
	bool hangs; /* or nothing comes of it for now, else it succeeds */
	int other;  /* the other end of one that hangs */
};

extern struct route routes[MOST_ROUTES];

/* The attempts, in order, each with the milliseconds since the first. */
extern char attempts[256];
extern int64_t first_attempt;

/* `network`, which stays where it is, has them from now on. The table of calls
   that it has then, for more to be replaced. */
struct evert_system_ops *routes_begin(struct test_system *network);
void routes_end(void);

/* Every family exists, on every machine; only for addresses with a route. */
void routes_use_any_family(void);

/* The attempt that hangs succeeds; fails, with ECONNRESET. */
void route_succeed(const char *host);
void route_fail(struct route *route);

/* Have we let go of it? */
bool route_is_closed(const struct route *route);

/* The other ends that are still open. */
size_t routes_open_ends(void);

#endif
