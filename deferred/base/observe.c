/* SPDX-License-Identifier: MIT */
#include "observe_internal.h"

atomic_uint evert_observed;
