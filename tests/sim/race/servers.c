/* SPDX-License-Identifier: MIT */
/* Those who serve: each says which one it is, and whom it answers. */
#include "race.h"

struct server {
	struct evert_line_receiver base;
	const struct race_target *target;
	bool lost, asked;
};

struct server_factory {
	struct evert_factory base;
	const struct race_target *target;
};

static struct server_factory servers[RACE_MOST_TARGETS];

static struct server *server_from(struct evert_line_receiver *base)
{
	return evert_container_of(base, struct server, base);
}

static void server_made(struct evert_line_receiver *base)
{
	race.alive++;
	server_from(base)->target = evert_container_of(base->base.factory,
						       struct server_factory,
						       base)
					    ->target;
}

static void server_asked(struct evert_line_receiver *base, const char *line,
			 size_t length)
{
	struct server *server = server_from(base);
	struct race_asked *asked;

	evert_sim_check(race.sim,
			length == 1 && !server->asked && !server->lost);
	server->asked = true;
	asked = &race.asked[*line - '0'];
	evert_sim_check(race.sim, asked < race.asked + race.asked_count);
	asked->served++;
	if (evert_line_receiver_send_linef(base, "%td %zu",
					   server->target - race.targets,
					   asked->number))
		evert_transport_abort(base->base.transport);
}

static void server_lost(struct evert_line_receiver *base,
			const struct evert_failure *reason)
{
	(void)reason;
	evert_sim_check(race.sim, !server_from(base)->lost);
	server_from(base)->lost = true;
	race.alive--;
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
	evert_deferred_release(evert_listen(reactor, endpoint, &factory->base));
}

void race_serve(const struct race_target *target)
{
	struct server_factory *factory = &servers[target - race.targets];

	*factory = (struct server_factory){
		.base = EVERT_LINE_FACTORY(struct server, base, &server_ops),
		.target = target,
	};
	evert_sim_start(target->host, serve, factory);
}
