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
 * The environment variable SSLKEYLOGFILE names a file to which the keys of
 * connections are added, for Wireshark. It is looked at when a context is made,
 * not in a program that runs with other rights than who started it has.
 *
 * Thread rule: any thread, and the reactors of several threads may share one.
 */
#ifndef EVERT_PROTOCOLS_TLS_CONTEXT_H
#define EVERT_PROTOCOLS_TLS_CONTEXT_H

#include "../../deferred/deferred.h"
#include "../../reactor/address.h"
#include "error.h"

EVERT_BEGIN

struct evert_tls_context;

/* Which side of a connection a context is for. */
enum evert_tls_side {
	EVERT_TLS_CLIENT,
	EVERT_TLS_SERVER,
};

/* Versions of TLS. */
enum evert_tls_version {
	EVERT_TLS_ANY_VERSION, /* 1.2 and 1.3 */
	EVERT_TLS_1_2,
	EVERT_TLS_1_3,
};

/* Whether a server asks its clients for certificates. */
enum evert_tls_client_certificate {
	EVERT_TLS_NOT_ASKED,
	EVERT_TLS_WANTED,   /* one that comes must be good */
	EVERT_TLS_REQUIRED, /* without one, too, the handshake fails */
};

/* What a context is made of. All zero is safe. All texts are copied, all files
   are read once. */
struct evert_tls_options {
	/*
	 * Our certificate, and behind it those between it and a root, in PEM: a
	 * file, or the text itself. All of it is sent, and no more. A server
	 * must have one.
	 */
	const char *certificate_file;
	const char *certificate_text;
	/* Its key, in PEM; neither: it is where the certificate is. */
	const char *key_file;
	const char *key_text;
	/* Asked for the password of a key that is locked, while the context is
	   made. What it returns may go after the next call; NULL: there is
	   none. Without it such a key is refused: nobody is asked at a
	   terminal. */
	const char *(*key_password)(void *arg);

	/*
	 * Whom we trust, in PEM, and of a folder in all files *.pem, *.crt and
	 * *.cer: of clients beside the system's roots, unless trust_only; of
	 * servers, for their clients' certificates, always only these. A
	 * certificate that is not a root may be here, too: it is then trusted
	 * itself. A server that has these, or pins, and no client_certificate
	 * is refused: it would let in anybody.
	 */
	const char *trust_file;
	const char *trust_folder;
	const char *trust_text;
	bool trust_only;
	/*
	 * One of these keys must be in the other side's chain, beside all else
	 * that is checked: SHA-256 of a SubjectPublicKeyInfo, in base64 (RFC
	 * 7469, 2.4; docs/tls.md has the command). NULL ends them.
	 */
	const char *const *pins;
	/* Of a server, which then must say whom it trusts. */
	enum evert_tls_client_certificate client_certificate;

	/*
	 * The protocols above, the best one first, NULL ends them (ALPN, RFC
	 * 7301): "h2", "http/1.1". A server refuses a client that offers
	 * others alone; with one that offers none, and with a server that
	 * chooses none, there is none.
	 */
	const char *const *alpn;

	/* Of TLS. There is no other version to be had. */
	enum evert_tls_version lowest, highest;

	/*
	 * What a client and a server have agreed on is good for their next
	 * connection, too, which so costs less, unless no_resumption. A server
	 * gives it to the client, as a ticket under a key which it uses for
	 * ticket_seconds (0: 12 hours; at most 7 days), takes for as long again
	 * and then forgets. A client keeps it, resume_most of all (0: 256), 4
	 * of a name, and no longer than the server's certificate is valid.
	 * Data before the end of the handshake (early data) is neither sent
	 * nor taken: it could be replayed.
	 */
	bool no_resumption;
	double ticket_seconds;
	size_t resume_most;

	/*
	 * Of a server: a response of OCSP about its certificate, in DER, a file
	 * or bytes; clients that ask get it until its time is over. For a new
	 * one, make a new context.
	 */
	const char *staple_file;
	const void *staple;
	size_t staple_length;
	/* Of a client: refuses a server without one, and one that was revoked.
	   Then no session is resumed: it says nothing new. */
	bool require_staple;

	/*
	 * Of a server: which context a client gets, by the name it asks for
	 * (server name indication, RFC 6066, 3): in small letters, without a
	 * trailing dot, or NULL where it names none. The result is one of
	 * evert_tls_context_result, or nothing: this context. A failure refuses
	 * the client: EVERT_TLS_UNKNOWN_NAME with what says so, any other as an
	 * error of ours, which it may try again. It may take its time: the handshake waits, and cancels it
	 * when its own time is over or the client goes. Called on the reactor's
	 * thread. Of the context that is given its certificate, what it asks of
	 * clients' certificates, versions, ALPN and staple count; tickets and
	 * the rest stay those of this one.
	 */
	struct evert_deferred *(*choose)(void *arg, const char *server_name);

	/* Seconds that a handshake may take; 0: 30. */
	double handshake_seconds;

	/* The steps of handshakes are done by the reactor's threads
	   (reactor/thread/thread_pool.h), so that a slow key, as of RSA, holds
	   up nobody else. */
	bool handshake_in_threads;

	/*
	 * The kernel encrypts what is sent, where it can (kTLS, docs/tls.md),
	 * so that files are sent without being read; evert_tls_ktls says
	 * whether it does. Everything else is the same, but that the other
	 * side can't have the keys changed: that fails. Not for
	 * handshake_in_threads.
	 */
	bool ktls;

	/* Of a server that listens: called when a client's handshake failed,
	   which nobody else is told. `failure` and `peer` live until it
	   returns; `peer` is NULL where it is not known. */
	void (*handshake_failed)(void *arg, const struct evert_failure *failure,
				 const struct evert_address *peer);

	/* For the functions above. */
	void *arg;
};

/*
 * Makes a context and puts it into `*made`; the caller owns a reference.
 * `options` may be NULL. NULL, or the failure EVERT_TLS_BAD_CONTEXT that says
 * what is of no use (the caller owns it), and `*made` is NULL. Reads the files,
 * and so may block.
 */
#define evert_tls_context_create(...) \
	evert_tls_context_create_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_failure *
evert_tls_context_create_at(struct evert_tls_context **made,
			    enum evert_tls_side side,
			    const struct evert_tls_options *options,
			    const char *place);

/* Takes one reference more to a context; returns `context`. */
struct evert_tls_context *
evert_tls_context_keep(struct evert_tls_context *context);

/* Gives one reference to a context up; connections have their own. NULL does
   nothing. */
void evert_tls_context_release(struct evert_tls_context *context);

/* The result of `choose`: takes over a reference to a server's context. */
EVERT_MUST_USE
struct evert_result evert_tls_context_result(struct evert_tls_context *context);
extern const struct evert_type evert_type_tls_context;

EVERT_END

#endif
