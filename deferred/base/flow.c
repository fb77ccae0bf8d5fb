/* SPDX-License-Identifier: MIT */
#include "flow_internal.h"

_Thread_local const void *evert_flow;
_Thread_local uint64_t evert_turn;
