/* SPDX-License-Identifier: MIT */
#include "tickets_internal.h"

#include <math.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <string.h>
#include <time.h>

#include "../../deferred/base/memory.h"
#include "error_internal.h"
#include "parts_internal.h"
#include "session_internal.h"

enum {
	DEFAULT_SECONDS = 12 * 3600,
	MOST_SECONDS = 7 * 24 * 3600, /* RFC 8446, 4.6.1 */
};

static double monotonic(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static bool make_key(struct evert_tls_ticket_key *key, double now)
{
	key->born = now;
	key->is_there = RAND_bytes(key->name, sizeof(key->name)) == 1 &&
			RAND_priv_bytes(key->cipher, sizeof(key->cipher)) ==
				1 &&
			RAND_priv_bytes(key->mac, sizeof(key->mac)) == 1;
	return key->is_there;
}

static void forget(struct evert_tls_ticket_key *key)
{
	OPENSSL_cleanse(key, sizeof(*key));
}

/* Nobody has to call us while time passes: what is too old is so for the next
   who asks. */
static void turn(struct evert_tls_tickets *tickets)
{
	double now = tickets->now();
	double age = now - tickets->current.born;

	if (tickets->current.is_there && age < tickets->seconds)
		return;
	forget(&tickets->former);
	if (tickets->current.is_there && age < 2 * tickets->seconds) {
		tickets->former = tickets->current;
		tickets->former.born += tickets->seconds;
	}
	forget(&tickets->current);
	make_key(&tickets->current, now);
}

static bool is_named(const struct evert_tls_ticket_key *key,
		     const unsigned char *name)
{
	return key->is_there && memcmp(key->name, name, sizeof(key->name)) == 0;
}

/* The former key goes when its own time is over, not the current one's. */
static void drop_former(struct evert_tls_tickets *tickets)
{
	if (tickets->former.is_there &&
	    tickets->now() - tickets->former.born >= tickets->seconds)
		forget(&tickets->former);
}

static void look(struct evert_tls_tickets *tickets, const unsigned char *name,
		 struct evert_tls_ticket_key *current,
		 struct evert_tls_ticket_key *named)
{
	pthread_mutex_lock(&tickets->lock);
	turn(tickets);
	drop_former(tickets);
	*current = tickets->current;
	memset(named, 0, sizeof(*named));
	if (name && is_named(&tickets->current, name))
		*named = tickets->current;
	else if (name && is_named(&tickets->former, name))
		*named = tickets->former;
	pthread_mutex_unlock(&tickets->lock);
}

static bool set_mac(EVP_MAC_CTX *mac, struct evert_tls_ticket_key *key)
{
	char digest[] = "SHA256";
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key->mac,
						  sizeof(key->mac)),
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest,
						 0),
		OSSL_PARAM_construct_end(),
	};

	return EVP_MAC_CTX_set_params(mac, params) == 1;
}

enum {
	FAILED = -1,
	UNKNOWN = 0,
	GOOD = 1,
	RENEW = 2
};

static int lock_ticket(const struct evert_tls_tickets *tickets,
		       struct evert_tls_ticket_key *key, unsigned char *name,
		       unsigned char *iv, EVP_CIPHER_CTX *cipher,
		       EVP_MAC_CTX *mac)
{
	if (!key->is_there || RAND_bytes(iv, 16) != 1 ||
	    EVP_EncryptInit_ex2(cipher, tickets->cipher, key->cipher, iv,
				NULL) != 1 ||
	    !set_mac(mac, key))
		return FAILED;
	memcpy(name, key->name, sizeof(key->name));
	return GOOD;
}

static int unlock_ticket(const struct evert_tls_tickets *tickets,
			 struct evert_tls_ticket_key *key,
			 const unsigned char *iv, EVP_CIPHER_CTX *cipher,
			 EVP_MAC_CTX *mac)
{
	if (!key->is_there)
		return UNKNOWN;
	if (EVP_DecryptInit_ex2(cipher, tickets->cipher, key->cipher, iv,
				NULL) != 1 ||
	    !set_mac(mac, key))
		return FAILED;
	return GOOD;
}

/* Of the context that the server listens with, whatever it chose. */
static int crypt_ticket(SSL *ssl, unsigned char *name, unsigned char *iv,
			EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, int locking)
{
	struct evert_tls_tickets *tickets =
		evert_tls_session_of(ssl)->context->tickets;
	struct evert_tls_ticket_key current, named;
	int outcome;

	look(tickets, locking ? NULL : name, &current, &named);
	if (locking)
		outcome = lock_ticket(tickets, &current, name, iv, cipher, mac);
	else
		outcome = unlock_ticket(tickets, &named, iv, cipher, mac);
	/* A client of TLS 1.3 uses a ticket once: it gets another one. */
	if (outcome == GOOD && !locking &&
	    (SSL_version(ssl) >= TLS1_3_VERSION ||
	     memcmp(named.name, current.name, sizeof(named.name)) != 0))
		outcome = RENEW;
	forget(&current);
	forget(&named);
	return outcome;
}

static struct evert_failure *refuse_seconds(double seconds)
{
	return evert_failure_create(EVERT_TLS_BAD_CONTEXT, 0,
				    "ticket_seconds of %g: at least 1, at most "
				    "7 days",
				    seconds);
}

static struct evert_failure *give_none(struct evert_tls_context *context)
{
	SSL_CTX_set_options(context->ssl, SSL_OP_NO_TICKET);
	return SSL_CTX_set_num_tickets(context->ssl, 0) == 1
		       ? NULL
		       : evert_failure_bare(EVERT_NO_MEMORY);
}

struct evert_failure *
evert_tls_use_tickets(struct evert_tls_context *context,
		      const struct evert_tls_options *options)
{
	double seconds = options->ticket_seconds != 0 ? options->ticket_seconds
						      : DEFAULT_SECONDS;
	struct evert_tls_tickets *tickets;

	if (!(seconds >= 1 && seconds <= MOST_SECONDS))
		return refuse_seconds(seconds);
	if (context->side == EVERT_TLS_CLIENT)
		return NULL;
	if (options->no_resumption)
		return give_none(context);
	tickets = evert_allocate(sizeof(*tickets));
	if (!tickets)
		return evert_failure_bare(EVERT_NO_MEMORY);
	memset(tickets, 0, sizeof(*tickets));
	pthread_mutex_init(&tickets->lock, NULL);
	tickets->seconds = seconds;
	tickets->now = monotonic;
	context->tickets = tickets;
	tickets->cipher = EVP_CIPHER_fetch(NULL, "AES-256-CBC", NULL);
	if (!tickets->cipher)
		return evert_tls_bad_context(EVERT_HERE, "session tickets");
	/* As long as its key is taken for certain. */
	SSL_CTX_set_timeout(context->ssl, (long)seconds);
	SSL_CTX_set_tlsext_ticket_key_evp_cb(context->ssl, crypt_ticket);
	return NULL;
}

void evert_tls_tickets_destroy(struct evert_tls_tickets *tickets)
{
	if (!tickets)
		return;
	EVP_CIPHER_free(tickets->cipher);
	pthread_mutex_destroy(&tickets->lock);
	forget(&tickets->current);
	forget(&tickets->former);
	evert_free(tickets);
}
