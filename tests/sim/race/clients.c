/* SPDX-License-Identifier: MIT */
/* Those who ask, as a protocol or as a coroutine with a stream. */
#include "race.h"

struct client {
	struct evert_line_receiver base;
	struct race_asked *asked;
	struct evert_address peer;
	bool lost;
};

struct client_factory {
	struct evert_factory base;
	struct race_asked *asked;
};

static struct client_factory clients[RACE_MOST_ASKED];

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
	evert_sim_check(race.sim, client->asked->made == 1);
	evert_sim_check(race.sim, !client->asked->fired);
	evert_transport_peer(base->base.transport, &client->peer);
	if (evert_line_receiver_send_linef(base, "%zu", client->asked->number))
		evert_transport_abort(base->base.transport);
}

static void client_heard(struct evert_line_receiver *base, const char *line,
			 size_t length)
{
	struct client *client = client_from(base);

	evert_sim_check(race.sim, !client->lost);
	evert_sim_check(race.sim,
			client->asked->succeeded || race.is_disturbed);
	race_check_answer(client->asked, line, length, &client->peer);
	evert_transport_lose_connection(base->base.transport);
}

static void client_lost(struct evert_line_receiver *base,
			const struct evert_failure *reason)
{
	struct client *client = client_from(base);

	(void)reason;
	evert_sim_check(race.sim, !client->lost);
	client->lost = true;
	client->asked->lost++;
}

static const struct evert_line_receiver_ops client_ops = {
	.connection_made = client_made,
	.line_received = client_heard,
	.connection_lost = client_lost,
};

/* ---- Two styles ---- */

static void connect_protocol(struct race_asked *asked)
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
	evert_deferred_add_both(d, race_done, asked);
	evert_deferred_release(d);
}

static struct evert_result ask(struct evert_stream *stream, void *arg)
{
	struct evert_address peer;
	struct evert_result r;

	evert_transport_peer(evert_stream_transport(stream), &peer);
	evert_stream_write_linef(stream, "%zu",
				 ((struct race_asked *)arg)->number);
	r = evert_await(evert_stream_read_line(stream));
	if (!evert_result_is_failure(&r))
		race_check_answer(arg, evert_result_as_text(&r),
				  evert_result_text_length(&r), &peer);
	evert_result_release(r);
	return evert_result_none();
}

static struct evert_result use_stream(void *arg)
{
	struct evert_deferred *d = evert_stream_connect("tcp:many.example:80");
	struct race_asked *asked = arg;
	struct evert_stream *stream;
	struct evert_result r;

	if (asked->patience > 0)
		evert_deferred_add_timeout(d, asked->patience,
					   evert_reactor_clock(asked->reactor));
	r = evert_await(d);
	race_done(&r, asked);
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

void race_begin(void *arg)
{
	struct race_asked *asked = arg;
	struct evert_deferred *d;

	asked->has_begun = true;
	asked->begun = evert_sim_seconds(race.sim);
	if (evert_sim_random(race.sim, 2)) {
		connect_protocol(asked);
		return;
	}
	d = evert_spawn(use_stream, asked);
	if (!d)
		asked->fired = 1; /* for want of memory */
	evert_deferred_release(d);
}
