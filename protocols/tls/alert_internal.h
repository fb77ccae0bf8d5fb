/* SPDX-License-Identifier: MIT */
/* Alerts (RFC 8446, 6), in words. */
#ifndef EVERT_PROTOCOLS_TLS_ALERT_INTERNAL_H
#define EVERT_PROTOCOLS_TLS_ALERT_INTERNAL_H

#include "error.h"

/* EVERT_TLS_REFUSED, with the alert's number as its code. */
EVERT_MUST_USE
struct evert_failure *evert_tls_alert_failure(int alert, const char *place);

#endif
