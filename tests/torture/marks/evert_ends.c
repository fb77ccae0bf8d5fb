/* SPDX-License-Identifier: MIT */
/* A place in the program: see stack.c. */
void evert_code_ends(void);

void evert_code_ends(void)
{
}
