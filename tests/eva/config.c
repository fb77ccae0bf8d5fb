/* SPDX-License-Identifier: MIT */
/*
 * The lines and words of any small file.
 *
 * slow
 * options: -eva-slevel 300 -eva-split-return full
 */
#include "../../reactor/name/config_file.c"

static const char special[] = " \r\n";

static void read_text(size_t length, unsigned number)
{
	char bytes[7], *rest = bytes + sizeof(bytes) - 1 - length;
	char *line, *word;

	eva_text_of(rest, length, special, number);
	bytes[sizeof(bytes) - 1] = '\0';
	while ((line = evert_config_line(&rest)))
		while ((word = evert_config_word(&line)))
			look_at(word, 1);
}

int main(void)
{
	for (size_t length = 0; length <= 3; length++)
		for (unsigned i = 0; i < eva_texts(special, length); i++)
			read_text(length, i);
	return 0;
}
