/* SPDX-License-Identifier: MIT */
/*
 * Two protocols talk over TLS in memory, by a script: what they do, and what
 * becomes of the records between them. Whatever that is, each is told what the
 * other one has written or the begin of it, nothing while it is paused, and an
 * end only where that is all. Nothing is by chance, nor by certificates of a
 * file: a script does the same everywhere.
 */
#define OPENSSL_SUPPRESS_DEPRECATED /* random numbers that are not */
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "../../deferred/base/memory.h"
#include "../../protocols/tls/tls.h"
#include "../../reactor/reactor.h"
#include "../../reactor/transport/memory_transport.h"
#include "fuzz.h"
#include "must.h"

/* ---- Nothing by chance ---- */

static struct fuzz_input chance;

static int give_numbers(unsigned char *to, int length)
{
	int i;

	for (i = 0; i < length; i++)
		to[i] = (unsigned char)fuzz_below(&chance, 256);
	return 1;
}

static int have_numbers(void)
{
	return 1;
}

static const RAND_METHOD numbers = {
	.bytes = give_numbers,
	.pseudorand = give_numbers,
	.status = have_numbers,
};

static void seed_numbers(void)
{
	chance.state = 1;
}

/* ---- A certificate ---- */

static X509 *make_certificate(EVP_PKEY *key)
{
	X509 *certificate = X509_new();
	X509_NAME *name = X509_get_subject_name(certificate);
	X509_EXTENSION *names = X509V3_EXT_conf_nid(
		NULL, NULL, NID_subject_alt_name, "DNS:localhost");

	X509_set_version(certificate, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
				   (const unsigned char *)"fuzz", -1, -1, 0);
	X509_set_issuer_name(certificate, name);
	ASN1_TIME_set_string(X509_getm_notBefore(certificate),
			     "20200101000000Z");
	ASN1_TIME_set_string(X509_getm_notAfter(certificate),
			     "21200101000000Z");
	X509_set_pubkey(certificate, key);
	must(names && X509_add_ext(certificate, names, -1));
	must(X509_sign(certificate, key, EVP_sha256()));
	X509_EXTENSION_free(names);
	return certificate;
}

static char *take_text(BIO *bio)
{
	char *at, *text;
	long length = BIO_get_mem_data(bio, &at);

	text = copy_text((const uint8_t *)at, (size_t)length);
	BIO_free(bio);
	return text;
}

static void make_pem(char **certificate_text, char **key_text)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate = make_certificate(key);
	BIO *text = BIO_new(BIO_s_mem());

	must(PEM_write_bio_X509(text, certificate));
	*certificate_text = take_text(text);
	text = BIO_new(BIO_s_mem());
	must(PEM_write_bio_PrivateKey(text, key, NULL, NULL, 0, NULL, NULL));
	*key_text = take_text(text);
	X509_free(certificate);
	EVP_PKEY_free(key);
}

/* ---- What is made once ---- */

static struct evert_reactor *reactor;
static struct evert_tls_context *client_contexts[2], *server_contexts[2];

static void make_context(struct evert_tls_context **made,
			 enum evert_tls_side side,
			 struct evert_tls_options options)
{
	options.no_resumption = true; /* no script depends on another one */
	must(!evert_tls_context_create(made, side, &options));
}

static void make_contexts(void)
{
	enum evert_tls_version version;
	char *certificate, *key;

	make_pem(&certificate, &key);
	for (version = EVERT_TLS_1_2; version <= EVERT_TLS_1_3; version++) {
		size_t i = version - EVERT_TLS_1_2;

		make_context(&client_contexts[i], EVERT_TLS_CLIENT,
			     (struct evert_tls_options){
				     .trust_text = certificate,
				     .trust_only = true,
				     .highest = version,
			     });
		make_context(&server_contexts[i], EVERT_TLS_SERVER,
			     (struct evert_tls_options){
				     .certificate_text = certificate,
				     .key_text = key,
			     });
	}
	free(certificate);
	free(key);
}

static void make_once(void)
{
	if (reactor)
		return;
	seed_numbers();
	must(RAND_set_rand_method(&numbers));
	make_contexts();
	reactor = evert_reactor_create(NULL);
	must(reactor);
}

/* ---- A side ---- */

struct side {
	struct evert_protocol base;
	struct evert_memory_transport *memory;
	struct side *other;
	size_t written, got;
	bool paused, ended, lost, reset;
	bool said_end;	 /* lose_write, lose_connection */
	bool told_below; /* the end of the one below */
	size_t outcomes, wanted; /* of evert_tls_start */
	char *pending;	 /* what it has sent, on its way */
	size_t length;
};

static struct side sides[2];

static struct side *side_from(struct evert_protocol *base)
{
	return evert_container_of(base, struct side, base);
}

/* What a side writes: each byte tells its place. */
static char byte_at(const struct side *side, size_t place)
{
	return (char)(place * 7 + place / 256 + (side == &sides[1]));
}

static void data_received(struct evert_protocol *base, const char *data,
			  size_t length)
{
	struct side *side = side_from(base);
	size_t i;

	must(!side->paused && !side->ended && !side->lost && length);
	must(!evert_transport_is_closing(base->transport));
	for (i = 0; i < length; i++)
		must(data[i] == byte_at(side->other, side->got + i));
	side->got += length;
	must(side->got <= side->other->written);
}

static bool has_all(const struct side *side)
{
	return side->other->said_end && side->got == side->other->written;
}

static void end_received(struct evert_protocol *base)
{
	struct side *side = side_from(base);

	must(!side->paused && !side->ended && !side->lost);
	must(has_all(side));
	side->ended = true;
}

static void connection_lost(struct evert_protocol *base,
			    const struct evert_failure *reason)
{
	struct side *side = side_from(base);

	must(!side->lost);
	must(reason->kind != EVERT_CONNECTION_DONE || side->said_end ||
	     has_all(side));
	side->lost = true;
}

static const struct evert_protocol_ops ops = {
	.data_received = data_received,
	.end_received = end_received,
	.connection_lost = connection_lost,
};

static struct evert_transport *below(const struct side *side)
{
	return evert_memory_transport_base(side->memory);
}

/* ---- What is between them ---- */

/* Takes what a side has sent. */
static void collect(struct side *side)
{
	size_t length;
	const char *sent = evert_memory_transport_written(side->memory,
							  &length);

	if (!length)
		return;
	side->pending = realloc(side->pending, side->length + length);
	must(side->pending);
	memcpy(side->pending + side->length, sent, length);
	side->length += length;
	evert_memory_transport_clear(side->memory);
}

static void turn(void)
{
	evert_reactor_turn(reactor, 0);
	collect(&sides[0]);
	collect(&sides[1]);
}

/* In memory of its own size. */
static void give(struct side *to, const char *data, size_t length)
{
	struct evert_protocol *protocol = below(to)->protocol;
	char *copy = malloc(length);

	must(copy);
	memcpy(copy, data, length);
	if (!below(to)->closing && !to->told_below)
		protocol->ops->data_received(protocol, copy, length);
	free(copy);
}

static void drop(struct side *from, size_t at, size_t length)
{
	from->length -= length;
	memmove(from->pending + at, from->pending + at + length,
		from->length - at);
}

static void carry(struct side *from, size_t most)
{
	size_t length = from->length < most ? from->length : most;
	char *data = from->pending;

	if (!length || !evert_memory_transport_is_reading(from->other->memory))
		return;
	from->pending = malloc(from->length);
	must(from->pending);
	memcpy(from->pending, data, from->length);
	drop(from, 0, length);
	give(from->other, data, length);
	free(data);
}

static void carry_all(void)
{
	int i;

	for (i = 0; i < 12; i++) {
		turn();
		carry(&sides[0], SIZE_MAX);
		carry(&sides[1], SIZE_MAX);
	}
}

static void change(struct side *from, struct fuzz_input *input)
{
	size_t at = fuzz_setting(input) * 256 + fuzz_setting(input);

	if (from->length)
		from->pending[at % from->length] ^=
			(char)(1 << fuzz_setting(input) % 8);
}

static void take_out(struct side *from, struct fuzz_input *input)
{
	size_t at = fuzz_setting(input), length = fuzz_setting(input);

	if (at + length <= from->length && length)
		drop(from, at, length);
}

/* What nobody has sent. */
static void put_in(struct side *to, struct fuzz_input *input)
{
	size_t length = fuzz_setting(input);

	if (length > input->left)
		length = input->left;
	if (length && evert_memory_transport_is_reading(to->memory))
		give(to, input->data, length);
	input->data += length;
	input->left -= length;
}

/* The one below has ended, as far as it may be told. */
static void end_below(struct side *side)
{
	struct evert_protocol *protocol = below(side)->protocol;

	if (side->told_below || below(side)->closing || below(side)->held ||
	    !evert_memory_transport_is_reading(side->memory))
		return;
	side->told_below = true;
	protocol->ops->end_received(protocol);
}

/* ---- What a side does ---- */

static void write_some(struct side *side, size_t length)
{
	char data[256 * 128];
	size_t i;

	for (i = 0; i < length; i++)
		data[i] = byte_at(side, side->written + i);
	if (!evert_transport_write(side->base.transport, data, length))
		side->written += length;
}

static struct evert_result note(struct evert_result *in, void *arg)
{
	struct side *side = (struct side *)arg;

	must(evert_result_is_failure(in) ||
	     evert_result_as_protocol(in) == &side->base);
	side->outcomes++;
	return evert_result_none();
}

static void start(struct side *side, int version)
{
	bool is_client = side == &sides[0];
	struct evert_deferred *started = evert_tls_start(
		side->base.transport,
		(is_client ? client_contexts : server_contexts)[version],
		is_client ? "localhost" : NULL);

	side->wanted++;
	side->said_end |= evert_transport_is_closing(side->base.transport);
	evert_deferred_add_both(started, note, side);
	evert_deferred_release(started);
}

/* Once more, over what there is. */
static void start_both(int version)
{
	if (sides[0].wanted == 3)
		return;
	start(&sides[1], version);
	start(&sides[0], version);
}

static void pause_or_resume(struct side *side)
{
	side->paused = !side->paused;
	if (side->paused)
		evert_transport_pause_reading(side->base.transport);
	else
		evert_transport_resume_reading(side->base.transport);
}

static void act(struct side *side, unsigned what, struct fuzz_input *input)
{
	struct evert_transport *transport = side->base.transport;

	switch (what) {
	case 0:
		write_some(side, fuzz_setting(input));
		break;
	case 1:
		write_some(side, fuzz_setting(input) * 128);
		break;
	case 2:
		pause_or_resume(side);
		break;
	case 3:
		side->said_end |= !evert_transport_lose_write(transport);
		break;
	case 4:
		side->said_end |= !evert_transport_is_closing(transport);
		evert_transport_lose_connection(transport);
		break;
	case 5:
		evert_transport_abort(transport);
		break;
	case 6:
		evert_transport_set_write_marks(transport,
						fuzz_setting(input), 0);
		break;
	default:
		transport->held = !transport->held && !side->lost;
	}
}

static void step(struct fuzz_input *input, int version)
{
	unsigned setting = fuzz_setting(input);
	struct side *side = &sides[setting & 1];
	unsigned what = setting >> 1 & 15;

	switch (what) {
	case 8:
		carry(side, fuzz_setting(input));
		break;
	case 9:
		carry_all();
		break;
	case 10:
		change(side, input);
		break;
	case 11:
		take_out(side, input);
		break;
	case 12:
		put_in(side, input);
		break;
	case 13:
		end_below(side);
		break;
	case 14:
		evert_memory_transport_end(
			side->memory,
			evert_failure_bare(EVERT_CONNECTION_LOST));
		break;
	case 15:
		start_both(version);
		break;
	default:
		act(side, what, input);
	}
	if (!(setting & 32))
		turn();
}

/* ---- All of it ---- */

static void open_side(struct side *side, struct side *other)
{
	*side = (struct side){ .base.ops = &ops, .other = other };
	side->memory = evert_memory_transport_create(&side->base);
	must(side->memory);
	evert_memory_transport_set_reactor(side->memory, reactor);
}

static void close_side(struct side *side)
{
	evert_memory_transport_destroy(side->memory);
	must(side->lost && side->outcomes == side->wanted);
	free(side->pending);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = { (const char *)data, size, 1 };
	unsigned setting = fuzz_setting(&input);
	int version = setting & 1;

	make_once();
	seed_numbers();
	open_side(&sides[0], &sides[1]);
	open_side(&sides[1], &sides[0]);
	start_both(version);
	if (setting & 2)
		carry_all();
	while (input.left)
		step(&input, version);
	carry_all();
	close_side(&sides[0]);
	close_side(&sides[1]);
	evert_reactor_turn(reactor, 0);
	return 0;
}
