/* SPDX-License-Identifier: MIT */
/*
 * For programs that are built where there is no OpenSSL, in place of
 * libevert-tls: they do all else, and say why not when they are asked for TLS.
 */
#include <evert.h>
#include <protocols/tls/tls.h>

#include "../common/example.h"
#include "../common/secure.h"

#define SORRY "this was built without OpenSSL 3, and so without TLS"

const struct evert_error evert_error_tls_bad_context =
	EVERT_ERROR_INIT(evert_error_tls_bad_context, EVERT_ERROR,
			 "TLS_BAD_CONTEXT", SORRY);

const struct evert_error evert_error_tls_unknown_name =
	EVERT_ERROR_INIT(evert_error_tls_unknown_name, EVERT_ERROR,
			 "TLS_UNKNOWN_NAME", SORRY);

/* ---- Contexts: there is none ---- */

struct evert_failure *
evert_tls_context_create_at(struct evert_tls_context **made,
			    enum evert_tls_side side,
			    const struct evert_tls_options *options,
			    const char *place)
{
	(void)side;
	(void)options;
	*made = NULL;
	return evert_failure_create_at(place, EVERT_TLS_BAD_CONTEXT, 0, SORRY);
}

void evert_tls_context_release(struct evert_tls_context *context)
{
	(void)context;
}

int evert_tls_context_register(struct evert_tls_context *context,
			       const char *name)
{
	(void)context;
	(void)name;
	return 0;
}

/* Nobody gets as far as these. */

struct evert_tls_context *
evert_tls_context_keep(struct evert_tls_context *context)
{
	return context;
}

struct evert_result evert_tls_context_result(struct evert_tls_context *context)
{
	(void)context;
	return evert_result_none();
}

const struct evert_type evert_type_tls_context = { .name = "tls_context" };

const char *evert_tls_server_name(const struct evert_transport *transport)
{
	(void)transport;
	return NULL;
}

struct evert_deferred *evert_tls_start_at(struct evert_transport *transport,
					  struct evert_tls_context *context,
					  const char *name, const char *place)
{
	(void)transport;
	(void)context;
	(void)name;
	return evert_deferred_create_fired_at(
		place, evert_result_fail(EVERT_TLS_BAD_CONTEXT, 0, SORRY));
}

/* ---- tls:HOST:PORT, with the options that it has otherwise ---- */

static struct evert_deferred *
refuse(struct evert_reactor *reactor, const struct evert_endpoint *endpoint,
       struct evert_factory *factory,
       const struct evert_socket_options *options, const char *place)
{
	(void)reactor;
	(void)endpoint;
	(void)factory;
	(void)options;
	return evert_deferred_create_fired_at(
		place, evert_result_fail(EVERT_TLS_BAD_CONTEXT, 0, SORRY));
}

static const struct evert_endpoint_parameter parameters[] = {
	{ .name = "name" },    { .name = "client-certificate" },
	{ .name = "trust" },   { .name = "certificate" },
	{ .name = "key" },     { .name = "handshake-timeout" },
	{ .name = "lowest" },  { .name = "highest" },
	{ .name = "context" }, { .name = "alpn" },
	{ .name = "staple" },  { .name = "require-staple" },
	{ .name = "report-failures" },
	{ .name = NULL },
};

static struct evert_endpoint_scheme tls = {
	.name = "tls",
	.form = "tls:HOST:PORT",
	.parameters = parameters,
	.over = "tcp",
	.connect = refuse,
	.listen = refuse,
};

void example_add_tls(void)
{
	evert_endpoint_register(&tls);
}

/* ---- On a socket that blocks ---- */

struct ssl_st *example_secure_begin(int fd, const char *name, const char *trust)
{
	(void)fd;
	(void)name;
	(void)trust;
	example_log(SORRY);
	return NULL;
}

ssize_t example_secure_send(struct ssl_st *ssl, const void *data, size_t length)
{
	(void)ssl;
	(void)data;
	(void)length;
	return -1;
}

ssize_t example_secure_receive(struct ssl_st *ssl, void *data, size_t size)
{
	(void)ssl;
	(void)data;
	(void)size;
	return -1;
}

void example_secure_end(struct ssl_st *ssl)
{
	(void)ssl;
}
