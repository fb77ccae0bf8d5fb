/* SPDX-License-Identifier: MIT */
/*
 * What Criterion itself leaks: the tree of results behind all(), any() and
 * none(). LeakSanitizer, a library of its own, calls this function if it can
 * see it.
 */
#pragma GCC visibility push(default)

const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
	return "leak:cri_assert_node_add\n"
	       "leak:cri_fmt_vbprintf\n";
}

#pragma GCC visibility pop
