/* SPDX-License-Identifier: MIT */
/* TLS for evert: a library of its own, libevert-tls, over OpenSSL. */
#ifndef EVERT_PROTOCOLS_TLS_TLS_H
#define EVERT_PROTOCOLS_TLS_TLS_H

#include "context.h"
#include "error.h"

#endif
