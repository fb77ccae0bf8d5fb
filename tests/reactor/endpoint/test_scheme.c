/* SPDX-License-Identifier: MIT */
/* Schemes as a user makes them. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/base/memory.h"
#include "../../../reactor/endpoint/datagram_endpoint.h"
#include "../../../reactor/endpoint/endpoint.h"
#include "../../../reactor/endpoint/scheme.h"
#include "../../support/datagrams.h"
#include "../../support/death.h"
#include "../../support/reactor.h"

/* ---- limited:HOST:PORT:most=N, over tcp: a port for so many at a time ---- */

static const struct evert_endpoint_parameter limited_parameters[] = {
	{ "most", EVERT_VALUE_NUMBER, false, EVERT_TO_LISTEN, 1, 1000 },
	{ .name = NULL },
};

struct limiter {
	struct evert_factory base;
	struct evert_factory *inner;
	size_t left;
};

static struct limiter *limiter;

static struct evert_protocol *limited_build(struct evert_factory *base,
					    const struct evert_address *peer)
{
	struct limiter *self = evert_container_of(base, struct limiter, base);

	if (!self->left)
		return NULL;
	self->left--;
	return self->inner->build_protocol(self->inner, peer);
}

static struct evert_deferred *limited_listen(
	struct evert_reactor *reactor, const struct evert_endpoint *endpoint,
	struct evert_factory *factory,
	const struct evert_socket_options *options, const char *place)
{
	limiter = evert_allocate(sizeof(*limiter));
	if (!limiter)
		return NULL;
	*limiter = (struct limiter){
		.base = { .build_protocol = limited_build },
		.inner = factory,
		.left = (size_t)evert_endpoint_number(endpoint, "most", 10),
	};
	return evert_endpoint_listen(reactor, evert_endpoint_below(endpoint),
				     &limiter->base, options, place);
}

static struct evert_endpoint_scheme limited = {
	.name = "limited",
	.form = "limited:HOST:PORT",
	.parameters = limited_parameters,
	.over = "tcp",
	.listen = limited_listen,
};

/* ---- service:NAME: where that is, is nobody else's business ---- */

static char where[64];

static const struct evert_endpoint_parameter service_parameters[] = {
	{ .name = "name", .kind = EVERT_VALUE_TEXT, .mandatory = true },
	{ .name = NULL },
};

static struct evert_deferred *service_connect(
	struct evert_reactor *reactor, const struct evert_endpoint *endpoint,
	struct evert_factory *factory,
	const struct evert_socket_options *options, const char *place)
{
	const char *name = evert_endpoint_value(endpoint, "name");

	if (!strcmp(name, "greeting"))
		return evert_connect_with_at(reactor, where, factory, options,
					     place);
	return evert_deferred_create_fired_at(
		place,
		evert_result_failure(evert_endpoint_refuse(
			endpoint, "name", place,
			"nobody offers the service \"%s\"", name)));
}

static struct evert_endpoint_scheme service = {
	.name = "service",
	.form = "service:NAME",
	.parameters = service_parameters,
	.connect = service_connect,
};

/* ---- Using them ---- */

static struct evert_reactor *reactor;
static struct recorder_factory clients, servers;

static struct evert_datagram_protocol *
build_nothing(struct evert_datagram_factory *self,
	      const struct evert_address *peer)
{
	(void)self, (void)peer;
	return NULL;
}

static struct evert_datagram_factory packets = { build_nothing };

static void begin(void)
{
	cr_assert(evert_endpoint_register(&limited) == 0);
	cr_assert(evert_endpoint_register(&service) == 0);
	reactor = make_reactor(NULL);
	recorder_factory_init(&clients, NULL, NULL);
	recorder_factory_init(&servers, NULL, NULL);
}

static void finish(void)
{
	evert_reactor_destroy(reactor);
	evert_free(limiter);
}

TestSuite(scheme, .init = begin, .fini = finish);
TestSuite(schemes);

static struct evert_port *listen_on(const char *endpoint)
{
	struct evert_result result = turn_until_fired(
		reactor, evert_listen(reactor, endpoint, &servers.base));

	cr_assert(not(evert_result_is_failure(&result)));
	return evert_port_take(&result);
}

static void expect_failure(struct evert_deferred *deferred,
			   const struct evert_error *kind, const char *message)
{
	struct evert_result result = turn_until_fired(reactor, deferred);

	cr_assert(evert_result_failed_with(&result, kind));
	cr_assert(eq(str, (char *)evert_result_as_failure(&result)->message,
		     (char *)message));
	evert_result_release(result);
}

static void connect_to(const char *endpoint)
{
	struct evert_result result = turn_until_fired(
		reactor, evert_connect(reactor, endpoint, &clients.base));

	recorder_of(&result);
	evert_result_release(result);
}

Test(scheme, wraps_another_ones_factory_and_has_its_options)
{
	struct evert_port *port =
		listen_on("limited:127.0.0.1:0:most=1:backlog=5");
	const char *endpoint = endpoint_of(port);

	connect_to(endpoint);
	turn_until_count(reactor, &servers.built, 1);
	connect_to(endpoint);
	turn_until_count(reactor, &clients.recorders[1].lost, 1);
	cr_assert(eq(sz, servers.built, 1));
}

Test(scheme, may_stand_for_another_endpoint)
{
	snprintf(where, sizeof(where), "%s",
		 endpoint_of(listen_on("tcp:127.0.0.1:0")));
	connect_to("service:greeting");
}

Test(scheme, refuses_its_own_values_where_they_stand)
{
	expect_failure(evert_connect(reactor, "service:mail", &clients.base),
		       EVERT_BAD_ENDPOINT,
		       "bad endpoint \"service:mail\" at character 9: nobody "
		       "offers the service \"mail\"");
}

Test(scheme, has_its_table_checked)
{
	expect_failure(evert_listen(reactor, "limited:127.0.0.1:0:most=0",
				    &servers.base),
		       EVERT_BAD_ENDPOINT,
		       "bad endpoint \"limited:127.0.0.1:0:most=0\" at "
		       "character 26: \"most\" is a number from 1 to 1000");
	expect_failure(evert_listen(reactor, "limited:127.0.0.1",
				    &servers.base),
		       EVERT_BAD_ENDPOINT,
		       "bad endpoint \"limited:127.0.0.1\" at character 18: "
		       "its port is missing; the form is limited:HOST:PORT");
	expect_failure(evert_listen(reactor, "limited:a:0:mist=1",
				    &servers.base),
		       EVERT_BAD_ENDPOINT,
		       "bad endpoint \"limited:a:0:mist=1\" at character 13: "
		       "there is no option \"mist\"; did you mean \"most\"?");
}

Test(scheme, is_refused_for_what_it_does_not_do)
{
	expect_failure(evert_listen(reactor, "service:greeting",
				    &servers.base),
		       EVERT_BAD_ENDPOINT,
		       "bad endpoint \"service:greeting\" at character 1: "
		       "\"service\" is not to be listened on");
	expect_failure(evert_connect(reactor, "limited:a:1", &clients.base),
		       EVERT_BAD_ENDPOINT,
		       "bad endpoint \"limited:a:1\" at character 1: "
		       "\"limited\" is not to be connected to");
}

Test(scheme, is_told_where_a_scheme_is_unknown)
{
	expect_failure(evert_connect(reactor, "servise:a", &clients.base),
		       EVERT_BAD_ENDPOINT,
		       "bad endpoint \"servise:a\" at character 1: there is no "
		       "scheme \"servise\"; did you mean \"service\"?");
}

/* What a failure's message lists, the registered ones in front. */
static void expect_list(struct evert_deferred *deferred, const char *string,
			const char *list)
{
	char message[512];

	snprintf(message, sizeof(message),
		 "bad endpoint \"%s\" at character 1: there is no scheme "
		 "\"%.*s\", or it is not registered; there are %s", string,
		 (int)strcspn(string, ":"), string, list);
	expect_failure(deferred, EVERT_BAD_ENDPOINT, message);
}

Test(scheme, is_listed_where_it_can_do_what_was_asked)
{
	static struct datagram_recorder nobody;
	struct evert_datagram_protocol *protocol = &nobody.base;

	datagram_recorder_init(&nobody);
	expect_list(evert_connect(reactor, "localhost:80", &clients.base),
		    "localhost:80",
		    "service, tcp, tcp4, tcp6, unix, unix-abstract, fd, "
		    "systemd");
	expect_list(evert_listen(reactor, "localhost:80", &servers.base),
		    "localhost:80",
		    "limited, tcp, tcp4, tcp6, unix, unix-abstract, fd, "
		    "systemd");
	expect_list(evert_connect_datagram(reactor, "localhost:80", protocol),
		    "localhost:80",
		    "udp, udp4, udp6, unix-datagram, unix-datagram-abstract, "
		    "unix-seqpacket, unix-seqpacket-abstract, fd, systemd");
	expect_list(evert_listen_datagram(reactor, "localhost:80", protocol),
		    "localhost:80",
		    "udp, udp4, udp6, unix-datagram, unix-datagram-abstract, "
		    "fd, systemd");
	expect_list(evert_listen_seqpacket(reactor, "localhost:80",
					   &packets),
		    "localhost:80",
		    "unix-seqpacket, unix-seqpacket-abstract");
}

Test(scheme, is_suggested_where_it_can_do_what_was_asked)
{
	expect_list(evert_listen(reactor, "servise:a", &servers.base),
		    "servise:a",
		    "limited, tcp, tcp4, tcp6, unix, unix-abstract, fd, "
		    "systemd");
	expect_list(evert_connect(reactor, "udp5:a:1", &clients.base),
		    "udp5:a:1",
		    "service, tcp, tcp4, tcp6, unix, unix-abstract, fd, "
		    "systemd");
}

Test(scheme, is_not_taken_when_there_is_one_of_its_name)
{
	static struct evert_endpoint_scheme tcp = { .name = "tcp" };
	static struct evert_endpoint_scheme another = { .name = "service" };

	cr_assert(eq(int, evert_endpoint_register(&tcp), -EEXIST));
	cr_assert(eq(int, evert_endpoint_register(&another), -EEXIST));
	cr_assert(eq(int, evert_endpoint_register(&service), 0));
}

static void *register_many(void *arg)
{
	struct evert_endpoint_scheme *schemes = arg;
	size_t i;

	for (i = 0; i < 50; i++)
		if (evert_endpoint_register(&schemes[i]))
			return arg;
	return NULL;
}

Test(schemes, are_registered_from_any_thread)
{
	static struct evert_endpoint_scheme many[4][50];
	static char names[4][50][8];
	pthread_t threads[4];
	void *failed;
	size_t i, j;

	for (i = 0; i < 4; i++)
		for (j = 0; j < 50; j++) {
			snprintf(names[i][j], 8, "s%zu-%zu", i, j);
			many[i][j].name = names[i][j];
		}
	for (i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, register_many, many[i]);
	for (i = 0; i < 4; i++) {
		pthread_join(threads[i], &failed);
		cr_assert(failed == NULL);
	}
	for (i = 0; i < 4; i++)
		for (j = 0; j < 50; j++)
			cr_assert(eq(int, evert_endpoint_register(&many[i][j]),
				     0));
}

/* ---- Bugs ---- */

static void register_it(void *scheme)
{
	(void)!evert_endpoint_register(scheme);
}

Test(schemes, are_a_bug_when_they_are_wrong_in_themselves)
{
	static const struct evert_endpoint_parameter twice[] = {
		{ .name = "a" }, { .name = "a" }, { .name = NULL }
	};
	static const struct evert_endpoint_parameter hidden[] = {
		{ .name = "timeout" }, { .name = NULL }
	};
	static const struct evert_endpoint_parameter odd[] = {
		{ .name = "a b" }, { .name = NULL }
	};
	struct evert_endpoint_scheme wrong[] = {
		{ .name = "a:b" },
		{ .name = "a", .over = "nothing" },
		{ .name = "a", .parameters = twice },
		{ .name = "a", .parameters = hidden, .over = "tcp" },
		{ .name = "a", .parameters = odd },
	};

	dies(register_it, &wrong[0], SIGABRT, "a scheme is named \"a:b\"");
	dies(register_it, &wrong[1], SIGABRT, "which is not registered");
	dies(register_it, &wrong[2], SIGABRT, "has two parameters \"a\"");
	dies(register_it, &wrong[3], SIGABRT, "and so has \"tcp\"");
	dies(register_it, &wrong[4], SIGABRT, "has a parameter \"a b\"");
}

static struct evert_deferred *rootless_connect(
	struct evert_reactor *in, const struct evert_endpoint *endpoint,
	struct evert_factory *factory,
	const struct evert_socket_options *options, const char *place)
{
	return evert_endpoint_connect(in, evert_endpoint_below(endpoint),
				      factory, options, place);
}

static void go_below_nothing(void *arg)
{
	static const struct evert_endpoint_parameter none[] = {
		{ .name = NULL }
	};
	static struct evert_endpoint_scheme rootless = {
		.name = "rootless",
		.form = "rootless:",
		.parameters = none,
		.connect = rootless_connect,
	};

	(void)!evert_endpoint_register(&rootless);
	evert_connect(arg, "rootless:", &clients.base);
}

Test(scheme, to_go_below_one_that_is_over_no_other_is_a_bug)
{
	dies(go_below_nothing, reactor, SIGABRT,
	     "the scheme \"rootless\" is over no other");
}
