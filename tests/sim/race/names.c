/* SPDX-License-Identifier: MIT */
/* The name server: late for one family, or never. */
#include "race.h"

static struct evert_dns_server *name_server;

static struct evert_result add_addresses(struct evert_result *in, void *arg)
{
	size_t i;

	(void)in;
	for (i = 0; i < race.target_count; i++)
		evert_dns_request_add_address(arg, 0, &race.targets[i].address);
	return evert_result_none();
}

static struct evert_result answer(struct evert_dns_request *request, void *arg)
{
	bool is_ip6 = request->question.type == EVERT_DNS_AAAA;
	struct evert_deferred *d = evert_clock_sleep(evert_reactor_clock(arg),
						     race.answer_delay[is_ip6]);

	evert_deferred_add_callback(d, add_addresses, request);
	return evert_result_wait(d);
}

void race_be_name_server(struct evert_reactor *reactor, void *arg)
{
	(void)arg;
	name_server = evert_dns_server_create(reactor, answer, reactor, NULL);
	evert_deferred_release(evert_dns_server_listen(name_server, NULL, 53));
}

void race_release_name_server(void)
{
	evert_dns_server_destroy(name_server);
}
