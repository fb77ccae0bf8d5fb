/* SPDX-License-Identifier: MIT */
/*
 * TLS by endpoint strings, so that evert_connect, evert_listen,
 * evert_stream_connect and evert_serve do it, and programs that take endpoints
 * from their users.
 *
 * They are known once the program has called evert_tls_register.
 *
 *	tls:HOST:PORT	over tcp, with all its options
 *	tls-unix:PATH	over a UNIX socket, the same
 *
 * Options, to connect:
 *
 *	name=NAME	of whom the certificate has to be, and whom the server
 *			is told; without it HOST. tls-unix must have it.
 *	require-staple=yes
 *			as in struct evert_tls_options
 *
 * to listen:
 *
 *	client-certificate=wanted, client-certificate=required
 *			certificates of clients, with trust=
 *	staple=FILE	what is handed over with the certificate (OCSP)
 *	report-failures=yes
 *			writes to stderr which client's handshake failed, and
 *			why; without it nobody is told (handshake_failed in
 *			struct evert_tls_options is for programs)
 *
 * and in both cases, each as in struct evert_tls_options:
 *
 *	certificate=FILE, key=FILE
 *			to listen, a certificate has to be there
 *	trust=FILE	only whom that says; without it the system's roots
 *	alpn=NAME,NAME,...
 *			protocols above, the best one first
 *	lowest=1.3, highest=1.2
 *			versions
 *	handshake-timeout=SECONDS
 *	context=NAME	instead of all these (but name=), a context that the
 *			program has registered: for what has no option here,
 *			as pins
 *
 * Files are read each time. A program that connects often and says more than
 * HOST and PORT had better register a context: sessions are resumed within one
 * only. Strings that say no more share one.
 *
 * Thread rule: any thread.
 */
#ifndef EVERT_PROTOCOLS_TLS_SCHEME_H
#define EVERT_PROTOCOLS_TLS_SCHEME_H

#include "context.h"

EVERT_BEGIN

/* Adds the schemes to those of the process. Again, it does nothing. 0; -EEXIST:
   somebody else has added one of that name. */
int evert_tls_register(void);

/*
 * Has strings find `context` as context=NAME. Keeps a reference, until another
 * one of that name, or NULL, takes its place; ports that listen keep theirs.
 * 0 or -ENOMEM.
 */
int evert_tls_context_register(struct evert_tls_context *context,
			       const char *name);

EVERT_END

#endif
