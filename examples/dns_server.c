/* SPDX-License-Identifier: MIT */
/*
 * A DNS server, over UDP and TCP: of a small table of names, or of a zone
 * file. "dig @127.0.0.1 -p 4343 www.example.org" asks it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/example.h"

static const char *const names[][2] = {
	{ "www.example.org", "192.0.2.1" },
	{ "www.example.org", "2001:db8::1" },
	{ "mail.example.org", "192.0.2.25" },
	{ "ns.example.net", "198.51.100.53" },
};

enum { TTL = 60, PROBLEM_SIZE = 512 };

static const char *host = "", *port = "4343", *file, *origin;
static const char *streams, *datagrams; /* endpoints, instead of both */
static int status;

static const struct example_option options[] = {
	{ "--host", "H", "listen on this address (all)", &host, NULL },
	{ "--port", "P", "and port (4343)", &port, NULL },
	{ "--listen", "ENDPOINT", "or for streams, as tcp:HOST:PORT",
	  &streams, NULL },
	{ "--listen-datagram", "ENDPOINT", "and datagrams, as udp:HOST:PORT",
	  &datagrams, NULL },
	{ "--zone", "FILE", "answer from this zone file", &file, NULL },
	{ "--origin", "NAME", "which is of this zone", &origin, NULL },
	{ 0 },
};

static const struct example example = {
	.summary = "Answers DNS questions over UDP and TCP.",
	.arguments = "",
	.options = options,
};

static struct evert_result answer(struct evert_dns_request *request,
				  void *table)
{
	char peer[EVERT_ADDRESS_TEXT_SIZE], name[EVERT_DNS_NAME_TEXT_SIZE];
	char type[EVERT_DNS_NUMBER_TEXT_SIZE];

	example_log("%s asks for %s %s",
		    evert_address_text(&request->peer, peer, sizeof(peer)),
		    evert_dns_name_text(request->question.name, name,
					sizeof(name)),
		    evert_dns_type_text(request->question.type, type,
					sizeof(type)));
	return evert_dns_table_answer(request, table);
}

/* One of the table above. */
static int add_name(struct evert_dns_table *table, const char *text,
		    const char *address_text)
{
	uint8_t name[EVERT_DNS_NAME_SIZE];
	struct evert_address address;

	evert_dns_name_parse(name, text, NULL);
	evert_address_parse(&address, address_text, 0);
	return evert_dns_table_add_address(table, name, TTL, &address);
}

static struct evert_dns_table *make_table(void)
{
	struct evert_dns_table *table = evert_dns_table_create();
	char problem[PROBLEM_SIZE] = "no memory";
	size_t i;
	int error = table ? 0 : -1;

	if (!error && file)
		error = evert_dns_table_load(table, file, origin, problem,
					     sizeof(problem));
	for (i = 0; !error && !file && i < sizeof(names) / sizeof(*names); i++)
		error = add_name(table, names[i][0], names[i][1]);
	if (error) {
		fprintf(stderr, "dns_server: %s\n", problem);
		exit(1);
	}
	return table;
}

static struct evert_result announce(struct evert_result *number, void *unused)
{
	(void)unused;
	printf("listening on %s:%d\n", *host ? host : "*",
	       (int)evert_result_as_integer(number));
	fflush(stdout);
	return evert_result_none();
}

static struct evert_result give_up(struct evert_result *in, void *unused)
{
	(void)unused;
	example_complain(evert_result_as_failure(in));
	status = 1;
	evert_reactor_stop(evert_reactor_current());
	return evert_result_none();
}

static struct evert_result announce_port(struct evert_result *in, void *unused)
{
	(void)unused;
	example_announce(evert_result_as_port(in));
	return *in;
}

static struct evert_result announce_transport(struct evert_result *in,
					      void *unused)
{
	struct evert_address address;

	(void)unused;
	evert_datagram_host(evert_result_as_datagram_transport(in), &address);
	example_announce_address(&address);
	return *in;
}

static void announce_or_give_up(struct evert_deferred *d,
				evert_callback announce_it)
{
	evert_deferred_add_callback(d, announce_it, NULL);
	evert_deferred_add_errback(d, give_up, NULL);
	evert_deferred_release(d);
}

static void listen_on(void *server)
{
	struct evert_reactor *reactor = evert_reactor_current();

	if (streams)
		announce_or_give_up(
			evert_listen(reactor, streams,
				     evert_dns_server_factory(server)),
			announce_port);
	if (datagrams)
		announce_or_give_up(
			evert_listen_datagram(
				reactor, datagrams,
				evert_dns_server_datagram_protocol(server)),
			announce_transport);
	if (!streams && !datagrams)
		announce_or_give_up(
			evert_dns_server_listen(server, *host ? host : NULL,
						(uint16_t)atoi(port)),
			announce);
}

int main(int argc, char **argv)
{
	struct evert_dns_table *table;
	struct evert_reactor *reactor;
	struct evert_dns_server *server;

	example_begin(&example, argc, argv);
	table = make_table();
	reactor = evert_reactor_create(NULL);
	evert_reactor_handle_signals(reactor);
	server = evert_dns_server_create(reactor, answer, table, NULL);
	evert_reactor_call_later(reactor, 0, listen_on, server);
	evert_reactor_run(reactor);
	evert_dns_server_destroy(server);
	evert_reactor_destroy(reactor);
	evert_dns_table_destroy(table);
	return status;
}
