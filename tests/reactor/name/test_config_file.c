/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/base/memory.h"
#include "../../../reactor/name/config_file_internal.h"

static const int64_t SECOND = 1000000000;

static char path[64];
static struct evert_config_file file;

static void begin(void)
{
	int fd;

	strcpy(path, "/tmp/evert-config-XXXXXX");
	fd = mkstemp(path);
	cr_assert(fd >= 0);
	close(fd);
	evert_config_file_init(&file, path);
}

static void finish(void)
{
	unlink(path);
}

TestSuite(config_file, .init = begin, .fini = finish);

static void put(const char *text)
{
	FILE *to = fopen(path, "w");

	cr_assert(to != NULL);
	fputs(text, to);
	fclose(to);
}

/* What it holds at that second, or NULL: nothing new. */
static char *look(int64_t second)
{
	static char held[64];
	struct evert_config_text text;
	int found = evert_config_file_look(&file, second * SECOND, &text);

	cr_assert(found >= 0);
	if (!found)
		return NULL;
	cr_assert(eq(sz, text.length, strlen(text.text)));
	strcpy(held, text.text);
	evert_free(text.text);
	return held;
}

Test(config_file, is_read_once_and_again_when_it_was_changed)
{
	put("one");
	cr_assert(eq(str, look(0), "one"));
	cr_assert(look(1) == NULL);
	put("three");
	cr_assert(eq(str, look(2), "three"));
	cr_assert(look(3) == NULL);
}

Test(config_file, is_looked_at_once_a_second)
{
	struct evert_config_text text;

	put("one");
	cr_assert(eq(str, look(5), "one"));
	put("three");
	cr_assert(evert_config_file_look(&file, 6 * SECOND - 1, &text) == 0);
	cr_assert(eq(str, look(6), "three"));
}

Test(config_file, is_looked_at_at_once_when_asked_to)
{
	put("one");
	cr_assert(eq(str, look(5), "one"));
	evert_config_file_forget(&file);
	cr_assert(eq(str, look(5), "one"));
}

Test(config_file, another_in_its_place_is_a_change)
{
	char other[80];

	put("one");
	cr_assert(eq(str, look(0), "one"));
	sprintf(other, "%s.new", path);
	cr_assert(rename(path, other) == 0);
	put("two");
	unlink(other);
	cr_assert(eq(str, look(1), "two"));
}

Test(config_file, that_is_not_there_is_empty_until_it_is)
{
	unlink(path);
	cr_assert(eq(str, look(0), ""));
	cr_assert(look(1) == NULL);
	put("one");
	cr_assert(eq(str, look(2), "one"));
	unlink(path);
	cr_assert(eq(str, look(3), ""));
}

Test(config_file, that_is_a_pipe_or_a_folder_is_empty)
{
	unlink(path);
	cr_assert(mkfifo(path, 0600) == 0);
	cr_assert(eq(str, look(0), ""));
	evert_config_file_init(&file, "/tmp");
	cr_assert(eq(str, look(0), ""));
}

Test(config_file, lines_end_with_LF_or_CR_LF)
{
	char text[] = "a b\r\n\n c\td";
	char *rest = text, *line;

	line = evert_config_line(&rest);
	cr_assert(eq(str, line, "a b"));
	cr_assert(eq(str, evert_config_word(&line), "a"));
	cr_assert(eq(str, evert_config_word(&line), "b"));
	cr_assert(evert_config_word(&line) == NULL);
	cr_assert(eq(str, evert_config_line(&rest), ""));
	line = evert_config_line(&rest);
	cr_assert(eq(str, evert_config_word(&line), "c"));
	cr_assert(eq(str, evert_config_word(&line), "d"));
	cr_assert(evert_config_line(&rest) == NULL);
}
