/* SPDX-License-Identifier: MIT */
/* Addresses in reports. */
#ifndef EVERT_REACTOR_ADDRESS_INTERNAL_H
#define EVERT_REACTOR_ADDRESS_INTERNAL_H

#include "../deferred/base/say_internal.h"
#include "address.h"

/* "at 127.0.0.1:80", with `preposition`; where there is none, nothing. */
void evert_address_add_to(const char *preposition,
			  const struct evert_address *address,
			  struct evert_text *to);

#endif
