/* SPDX-License-Identifier: MIT */
#include <signal.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/transport/datagram.h"
#include "../../../reactor/transport/memory_transport.h"
#include "../../support/death.h"

static void received(struct evert_protocol *protocol, const char *data,
		     size_t length)
{
	(void)protocol, (void)data, (void)length;
}

static void build_by_an_empty_factory(void *unused)
{
	struct evert_factory factory = { .size = 0 };

	(void)unused;
	evert_factory_build(&factory, NULL);
}

static void init_without_operations(void *unused)
{
	struct evert_protocol protocol;

	(void)unused;
	evert_protocol_init(&protocol, NULL);
}

static void init_without_data_received(void *unused)
{
	static const struct evert_protocol_ops ops = { .connection_made = NULL };
	struct evert_protocol protocol;

	(void)unused;
	evert_protocol_init(&protocol, &ops);
}

static void transport_without_protocol(void *unused)
{
	(void)unused;
	evert_memory_transport_create(NULL);
}

Test(protocol, what_is_missing_is_a_bug_that_is_named)
{
	dies(transport_without_protocol, NULL, SIGABRT,
	     "a transport was given no protocol");
	dies(build_by_an_empty_factory, NULL, SIGABRT,
	     "that EVERT_FACTORY has not filled in");
	dies(init_without_operations, NULL, SIGABRT,
	     "a protocol has no table of operations");
	dies(init_without_data_received, NULL, SIGABRT,
	     "the operation data_received of a protocol is missing");
}

static void no_datagram_protocol(void *unused)
{
	(void)unused;
	evert_datagram_protocol_check(NULL);
}

static void datagrams_without_operation(void *unused)
{
	static const struct evert_datagram_protocol_ops ops = {
		.stopped = NULL,
	};
	struct evert_datagram_protocol protocol = { .ops = &ops };

	(void)unused;
	evert_datagram_protocol_check(&protocol);
}

Test(protocol, so_it_is_of_datagrams)
{
	dies(no_datagram_protocol, NULL, SIGABRT,
	     "a datagram transport was given no protocol");
	dies(datagrams_without_operation, NULL, SIGABRT,
	     "a datagram protocol has no datagram_received");
}

Test(protocol, its_reading_operations_are_the_transports)
{
	static const struct evert_protocol_ops ops = {
		.data_received = received,
	};
	struct evert_protocol protocol;
	struct evert_memory_transport *memory;
	struct evert_transport *transport;

	evert_protocol_init(&protocol, &ops);
	memory = evert_memory_transport_create(&protocol);
	transport = evert_memory_transport_base(memory);
	evert_protocol_pause_reading(&protocol);
	cr_assert(not(evert_transport_is_reading(transport)));
	evert_protocol_resume_reading(&protocol);
	cr_assert(evert_transport_is_reading(transport));
	evert_memory_transport_destroy(memory);
}
