/* SPDX-License-Identifier: MIT */
/*
 * Code that a document quotes is the code as it stands: a block of code behind
 * a line "<!-- from FILE -->" must be found in that file, letter by letter.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *read_file(const char *name)
{
	FILE *file = fopen(name, "r");
	char *text = NULL;
	size_t size = 0;

	cr_assert(file != NULL, "cannot read %s", name);
	if (getdelim(&text, &size, '\0', file) < 0)
		cr_fatal("%s is empty", name);
	fclose(file);
	return text;
}

/* What stands between the fences that open behind `at`. */
static char *quoted(const char *at, const char *document)
{
	const char *open = strstr(at, "```");
	const char *begin = open ? strchr(open, '\n') : NULL;
	const char *end = begin ? strstr(begin, "\n```") : NULL;

	if (!end)
		cr_fatal("%s: no block of code behind %.40s", document, at);
	return strndup(begin + 1, (size_t)(end - begin));
}

static size_t check_quotes(const char *document)
{
	static const char mark[] = "<!-- from ";
	char *text = read_file(document);
	char *at = text, *code, *source;
	char name[200];
	size_t count = 0;

	while ((at = strstr(at, mark))) {
		at += strlen(mark);
		cr_assert(eq(int, sscanf(at, "%199s", name), 1));
		code = quoted(at, document);
		source = read_file(name);
		cr_assert(strstr(source, code) != NULL,
			  "%s quotes from %s what is not there:\n%s", document,
			  name, code);
		free(source);
		free(code);
		count++;
	}
	free(text);
	return count;
}

Test(documents, the_study_quotes_the_three_clients_as_they_stand)
{
	cr_assert(ge(sz, check_quotes("docs/inside-out.md"), 6));
}

Test(documents, the_page_on_testing_quotes_its_example_as_it_stands)
{
	cr_assert(ge(sz, check_quotes("docs/testing.md"), 7));
}
