/* SPDX-License-Identifier: MIT */
#ifndef EVERT_REACTOR_DNS_PERIOD_INTERNAL_H
#define EVERT_REACTOR_DNS_PERIOD_INTERNAL_H

#include "../../deferred/base/base.h"

/*
 * Reads a span of time: seconds, or numbers with the units w, d, h, m, s, one
 * after the other ("1h30m"). 0; -EINVAL: it is none, or of more than 32 bits.
 */
int evert_dns_period_read(const char *text, size_t length, uint32_t *seconds);

#endif
