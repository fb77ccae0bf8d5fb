/* SPDX-License-Identifier: MIT */
#include "text_internal.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

void evert_tls_text_add(struct evert_tls_text *to, const char *format, ...)
{
	size_t room = sizeof(to->bytes) - to->length;
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(to->bytes + to->length, room, format, args);
	va_end(args);
	if (length < 0)
		return;
	if ((size_t)length < room) {
		to->length += (size_t)length;
		return;
	}
	to->length = sizeof(to->bytes) - 1;
	memcpy(to->bytes + to->length - 3, "...", 3);
}

static void add_foreign(struct evert_tls_text *to, const void *bytes,
			size_t length)
{
	const unsigned char *byte = bytes;
	size_t i;

	for (i = 0; i < length && i < 256; i++)
		if (byte[i] < 0x20 || byte[i] >= 0x7f)
			evert_tls_text_add(to, "\\x%02x", byte[i]);
		else
			evert_tls_text_add(to, "%c", byte[i]);
	if (i < length)
		evert_tls_text_add(to, "...");
}

/* Control characters and those beyond ASCII are escaped by the flags. */
void evert_tls_text_add_name(struct evert_tls_text *to, const X509_NAME *name)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *bytes;
	long length;

	if (bio && X509_NAME_print_ex(bio, name, 0,
				      XN_FLAG_RFC2253 & ~XN_FLAG_DN_REV) >= 0) {
		length = BIO_get_mem_data(bio, &bytes);
		add_foreign(to, bytes, (size_t)length);
	}
	BIO_free(bio);
}

static void add_address(struct evert_tls_text *to,
			const ASN1_OCTET_STRING *address)
{
	char text[INET6_ADDRSTRLEN] = "an address that is none";
	int length = ASN1_STRING_length(address);

	if (length == 4 || length == 16)
		inet_ntop(length == 4 ? AF_INET : AF_INET6,
			  ASN1_STRING_get0_data(address), text, sizeof(text));
	evert_tls_text_add(to, "%s", text);
}

void evert_tls_text_add_general_name(struct evert_tls_text *to,
				     const GENERAL_NAME *name)
{
	int type;
	const void *value = GENERAL_NAME_get0_value(name, &type);

	switch (type) {
	case GEN_DNS:
	case GEN_EMAIL:
	case GEN_URI:
		evert_tls_text_add(to, "\"");
		add_foreign(to, ASN1_STRING_get0_data(value),
			    (size_t)ASN1_STRING_length(value));
		evert_tls_text_add(to, "\"");
		break;
	case GEN_IPADD:
		add_address(to, value);
		break;
	default:
		evert_tls_text_add(to, "a name of another kind");
	}
}

void evert_tls_text_add_time(struct evert_tls_text *to, const ASN1_TIME *time)
{
	char text[64];
	struct tm tm;

	if (ASN1_TIME_to_tm(time, &tm) == 1 &&
	    strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC", &tm))
		evert_tls_text_add(to, "%s", text);
	else
		evert_tls_text_add(to, "a date that is none");
}
