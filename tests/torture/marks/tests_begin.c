/* SPDX-License-Identifier: MIT */
/* A place in the program: see stack.c. */
void test_code_begins(void);

void test_code_begins(void)
{
}
