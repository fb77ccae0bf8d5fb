/* SPDX-License-Identifier: MIT */
/* The floor: SSL_read and SSL_write, of all that the kernel has or takes, but
   no more than so many at a time. */
#include <sys/epoll.h>

#include "tls/bare.h"

enum { BUFFER = 65536, TIMES = 16 };

static const char block[BUFFER];
static char buffer[BUFFER];

static void send_some(SSL *ssl)
{
	int i, sent = 1;

	for (i = 0; i < TIMES && sent > 0; i++)
		sent = SSL_write(ssl, block, sizeof(block));
	if (sent <= 0)
		bare_goes_on(ssl, sent);
}

static void receive_some(SSL *ssl)
{
	int i, got = 1;

	for (i = 0; (i < TIMES || SSL_has_pending(ssl)) && got > 0; i++) {
		got = SSL_read(ssl, buffer, sizeof(buffer));
		if (got == 1 && *buffer == 's') {
			SSL_set_app_data(ssl, buffer);
			bare_wait(ssl, EPOLLIN | EPOLLOUT);
		}
	}
	if (got <= 0)
		bare_goes_on(ssl, got);
}

static void ready(SSL *ssl)
{
	if (SSL_get_app_data(ssl))
		send_some(ssl);
	else
		receive_some(ssl);
}

int main(void)
{
	bare_serve(ready);
}
