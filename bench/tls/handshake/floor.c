/* SPDX-License-Identifier: MIT */
/* The floor: SSL_accept, SSL_write, SSL_shutdown, and gone. */
#include "tls/bare.h"

static const char greeting[] = "Hello, World!\r\n";

static void ready(SSL *ssl)
{
	int result = SSL_accept(ssl);

	if (result <= 0) {
		bare_goes_on(ssl, result);
		return;
	}
	SSL_write(ssl, greeting, sizeof(greeting) - 1);
	SSL_shutdown(ssl);
	bare_end(ssl);
}

int main(void)
{
	bare_serve(ready);
}
