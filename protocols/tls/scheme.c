/* SPDX-License-Identifier: MIT */
#include "scheme.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "../../deferred/base/memory.h"
#include "../../reactor/endpoint/scheme.h"
#include "context_internal.h"
#include "registry_internal.h"
#include "start_internal.h"

static const struct evert_endpoint_parameter parameters[] = {
	{"name", EVERT_VALUE_TEXT, false, EVERT_TO_CONNECT, 0, 0},
	{"client-certificate", EVERT_VALUE_TEXT, false, EVERT_TO_LISTEN, 0, 0},
	{"staple", EVERT_VALUE_TEXT, false, EVERT_TO_LISTEN, 0, 0},
	{"report-failures", EVERT_VALUE_YES_NO, false, EVERT_TO_LISTEN, 0, 0},
	{"require-staple", EVERT_VALUE_YES_NO, false, EVERT_TO_CONNECT, 0, 0},
	{.name = "certificate", .kind = EVERT_VALUE_TEXT},
	{.name = "key", .kind = EVERT_VALUE_TEXT},
	{.name = "trust", .kind = EVERT_VALUE_TEXT},
	{.name = "alpn", .kind = EVERT_VALUE_TEXT},
	{.name = "lowest", .kind = EVERT_VALUE_TEXT},
	{.name = "highest", .kind = EVERT_VALUE_TEXT},
	{"handshake-timeout", EVERT_VALUE_SECONDS, false, 0, 0.001, 1e9},
	{.name = "ktls", .kind = EVERT_VALUE_YES_NO},
	{.name = "context", .kind = EVERT_VALUE_TEXT},
	{.name = NULL},
};

/* Those which make a context. */
static const char *const makers[] = {
	"client-certificate",
	"staple",
	"report-failures",
	"require-staple",
	"certificate",
	"key",
	"trust",
	"alpn",
	"lowest",
	"highest",
	"handshake-timeout",
	"ktls",
};

/* What is asked for, and who asks. */
struct asked {
	const struct evert_endpoint *endpoint;
	enum evert_tls_side side;
	const char *place;
	struct evert_failure *failure; /* the first, or NULL */
	struct evert_tls_options options;
};

static const char *text(const struct asked *asked, const char *name)
{
	return evert_endpoint_value(asked->endpoint, name);
}

static void refuse(struct asked *asked, const char *name, const char *what)
{
	if (!asked->failure)
		asked->failure = evert_endpoint_refuse(asked->endpoint, name,
						       asked->place,
						       "\"%s\" %s", name, what);
}

/* ---- A context by the options of a string ---- */

static enum evert_tls_version version(struct asked *asked, const char *name)
{
	const char *value = text(asked, name);

	if (!value)
		return EVERT_TLS_ANY_VERSION;
	if (strcmp(value, "1.2") == 0)
		return EVERT_TLS_1_2;
	if (strcmp(value, "1.3") == 0)
		return EVERT_TLS_1_3;
	refuse(asked, name, "is 1.2 or 1.3");
	return EVERT_TLS_ANY_VERSION;
}

static enum evert_tls_client_certificate clients(struct asked *asked)
{
	const char *value = text(asked, "client-certificate");

	if (!value)
		return EVERT_TLS_NOT_ASKED;
	if (strcmp(value, "wanted") == 0)
		return EVERT_TLS_WANTED;
	if (strcmp(value, "required") == 0)
		return EVERT_TLS_REQUIRED;
	refuse(asked, "client-certificate", "is wanted or required");
	return EVERT_TLS_NOT_ASKED;
}

/* "a,b" becomes a list in one block, with the names behind it; NULL: there is
   no memory. */
static const char **split(const char *value)
{
	size_t i, count = 2, length = strlen(value);
	const char **list;
	char *names;

	for (i = 0; i < length; i++)
		count += value[i] == ',';
	list = evert_allocate(count * sizeof(*list) + length + 1);
	if (!list)
		return NULL;
	names = (char *)(list + count);
	memcpy(names, value, length + 1);
	list[0] = names;
	for (i = 0, count = 1; i < length; i++) {
		if (names[i] != ',')
			continue;
		names[i] = '\0';
		list[count++] = names + i + 1;
	}
	list[count] = NULL;
	return list;
}

/* For an operator, who has no function to be called. */
static void report(void *arg, const struct evert_failure *failure,
		   const struct evert_address *peer)
{
	char client[EVERT_ADDRESS_TEXT_SIZE] = "a client";

	(void)arg;
	if (peer)
		evert_address_text(peer, client, sizeof(client));
	fprintf(stderr, "evert: no TLS with %s: %s\n", client,
		failure->message);
}

static void read_options(struct asked *asked)
{
	struct evert_tls_options *options = &asked->options;

	options->certificate_file = text(asked, "certificate");
	options->key_file = text(asked, "key");
	options->trust_file = text(asked, "trust");
	options->trust_only = options->trust_file;
	options->client_certificate = clients(asked);
	options->staple_file = text(asked, "staple");
	if (evert_endpoint_number(asked->endpoint, "report-failures", 0) > 0)
		options->handshake_failed = report;
	options->require_staple =
		evert_endpoint_number(asked->endpoint, "require-staple", 0) > 0;
	options->lowest = version(asked, "lowest");
	options->highest = version(asked, "highest");
	options->handshake_seconds =
		evert_endpoint_number(asked->endpoint, "handshake-timeout", 0);
	options->ktls = evert_endpoint_number(asked->endpoint, "ktls", 0) > 0;
	if (asked->side == EVERT_TLS_SERVER && !options->certificate_file)
		refuse(asked, "certificate", "is needed to listen");
}

static struct evert_tls_context *make(struct asked *asked)
{
	const char *names = text(asked, "alpn");
	const char **list = names ? split(names) : NULL;
	struct evert_tls_context *made = NULL;

	read_options(asked);
	asked->options.alpn = list;
	if (names && !list && !asked->failure)
		asked->failure = evert_failure_bare(EVERT_NO_MEMORY);
	if (!asked->failure)
		asked->failure = evert_tls_context_create_at(
			&made, asked->side, &asked->options, asked->place);
	evert_free(list);
	return made;
}

/* ---- One that is there ---- */

/* Of the options that make one, the first that is given; NULL: none is. */
static const char *first_maker(const struct asked *asked)
{
	size_t i;

	for (i = 0; i < sizeof(makers) / sizeof(makers[0]); i++)
		if (text(asked, makers[i]))
			return makers[i];
	return NULL;
}

static struct evert_tls_context *named(struct asked *asked, const char *name)
{
	struct evert_tls_context *found = evert_tls_registry_find(name);
	const char *maker = first_maker(asked);

	if (maker)
		refuse(asked, maker, "stands beside a context that is made");
	if (!found)
		refuse(asked, "context", "is none that is registered "
			"(evert_tls_context_register)");
	else if (found->side != asked->side)
		refuse(asked, "context",
		       found->side == EVERT_TLS_SERVER ? "is a server's"
						       : "is a client's");
	return found;
}

/* A reference; NULL with a failure. */
static struct evert_tls_context *find_context(struct asked *asked)
{
	const char *name = text(asked, "context");
	struct evert_tls_context *context;

	if (name)
		context = named(asked, name);
	else if (asked->side == EVERT_TLS_SERVER || first_maker(asked))
		context = make(asked);
	else
		context = evert_tls_registry_default(&asked->failure,
						     asked->place);
	if (!asked->failure)
		return context;
	evert_tls_context_release(context);
	return NULL;
}

static struct evert_deferred *failed(struct asked *asked)
{
	return evert_deferred_create_fired_at(
		asked->place, evert_result_failure(asked->failure));
}

/* ---- The schemes ---- */

/* `name` is a client's: whom it wants to talk to. */
static struct evert_deferred *
open_with(struct evert_reactor *reactor, const struct evert_endpoint *endpoint,
	  enum evert_tls_side side, const char *name,
	  struct evert_factory *factory,
	  const struct evert_socket_options *options, const char *place)
{
	struct asked asked = {
		.endpoint = endpoint,
		.side = side,
		.place = place,
	};
	struct evert_tls_target target = {
		.endpoint = evert_endpoint_below(endpoint),
		.options = options,
	};
	struct evert_tls_context *context = find_context(&asked);
	struct evert_deferred *deferred;

	if (!context)
		return failed(&asked);
	if (side == EVERT_TLS_CLIENT)
		deferred = evert_tls_connect_to(reactor, &target, factory,
						context, name, place);
	else
		deferred = evert_tls_listen_on(reactor, &target, factory,
					       context, place);
	evert_tls_context_release(context);
	return deferred;
}

static struct evert_deferred *
connect_tcp(struct evert_reactor *reactor,
	    const struct evert_endpoint *endpoint,
	    struct evert_factory *factory,
	    const struct evert_socket_options *options, const char *place)
{
	const char *name = evert_endpoint_value(endpoint, "name");

	if (!name)
		name = evert_endpoint_value(evert_endpoint_below(endpoint),
					    "host");
	return open_with(reactor, endpoint, EVERT_TLS_CLIENT, name, factory,
			 options, place);
}

static struct evert_deferred *
connect_unix(struct evert_reactor *reactor,
	     const struct evert_endpoint *endpoint,
	     struct evert_factory *factory,
	     const struct evert_socket_options *options, const char *place)
{
	const char *name = evert_endpoint_value(endpoint, "name");

	if (!name)
		return evert_deferred_create_fired_at(
			place, evert_result_failure(evert_endpoint_refuse(
				       endpoint, "name", place,
				       "to connect, name= is needed: whom the "
				       "certificate has to be of")));
	return open_with(reactor, endpoint, EVERT_TLS_CLIENT, name, factory,
			 options, place);
}

static struct evert_deferred *
listen_on(struct evert_reactor *reactor, const struct evert_endpoint *endpoint,
	  struct evert_factory *factory,
	  const struct evert_socket_options *options, const char *place)
{
	return open_with(reactor, endpoint, EVERT_TLS_SERVER, NULL, factory,
			 options, place);
}

static struct evert_endpoint_scheme tls = {
	.name = "tls",
	.form = "tls:HOST:PORT",
	.parameters = parameters,
	.over = "tcp",
	.connect = connect_tcp,
	.listen = listen_on,
};

static struct evert_endpoint_scheme tls_unix = {
	.name = "tls-unix",
	.form = "tls-unix:PATH",
	.parameters = parameters,
	.over = "unix",
	.connect = connect_unix,
	.listen = listen_on,
};

static int registered; /* 0 or -errno */

static void add_schemes(void)
{
	registered = evert_endpoint_register(&tls);
	if (!registered)
		registered = evert_endpoint_register(&tls_unix);
}

int evert_tls_register(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, add_schemes);
	return registered;
}
