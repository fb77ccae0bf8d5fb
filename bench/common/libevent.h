/* SPDX-License-Identifier: MIT */
/*
 * A connection of libevent's, plain, or over TLS where the program is built
 * for that: what is said over it is the same. It does not look for what OpenSSL
 * has read ahead, and would wait for ever for more; so nothing is.
 */
#ifndef BENCH_COMMON_LIBEVENT_H
#define BENCH_COMMON_LIBEVENT_H

#include <event2/bufferevent.h>
#include <event2/listener.h>

#ifdef BENCH_TLS
#include <event2/bufferevent_ssl.h>

#include "tls/context.h"
#endif

static inline struct bufferevent *open_connection(struct evconnlistener *on,
						  evutil_socket_t fd)
{
	struct event_base *base = evconnlistener_get_base(on);

#ifdef BENCH_TLS
	return bufferevent_openssl_socket_new(base, fd, tls_session(),
					      BUFFEREVENT_SSL_ACCEPTING,
					      BEV_OPT_CLOSE_ON_FREE);
#else
	return bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
#endif
}

/* By itself it does not send close_notify: this is how its book says. */
static inline void close_connection(struct bufferevent *connection)
{
#ifdef BENCH_TLS
	SSL *ssl = bufferevent_openssl_get_ssl(connection);

	SSL_set_shutdown(ssl, SSL_RECEIVED_SHUTDOWN);
	SSL_shutdown(ssl);
#endif
	bufferevent_free(connection);
}

#endif
