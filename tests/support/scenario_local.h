/* SPDX-License-Identifier: MIT */
/* The part of a scenario that is about UNIX sockets, by endpoint strings. */
#ifndef TESTS_SUPPORT_SCENARIO_LOCAL_H
#define TESTS_SUPPORT_SCENARIO_LOCAL_H

#include "../../deferred/deferred.h"
#include "../../reactor/reactor.h"

/* Around a scenario: where its paths are. */
void scenario_local_begin(void);
void scenario_local_finish(void);

/*
 * A server at a path; a client that passes it a descriptor; the server looks at
 * that and hands the connection over to another protocol, which answers. Then a
 * datagram to a path and back. Fires with nothing when all was answered. Counts
 * protocols: connection_made in `*made`, connection_lost in `*lost`.
 */
struct evert_deferred *scenario_local(struct evert_reactor *reactor,
				      size_t *made, size_t *lost);

#endif
