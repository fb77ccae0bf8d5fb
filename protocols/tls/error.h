/* SPDX-License-Identifier: MIT */
/*
 * Why a connection over TLS ended, or never began, and why a context could not
 * be made.
 */
#ifndef EVERT_PROTOCOLS_TLS_ERROR_H
#define EVERT_PROTOCOLS_TLS_ERROR_H

#include "../../deferred/failure.h"
#include "../../reactor/reason.h"

EVERT_BEGIN

/* A certificate, key, trust or other option of a context that is of no use: the
   message names the file and says what is wrong with it. */
extern const struct evert_error evert_error_tls_bad_context;
#define EVERT_TLS_BAD_CONTEXT (&evert_error_tls_bad_context)

/* The family of those below, itself below EVERT_CONNECTION_LOST: TLS came to
   nothing, or broke. */
extern const struct evert_error evert_error_tls_failed;
#define EVERT_TLS_FAILED (&evert_error_tls_failed)

/* The other side is not who it should be. The message says what is wrong with
   its certificate: another name, expired, signed by itself, ... `code` is
   OpenSSL's (X509_V_ERR_...). */
extern const struct evert_error evert_error_tls_unverified;
#define EVERT_TLS_UNVERIFIED (&evert_error_tls_unverified)

/* The other side sent an alert (RFC 8446, 6): the message says which in words,
   `code` is its number. */
extern const struct evert_error evert_error_tls_refused;
#define EVERT_TLS_REFUSED (&evert_error_tls_refused)

/* There is nothing by the name that the client asks for: for a server's
   `choose` (context.h). */
extern const struct evert_error evert_error_tls_unknown_name;
#define EVERT_TLS_UNKNOWN_NAME (&evert_error_tls_unknown_name)

/* Plain text came where TLS was meant. */
extern const struct evert_error evert_error_tls_not_tls;
#define EVERT_TLS_NOT_TLS (&evert_error_tls_not_tls)

/* The connection ended without the end of TLS (close_notify): what came may
   be only a part of what was sent. */
extern const struct evert_error evert_error_tls_truncated;
#define EVERT_TLS_TRUNCATED (&evert_error_tls_truncated)

/* The handshake took too long. `error` is ETIMEDOUT. */
extern const struct evert_error evert_error_tls_timed_out;
#define EVERT_TLS_TIMED_OUT (&evert_error_tls_timed_out)

EVERT_END

#endif
