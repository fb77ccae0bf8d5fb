/* SPDX-License-Identifier: MIT */
#include "alert_internal.h"

#include <openssl/ssl.h>

/* What most often is behind it, in words of who reads it here. */
static const struct {
	int alert;
	const char *words;
} alerts[] = {
	{ SSL_AD_UNEXPECTED_MESSAGE, "unexpected message" },
	{ SSL_AD_BAD_RECORD_MAC, "bad record: something between changed it" },
	{ SSL_AD_RECORD_OVERFLOW, "a record is too long" },
	{ SSL_AD_HANDSHAKE_FAILURE,
	  "handshake failure: no cipher, group or kind of certificate in "
	  "common, or it wants a certificate" },
	{ SSL_AD_BAD_CERTIFICATE, "our certificate is bad" },
	{ SSL_AD_UNSUPPORTED_CERTIFICATE,
	  "our certificate is of a kind that it does not support" },
	{ SSL_AD_CERTIFICATE_REVOKED, "our certificate is revoked" },
	{ SSL_AD_CERTIFICATE_EXPIRED, "our certificate has expired" },
	{ SSL_AD_CERTIFICATE_UNKNOWN, "our certificate is not acceptable" },
	{ SSL_AD_ILLEGAL_PARAMETER, "illegal parameter" },
	{ SSL_AD_UNKNOWN_CA, "it does not trust who signed our certificate" },
	{ SSL_AD_ACCESS_DENIED, "access denied" },
	{ SSL_AD_DECODE_ERROR, "it could not read a message" },
	{ SSL_AD_DECRYPT_ERROR, "a signature or a check is wrong" },
	{ SSL_AD_PROTOCOL_VERSION, "it does not speak our versions of TLS" },
	{ SSL_AD_INSUFFICIENT_SECURITY, "our ciphers are too weak for it" },
	{ SSL_AD_INTERNAL_ERROR, "it has an internal error" },
	{ SSL_AD_INAPPROPRIATE_FALLBACK, "inappropriate fallback" },
	{ SSL_AD_USER_CANCELLED, "it gave the handshake up" },
	{ SSL_AD_NO_RENEGOTIATION, "no renegotiation" },
	{ SSL_AD_MISSING_EXTENSION, "an extension is missing" },
	{ SSL_AD_UNSUPPORTED_EXTENSION, "an extension was not asked for" },
	{ SSL_AD_UNRECOGNIZED_NAME, "it does not serve the name we asked for" },
	{ SSL_AD_BAD_CERTIFICATE_STATUS_RESPONSE,
	  "the status (OCSP) of our certificate is bad" },
	{ SSL_AD_CERTIFICATE_REQUIRED,
	  "it asks for a certificate, and we have none" },
	{ SSL_AD_NO_APPLICATION_PROTOCOL,
	  "it speaks none of our protocols (ALPN)" },
};

static const char *words_of(int alert)
{
	size_t i;

	for (i = 0; i < sizeof(alerts) / sizeof(alerts[0]); i++)
		if (alerts[i].alert == alert)
			return alerts[i].words;
	return "an alert of an unknown kind";
}

struct evert_failure *evert_tls_alert_failure(int alert, const char *place)
{
	struct evert_failure *failure = evert_failure_create_at(
		place, EVERT_TLS_REFUSED, 0,
		"the other side refused: %s (alert %d)", words_of(alert),
		alert);

	evert_failure_set_code(failure, alert);
	return failure;
}
