/* SPDX-License-Identifier: MIT */
/*
 * Contexts: who we are, and whom we trust, for any number of TLS connections.
 *
 *	struct evert_tls_options options = {
 *		.certificate_file = "/etc/ssl/example.pem",
 *		.key_file = "/etc/ssl/private/example.key",
 *	};
 *	struct evert_failure *failure = evert_tls_context_create(
 *		&context, EVERT_TLS_SERVER, &options);
 *
 * A client needs no options: it trusts the system's roots, and checks the name
 * of whom it talks to. There is no option that turns either off; for a
 * certificate of one's own making, name it, or who signed it, in trust_file.
 *
 * A context does not change once it is made. For new certificates make another
 * one, and listen with that.
 *
 * Thread rule: any thread, and the reactors of several threads may share one.
 */
#ifndef EVERT_PROTOCOLS_TLS_CONTEXT_H
#define EVERT_PROTOCOLS_TLS_CONTEXT_H

#include "error.h"

EVERT_BEGIN

struct evert_tls_context;

enum evert_tls_side {
	EVERT_TLS_CLIENT,
	EVERT_TLS_SERVER,
};

/* All zero is safe. All texts are copied, all files are read once. */
struct evert_tls_options {
	/*
	 * Our certificate, and behind it those between it and a root, in PEM: a
	 * file, or the text itself. A server must have one.
	 */
	const char *certificate_file;
	const char *certificate_text;
	/* Its key, in PEM; neither: it is where the certificate is. */
	const char *key_file;
	const char *key_text;

	/*
	 * Whom we trust, in PEM: of clients beside the system's roots, unless
	 * trust_only; of servers, for their clients' certificates, always only
	 * these. A certificate that is not a root may be here, too: it is
	 * then trusted itself.
	 */
	const char *trust_file;
	const char *trust_text;
	bool trust_only;
};

/*
 * Makes a context and puts it into `*made`; the caller owns a reference.
 * `options` may be NULL. NULL, or the failure EVERT_TLS_BAD_CONTEXT that says
 * what is of no use (the caller owns it), and `*made` is NULL. Reads the files,
 * and so may block.
 */
EVERT_MUST_USE
struct evert_failure *
evert_tls_context_create(struct evert_tls_context **made,
			 enum evert_tls_side side,
			 const struct evert_tls_options *options);

/* One reference more; returns `context`. */
struct evert_tls_context *
evert_tls_context_keep(struct evert_tls_context *context);

/* One reference less; connections have their own. NULL does nothing. */
void evert_tls_context_release(struct evert_tls_context *context);

EVERT_END

#endif
