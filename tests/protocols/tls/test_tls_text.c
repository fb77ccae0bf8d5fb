/* SPDX-License-Identifier: MIT */
/* What strangers write into certificates, in messages: printable, in one line,
   and not long. */
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../protocols/tls/text_internal.h"

static struct evert_tls_text text;

static void add_general(int type, const void *bytes, int length)
{
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_STRING *string = ASN1_STRING_type_new(
		type == GEN_IPADD ? V_ASN1_OCTET_STRING : V_ASN1_IA5STRING);

	ASN1_STRING_set(string, bytes, length);
	GENERAL_NAME_set0_value(name, type, string);
	evert_tls_text_add_general_name(&text, name);
	GENERAL_NAME_free(name);
}

Test(tls_text, a_name_with_foreign_bytes_stays_in_its_line)
{
	add_general(GEN_DNS, "a\nb\0c\x1b[31m\xc3\xa4", 12);
	cr_expect(eq(str, text.bytes, "\"a\\x0ab\\x00c\\x1b[31m\\xc3\\xa4\""));
}

Test(tls_text, a_long_name_is_cut)
{
	char name[1000];

	memset(name, 'a', sizeof(name));
	add_general(GEN_DNS, name, sizeof(name));
	cr_expect(eq(sz, text.length, 256 + strlen("\"...\"")));
	cr_expect(strcmp(text.bytes + 257, "...\"") == 0);
}

Test(tls_text, many_names_are_cut)
{
	int i;

	for (i = 0; i < 200; i++)
		add_general(GEN_DNS, "some.name.example", 17);
	cr_expect(eq(sz, text.length, sizeof(text.bytes) - 1));
	cr_expect(strcmp(text.bytes + text.length - 3, "...") == 0);
}

Test(tls_text, addresses_are_written_as_such)
{
	add_general(GEN_IPADD, "\x7f\0\0\1", 4);
	cr_expect(eq(str, text.bytes, "127.0.0.1"));
	text.length = 0;
	add_general(GEN_IPADD, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16);
	cr_expect(eq(str, text.bytes, "::1"));
	text.length = 0;
	add_general(GEN_IPADD, "\1\2\3", 3);
	cr_expect(eq(str, text.bytes, "an address that is none"));
}

Test(tls_text, a_subject_is_written_from_its_first_part)
{
	X509_NAME *name = X509_NAME_new();

	X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8,
				   (const unsigned char *)"A\nB", 3, -1, 0);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
				   (const unsigned char *)"x\xc3\xa4", 3, -1,
				   0);
	evert_tls_text_add_name(&text, name);
	cr_expect(eq(str, text.bytes, "O=A\\0AB,CN=x\\C3\\A4"));
	X509_NAME_free(name);
}

Test(tls_text, a_time_is_written_in_utc)
{
	ASN1_TIME *time = ASN1_TIME_new();

	ASN1_TIME_set_string(time, "491231235959Z");
	evert_tls_text_add_time(&text, time);
	cr_expect(eq(str, text.bytes, "2049-12-31 23:59:59 UTC"));
	ASN1_TIME_free(time);
}
