/* SPDX-License-Identifier: MIT */
/* The protocol above, agreed on in the handshake (ALPN, RFC 7301). */
#include <stdio.h>
#include <string.h>

#include "../../deferred/base/memory.h"
#include "parts_internal.h"
#include "session_internal.h"

enum { LONGEST = 255, MOST = 65535 };

static struct evert_failure *refuse(const char *name)
{
	return evert_failure_create(EVERT_TLS_BAD_CONTEXT, 0,
				    "no protocol can have the name \"%s\": it "
				    "takes 1 to 255 bytes",
				    name);
}

/* How many bytes they take on the wire. */
static struct evert_failure *measure(const char *const *names, size_t *size)
{
	size_t i, length;

	*size = 0;
	for (i = 0; names[i]; i++) {
		length = strlen(names[i]);
		if (length < 1 || length > LONGEST)
			return refuse(names[i]);
		*size += 1 + length;
	}
	if (*size >= 1 && *size <= MOST)
		return NULL;
	return evert_failure_create(EVERT_TLS_BAD_CONTEXT, 0,
				    "alpn with %s protocols",
				    *size ? "too many" : "no");
}

static void write_all(unsigned char *to, const char *const *names)
{
	size_t i, length;

	for (i = 0; names[i]; i++) {
		length = strlen(names[i]);
		*to++ = (unsigned char)length;
		memcpy(to, names[i], length);
		to += length;
	}
}

/* Of another's name what can be shown; it ends in dots that is too long. */
static size_t write_name(char *to, size_t room, const unsigned char *name,
			 size_t length)
{
	size_t i;

	for (i = 0; i < length && i < room; i++)
		to[i] = name[i] > ' ' && name[i] < 127 ? (char)name[i] : '?';
	return i;
}

void evert_tls_alpn_text(const unsigned char *names, size_t length,
			 char to[EVERT_TLS_ALPN_TEXT_SIZE])
{
	size_t most = EVERT_TLS_ALPN_TEXT_SIZE - sizeof(", ..."), at = 0, size;

	while (length && names[0] < length) {
		size = names[0];
		if (at)
			at += (size_t)sprintf(to + at, ", ");
		if (at + size > most) {
			at += (size_t)sprintf(to + at, "...");
			break;
		}
		at += write_name(to + at, size, names + 1, size);
		names += 1 + size;
		length -= 1 + size;
	}
	to[at] = '\0';
}

static struct evert_failure *nothing_in_common(
	const struct evert_tls_context *context, const unsigned char *theirs,
	size_t length)
{
	char ours[EVERT_TLS_ALPN_TEXT_SIZE], offered[EVERT_TLS_ALPN_TEXT_SIZE];

	evert_tls_alpn_text(context->alpn, context->alpn_length, ours);
	evert_tls_alpn_text(theirs, length, offered);
	return evert_failure_create(EVERT_TLS_FAILED, 0,
				    "the client speaks %s (ALPN), and we "
				    "speak %s", offered, ours);
}

/* The first of ours that is among theirs. */
static int choose(SSL *ssl, const unsigned char **chosen,
		  unsigned char *length, const unsigned char *theirs,
		  unsigned theirs_length, void *arg)
{
	struct evert_tls_context *context = arg;
	unsigned char *found;

	if (SSL_select_next_proto(&found, length, context->alpn,
				  context->alpn_length, theirs,
				  theirs_length) == OPENSSL_NPN_NEGOTIATED) {
		*chosen = found;
		return SSL_TLSEXT_ERR_OK;
	}
	evert_tls_session_refuse(
		evert_tls_session_of(ssl),
		nothing_in_common(context, theirs, theirs_length));
	return SSL_TLSEXT_ERR_ALERT_FATAL;
}

struct evert_failure *
evert_tls_use_alpn(struct evert_tls_context *context,
		   const struct evert_tls_options *options)
{
	struct evert_failure *failure;
	size_t size;

	if (!options->alpn)
		return NULL;
	failure = measure(options->alpn, &size);
	if (failure)
		return failure;
	context->alpn = evert_allocate(size);
	if (!context->alpn)
		return evert_failure_bare(EVERT_NO_MEMORY);
	context->alpn_length = (unsigned)size;
	write_all(context->alpn, options->alpn);
	if (context->side == EVERT_TLS_SERVER)
		SSL_CTX_set_alpn_select_cb(context->ssl, choose, context);
	else if (SSL_CTX_set_alpn_protos(context->ssl, context->alpn,
					 context->alpn_length))
		return evert_failure_bare(EVERT_NO_MEMORY);
	return NULL;
}
