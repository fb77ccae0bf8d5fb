/* SPDX-License-Identifier: MIT */
/* For programs that are built where there is no OpenSSL. */
#include "../common/example.h"

void example_add_tls(void)
{
}
