/* SPDX-License-Identifier: MIT */
#include "example.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *program = "example";

static void print_usage(const struct example *example, FILE *to)
{
	const struct example_option *option;
	char left[64];

	fprintf(to, "usage: %s [OPTION]...%s%s\n%s\n\n", program,
		*example->arguments ? " " : "", example->arguments,
		example->summary);
	for (option = example->options; option->name; option++) {
		snprintf(left, sizeof(left), "%s %s", option->name,
			 option->value ? option->value : "");
		fprintf(to, "  %-25s  %s\n", left, option->help);
	}
	fprintf(to, "  %-25s  %s\n", "--help", "show this and exit");
}

static _Noreturn void wrong_usage(const struct example *example,
				  const char *what, const char *which)
{
	fprintf(stderr, "%s: %s%s\n", program, what, which);
	print_usage(example, stderr);
	exit(2);
}

static const struct example_option *find(const struct example *example,
					 const char *name)
{
	const struct example_option *option;

	for (option = example->options; option->name; option++)
		if (!strcmp(option->name, name))
			return option;
	wrong_usage(example, "unknown option ", name);
}

/* The place for one more in a list, which NULL ends. */
static const char **add(const struct example *example,
			const struct example_option *option)
{
	size_t i = 0;

	while (option->text[i])
		if (++i == EXAMPLE_LIST)
			wrong_usage(example, "too many of ", option->name);
	return &option->text[i];
}

static void set(const struct example *example,
		const struct example_option *option, const char *value)
{
	char *end;

	if (option->text) {
		if (option->value && strstr(option->value, "..."))
			*add(example, option) = value;
		else
			*option->text = value;
		return;
	}
	*option->number = strtod(value, &end);
	if (!*value || *end || !(*option->number >= 0) ||
	    *option->number > UINT32_MAX)
		wrong_usage(example, "not a number from 0 to 4294967295: ",
			    value);
}

int example_begin(const struct example *example, int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/');
	const struct example_option *option;
	int i;

	program = slash ? slash + 1 : argv[0];
	for (i = 1; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
		if (!strcmp(argv[i], "--")) {
			i++;
			break;
		}
		if (!strcmp(argv[i], "--help")) {
			print_usage(example, stdout);
			exit(0);
		}
		option = find(example, argv[i]);
		if (option->value && ++i == argc)
			wrong_usage(example, "no value for ", option->name);
		set(example, option, argv[i]);
	}
	if (argc - i < example->least_arguments)
		wrong_usage(example, "missing: ", example->arguments);
	if (argc - i > example->most_arguments)
		wrong_usage(example, "too much: ",
			    argv[i + example->most_arguments]);
	return i;
}

const char *example_endpoint_of(char *endpoint, const char *scheme,
				const char *host, const char *port)
{
	const char *form = strchr(host, ':') ? "%s:[%s]:%s" : "%s:%s:%s";

	snprintf(endpoint, EXAMPLE_ENDPOINT_SIZE, form, scheme, host, port);
	return endpoint;
}

const char *example_endpoint(char *endpoint, const char *host,
			     const char *port)
{
	return example_endpoint_of(endpoint, "tcp", host, port);
}

/* Not both of them: which is meant? */
static const char *either(const struct example *example, const char *endpoint,
			  char *room, const char *scheme, const char *host,
			  const char *port, const char *usual_port)
{
	if (endpoint && (host || port))
		wrong_usage(example, "an endpoint, or --host and --port: ",
			    endpoint);
	if (endpoint)
		return endpoint;
	return example_endpoint_of(room, scheme, host ? host : "127.0.0.1",
				   port ? port : usual_port);
}

static void read_server(struct example_listen *wanted, int argc, char **argv,
			const char *summary, const char *scheme,
			const char *usual_port, const char *value)
{
	const char *host = NULL, *port = NULL;
	char help[64];
	const struct example_option options[] = {
		{ "--listen", value, help, wanted->endpoints, NULL },
		{ "--host", "H", "the address to listen on (127.0.0.1)", &host,
		  NULL },
		{ "--port", "P", "the port; 0 picks a free one", &port, NULL },
		{ NULL, NULL, NULL, NULL, NULL },
	};
	const struct example example = { summary, "", 0, 0, options };

	snprintf(help, sizeof(help), "where to listen, as %s:HOST:PORT",
		 scheme);
	*wanted = (struct example_listen){ .endpoint = "" };
	example_begin(&example, argc, argv);
	wanted->endpoints[0] = either(&example, wanted->endpoints[0],
				      wanted->endpoint, scheme, host, port,
				      usual_port);
}

void example_server(struct example_listen *wanted, int argc, char **argv,
		    const char *summary, const char *port)
{
	read_server(wanted, argc, argv, summary, "tcp", port, "ENDPOINT...");
}

const char *example_server_of_one(struct example_listen *wanted, int argc,
				  char **argv, const char *summary,
				  const char *port)
{
	read_server(wanted, argc, argv, summary, "tcp", port, "ENDPOINT");
	return wanted->endpoints[0];
}

const char *example_datagram_server(struct example_listen *wanted, int argc,
				    char **argv, const char *summary,
				    const char *port)
{
	read_server(wanted, argc, argv, summary, "udp", port, "ENDPOINT");
	return wanted->endpoints[0];
}

void example_greeting_client(struct example_greeting *wanted, int argc,
			     char **argv)
{
	const char *host = NULL, *port = NULL;
	const struct example_option options[] = {
		{ "--connect", "ENDPOINT", "the server, as tcp:HOST:PORT",
		  &wanted->connect, NULL },
		{ "--host", "H", "the server (127.0.0.1)", &host, NULL },
		{ "--port", "P", "its port (9999)", &port, NULL },
		{ "--timeout", "SECONDS", "give up after (never)", NULL,
		  &wanted->timeout },
		{ NULL, NULL, NULL, NULL, NULL },
	};
	const struct example example = {
		"Asks the greeting server to greet each NAME.", "NAME...", 1,
		argc, options,
	};

	wanted->connect = NULL;
	wanted->timeout = 0;
	wanted->names = argv + example_begin(&example, argc, argv);
	wanted->connect = either(&example, wanted->connect, wanted->endpoint,
				 "tcp", host, port, "9999");
}

void example_complain(const struct evert_failure *failure)
{
	example_log("%s", failure->message);
}

static void announce_address(const struct evert_address *address)
{
	char text[EVERT_ADDRESS_TEXT_SIZE];

	printf("listening on %s\n",
	       evert_address_text(address, text, sizeof(text)));
}

void example_announce_address(const struct evert_address *address)
{
	announce_address(address);
	fflush(stdout);
}

void example_announce(const struct evert_port *port)
{
	size_t i;

	for (i = 0; i < evert_port_address_count(port); i++)
		announce_address(evert_port_address_at(port, i));
	fflush(stdout);
}

void example_peer(const struct evert_transport *transport, char *text)
{
	struct evert_address address;

	if (evert_transport_peer(transport, &address))
		address.length = 0;
	evert_address_text(&address, text, EVERT_ADDRESS_TEXT_SIZE);
}

void example_drop_if_slow(struct evert_transport *transport)
{
	enum { MOST_QUEUED = 65536 };
	char name[EVERT_ADDRESS_TEXT_SIZE];

	if (evert_transport_is_closing(transport) ||
	    evert_transport_queued(transport) <= MOST_QUEUED)
		return;
	example_peer(transport, name);
	example_log("%s is too slow", name);
	evert_transport_abort(transport);
}

/* ---- Serving ---- */

struct serving {
	struct evert_reactor *reactor;
	int status;
};

static struct evert_result announce(struct evert_result *port, void *unused)
{
	(void)unused;
	example_announce(evert_result_as_port(port));
	return evert_result_none();
}

static struct evert_result give_up(struct evert_result *in, void *arg)
{
	struct serving *serving = arg;

	example_complain(evert_result_as_failure(in));
	serving->status = 1;
	evert_reactor_stop(serving->reactor);
	return evert_result_none();
}

static void listen_on(struct serving *serving, const char *endpoint,
		      struct evert_factory *factory)
{
	struct evert_deferred *d =
		evert_listen(serving->reactor, endpoint, factory);

	evert_deferred_add_callback(d, announce, NULL);
	evert_deferred_add_errback(d, give_up, serving);
	evert_deferred_release(d);
}

static int run(struct serving *serving)
{
	if (evert_reactor_run(serving->reactor))
		serving->status = 1;
	evert_reactor_destroy(serving->reactor);
	return serving->status;
}

int example_serve(const struct example_listen *wanted,
		  struct evert_factory *factory)
{
	struct serving serving = { .reactor = evert_reactor_create(NULL) };
	const char *const *endpoint;

	if (!serving.reactor || evert_reactor_handle_signals(serving.reactor)) {
		example_log("cannot make a reactor");
		return 1;
	}
	for (endpoint = wanted->endpoints; *endpoint; endpoint++)
		listen_on(&serving, *endpoint, factory);
	return run(&serving);
}

static struct evert_result announce_datagrams(struct evert_result *transport,
					      void *unused)
{
	struct evert_address address;

	(void)unused;
	evert_datagram_host(evert_result_as_datagram_transport(transport),
			    &address);
	example_announce_address(&address);
	return evert_result_none();
}

int example_serve_datagrams(const char *endpoint,
			    struct evert_datagram_protocol *protocol)
{
	struct serving serving = { .reactor = evert_reactor_create(NULL) };
	struct evert_deferred *d;

	if (!serving.reactor || evert_reactor_handle_signals(serving.reactor)) {
		example_log("cannot make a reactor");
		return 1;
	}
	d = evert_listen_datagram(serving.reactor, endpoint, protocol);
	evert_deferred_add_callback(d, announce_datagrams, NULL);
	evert_deferred_add_errback(d, give_up, &serving);
	evert_deferred_release(d);
	return run(&serving);
}

void example_log(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "%s: ", program);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
}
