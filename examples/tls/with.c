/* SPDX-License-Identifier: MIT */
/* For programs that are built where OpenSSL is. */
#include <protocols/tls/tls.h>

#include "../common/example.h"

void example_add_tls(void)
{
	evert_tls_register();
}
