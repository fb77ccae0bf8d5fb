/* SPDX-License-Identifier: MIT */
/* The choice of a context by the name that a client asks for. */
#ifndef EVERT_PROTOCOLS_TLS_CHOICE_INTERNAL_H
#define EVERT_PROTOCOLS_TLS_CHOICE_INTERNAL_H

#include "session_internal.h"

/* Nobody waits for it any more; cancels what is asked. NULL does nothing. */
void evert_tls_choice_drop(struct evert_tls_choice *choice);

#endif
