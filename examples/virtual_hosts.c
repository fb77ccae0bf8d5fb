/* SPDX-License-Identifier: MIT */
/*
 * One address, several hosts (SNI): a client says whom it wants to talk to, and
 * gets that one's certificate. A certificate is read when somebody first asks
 * for its host, by a thread, while the others are served.
 *
 *	virtual_hosts example.org=example.pem example.net=other.pem
 */
#include <evert.h>
#include <protocols/tls/tls.h>

#include <stdlib.h>
#include <string.h>

#include "common/example.h"
#include "tls/context.h"

struct host {
	const char *name, *file;
	struct evert_tls_context *context; /* NULL: nobody asked yet */
};

struct hosts {
	struct host *first;
	size_t count;
};

/* ---- Choosing one ---- */

/* In a thread, which touches nothing else. */
static struct evert_result read_certificate(void *file)
{
	struct evert_tls_options options = { .certificate_file = file };
	struct evert_tls_context *context;
	struct evert_failure *failure = evert_tls_context_create(
		&context, EVERT_TLS_SERVER, &options);

	return failure ? evert_result_failure(failure) :
			 evert_tls_context_result(context);
}

/* Others may have asked meanwhile: one that is there is as good. */
static struct evert_result keep(struct evert_result *in, void *arg)
{
	struct host *host = arg;

	if (!host->context)
		host->context = evert_tls_context_keep(
			evert_result_as(in, &evert_type_tls_context));
	return evert_result_take(in);
}

static struct evert_deferred *context_of(struct host *host)
{
	struct evert_deferred *d;

	if (host->context)
		return evert_deferred_create_fired(evert_tls_context_result(
			evert_tls_context_keep(host->context)));
	d = evert_defer_to_thread(evert_reactor_current(), read_certificate,
				  (void *)host->file);
	evert_deferred_add_callback(d, keep, host);
	return d;
}

/* Who does not say whom it wants gets the first one. */
static struct evert_deferred *choose(void *arg, const char *name)
{
	struct hosts *hosts = arg;
	size_t i;

	if (!name)
		return context_of(hosts->first);
	for (i = 0; i < hosts->count; i++)
		if (!strcmp(hosts->first[i].name, name))
			return context_of(&hosts->first[i]);
	return evert_deferred_create_fired(evert_result_fail(
		EVERT_TLS_UNKNOWN_NAME, 0, "there is no host \"%s\"", name));
}

static void tell(void *arg, const struct evert_failure *failure,
		 const struct evert_address *peer)
{
	const struct evert_failure *why = failure->cause;
	char text[EVERT_ADDRESS_TEXT_SIZE] = "a client";

	(void)arg;
	if (peer)
		evert_address_text(peer, text, sizeof(text));
	example_log("%s: %s%s%s", text, failure->message, why ? ": " : "",
		    why ? why->message : "");
}

/* ---- The protocol ---- */

struct greeter {
	struct evert_line_receiver base;
};

static void greeter_line_received(struct evert_line_receiver *base,
				  const char *name, size_t length)
{
	const char *host = evert_tls_server_name(base->base.transport);

	evert_line_receiver_send_linef(base, "Hello, %.*s, from %s!",
				       (int)length, name,
				       host ? host : "nobody");
}

static const struct evert_line_receiver_ops greeter_ops = {
	.line_received = greeter_line_received,
	.delimiter = EVERT_LINE_FEED,
	.pause_when_full = true,
};

static struct evert_factory greeter_factory =
	EVERT_LINE_FACTORY(struct greeter, base, &greeter_ops);

/* ---- The program ---- */

/* Takes NAME=FILE apart. */
static struct host *read_hosts(char **arguments, size_t count)
{
	struct host *hosts = calloc(count, sizeof(*hosts));
	size_t i;

	for (i = 0; hosts && i < count; i++) {
		hosts[i].name = strtok(arguments[i], "=");
		hosts[i].file = strtok(NULL, "");
		if (!hosts[i].name || !hosts[i].file) {
			example_log("not NAME=FILE: %s", arguments[i]);
			exit(2);
		}
	}
	return hosts;
}

/* What all have in common. The first certificate is read at once: a server must
   have one. */
static int prepare(struct hosts *hosts)
{
	struct evert_tls_options options = {
		.certificate_file = hosts->first->file,
		.choose = choose,
		.handshake_failed = tell,
		.arg = hosts,
	};
	struct evert_tls_context *context =
		example_context(EVERT_TLS_SERVER, &options, "hosts");

	if (!context)
		return -1;
	evert_tls_context_release(context);
	return 0;
}

int main(int argc, char **argv)
{
	struct example_listen wanted = { .endpoints = { NULL } };
	const struct example_option options[] = {
		{ "--listen", "ENDPOINT...", "as tls:HOST:PORT:context=hosts",
		  wanted.endpoints, NULL },
		{ NULL, NULL, NULL, NULL, NULL },
	};
	const struct example example = {
		"Greets over TLS, as the host that a client asks for.",
		"NAME=FILE...", 1, argc, options,
	};
	int i = example_begin(&example, argc, argv);
	struct hosts hosts = { .count = (size_t)(argc - i) };
	int status = 1;
	size_t h;

	if (!wanted.endpoints[0])
		wanted.endpoints[0] = "tls:127.0.0.1:9999:context=hosts";
	hosts.first = read_hosts(argv + i, hosts.count);
	if (hosts.first && !prepare(&hosts))
		status = example_serve(&wanted, &greeter_factory);
	for (h = 0; hosts.first && h < hosts.count; h++)
		evert_tls_context_release(hosts.first[h].context);
	free(hosts.first);
	return status;
}
