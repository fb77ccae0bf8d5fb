/* SPDX-License-Identifier: MIT */
/* "evert PORT": ten times a thousand names at once, of host0 to host9999. */
#include <evert.h>
#include <stdio.h>
#include <stdlib.h>

#include "names/names.h"

static size_t left, failed;
static unsigned done;
static struct names_time start;

static void ask_all(struct evert_reactor *reactor);

static struct evert_result answered(struct evert_result *in, void *reactor)
{
	if (evert_result_is_failure(in))
		failed++;
	if (--left)
		return evert_result_none();
	if (++done < NAMES_ROUNDS)
		ask_all(reactor);
	else
		evert_reactor_stop(reactor);
	return evert_result_none();
}

static void ask_all(struct evert_reactor *reactor)
{
	struct evert_deferred *ds[NAMES_AT_ONCE];
	char name[NAMES_SIZE];
	unsigned i;

	left = NAMES_AT_ONCE;
	for (i = 0; i < NAMES_AT_ONCE; i++)
		ds[i] = evert_resolve(reactor,
				      names_write(name, done, i), EVERT_DNS_A);
	for (i = 0; i < NAMES_AT_ONCE; i++) {
		evert_deferred_add_both(ds[i], answered, reactor);
		evert_deferred_release(ds[i]);
	}
}

static void begin(void *reactor)
{
	names_begin(&start);
	ask_all(reactor);
}

int main(int argc, char **argv)
{
	struct evert_reactor *reactor = evert_reactor_create(NULL);
	struct evert_resolver_options options = { .server_count = 1 };
	struct evert_address server;

	(void)argc;
	evert_address_parse(&server, "127.0.0.1", (uint16_t)atoi(argv[1]));
	options.servers = &server;
	evert_reactor_set_resolver(reactor, &options);
	evert_reactor_call_later(reactor, 0, begin, reactor);
	evert_reactor_run(reactor);
	names_end(&start, failed);
	evert_reactor_destroy(reactor);
	return 0;
}
