/* SPDX-License-Identifier: MIT */
/*
 * One question, asked of one server after the other until one answers
 * (RFC 1035, 7.3; RFC 5452).
 *
 * A server that says FORMERR, NOTIMP or BADVERS to EDNS is asked without it;
 * one whose answer is truncated, over TCP. One that is silent is asked again
 * when all others were; one that fails or refuses is not. An answer is taken
 * only with our id, from the server's address, to our question, spelt as we
 * spelt it: letters large and small at random, once the server has shown that
 * it keeps them; from the second round on as the caller has it, since some
 * lose them now and then. Everything else is dropped, and waiting goes on.
 *
 * A server's time runs from when it is asked, whether the question has been
 * sent by then or waits because too many are under way: so a lookup takes no
 * longer with others beside it, and a dead server delays a thousand as it does
 * one.
 */
#ifndef EVERT_REACTOR_QUERY_INTERNAL_H
#define EVERT_REACTOR_QUERY_INTERNAL_H

#include "../../deferred/clock/clock.h"
#include "../dns/message.h"
#include "lookup_failure.h"
#include "name_config_internal.h"

enum {
	/* DNS flag day 2020: what no network cuts in pieces. */
	EVERT_QUERY_EDNS_SIZE = 1232,
	EVERT_QUERY_SIZE = 12 + EVERT_DNS_NAME_SIZE + 4 + 11,
	EVERT_QUERY_WORDS = 256,
};

/* What came of a server. */
struct evert_query_trial {
	enum evert_query_trial_end {
		EVERT_NOT_ASKED,
		EVERT_WAS_SILENT,
		EVERT_WAS_OUT_OF_REACH, /* `number` is an errno */
		EVERT_WAS_NO_HELP,	/* `number` is an rcode */
		EVERT_WAS_NONSENSE,
	} what;
	int number;
};

/* Embedded in who asks. */
struct evert_query {
	struct evert_exchange exchange;
	struct evert_name_config *config;
	const uint8_t *name; /* lives as long as this */
	uint16_t type;
	/* From the loop: with the answer (NOERROR or NXDOMAIN), which lives
	   until this returns; or with NULL, see evert_query_why. The query has
	   ended. */
	void (*done)(struct evert_query *query,
		     const struct evert_dns_message *answer);
	struct evert_delayed_call timer;
	struct evert_task fail;
	struct evert_query_trial trials[EVERT_RESOLV_SERVERS];
	size_t first; /* the server to begin with */
	size_t turn;  /* of servers: all of a round, then the next round */
	bool over_tcp, with_edns, edns_was_refused;
	bool has_no_memory;
	uint8_t message[EVERT_QUERY_SIZE];
};

/* Begins: `config` is used until the end, `name` and `done` are set. Nothing is
   called before this returns. */
void evert_query_begin(struct evert_query *query,
		       struct evert_name_config *config, const uint8_t *name,
		       uint16_t type,
		       void (*done)(struct evert_query *query,
				    const struct evert_dns_message *answer));

/* Ends it, wherever it is: nothing will be called. Harmless when it has. */
void evert_query_end(struct evert_query *query);

/* In a fork's child: closes what it waits for; begins anew from the first
   server on. */
void evert_query_interrupt(struct evert_query *query);
void evert_query_begin_anew(struct evert_query *query);

/* Why there is no answer: the kind; and for a person, which server said what,
   into EVERT_QUERY_WORDS bytes. */
const struct evert_error *evert_query_why(const struct evert_query *query,
					  int *error, char *words);

/* "192.0.2.1:53 said NXDOMAIN", of the one that was asked last. */
void evert_query_who_said(const struct evert_query *query, uint16_t rcode,
			  char *words);

/* ---- Whose turn it is ---- */

static inline size_t evert_query_index(const struct evert_query *query)
{
	return (query->first + query->turn) % query->config->server_count;
}

static inline struct evert_name_server *
evert_query_server(struct evert_query *query)
{
	return &query->config->servers[evert_query_index(query)];
}

static inline unsigned evert_query_round(const struct evert_query *query)
{
	return (unsigned)(query->turn / query->config->server_count);
}

/* ---- query_message.c ---- */

/* Writes the question, as it goes to the server whose turn it is. */
void evert_query_write(struct evert_query *query);

/* Is it one to what was written? Then its question is spelt as the caller has
   it, and so is whatever points to it. */
bool evert_query_is_answer(struct evert_query *query, uint8_t *message,
			   size_t length);

#endif
