/* SPDX-License-Identifier: MIT */
/* The floor: SSL_read and SSL_write, and what the peer did not take. */
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "tls/bare.h"

enum { BUFFER = 65536 };

struct rest {
	size_t length, done;
	char data[];
};

static char buffer[BUFFER];

static void keep(SSL *ssl, const char *data, size_t length)
{
	struct rest *rest = malloc(sizeof(*rest) + length);

	*rest = (struct rest){ .length = length };
	memcpy(rest->data, data, length);
	SSL_set_app_data(ssl, rest);
	bare_wait(ssl, EPOLLOUT);
}

/* How much was sent; -1: the connection is gone. */
static int send_some(SSL *ssl, const char *data, size_t length)
{
	size_t done = 0;
	int sent;

	while (done < length) {
		sent = SSL_write(ssl, data + done, (int)(length - done));
		if (sent <= 0)
			return bare_goes_on(ssl, sent) ? (int)done : -1;
		done += (size_t)sent;
	}
	return (int)done;
}

static void send_rest(SSL *ssl, struct rest *rest)
{
	int sent = send_some(ssl, rest->data + rest->done,
			     rest->length - rest->done);

	if (sent >= 0)
		rest->done += (size_t)sent;
	if (sent >= 0 && rest->done < rest->length)
		return;
	free(rest);
	if (sent < 0)
		return;
	SSL_set_app_data(ssl, NULL);
	bare_wait(ssl, EPOLLIN);
}

static void echo(SSL *ssl)
{
	int got, sent;

	do {
		got = SSL_read(ssl, buffer, sizeof(buffer));
		if (got <= 0) {
			bare_goes_on(ssl, got);
			return;
		}
		sent = send_some(ssl, buffer, (size_t)got);
		if (sent < 0)
			return;
		if (sent < got) {
			keep(ssl, buffer + sent, (size_t)(got - sent));
			return;
		}
	} while (SSL_has_pending(ssl));
}

static void ready(SSL *ssl)
{
	struct rest *rest = SSL_get_app_data(ssl);

	if (rest)
		send_rest(ssl, rest);
	else
		echo(ssl);
}

int main(void)
{
	bare_serve(ready);
}
