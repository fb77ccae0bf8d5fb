/* SPDX-License-Identifier: MIT */
/* Every public header of libevert-tls; those of evert are in evert.h. */
#ifndef EVERT_TLS_H
#define EVERT_TLS_H

#include "protocols/tls/context.h"
#include "protocols/tls/error.h"
#include "protocols/tls/scheme.h"
#include "protocols/tls/tls.h"

#endif
