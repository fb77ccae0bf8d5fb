/* SPDX-License-Identifier: MIT */
/*
 * A client connects to a name with several addresses, of which some are of
 * nobody, some refuse, some are cut off, some come back late, and some serve;
 * the name server answers late for one family, or never (RFC 8305). Where one
 * serves, it is found soon, whatever the others do. Of each connecting at most
 * one connection is used, it is the one that it fired with, and all the others
 * are closed; the Deferred fires once. So it is, too, where memory or
 * descriptors run out, and where the client stops in the midst of it, but that
 * then who serves need not be found.
 */
#include <evert.h>

#include <stdio.h>
#include <string.h>

#include "common/unhandled.h"

enum {
	MOST_TARGETS = 6,
	MOST_ASKED = 4,
	PORT = 80
};

enum state {
	SERVES,
	REFUSES,
	CUT_OFF,
	NOBODY,
	COMES_BACK,
	STATES,
};

struct target {
	struct evert_sim_host *host; /* or NULL */
	struct evert_address address;
	enum state state;
	double back; /* when it comes back */
};

static struct evert_sim *sim;
static struct evert_sim_host *client_host;
static struct target targets[MOST_TARGETS];
static size_t target_count;
static size_t alive; /* the servers' connections that are not lost */
/* There is too little of memory, or descriptors, or the client stops. */
static bool is_disturbed;

/* How long the name server waits with its answer, by family; one that is not
   given is late beyond all patience. */
static double answer_delay[2];
static const double NEVER = 1000;

static size_t family_of(const struct evert_address *address)
{
	return address->as.any.sa_family == AF_INET6;
}

/* ---- What is asked for ---- */

struct asked {
	size_t number;
	double begun, patience; /* 0: without an end */
	struct evert_reactor *reactor;
	size_t fired, made, lost, served; /* how often */
	bool has_begun, succeeded, answered;
};

static struct asked all_asked[MOST_ASKED];
static size_t asked_count;

/* ---- A server: says who it is ---- */

struct server {
	struct evert_line_receiver base;
	const struct target *target;
	bool lost, asked;
};

struct server_factory {
	struct evert_factory base;
	const struct target *target;
};

static struct server_factory servers[MOST_TARGETS];

static struct server *server_from(struct evert_line_receiver *base)
{
	return evert_container_of(base, struct server, base);
}

static void server_made(struct evert_line_receiver *base)
{
	alive++;
	server_from(base)->target =
		evert_container_of(base->base.factory, struct server_factory,
				   base)
			->target;
}

static void server_asked(struct evert_line_receiver *base, const char *line,
			 size_t length)
{
	struct server *server = server_from(base);
	struct asked *asked;

	evert_sim_check(sim, length == 1 && !server->asked && !server->lost);
	server->asked = true;
	asked = &all_asked[*line - '0'];
	evert_sim_check(sim, asked < all_asked + asked_count);
	asked->served++;
	if (evert_line_receiver_send_linef(base, "%td %zu",
					   server->target - targets,
					   asked->number))
		evert_transport_abort(base->base.transport);
}

static void server_lost(struct evert_line_receiver *base,
			const struct evert_failure *reason)
{
	(void)reason;
	evert_sim_check(sim, !server_from(base)->lost);
	server_from(base)->lost = true;
	alive--;
}

static const struct evert_line_receiver_ops server_ops = {
	.connection_made = server_made,
	.line_received = server_asked,
	.connection_lost = server_lost,
};

static void serve(struct evert_reactor *reactor, void *arg)
{
	struct server_factory *factory = arg;
	char endpoint[EVERT_ADDRESS_TEXT_SIZE + 8] = "tcp:";

	evert_address_text(&factory->target->address, endpoint + 4,
			   sizeof(endpoint) - 4);
	evert_deferred_release(
		evert_listen(reactor, endpoint, &factory->base));
}

/* ---- The name server ---- */

static struct evert_dns_server *name_server;

static struct evert_result add_addresses(struct evert_result *in, void *arg)
{
	size_t i;

	(void)in;
	for (i = 0; i < target_count; i++)
		evert_dns_request_add_address(arg, 0, &targets[i].address);
	return evert_result_none();
}

static struct evert_result answer(struct evert_dns_request *request, void *arg)
{
	bool is_ip6 = request->question.type == EVERT_DNS_AAAA;
	struct evert_deferred *d =
		evert_clock_sleep(evert_reactor_clock(arg),
				  answer_delay[is_ip6]);

	evert_deferred_add_callback(d, add_addresses, request);
	return evert_result_wait(d);
}

static void name(struct evert_reactor *reactor, void *arg)
{
	(void)arg;
	name_server = evert_dns_server_create(reactor, answer, reactor, NULL);
	evert_deferred_release(evert_dns_server_listen(name_server, NULL, 53));
}

/* ---- The client ---- */

struct client {
	struct evert_line_receiver base;
	struct asked *asked;
	struct evert_address peer;
	bool lost;
};

struct client_factory {
	struct evert_factory base;
	struct asked *asked;
};

static struct client_factory clients[MOST_ASKED];

static struct client *client_from(struct evert_line_receiver *base)
{
	return evert_container_of(base, struct client, base);
}

static void client_made(struct evert_line_receiver *base)
{
	struct client *client = client_from(base);

	client->asked = evert_container_of(base->base.factory,
					   struct client_factory, base)
				->asked;
	client->asked->made++;
	evert_sim_check(sim, client->asked->made == 1);
	evert_sim_check(sim, !client->asked->fired);
	evert_transport_peer(base->base.transport, &client->peer);
	if (evert_line_receiver_send_linef(base, "%zu",
					   client->asked->number))
		evert_transport_abort(base->base.transport);
}

/* Is it who was connected to? */
static void check_answer(struct asked *asked, const char *line, size_t length,
			 const struct evert_address *peer)
{
	evert_sim_check(sim, length == 3);
	evert_sim_check(sim, (size_t)(line[2] - '0') == asked->number);
	evert_sim_check(sim, evert_address_is_equal(
				     &targets[line[0] - '0'].address, peer));
	evert_sim_check(sim, !asked->answered);
	asked->answered = true;
}

static void client_heard(struct evert_line_receiver *base, const char *line,
			 size_t length)
{
	struct client *client = client_from(base);

	evert_sim_check(sim, !client->lost);
	evert_sim_check(sim, client->asked->succeeded || is_disturbed);
	check_answer(client->asked, line, length, &client->peer);
	evert_transport_lose_connection(base->base.transport);
}

static void client_lost(struct evert_line_receiver *base,
			const struct evert_failure *reason)
{
	struct client *client = client_from(base);

	(void)reason;
	evert_sim_check(sim, !client->lost);
	client->lost = true;
	client->asked->lost++;
}

static const struct evert_line_receiver_ops client_ops = {
	.connection_made = client_made,
	.line_received = client_heard,
	.connection_lost = client_lost,
};

/* ---- How soon ---- */

/* When one that serves can be asked for at the latest, seconds after the
   beginning; NEVER: there is none. */
static double served_at(void)
{
	double at = NEVER;
	size_t i;

	for (i = 0; i < target_count; i++)
		if (targets[i].state == SERVES &&
		    answer_delay[family_of(&targets[i].address)] < at)
			at = answer_delay[family_of(&targets[i].address)];
	return at;
}

/* The question and its answer, and the handshake: two ways there and back. The
   other family may be waited for, for 50 ms. Those that refuse cost their
   answer, no more; that the others don't is noticed after 100 ms, 50, 25, ...
   An answer that has not come after 2.5 s is asked for again, and then the
   first one counts no more. */
static double most_seconds(void)
{
	const struct evert_sim_network *n = evert_sim_get_network(sim);
	double way = n->latency + n->jitter + 0.003, seconds = 0.06 + 4 * way;
	double answered = served_at() + 2 * way;
	bool some_hang = false;
	size_t i;

	for (i = 0; i < target_count; i++) {
		if (targets[i].state == REFUSES)
			seconds += 2 * way;
		else if (targets[i].state != SERVES)
			some_hang = true;
	}
	if (answered > 2.5)
		seconds += 2.5;
	return served_at() + seconds + (some_hang ? 0.25 : 0);
}

static bool is_smooth(void)
{
	const struct evert_sim_network *n = evert_sim_get_network(sim);

	return !n->loss && !n->reorder && !is_disturbed;
}

static void check_success(const struct asked *asked)
{
	double took = evert_sim_seconds(sim) - asked->begun;

	if (is_smooth() && served_at() < NEVER)
		evert_sim_check(sim, took <= most_seconds());
}

static void check_failure(const struct asked *asked,
			  const struct evert_failure *failure)
{
	bool timed_out = evert_failure_is(failure, EVERT_TIMED_OUT);

	if (is_disturbed)
		return;
	evert_sim_check(sim, asked->made == asked->lost);
	evert_sim_check(sim, timed_out ? asked->patience > 0
				       : evert_failure_is(
						 failure,
						 EVERT_CONNECT_FAILED) ||
						 evert_failure_is(
							 failure,
							 EVERT_LOOKUP_FAILED));
	/* Questions and answers that are lost may be so again. */
	if (is_smooth() && served_at() < NEVER)
		evert_sim_check(sim, timed_out &&
					     asked->patience <= most_seconds());
}

static struct evert_result done(struct evert_result *in, void *arg)
{
	struct asked *asked = arg;

	asked->fired++;
	evert_sim_check(sim, asked->fired == 1);
	asked->succeeded = !evert_result_is_failure(in);
	if (asked->succeeded)
		check_success(asked);
	else
		check_failure(asked, evert_result_as_failure(in));
	return evert_result_none();
}

/* ---- Two styles ---- */

static void connect_protocol(struct asked *asked)
{
	struct client_factory *factory = &clients[asked->number];
	struct evert_deferred *d;

	*factory = (struct client_factory){
		.base = EVERT_LINE_FACTORY(struct client, base, &client_ops),
		.asked = asked,
	};
	d = evert_connect(asked->reactor, "tcp:many.example:80",
			  &factory->base);
	if (asked->patience > 0)
		evert_deferred_add_timeout(d, asked->patience,
					   evert_reactor_clock(asked->reactor));
	evert_deferred_add_both(d, done, asked);
	evert_deferred_release(d);
}

static struct evert_result ask(struct evert_stream *stream, void *arg)
{
	struct evert_address peer;
	struct evert_result r;

	evert_transport_peer(evert_stream_transport(stream), &peer);
	evert_stream_write_linef(stream, "%zu", ((struct asked *)arg)->number);
	r = evert_await(evert_stream_read_line(stream));
	if (!evert_result_is_failure(&r))
		check_answer(arg, evert_result_as_text(&r),
			     evert_result_text_length(&r), &peer);
	evert_result_release(r);
	return evert_result_none();
}

static struct evert_result use_stream(void *arg)
{
	struct evert_deferred *d = evert_stream_connect("tcp:many.example:80");
	struct asked *asked = arg;
	struct evert_stream *stream;
	struct evert_result r;

	if (asked->patience > 0)
		evert_deferred_add_timeout(d, asked->patience,
					   evert_reactor_clock(asked->reactor));
	r = evert_await(d);
	done(&r, asked);
	if (evert_result_is_failure(&r)) {
		evert_result_release(r);
		return evert_result_none();
	}
	asked->made++;
	stream = evert_stream_take(&r);
	r = ask(stream, arg);
	evert_stream_destroy(stream);
	asked->lost++;
	return r;
}

static void begin(void *arg)
{
	struct asked *asked = arg;
	struct evert_deferred *d;

	asked->has_begun = true;
	asked->begun = evert_sim_seconds(sim);
	if (evert_sim_random(sim, 2)) {
		connect_protocol(asked);
		return;
	}
	d = evert_spawn(use_stream, asked);
	if (!d)
		asked->fired = 1; /* for want of memory */
	evert_deferred_release(d);
}

static void use_name_server(struct evert_reactor *reactor)
{
	struct evert_address server;

	evert_address_parse(&server, "10.0.0.53", 53);
	evert_reactor_set_resolver(reactor,
				   &(struct evert_resolver_options){
					   .way = EVERT_RESOLVER_OWN,
					   .servers = &server,
					   .server_count = 1,
					   .hosts_file = "/dev/null",
					   .resolv_conf_file = "/dev/null",
					   .gai_conf_file = "/dev/null",
					   .host_conf_file = "/dev/null",
					   .nsswitch_file = "/dev/null",
				   });
}

static void stop(void *reactor)
{
	evert_reactor_stop(reactor);
}

static void stop_soon(struct evert_reactor *reactor)
{
	is_disturbed = true;
	ignore_unhandled();
	evert_reactor_call_later(reactor,
				 (double)evert_sim_random(sim, 4000) / 1000,
				 stop, reactor);
}

static void connect_all(struct evert_reactor *reactor, void *arg)
{
	size_t i;

	(void)arg;
	use_name_server(reactor);
	if (!evert_sim_random(sim, 8))
		stop_soon(reactor);
	for (i = 0; i < asked_count; i++) {
		all_asked[i].reactor = reactor;
		evert_reactor_call_later(
			reactor, (double)evert_sim_random(sim, 2000) / 1000,
			begin, &all_asked[i]);
	}
}

/* ---- The world ---- */

static void draw_target(size_t i)
{
	struct target *target = &targets[i];
	char host[16], address[32];

	*target = (struct target){
		.state = (enum state)evert_sim_random(sim, STATES),
	};
	snprintf(host, sizeof(host), "target-%zu", i);
	snprintf(address, sizeof(address),
		 evert_sim_random(sim, 2) ? "10.0.1.%zu" : "fd00:1::%zx",
		 i + 1);
	evert_address_parse(&target->address, address, PORT);
	if (target->state == NOBODY)
		return;
	target->host = evert_sim_add_host(sim, host, address);
	servers[i] = (struct server_factory){
		.base = EVERT_LINE_FACTORY(struct server, base, &server_ops),
		.target = target,
	};
	if (target->state != REFUSES)
		evert_sim_start(target->host, serve, &servers[i]);
	if (target->state == CUT_OFF || target->state == COMES_BACK)
		evert_sim_part(client_host, target->host);
}

static double draw_delay(void)
{
	switch (evert_sim_random(sim, 6)) {
	case 0:
		return NEVER;
	case 1:
	case 2:
		return (double)evert_sim_random(sim, 1000) / 1000;
	default:
		return 0;
	}
}

static void draw_asked(struct asked *asked)
{
	*asked = (struct asked){.number = (size_t)(asked - all_asked)};
	if (!evert_sim_random(sim, 4))
		asked->patience = (double)evert_sim_random(sim, 3000) / 1000;
}

static void let_one_come_back(void)
{
	size_t i;

	evert_sim_run(sim, (double)evert_sim_random(sim, 2000) / 1000);
	for (i = 0; i < target_count; i++)
		if (targets[i].state == COMES_BACK)
			evert_sim_join(client_host, targets[i].host);
}

static void make_world(void)
{
	size_t i;

	client_host = evert_sim_add_host(sim, "client", "10.0.0.1");
	evert_sim_add_address(client_host, "fd00::1");
	evert_sim_start(evert_sim_add_host(sim, "names", "10.0.0.53"), name,
			NULL);
	target_count = evert_sim_size(sim, 1, MOST_TARGETS);
	for (i = 0; i < target_count; i++)
		draw_target(i);
	answer_delay[0] = draw_delay();
	answer_delay[1] = draw_delay();
	asked_count = evert_sim_size(sim, 1, MOST_ASKED);
	for (i = 0; i < asked_count; i++)
		draw_asked(&all_asked[i]);
}

static void be_poor(size_t descriptors)
{
	if (evert_sim_random(sim, 4))
		return;
	is_disturbed = true;
	ignore_unhandled();
	if (evert_sim_random(sim, 2))
		evert_sim_limit_memory(sim, 0.02);
	else
		evert_sim_limit_descriptors(
			client_host, descriptors + evert_sim_random(sim, 4));
}

static void check_asked(const struct asked *asked)
{
	evert_sim_check(sim, asked->fired == asked->has_begun);
	evert_sim_check(sim, asked->lost == asked->made);
	evert_sim_check(sim, asked->made <= 1 && asked->served <= asked->made);
	if (is_disturbed)
		return;
	evert_sim_check(sim, asked->fired == 1);
	evert_sim_check(sim, asked->made == asked->succeeded);
	evert_sim_check(sim, asked->served == asked->succeeded);
	evert_sim_check(sim, asked->answered == asked->succeeded);
}

static void scenario(struct evert_sim *made)
{
	size_t i, before;

	sim = made;
	fail_unhandled(sim);
	alive = 0;
	is_disturbed = false;
	make_world();
	evert_sim_run(sim, 0.5);
	before = evert_sim_descriptors(client_host);
	evert_sim_start(client_host, connect_all, NULL);
	before = evert_sim_descriptors(client_host) - before;
	be_poor(before);
	let_one_come_back();

	evert_sim_run(sim, 900);
	evert_sim_limit_memory(sim, 0);
	for (i = 0; i < asked_count; i++)
		check_asked(&all_asked[i]);
	evert_sim_check(sim, !alive);
	evert_sim_check(sim, evert_sim_descriptors(client_host) == before);
	evert_dns_server_destroy(name_server);
}

int main(int argc, char **argv)
{
	return evert_sim_search(argc, argv, scenario);
}
