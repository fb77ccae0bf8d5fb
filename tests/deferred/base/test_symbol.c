/* SPDX-License-Identifier: MIT */
/* Names of functions by their addresses. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/base/symbol_internal.h"

static const char *symbol(uintptr_t address)
{
	static struct evert_text text;

	evert_text_init(&text, NULL);
	evert_symbol_add(&text, address);
	return text.gathered;
}

static int nobody_else_knows(int a)
{
	return a + 1;
}

Test(symbol, a_static_function_is_known_by_name)
{
	int (*volatile function)(int) = nobody_else_knows;
	const char *name = symbol((uintptr_t)function);

	cr_assert(strncmp(name, "nobody_else_knows+0x0 (/", 24) == 0);
	cr_assert(strstr(name, "/test_symbol+0x") != NULL);
}

Test(symbol, an_address_in_a_function_is_told_by_how_far)
{
	int (*volatile function)(int) = nobody_else_knows;

	cr_assert(strncmp(symbol((uintptr_t)function + 1),
			  "nobody_else_knows+0x1 (/", 24) == 0);
}

Test(symbol, a_function_of_a_library_is_known_by_name)
{
	cr_assert(strstr(symbol((uintptr_t)abort), "abort+0x0 (/") != NULL);
}

Test(symbol, what_is_of_no_file_is_a_number)
{
	char *block = malloc(1 << 20);

	cr_assert(eq(str, (char *)symbol(0x10), "0x10"));
	cr_assert(strchr(symbol((uintptr_t)block), '+') == NULL);
	free(block);
}

Test(symbol, what_is_no_function_is_told_by_its_file)
{
	static const char data[] = "no function";
	const char *name = symbol((uintptr_t)data);

	cr_assert(name[0] == '/');
	cr_assert(strstr(name, "/test_symbol+0x") != NULL);
	cr_assert(strchr(name, ' ') == NULL);
}

Test(symbol, no_descriptor_stays_open_whichever_is_free)
{
	int free_one;

	close(STDIN_FILENO);
	symbol((uintptr_t)abort);
	free_one = open("/dev/null", O_RDONLY);
	cr_assert(eq(int, free_one, STDIN_FILENO));
}
