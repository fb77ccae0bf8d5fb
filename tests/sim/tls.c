/* SPDX-License-Identifier: MIT */
/*
 * Clients of three styles (common/visits.h) ask a server to greet them, over
 * TLS 1.2 and 1.3, with sessions that are resumed, directly or by way of one
 * who changes a bit of what passes, ends it in the middle, or both of that. The
 * server may be another one than it says, or unknown to the clients. No
 * greeting goes to the wrong name, none comes from the wrong server; what was
 * changed is never taken, what was cut off never ends in order; where nothing
 * is wrong, who is patient is greeted by all names.
 *
 * What OpenSSL draws at random comes from the seed, and the time by which it
 * judges certificates and makes tickets stands still: so the same seed gives
 * the same bytes, with the same certificates (those of the tests, which are made
 * once for a build).
 */
#define OPENSSL_SUPPRESS_DEPRECATED /* RAND_METHOD, since 3.0 */

#include <evert-tls.h>

#include <libgen.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/visits.h"

enum {
	MOST_CLIENTS = 3,
	MOST_VISITS = 2,	/* of each, one after the other */
	MOST_PASSING = 6000, /* bytes, after which harm is done, */
	MOST_GREETING = 400, /* or behind the first handshake */
	TEXT_SIZE = 32768
};

static struct evert_sim *sim;
static struct visit visits[MOST_CLIENTS][MOST_VISITS];
static struct evert_tls_context *client_context, *server_context;

/* ---- What is the same for the same seed ---- */

static uint64_t drawn;

static int draw_bytes(unsigned char *bytes, int count)
{
	uint64_t mixed = 0;
	int i;

	for (i = 0; i < count; i++, mixed >>= 8) {
		if (i % 8 == 0) {
			drawn = drawn * UINT64_C(6364136223846793005) +
				UINT64_C(1442695040888963407);
			mixed = (drawn ^ drawn >> 29) *
				UINT64_C(0x94d049bb133111eb);
		}
		bytes[i] = (unsigned char)mixed;
	}
	return 1;
}

static int is_drawing(void)
{
	return 1;
}

static const RAND_METHOD drawing = {
	.bytes = draw_bytes,
	.pseudorand = draw_bytes,
	.status = is_drawing,
};

static time_t standing_still;

/* OpenSSL and evert find this one before that of libc. */
__attribute__((visibility("default"))) time_t time(time_t *now)
{
	if (now)
		*now = standing_still;
	return standing_still;
}

/* ---- Certificates ---- */

static char folder[4096];
static char trusted[TEXT_SIZE];

static const char *const certificates[] = {
	"server.pem",	 /* for localhost, by whom the clients trust */
	"stranger.pem",	 /* by another one */
	"elsewhere.pem", /* for elsewhere.test */
};
enum { CERTIFICATES = sizeof(certificates) / sizeof(*certificates) };
static char texts[CERTIFICATES][TEXT_SIZE];

static void read_file(const char *name, char *text)
{
	char path[sizeof(folder) + 64];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "re");
	if (!file) {
		perror(path);
		exit(2);
	}
	text[fread(text, 1, TEXT_SIZE - 1, file)] = '\0';
	fclose(file);
}

/* An hour after the server's certificate was made. */
static void let_time_stand_still(void)
{
	BIO *bio = BIO_new_mem_buf(texts[0], -1);
	X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	struct tm from;

	ASN1_TIME_to_tm(X509_get0_notBefore(certificate), &from);
	standing_still = timegm(&from) + 3600;
	X509_free(certificate);
	BIO_free(bio);
}

static void read_certificates(const char *program)
{
	char here[sizeof(folder) - 64];
	size_t i;

	snprintf(here, sizeof(here), "%s", program);
	snprintf(folder, sizeof(folder), "%s/../certificates", dirname(here));
	read_file("root.crt", trusted);
	for (i = 0; i < CERTIFICATES; i++)
		read_file(certificates[i], texts[i]);
	let_time_stand_still();
}

/* ---- Contexts ---- */

static struct evert_tls_context *
make_context(enum evert_tls_side side, const struct evert_tls_options *options)
{
	struct evert_tls_context *context;

	evert_sim_check(sim, !evert_tls_context_create(&context, side,
						       options));
	return context;
}

static size_t refused; /* handshakes, by the server */

static void handshake_failed(void *arg, const struct evert_failure *failure,
			     const struct evert_address *peer)
{
	(void)arg, (void)failure, (void)peer;
	refused++;
}

static void make_contexts(size_t certificate)
{
	enum evert_tls_version version =
		evert_sim_random(sim, 2) ? EVERT_TLS_1_2 : EVERT_TLS_1_3;
	bool no_resumption = evert_sim_random(sim, 2);

	server_context = make_context(
		EVERT_TLS_SERVER,
		&(struct evert_tls_options){
			.certificate_text = texts[certificate],
			.no_resumption = no_resumption,
			.handshake_failed = handshake_failed,
		});
	client_context = make_context(EVERT_TLS_CLIENT,
				      &(struct evert_tls_options){
					      .trust_text = trusted,
					      .trust_only = true,
					      .lowest = version,
					      .highest = version,
					      .no_resumption = no_resumption,
				      });
}

/* ---- Server and clients ---- */

static void serve(struct evert_reactor *reactor, void *arg)
{
	(void)arg;
	evert_reactor_set_closing_time(reactor, 1000);
	evert_deferred_release(evert_tls_listen(reactor, "tcp::9999",
						&visit_greeters,
						server_context));
	visits_may_be_stopped(reactor);
}

static struct evert_deferred *connect_to(struct evert_reactor *reactor,
					 struct evert_factory *factory)
{
	return evert_tls_connect(reactor, "tcp:10.0.0.1:9999", factory,
				 client_context, "localhost");
}

static struct evert_deferred *connect_by_way(struct evert_reactor *reactor,
					     struct evert_factory *factory)
{
	return evert_tls_connect(reactor, "tcp:10.0.0.2:9999", factory,
				 client_context, "localhost");
}

/* ---- Who stands between ---- */

struct side {
	struct evert_protocol base;
	struct side *other; /* NULL: there is none, or it is lost */
	struct evert_deferred *connecting; /* to it; or NULL */
	bool is_client_s;
};

/* What it does to the first that passes so many bytes; 0: nothing. */
static size_t changes_after[2], cuts_after[2]; /* by direction */
static size_t passed[2];
static bool has_changed, has_cut, spares_handshake;

static struct side *side_from(struct evert_protocol *base)
{
	return evert_container_of(base, struct side, base);
}

static void change_a_bit(char *data, size_t length, size_t which)
{
	size_t at = changes_after[which] - passed[which];

	if (!changes_after[which] || changes_after[which] < passed[which] ||
	    at >= length)
		return;
	data[at] ^= (char)(1 << evert_sim_random(sim, 8));
	changes_after[which] = 0;
	has_changed = true;
}

static void cut_both(struct side *side)
{
	has_cut = true;
	evert_transport_lose_connection(side->other->base.transport);
	evert_transport_lose_connection(side->base.transport);
}

static void side_received(struct evert_protocol *base, const char *data,
			  size_t length)
{
	struct side *side = side_from(base);
	size_t which = side->is_client_s;
	char changed[65536];

	if (!side->other)
		return;
	if (spares_handshake && !visit_greeters_made()) {
		evert_transport_write(side->other->base.transport, data,
				      length);
		return;
	}
	evert_sim_check(sim, length <= sizeof(changed));
	memcpy(changed, data, length);
	change_a_bit(changed, length, which);
	evert_transport_write(side->other->base.transport, changed, length);
	passed[which] += length;
	if (cuts_after[which] && passed[which] >= cuts_after[which]) {
		cuts_after[which] = 0;
		cut_both(side);
	}
}

static void side_ended(struct evert_protocol *base)
{
	struct side *side = side_from(base);

	if (side->other)
		evert_transport_lose_write(side->other->base.transport);
}

static void side_lost(struct evert_protocol *base,
		      const struct evert_failure *reason)
{
	struct side *side = side_from(base);

	if (side->connecting)
		evert_deferred_cancel(side->connecting);
	if (!side->other)
		return;
	side->other->other = NULL;
	if (evert_failure_is(reason, EVERT_CONNECTION_DONE))
		evert_transport_lose_connection(side->other->base.transport);
	else
		evert_transport_abort(side->other->base.transport);
	side->other = NULL;
}

static struct evert_result joined(struct evert_result *connected, void *arg)
{
	struct side *side = arg;
	struct side *other = side_from(evert_result_as_protocol(connected));

	side->connecting = NULL;
	side->other = other;
	other->other = side;
	evert_transport_resume_reading(side->base.transport);
	return evert_result_none();
}

static struct evert_result not_joined(struct evert_result *failure, void *arg)
{
	struct side *side = arg;

	(void)failure;
	side->connecting = NULL;
	evert_transport_abort(side->base.transport);
	return evert_result_none();
}

static const struct evert_protocol_ops server_side_ops = {
	.data_received = side_received,
	.end_received = side_ended,
	.connection_lost = side_lost,
};

static struct evert_factory server_sides =
	EVERT_FACTORY(struct side, base, &server_side_ops);

static void client_side_made(struct evert_protocol *base)
{
	struct evert_deferred *d = evert_connect(
		evert_reactor_current(), "tcp:10.0.0.1:9999", &server_sides);
	struct side *side = side_from(base);

	side->is_client_s = true;
	side->connecting = d;
	evert_transport_pause_reading(base->transport);
	evert_deferred_add_callbacks(d, joined, not_joined, side);
	evert_deferred_release(d);
}

static const struct evert_protocol_ops client_side_ops = {
	.connection_made = client_side_made,
	.data_received = side_received,
	.end_received = side_ended,
	.connection_lost = side_lost,
};

static struct evert_factory client_sides =
	EVERT_FACTORY(struct side, base, &client_side_ops);

static void stand_between(struct evert_reactor *reactor, void *arg)
{
	(void)arg;
	evert_deferred_release(
		evert_listen(reactor, "tcp::9999", &client_sides));
}

static size_t draw_place(void)
{
	return evert_sim_random(sim, 4)
		       ? 0
		       : 1 + evert_sim_random(sim, spares_handshake
							   ? MOST_GREETING
							   : MOST_PASSING);
}

static void draw_harm(void)
{
	size_t i;

	spares_handshake = evert_sim_random(sim, 2);
	for (i = 0; i < 2; i++) {
		changes_after[i] = draw_place();
		cuts_after[i] = draw_place();
		passed[i] = 0;
	}
	has_changed = has_cut = false;
}

/* ---- All of it ---- */

static void start_client(size_t who)
{
	struct visit *own = visits[who];
	size_t count = evert_sim_size(sim, 1, MOST_VISITS), i;
	bool by_way = evert_sim_random(sim, 2);
	char name[32], address[32];

	for (i = 0; i < MOST_VISITS; i++) {
		visit_draw(&own[i], by_way ? connect_by_way : connect_to);
		own[i].next = i + 1 < count ? &own[i + 1] : NULL;
		/* A record may seem to be longer than what comes. */
		if (by_way && (changes_after[0] || changes_after[1]) &&
		    !own[i].patience)
			own[i].patience = 60;
	}
	snprintf(name, sizeof(name), "client-%zu", who);
	snprintf(address, sizeof(address), "10.0.1.%zu", who + 1);
	evert_sim_start(evert_sim_add_host(sim, name, address), visit_begin,
			own);
}

static bool draw_resets(void)
{
	struct evert_sim_network network = *evert_sim_get_network(sim);

	if (evert_sim_random(sim, 4))
		return false;
	network.reset = 0.05;
	evert_sim_set_network(sim, &network);
	return true;
}

/* Handshakes have 30 seconds. */
static bool is_slow(void)
{
	const struct evert_sim_network *n = evert_sim_get_network(sim);

	return n->bandwidth || n->receive_buffer < 1024 ||
	       n->send_buffer < 1024 || n->loss || n->cut;
}

static void check_visit(const struct visit *visit, bool is_right, bool is_safe)
{
	evert_sim_check(sim, visit->fired == 1);
	evert_sim_check(sim, visit->lost == visit->made);
	if (!is_right)
		evert_sim_check(sim, visit->failed && !visit->made &&
					     !visit->greeted);
	else if (is_safe && !visit->patience)
		evert_sim_check(sim, visit->greeted == visit->count);
}

static void scenario(struct evert_sim *made)
{
	size_t certificate, count, i;
	const struct visit *visit;
	bool resets;

	sim = made;
	drawn = evert_sim_seed(sim);
	refused = 0;
	visits_begin(sim);
	draw_harm();
	resets = draw_resets();
	certificate = evert_sim_random(sim, 4) ? 0 : 1 + evert_sim_random(sim, 2);
	make_contexts(certificate);
	evert_sim_start(evert_sim_add_host(sim, "server", "10.0.0.1"), serve,
			NULL);
	evert_sim_start(evert_sim_add_host(sim, "between", "10.0.0.2"),
			stand_between, NULL);
	count = evert_sim_size(sim, 1, MOST_CLIENTS);
	for (i = 0; i < count; i++)
		start_client(i);
	if (!evert_sim_random(sim, 8))
		visits_be_poor();

	evert_sim_check(sim, !evert_sim_run(sim, 10000));
	evert_sim_limit_memory(sim, 0);
	for (i = 0; i < count; i++)
		for (visit = visits[i]; visit; visit = visit->next)
			check_visit(visit, !certificate,
				    !resets && !is_slow() && !has_changed &&
					    !has_cut && visits_are_safe());
	evert_sim_check(sim, !visit_greeters_alive());
	evert_tls_context_release(client_context);
	evert_tls_context_release(server_context);
}

int main(int argc, char **argv)
{
	RAND_set_rand_method(&drawing);
	read_certificates(argv[0]);
	return evert_sim_search(argc, argv, scenario);
}
