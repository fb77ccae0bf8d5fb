/* SPDX-License-Identifier: MIT */
#ifndef EVERT_DEFERRED_BACKOFF_INTERNAL_H
#define EVERT_DEFERRED_BACKOFF_INTERNAL_H

#include "../base/base.h"

/* Where chance begins instead of at the time, so that a simulated run can be
   repeated; NULL: at the time. */
extern uint64_t (*evert_backoff_seed)(void);

#endif
