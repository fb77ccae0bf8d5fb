/* SPDX-License-Identifier: MIT */
/* Stuck on purpose: a coroutine waits for a lock, whose owner awaits a Deferred
   that nobody fires. For docs/debugging.md, and for the test of evert-gdb.py. */
#include <evert.h>

#include <stdio.h>
#include <stdlib.h>

struct shop {
	struct evert_semaphore *till;
	struct evert_semaphore *broom;
	struct evert_firing *price; /* whoever knows it forgets to say */
	size_t customers;
	struct evert_result motto, sold, trouble, nothing; /* to be printed */
	struct evert_address address;
};

static struct evert_result ask_price(void *arg)
{
	struct shop *shop = arg;

	return evert_result_wait(evert_deferred_create(&shop->price));
}

static struct evert_result clerk(void *arg)
{
	struct shop *shop = arg;

	return evert_await(evert_semaphore_run(shop->till, ask_price, shop));
}

static struct evert_result customer(void *arg)
{
	struct shop *shop = arg;
	struct evert_result permit;

	EVERT_TRY(permit, evert_await(evert_semaphore_acquire(shop->till)));
	evert_result_release(permit);
	return evert_result_none();
}

/* Of two, the second waits until the first has slept. */
static struct evert_result sweeper(void *arg)
{
	struct shop *shop = arg;
	struct evert_result permit, r;

	EVERT_TRY(permit, evert_await(evert_semaphore_acquire(shop->broom)));
	r = evert_await(evert_sleep(3600));
	evert_result_release(permit);
	return r;
}

static struct evert_result serve(struct evert_stream *stream, void *arg)
{
	(void)arg;
	puts("stuck");
	fflush(stdout);
	return evert_await(evert_stream_read_line(stream));
}

static struct evert_result caller(void *arg)
{
	struct evert_server *server;
	struct evert_stream *stream;
	struct evert_result r;
	char endpoint[64];

	(void)arg;
	EVERT_TRY(r, evert_await(evert_serve("tcp:127.0.0.1:0", serve, NULL)));
	server = evert_server_take(&r);
	snprintf(endpoint, sizeof(endpoint), "tcp:127.0.0.1:%u",
		 evert_address_port(
			 evert_port_address(evert_server_port(server))));
	EVERT_TRY(r, evert_await(evert_stream_connect(endpoint)));
	stream = evert_stream_take(&r);
	r = evert_await(evert_timeout(600, evert_stream_read_line(stream)));
	evert_stream_destroy(stream);
	evert_result_release(evert_await(evert_server_stop(server)));
	return r;
}

static struct evert_result open_shop(void *arg)
{
	struct shop *shop = arg;
	struct evert_scope scope;
	size_t i;
	int error;

	evert_scope_init(&scope);
	error = evert_scope_spawn(&scope, clerk, shop);
	for (i = 0; !error && i < shop->customers; i++)
		error = evert_scope_spawn(&scope, customer, shop);
	if (!error)
		error = evert_scope_spawn(&scope, sweeper, shop);
	if (!error)
		error = evert_scope_spawn(&scope, sweeper, shop);
	if (!error)
		error = evert_scope_spawn(&scope, caller, shop);
	return evert_scope_leave(&scope);
}

static void furnish(struct shop *shop)
{
	shop->motto = evert_result_textf("the customer is %s", "king");
	shop->sold = evert_result_integer(42);
	shop->trouble = evert_result_fail(EVERT_TIMED_OUT, 0, "nobody came");
	evert_address_parse(&shop->address, "::1", 80);
}

int main(int argc, char **argv)
{
	static struct shop shop;

	shop.till = evert_lock_create();
	shop.broom = evert_lock_create();
	shop.customers = argc > 1 ? strtoul(argv[1], NULL, 10) : 1;
	furnish(&shop);
	return evert_run(open_shop, &shop);
}
