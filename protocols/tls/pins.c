/* SPDX-License-Identifier: MIT */
/* Keys of which one must be in the other side's chain (RFC 7469, 2.4). */
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <string.h>

#include "../../deferred/base/memory.h"
#include "parts_internal.h"

enum {
	TEXT_LENGTH = 44, /* 32 bytes in base64, of which the last is "=" */
	DECODED_SIZE = 33,
};

/* The decoder gives a zero byte for the "=". */
static bool decode(unsigned char to[EVERT_TLS_PIN_SIZE], const char *text)
{
	unsigned char decoded[DECODED_SIZE];

	if (strlen(text) != TEXT_LENGTH || text[TEXT_LENGTH - 1] != '=' ||
	    text[TEXT_LENGTH - 2] == '=' ||
	    EVP_DecodeBlock(decoded, (const unsigned char *)text,
			    TEXT_LENGTH) != DECODED_SIZE)
		return false;
	memcpy(to, decoded, EVERT_TLS_PIN_SIZE);
	return true;
}

static size_t count(const char *const *pins)
{
	size_t i = 0;

	while (pins && pins[i])
		i++;
	return i;
}

struct evert_failure *
evert_tls_use_pins(struct evert_tls_context *context,
		   const struct evert_tls_options *options)
{
	size_t i, pins = count(options->pins);

	if (!options->pins)
		return NULL;
	if (!pins)
		return evert_failure_create(EVERT_TLS_BAD_CONTEXT, 0,
					    "pins without a pin");
	context->pins = evert_allocate(pins * sizeof(context->pins[0]));
	if (!context->pins)
		return evert_failure_bare(EVERT_NO_MEMORY);
	for (i = 0; i < pins; i++)
		if (!decode(context->pins[i], options->pins[i]))
			return evert_failure_create(
				EVERT_TLS_BAD_CONTEXT, 0,
				"the pin \"%s\" is no SHA-256 in base64 (44 "
				"characters)",
				options->pins[i]);
	context->pin_count = pins;
	return NULL;
}

/* Of the key with its algorithm, as it is in the certificate. */
static bool hash_key(X509 *certificate, unsigned char to[EVERT_TLS_PIN_SIZE])
{
	unsigned char *bytes = NULL;
	int length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &bytes);
	bool made = length > 0 && SHA256(bytes, (size_t)length, to);

	OPENSSL_free(bytes);
	return made;
}

static bool is_pinned(const struct evert_tls_context *context,
		      X509 *certificate)
{
	unsigned char hash[EVERT_TLS_PIN_SIZE];
	size_t i;

	if (!hash_key(certificate, hash))
		return false;
	for (i = 0; i < context->pin_count; i++)
		if (memcmp(context->pins[i], hash, sizeof(hash)) == 0)
			return true;
	return false;
}

bool evert_tls_pins_hold(const struct evert_tls_context *context,
			 STACK_OF(X509) * chain)
{
	int i;

	if (!context->pin_count)
		return true;
	for (i = 0; i < sk_X509_num(chain); i++)
		if (is_pinned(context, sk_X509_value(chain, i)))
			return true;
	return false;
}

void evert_tls_pin_text(X509 *certificate, char to[EVERT_TLS_PIN_TEXT_SIZE])
{
	unsigned char hash[EVERT_TLS_PIN_SIZE];

	to[0] = '\0';
	if (hash_key(certificate, hash))
		EVP_EncodeBlock((unsigned char *)to, hash, sizeof(hash));
}
