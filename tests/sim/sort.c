/* SPDX-License-Identifier: MIT */
/*
 * The service of examples/sort_server.c: clients have lists of numbers sorted,
 * which worker processes do. Workers die before they answer, in the middle of
 * it and behind it, hang when they are to leave, cannot be begun; descriptors
 * and memory run out; connections are reset; clients break off and lose patience. Each list is answered by
 * itself, sorted, or by why not; a list that is none is refused, and only that;
 * each process is reaped once, and none is left.
 */
#include <evert.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../examples/common/sorting.h"
#include "common/processes.h"
#include "../support/unhandled.h"

enum {
	MOST_CLIENTS = 8,
	MOST_LISTS = 4,
	MOST_NUMBERS = 60,
	MOST_WORKERS = 3,
	LIST_SIZE = MOST_NUMBERS * 6 + 8,
	MOST_BYTES = 4096
};

static struct evert_sim *sim;
static bool is_harmful, resets, is_broken_off;
static bool is_poor; /* there is too little memory */

/* ---- The service ---- */

static struct evert_worker_pool *pool;
static size_t being_served;

static void answer(struct evert_stream *stream, const char *bytes,
		   size_t length)
{
	char prefix[SORTING_PREFIX];

	sorting_write_prefix(prefix, length);
	evert_stream_write(stream, prefix, sizeof(prefix));
	evert_stream_write(stream, bytes, length);
}

static struct evert_result refuse(struct evert_stream *stream,
				  struct evert_result *failure)
{
	char words[300];
	int length = snprintf(words, sizeof(words), "{\"error\": \"%.250s\"}",
			      evert_result_as_failure(failure)->message);

	answer(stream, words, (size_t)length);
	return evert_await(evert_stream_drain(stream));
}

static struct evert_result read_list(struct evert_stream *stream)
{
	struct evert_result r;
	size_t length;

	EVERT_TRY(r, evert_await(evert_stream_read_exactly(stream,
							   SORTING_PREFIX)));
	length = (size_t)sorting_read_prefix(evert_result_as_text(&r));
	evert_result_release(r);
	evert_sim_check(sim, length <= MOST_BYTES);
	return evert_await(evert_stream_read_exactly(stream, length));
}

static struct evert_result sort_one(struct evert_stream *stream)
{
	struct evert_result list, r, refused;

	EVERT_TRY(list, read_list(stream));
	r = evert_await(evert_worker_call(pool, sort_list,
					  evert_result_as_text(&list),
					  evert_result_text_length(&list)));
	evert_result_release(list);
	if (evert_result_failed_with(&r, EVERT_WORKER_FAILED) ||
	    evert_result_failed_with(&r, EVERT_WORKER_DIED) ||
	    evert_result_failed_with(&r, EVERT_SPAWN_FAILED)) {
		refused = refuse(stream, &r);
		evert_result_release(r);
		return refused;
	}
	if (evert_result_is_failure(&r))
		return r;
	answer(stream, evert_result_as_text(&r), evert_result_text_length(&r));
	evert_result_release(r);
	return evert_await(evert_stream_drain(stream));
}

static struct evert_result serve_client(struct evert_stream *stream, void *arg)
{
	struct evert_result r = evert_result_none();

	(void)arg;
	being_served++;
	while (!evert_result_is_failure(&r))
		r = sort_one(stream);
	being_served--;
	evert_sim_check(sim,
			is_broken_off || is_poor ||
				evert_result_failed_with(&r, EVERT_STREAM_END) ||
				evert_result_failed_with(&r, EVERT_CANCELLED) ||
				evert_result_failed_with(
					&r, EVERT_CONNECTION_LOST));
	evert_result_release(r);
	return evert_result_none();
}

static struct evert_server *server;

static struct evert_result listening(struct evert_result *in, void *arg)
{
	(void)arg;
	server = evert_server_take(in);
	return evert_result_none();
}

static void serve(struct evert_reactor *reactor, void *arg)
{
	const unsigned *workers = arg;
	struct evert_deferred *d;

	pool = evert_worker_pool_create(
		reactor, &(struct evert_worker_pool_options){
				 .workers = *workers,
				 .limit = MOST_BYTES,
				 .idle_seconds = 0.001 *
						 (double)(1 + evert_sim_random(
								      sim,
								      5000)),
			 });
	evert_sim_check(sim, pool);
	d = evert_serve("tcp::2015", serve_client, NULL);
	evert_deferred_add_callback(d, listening, NULL);
	evert_deferred_release(d);
}

/* ---- Clients ---- */

struct client {
	size_t lists, answered, ended;
	double patience; /* seconds; 0: without an end */
	bool breaks_off;
	struct evert_reactor *reactor;
};

static struct client clients[MOST_CLIENTS + 1];
static size_t client_count;

struct list {
	int numbers[MOST_NUMBERS];
	size_t count;
	bool is_none; /* it is no list */
	char text[LIST_SIZE];
};

static int compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static void write_list(struct list *list)
{
	char *at = stpcpy(list->text, "[");
	size_t i;

	for (i = 0; i < list->count; i++)
		at += sprintf(at, "%s%d", i ? ", " : "", list->numbers[i]);
	strcpy(at, "]");
}

static void draw_list(struct list *list)
{
	size_t i;

	list->count = evert_sim_size(sim, 0, MOST_NUMBERS);
	for (i = 0; i < list->count; i++)
		list->numbers[i] = (int)evert_sim_random(sim, 2000) - 1000;
	write_list(list);
	list->is_none = !evert_sim_random(sim, 8);
	if (list->is_none)
		list->text[evert_sim_random(sim, strlen(list->text))] = 'x';
}

static void check_answer(struct list *list, const char *text)
{
	static const char *const why_not[] = {
		"{\"error\": \"not a list of numbers in JSON",
		"{\"error\": \"worker process ",
		"{\"error\": \"cannot start ",
	};
	size_t i, first = list->is_none ? 0 : 1;

	qsort(list->numbers, list->count, sizeof(*list->numbers), compare);
	write_list(list);
	if (!list->is_none && !strcmp(text, list->text))
		return;
	for (i = first; i < (is_harmful ? 3 : 1); i++)
		if (!strncmp(text, why_not[i], strlen(why_not[i])))
			return;
	if (is_poor && !strncmp(text, "{\"error\": ", 10))
		return;
	evert_sim_fail(sim, "%s is answered by %s", list->text, text);
}

static struct evert_result have_sorted(struct evert_stream *stream,
				       struct list *list)
{
	struct evert_result r;
	size_t length;

	EVERT_TRY(r, evert_await(evert_stream_read_exactly(stream,
							   SORTING_PREFIX)));
	length = (size_t)sorting_read_prefix(evert_result_as_text(&r));
	evert_result_release(r);
	evert_sim_check(sim, length <= MOST_BYTES);
	EVERT_TRY(r, evert_await(evert_stream_read_exactly(stream, length)));
	check_answer(list, evert_result_as_text(&r));
	evert_result_release(r);
	return evert_result_none();
}

/* Two at once, at times: their answers come in that order. */
static struct evert_result use(struct evert_stream *stream,
			       struct client *client)
{
	struct list lists[MOST_LISTS];
	bool at_once = evert_sim_random(sim, 2);
	struct evert_result r;
	size_t i, sent = 0;

	for (i = 0; i < client->lists; i++) {
		while (sent < (at_once ? client->lists : i + 1)) {
			draw_list(&lists[sent]);
			answer(stream, lists[sent].text,
			       strlen(lists[sent].text));
			sent++;
		}
		if (client->breaks_off && !evert_sim_random(sim, 2)) {
			evert_stream_abort(stream);
			return evert_result_none();
		}
		EVERT_TRY(r, have_sorted(stream, &lists[i]));
		client->answered++;
	}
	return evert_result_none();
}

static struct evert_result run_client(void *arg)
{
	struct evert_stream *stream;
	struct evert_result r;

	EVERT_TRY(r, evert_await(evert_stream_connect("tcp:server:2015")));
	stream = evert_stream_take(&r);
	r = use(stream, arg);
	evert_stream_destroy(stream);
	return r;
}

static struct evert_result client_ended(struct evert_result *in, void *arg)
{
	struct client *client = arg;

	client->ended++;
	if (!evert_result_is_failure(in))
		evert_sim_check(sim, client->answered == client->lists ||
					     client->breaks_off);
	else
		evert_sim_check(sim, resets || is_broken_off || is_poor ||
					     client->patience > 0);
	return evert_result_none();
}

static void begin_client(void *arg)
{
	struct client *client = arg;
	struct evert_deferred *d = evert_spawn(run_client, client);

	if (client->patience > 0)
		evert_deferred_add_timeout(
			d, client->patience,
			evert_reactor_clock(client->reactor));
	evert_deferred_add_both(d, client_ended, client);
	evert_deferred_release(d);
}

static void draw_client(struct client *client, struct evert_reactor *reactor)
{
	*client = (struct client){
		.lists = evert_sim_size(sim, 1, MOST_LISTS),
		.reactor = reactor,
	};
	if (is_harmful && !evert_sim_random(sim, 4))
		client->patience = (double)evert_sim_random(sim, 3000) / 1000;
	client->breaks_off = is_harmful && !evert_sim_random(sim, 4);
	evert_reactor_call_later(reactor,
				 (double)evert_sim_random(sim, 3000) / 1000,
				 begin_client, client);
}

static void begin_clients(struct evert_reactor *reactor, void *arg)
{
	size_t i;

	(void)arg;
	for (i = 0; i < client_count; i++)
		draw_client(&clients[i], reactor);
}

/* ---- All of it ---- */

static void draw_harm(struct processes_options *options)
{
	struct evert_sim_network network = *evert_sim_get_network(sim);

	is_harmful = evert_sim_random(sim, 4);
	resets = is_harmful && evert_sim_random(sim, 2);
	if (!is_harmful)
		return;
	options->death = evert_sim_random(sim, 2) ? 0.1 : 0;
	options->hang = evert_sim_random(sim, 2) ? 0.3 : 0;
	options->refusal = evert_sim_random(sim, 4) ? 0 : 0.2;
	network.reset = resets ? 0.02 : 0;
	evert_sim_set_network(sim, &network);
}

static void be_poor(void)
{
	is_poor = true;
	ignore_unhandled();
	evert_sim_limit_memory(sim, 0.03);
}

static void limit_things(struct evert_sim_host *host)
{
	if (is_harmful && !evert_sim_random(sim, 4))
		be_poor();
	if (is_harmful && !evert_sim_random(sim, 4))
		evert_sim_limit_descriptors(host,
					    evert_sim_descriptors(host) +
						    evert_sim_random(sim, 8));
}

static void do_no_more_harm(void)
{
	struct evert_sim_network network = *evert_sim_get_network(sim);

	network.reset = 0;
	evert_sim_set_network(sim, &network);
	is_harmful = resets = is_poor = false;
	processes_calm_down();
}

/* Who comes last is served. */
static void check_service(struct evert_sim_host *host)
{
	client_count = 1;
	evert_sim_check(sim, evert_sim_start(host, begin_clients, NULL));
	evert_sim_run(sim, 1000);
	evert_sim_check(sim, clients[0].ended == 1);
	evert_sim_check(sim, clients[0].answered == clients[0].lists);
}

/* Idle workers have gone, those that hung were killed. */
static void check_idle(size_t descriptors, struct evert_sim_host *host)
{
	evert_sim_check(sim, !being_served);
	evert_sim_check(sim, !processes_running() && !processes_unreaped());
	evert_sim_check(sim, evert_worker_pool_workers(pool) == 0);
	evert_sim_check(sim, evert_worker_pool_waiting(pool) == 0);
	evert_sim_check(sim, evert_sim_descriptors(host) == descriptors);
}

/* In the middle of it: the pool goes, or the host. */
static void break_service_off(struct evert_sim_host *host)
{
	evert_sim_run(sim, (double)evert_sim_random(sim, 5000) / 1000);
	evert_sim_limit_memory(sim, 0);
	is_broken_off = true;
	if (evert_sim_random(sim, 2))
		evert_sim_halt(host);
}

static void use_service(struct evert_sim_host *server_host,
			struct evert_sim_host *client_host)
{
	size_t descriptors = evert_sim_descriptors(server_host), i;

	evert_sim_start(client_host, begin_clients, NULL);
	limit_things(server_host);
	if (!evert_sim_random(sim, 4)) {
		break_service_off(server_host);
		return;
	}
	evert_sim_run(sim, 10);
	evert_sim_limit_descriptors(server_host, SIZE_MAX);
	evert_sim_limit_memory(sim, 0);
	evert_sim_run(sim, 2000);
	for (i = 0; i < client_count; i++)
		evert_sim_check(sim, clients[i].ended == 1);
	check_idle(descriptors, server_host);
	do_no_more_harm();
	check_service(client_host);
	check_idle(descriptors, server_host);
}

static void scenario(struct evert_sim *made)
{
	struct processes_options options = {.function = sort_list};
	struct evert_sim_host *server_host, *client_host;
	unsigned workers;

	sim = made;
	being_served = 0;
	is_broken_off = is_poor = false;
	draw_harm(&options);
	workers = (unsigned)evert_sim_size(sim, 1, MOST_WORKERS);
	options.most = workers;
	options.most_work = 0.001 * (double)evert_sim_random(sim, 3000);
	server_host = evert_sim_add_host(sim, "server", "10.0.0.1");
	client_host = evert_sim_add_host(sim, "clients", "10.0.0.2");
	processes_install(sim, server_host, &options);
	evert_sim_start(server_host, serve, &workers);
	evert_sim_run(sim, 0.1);
	client_count = evert_sim_size(sim, 1, MOST_CLIENTS);
	use_service(server_host, client_host);

	evert_worker_pool_destroy(pool);
	evert_deferred_release(evert_server_stop(server));
	evert_sim_halt(server_host);
	evert_sim_check(sim, !being_served);
	evert_sim_check(sim, !processes_running() && !processes_unreaped());
}

int main(int argc, char **argv)
{
	static const evert_worker_function functions[] = {sort_list, NULL};

	evert_worker_main(functions);
	return evert_sim_search(argc, argv, scenario);
}
