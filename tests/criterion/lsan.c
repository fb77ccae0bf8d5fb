/* SPDX-License-Identifier: MIT */
/*
 * What Criterion itself leaks: the tree of results behind all(), any() and
 * none(), in the process of a test; and now and then what it knew of a test
 * that died, in the runner, which runs nothing of ours and is therefore not
 * searched. LeakSanitizer, a library of its own, calls these functions if it
 * can see them.
 */
#include <stdlib.h>

#pragma GCC visibility push(default)

const char *__lsan_default_suppressions(void);
int __lsan_is_turned_off(void);

const char *__lsan_default_suppressions(void)
{
	return "leak:cri_assert_node_add\n"
	       "leak:cri_fmt_vbprintf\n";
}

int __lsan_is_turned_off(void)
{
	/* Boxfort, which runs each test, tells it so where it finds its
	   memory. */
	return !getenv("BXFI_MAP");
}

#pragma GCC visibility pop
