/* SPDX-License-Identifier: MIT */
/*
 * Results: texts of any bytes, short, long, and too long for any memory, in
 * lists, printed.
 *
 * sources: deferred/result.c
 * options: -eva-slevel 60 -eva-split-return full -eva-mlevel 3
 * options: -eva-slevel-function add_text:0 -eva-unroll-recursive-calls 6
 * options: -unsafe-arrays
 */
#include "../../deferred/result_internal.h"

#include <errno.h>

const struct evert_error evert_error_no_memory = { .name = "NO_MEMORY" };
const struct evert_type evert_type_list = { "list", NULL };

struct evert_failure *evert_failure_bare(const struct evert_error *kind)
{
	return eva_failure(kind);
}

void evert_text_add(struct evert_text *to, const char *format, ...)
{
	(void)to;
	look_at(format, 1);
}

static void print_any(size_t length)
{
	char bytes[8], *from = bytes + sizeof(bytes) - length;
	struct evert_result items[2], result;
	struct evert_list list = { 2, items }, outer = { 1, &result };
	struct evert_text text;

	any_bytes(bytes, sizeof(bytes));
	evert_text_init(&text, NULL);
	items[0] = evert_result_text(from, length);
	items[1] = evert_result_integer(any(0, 9));
	result = evert_result_of(&evert_type_list, &list);
	evert_result_add_to(&result, &text);
	result = evert_result_of(&evert_type_list, &outer); /* in itself */
	evert_result_add_to(&result, &text);
	evert_result_release(evert_result_take(&items[0]));
	evert_result_release(items[0]);
}

int main(void)
{
	struct evert_result huge = evert_result_text(NULL, SIZE_MAX);

	/*@ assert huge.type == &evert_type_failure; */
	evert_result_release(huge);
	for (size_t length = 0; length <= 8; length += 4)
		print_any(length);
	return 0;
}
