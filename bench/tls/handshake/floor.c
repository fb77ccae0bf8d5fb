/* SPDX-License-Identifier: MIT */
/* The floor: SSL_accept, SSL_write, SSL_shutdown; then the other side's end is
   waited for, as it must be so that nothing of ours is lost on the way. */
#include "tls/bare.h"

static const char greeting[] = "Hello, World!\r\n";

static void greet(SSL *ssl)
{
	int result = SSL_accept(ssl);

	if (result <= 0) {
		bare_goes_on(ssl, result);
		return;
	}
	SSL_write(ssl, greeting, sizeof(greeting) - 1);
	SSL_shutdown(ssl);
}

static void wait_for_end(SSL *ssl)
{
	char byte;
	int result = SSL_read(ssl, &byte, sizeof(byte));

	if (result <= 0)
		bare_goes_on(ssl, result);
}

static void ready(SSL *ssl)
{
	if (SSL_get_shutdown(ssl) & SSL_SENT_SHUTDOWN)
		wait_for_end(ssl);
	else
		greet(ssl);
}

int main(void)
{
	bare_serve(ready);
}
