/* SPDX-License-Identifier: MIT */
#include "protocol.h"

const struct evert_type evert_type_protocol = { "protocol", NULL };
