/* SPDX-License-Identifier: MIT */
#include "query_internal.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

/* Not five as others wait: a recursive server drops an answer that it has
   after two, and the next question finds it in its cache. */
static const double FIRST_SECONDS = 2.5;

static struct evert_query *from(struct evert_exchange *exchange)
{
	return evert_container_of(exchange, struct evert_query, exchange);
}

static struct evert_reactor *reactor_of(const struct evert_query *query)
{
	return query->config->servers[0].reactor;
}

/* ---- Ending ---- */

static void stop_waiting(struct evert_query *query)
{
	evert_exchange_end(&query->exchange);
	evert_delayed_call_cancel(query->timer);
	evert_task_cancel(&query->fail);
}

static void end(struct evert_query *query,
		const struct evert_dns_message *answer)
{
	stop_waiting(query);
	query->done(query, answer);
}

static void run_fail(struct evert_task *task)
{
	end(evert_container_of(task, struct evert_query, fail), NULL);
}

/* From the loop: who asks, or asks of another, is on the stack. */
static void fail(struct evert_query *query)
{
	stop_waiting(query);
	evert_task_plan(reactor_of(query), &query->fail);
}

void evert_query_end(struct evert_query *query)
{
	if (!query->config)
		return;
	stop_waiting(query);
	evert_name_config_release(query->config);
	query->config = NULL;
}

/* ---- From server to server ---- */

static void ask_next(struct evert_query *query);

static void note(struct evert_query *query, enum evert_query_trial_end what,
		 int number)
{
	struct evert_query_trial *trial =
		&query->trials[evert_query_index(query)];

	trial->what = what;
	trial->number = number;
}

static bool is_worth_asking(const struct evert_query *query)
{
	return query->trials[evert_query_index(query)].what < EVERT_WAS_NO_HELP;
}

static double seconds_to_wait(const struct evert_query *query)
{
	unsigned seconds = query->config->conf.timeout;

	return seconds ? seconds :
			 FIRST_SECONDS * (1 << evert_query_round(query));
}

static void timed_out(void *arg)
{
	struct evert_query *query = arg;

	evert_exchange_end(&query->exchange);
	note(query, EVERT_WAS_SILENT, 0);
	query->turn++;
	ask_next(query);
}

/* Without a timer it might wait for ever. 0, or an errno. */
static int start_timer(struct evert_query *query)
{
	query->timer = evert_reactor_call_later(reactor_of(query),
						seconds_to_wait(query),
						timed_out, query);
	return query->timer.timer ? 0 : ENOMEM;
}

/* Asks the server whose turn it is: 0, or an errno. */
static int ask(struct evert_query *query)
{
	int error;

	evert_delayed_call_cancel(query->timer);
	evert_query_write(query);
	query->exchange.losses = 0;
	error = -evert_name_server_ask(evert_query_server(query),
				       &query->exchange, query->over_tcp);
	if (!error)
		error = start_timer(query);
	if (error)
		evert_exchange_end(&query->exchange);
	if (error == ENOMEM)
		query->has_no_memory = true;
	return error;
}

static void ask_next(struct evert_query *query)
{
	const struct evert_resolv_conf *conf = &query->config->conf;
	int error;

	for (; evert_query_round(query) < conf->attempts; query->turn++) {
		if (!is_worth_asking(query))
			continue;
		query->over_tcp = conf->use_tcp;
		query->with_edns = conf->edns;
		query->edns_was_refused = false;
		error = ask(query);
		if (!error)
			return;
		note(query, EVERT_WAS_OUT_OF_REACH, error);
	}
	query->turn--;
	fail(query);
}

static void give_up_server(struct evert_query *query,
			   enum evert_query_trial_end what, int number)
{
	note(query, what, number);
	query->turn++;
	ask_next(query);
}

/* The same server once more, in another way. */
static void ask_again(struct evert_query *query)
{
	int error = ask(query);

	if (error)
		give_up_server(query, EVERT_WAS_OUT_OF_REACH, error);
}

static void failed(struct evert_exchange *exchange, int error)
{
	struct evert_query *query = from(exchange);

	evert_delayed_call_cancel(query->timer);
	/* Its port was given up; another one is asked from. */
	if (error == EAGAIN && !query->over_tcp)
		ask_again(query);
	else
		give_up_server(query, EVERT_WAS_OUT_OF_REACH, error);
}

/* ---- Answers ---- */

/* It sends us elsewhere, which is not what we asked it for. */
static bool is_lame(const struct evert_dns_message *answer)
{
	const struct evert_dns_header *header = &answer->header;

	return header->rcode == EVERT_DNS_NOERROR && !header->is_authoritative &&
	       !header->recursion_available &&
	       !answer->counts[EVERT_DNS_ANSWER];
}

static bool is_about_edns(uint16_t rcode)
{
	return rcode == EVERT_DNS_FORMERR || rcode == EVERT_DNS_NOTIMP ||
	       rcode == EVERT_DNS_BADVERS;
}

static void consider(struct evert_query *query,
		     const struct evert_dns_message *answer)
{
	uint16_t rcode = answer->header.rcode;

	if (query->with_edns && is_about_edns(rcode)) {
		query->with_edns = false;
		query->edns_was_refused = true;
		ask_again(query);
		return;
	}
	if ((rcode != EVERT_DNS_NOERROR && rcode != EVERT_DNS_NXDOMAIN) ||
	    is_lame(answer) || !answer->counts[EVERT_DNS_QUESTION]) {
		give_up_server(query, EVERT_WAS_NO_HELP, rcode);
		return;
	}
	if (query->edns_was_refused)
		evert_query_server(query)->has_no_edns = true;
	end(query, answer);
}

/* What is truncated is not looked at. */
static void ask_over_tcp(struct evert_query *query)
{
	if (query->over_tcp) {
		give_up_server(query, EVERT_WAS_NONSENSE, 0);
		return;
	}
	query->over_tcp = true;
	ask_again(query);
}

static bool answered(struct evert_exchange *exchange, uint8_t *bytes,
		     size_t length)
{
	struct evert_query *query = from(exchange);
	struct evert_dns_message answer;
	bool is_truncated, is_whole;

	if (!evert_query_is_answer(query, bytes, length))
		return false;
	is_truncated = bytes[2] & 0x02;
	is_whole = !evert_dns_message_read(&answer, bytes, length);
	/* Over UDP anybody may have sent it. */
	if (!is_whole && !is_truncated && !query->over_tcp)
		return false;
	evert_exchange_end(exchange);
	evert_delayed_call_cancel(query->timer);
	if (is_truncated)
		ask_over_tcp(query);
	else if (!is_whole)
		give_up_server(query, EVERT_WAS_NONSENSE, 0);
	else
		consider(query, &answer);
	return true;
}

static const struct evert_exchange_ops exchange_ops = {
	.answered = answered,
	.failed = failed,
};

/* ---- Beginning ---- */

static size_t first_server(struct evert_name_config *config)
{
	return config->conf.rotate ?
		       config->rotation++ % config->server_count :
		       0;
}

void evert_query_begin(struct evert_query *query,
		       struct evert_name_config *config, const uint8_t *name,
		       uint16_t type,
		       void (*done)(struct evert_query *query,
				    const struct evert_dns_message *answer))
{
	/* The message is written before it is looked at. */
	memset(query, 0, offsetof(struct evert_query, message));
	query->exchange.ops = &exchange_ops;
	query->config = evert_name_config_use(config);
	query->name = name;
	query->type = type;
	query->done = done;
	query->first = first_server(config);
	evert_list_init(&query->exchange.node);
	evert_task_init(&query->fail, run_fail);
	ask_next(query);
}

void evert_query_interrupt(struct evert_query *query)
{
	stop_waiting(query);
}

void evert_query_begin_anew(struct evert_query *query)
{
	query->turn = 0;
	ask_next(query);
}
