/* SPDX-License-Identifier: MIT */
/*
 * Asks a name server, and prints the records of the answer, one a line, as
 * "dig +noall +answer" does. With --addresses: the addresses of a host, from
 * wherever the system has them, in the order in which evert_connect tries them.
 */
#include <stdio.h>
#include <string.h>

#include "common/example.h"

static const char *server, *tcp, *addresses;
static struct evert_address server_address;
static int status;

static const struct example_option options[] = {
	{ "--server", "S[:PORT]", "ask this one, by its address", &server, NULL },
	{ "--tcp", NULL, "ask over TCP", &tcp, NULL },
	{ "--addresses", NULL, "addresses of the host NAME", &addresses, NULL },
	{ NULL, NULL, NULL, NULL, NULL },
};

static const struct example example = {
	.summary = "Looks a name up, and prints what is found.",
	.arguments = "NAME [TYPE]",
	.least_arguments = 1,
	.most_arguments = 2,
	.options = options,
};

/* ---- What comes of it ---- */

static struct evert_result print_records(struct evert_result *in, void *unused)
{
	const struct evert_dns_records *found = evert_result_as_dns_records(in);
	char text[4096];
	size_t i;

	(void)unused;
	for (i = 0; i < found->count; i++) {
		evert_dns_record_text(&found->record[i], text, sizeof(text));
		puts(text);
	}
	return evert_result_none();
}

static struct evert_result print_addresses(struct evert_result *in,
					   void *unused)
{
	const struct evert_addresses *found = evert_result_as_addresses(in);
	char text[EVERT_ADDRESS_TEXT_SIZE];
	size_t i;

	(void)unused;
	for (i = 0; i < found->count; i++) {
		evert_address_text(&found->address[i], text, sizeof(text));
		*strrchr(text, ':') = '\0'; /* there is no port */
		puts(text);
	}
	return evert_result_none();
}

static struct evert_result complain(struct evert_result *in, void *unused)
{
	(void)unused;
	example_complain(evert_result_as_failure(in));
	status = 1;
	return evert_result_none();
}

/* ---- The command line ---- */

/* "192.0.2.1", "192.0.2.1:5353", "2001:db8::1", "[2001:db8::1]:5353". */
static bool parse_server(const char *text)
{
	char host[128];
	unsigned port = 53;
	int end = 0;

	if (!evert_address_parse(&server_address, text, 53))
		return true;
	if ((sscanf(text, "[%127[^]]]:%u%n", host, &port, &end) == 2 ||
	     sscanf(text, "%127[^:]:%u%n", host, &port, &end) == 2) &&
	    !text[end] && port <= UINT16_MAX)
		return !evert_address_parse(&server_address, host,
					    (uint16_t)port);
	return false;
}

/* Options may stand behind the name, as dig's. */
static void put_options_first(int argc, char **argv)
{
	char *word;
	int words;

	for (words = 1; words < argc && argv[1][0] != '-'; words++) {
		word = argv[1];
		memmove(argv + 1, argv + 2, (size_t)(argc - 2) * sizeof(*argv));
		argv[argc - 1] = word;
	}
}

static int configure(struct evert_reactor *reactor)
{
	const struct evert_resolver_options resolver = {
		.servers = server ? &server_address : NULL,
		.server_count = server ? 1 : 0,
		.over_tcp = tcp,
		.with_edns = true,
	};

	return server || tcp ? evert_reactor_set_resolver(reactor, &resolver) :
			       0;
}

static struct evert_deferred *look_up(struct evert_reactor *reactor,
				      const char *name, uint16_t type)
{
	struct evert_deferred *d = addresses ?
					   evert_resolve_host(reactor, name) :
					   evert_resolve(reactor, name, type);

	evert_deferred_add_callback(
		d, addresses ? print_addresses : print_records, NULL);
	return d;
}

int main(int argc, char **argv)
{
	uint16_t type = EVERT_DNS_A;
	struct evert_reactor *reactor;
	struct evert_deferred *d;
	int i;

	put_options_first(argc, argv);
	i = example_begin(&example, argc, argv);
	if (server && !parse_server(server)) {
		fprintf(stderr, "dns_client: no address: %s\n", server);
		return 2;
	}
	if (i + 1 < argc && evert_dns_type_parse(&type, argv[i + 1])) {
		fprintf(stderr, "dns_client: no type: %s\n", argv[i + 1]);
		return 2;
	}
	reactor = evert_reactor_create(NULL);
	if (!reactor || configure(reactor)) {
		perror("dns_client");
		return 1;
	}
	d = look_up(reactor, argv[i], type);
	evert_deferred_add_errback(d, complain, NULL);
	evert_deferred_add_both(d, evert_reactor_stop_when_done, reactor);
	evert_deferred_release(d);
	evert_reactor_run(reactor);
	evert_reactor_destroy(reactor);
	return status;
}
