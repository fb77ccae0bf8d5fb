/* SPDX-License-Identifier: MIT */
/*
 * The words of any small text: none reaches beyond it.
 *
 * sources: reactor/dns/lexer.c
 * options: -eva-slevel 300 -eva-split-return full
 */
#include "../../reactor/dns/lexer_internal.h"

static const char special[] = " \n;()\"\\=";

static void read_text(size_t length, unsigned number, bool has_pairs)
{
	char bytes[4], *text = bytes + sizeof(bytes) - length;
	struct dns_lexer lexer;
	struct dns_word word;

	eva_text_of(text, length, special, number);
	evert_dns_lexer_start(&lexer, text, length, NULL);
	lexer.has_pairs = has_pairs;
	if (evert_dns_lexer_next(&lexer, &word) > 0)
		evert_dns_word_is(&word, "$TTL");
	/*@ assert lexer.at <= length; */
	evert_dns_lexer_skip(&lexer);
	/*@ assert lexer.at <= length; */
}

int main(void)
{
	for (size_t length = 0; length <= 2; length++)
		for (unsigned i = 0; i < eva_texts(special, length); i++)
			read_text(length, i, i % 2);
	return 0;
}
