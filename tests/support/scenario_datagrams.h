/* SPDX-License-Identifier: MIT */
/* The part of a scenario that is about datagrams. */
#ifndef TESTS_SUPPORT_SCENARIO_DATAGRAMS_H
#define TESTS_SUPPORT_SCENARIO_DATAGRAMS_H

#include "../../deferred/deferred.h"
#include "../../reactor/reactor.h"

/*
 * Opens a transport that sends everything back and one that is connected to
 * it; asks three times at once, then once more; closes both. Fires with
 * nothing when all was answered. What the scenario's failures swallow, is lost:
 * then it fires with nobody's help but a time-out's.
 */
struct evert_deferred *scenario_exchange(struct evert_reactor *reactor);

#endif
