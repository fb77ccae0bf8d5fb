/* SPDX-License-Identifier: MIT */
/*
 * A resolver asks two name servers: one answers right, the other one lies. It
 * answers with another id, to another question, of another name, from another
 * port, with garbage, cut, twice, late, or not at all; memory runs out. Whoever
 * asks gets the right address or a failure, once, in the time it may take; where
 * the honest one can be heard in time, the address.
 */
#include <evert.h>

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "common/name_servers.h"
#include "../support/unhandled.h"

enum {
	MOST_QUESTIONS = 20,
	NAMES = 8,
	MOST_SECONDS = 30,
	HEADER = 12,
	MOST_BYTES = 512
};

static struct evert_sim *sim;
static size_t asked, told, right;
static bool is_poor; /* there is too little memory */

struct question {
	const char *name;
	double asked_at;
};
static struct question questions[MOST_QUESTIONS];

/* The address of a name: of its first letter. */
static unsigned char right_number(char letter)
{
	return (unsigned char)(100 + tolower((unsigned char)letter) - 'a');
}

/* ---- The honest one ---- */

static struct evert_result answer(struct evert_dns_request *request, void *arg)
{
	char name[EVERT_DNS_NAME_TEXT_SIZE], text[32];
	struct evert_address address;

	(void)arg;
	evert_dns_name_text(request->question.name, name, sizeof(name));
	snprintf(text, sizeof(text), "10.1.1.%d", right_number(name[0]));
	evert_address_parse(&address, text, 0);
	evert_dns_request_add_address(request, 1, &address);
	request->recursion_available = true;
	return evert_result_none();
}

static struct evert_dns_server *honest;

static void be_honest(struct evert_reactor *reactor, void *arg)
{
	(void)arg;
	honest = evert_dns_server_create(reactor, answer, NULL, NULL);
	evert_deferred_release(evert_dns_server_listen(honest, NULL, 53));
}

/* ---- The liar ---- */

struct liar {
	struct evert_datagram_protocol base;
	struct evert_datagram_transport *other; /* by another port */
};

struct reply {
	unsigned char bytes[MOST_BYTES];
	size_t length;
	size_t question; /* where that ends */
};

static bool begin_reply(struct reply *reply, const struct evert_datagram *asks)
{
	const unsigned char *bytes = (const unsigned char *)asks->data;
	size_t at = HEADER;

	if (asks->length > 200 || asks->length < HEADER + 6)
		return false;
	while (at < asks->length && bytes[at])
		at += 1u + bytes[at];
	at += 5;
	if (at > asks->length)
		return false;
	memcpy(reply->bytes, bytes, at);
	reply->length = reply->question = at;
	reply->bytes[2] = 0x81; /* a response */
	reply->bytes[3] = 0x80;
	memset(reply->bytes + 6, 0, 6);
	return true;
}

static void add_address(struct reply *reply, unsigned char last)
{
	const unsigned char record[] = {0xc0, HEADER, 0, 1, 0,	1, 0, 0,
					0,    1,      0, 4, 10, 1, 1, last};

	memcpy(reply->bytes + reply->length, record, sizeof(record));
	reply->length += sizeof(record);
	reply->bytes[7]++;
}

enum lie {
	NO_LIE,
	SILENCE,
	OTHER_ID,
	OTHER_QUESTION,
	OTHER_NAME,
	OTHER_PORT,
	GARBAGE,
	CUT,
	NO_RESPONSE,
	FAILURE,
	LIES,
};

/* False: nothing is to be sent. */
static bool lie(struct reply *reply, enum lie which)
{
	unsigned char *bytes = reply->bytes;
	size_t i;

	if (which == NO_LIE)
		add_address(reply, right_number((char)bytes[HEADER + 1]));
	else
		add_address(reply, 66);
	switch (which) {
	case OTHER_ID:
		bytes[1] ^= (unsigned char)(1 + evert_sim_random(sim, 255));
		break;
	case OTHER_QUESTION:
		bytes[HEADER + 1] = bytes[HEADER + 1] == 'z' ? 'y' : 'z';
		break;
	case OTHER_NAME: /* the record's: what stands behind the first label */
		bytes[reply->question + 1] =
			(unsigned char)(HEADER + 1 + bytes[HEADER]);
		break;
	case GARBAGE:
		for (i = 2; i < reply->length; i++)
			if (!evert_sim_random(sim, 4))
				bytes[i] = (unsigned char)evert_sim_random(sim,
									   256);
		bytes[0] ^= 0x55; /* for it might be an answer */
		break;
	case CUT:
		bytes[2] |= 2;
		break;
	case NO_RESPONSE:
		bytes[2] &= 0x7f;
		break;
	case FAILURE:
		bytes[3] |= 2;
		break;
	default:
		break;
	}
	return which != SILENCE;
}

static void send_reply(struct liar *liar, const struct evert_datagram *asks,
		       enum lie which)
{
	struct reply reply;

	if (!begin_reply(&reply, asks) || !lie(&reply, which))
		return;
	if (which == OTHER_PORT && liar->other)
		evert_datagram_send_to(liar->other, reply.bytes, reply.length,
				       asks->peer);
	else if (which != OTHER_PORT)
		evert_datagram_answer(asks, reply.bytes, reply.length);
}

/* A lie that can't be told from the truth: that a name has no address. */
static bool is_believable;

static enum lie draw_lie(void)
{
	enum lie which = (enum lie)evert_sim_random(sim, LIES);

	return which == OTHER_NAME && !is_believable ? SILENCE : which;
}

/* Sometimes several, and the truth among them. */
static void liar_received(struct evert_datagram_protocol *base,
			  const struct evert_datagram *asks)
{
	struct liar *liar = evert_container_of(base, struct liar, base);
	size_t count = 1 + evert_sim_random(sim, 3);

	while (count--)
		send_reply(liar, asks, draw_lie());
}

static void ignore_datagram(struct evert_datagram_protocol *base,
			    const struct evert_datagram *datagram)
{
	(void)base, (void)datagram;
}

static void other_started(struct evert_datagram_protocol *base);

static const struct evert_datagram_protocol_ops liar_ops = {
	.datagram_received = liar_received,
};

static const struct evert_datagram_protocol_ops other_ops = {
	.datagram_received = ignore_datagram,
	.started = other_started,
};

static struct liar liar;
static struct evert_datagram_protocol other;

static void other_started(struct evert_datagram_protocol *base)
{
	liar.other = base->transport;
}

static void tell_lies(struct evert_reactor *reactor, void *arg)
{
	(void)arg;
	liar = (struct liar){.base = {.ops = &liar_ops}};
	other = (struct evert_datagram_protocol){.ops = &other_ops};
	evert_deferred_release(
		evert_listen_datagram(reactor, "udp:10.0.0.53:5353", &other));
	evert_deferred_release(
		evert_listen_datagram(reactor, "udp:10.0.0.53:53", &liar.base));
}

/* ---- Who asks ---- */

static struct evert_result check_answer(struct evert_result *in, void *arg)
{
	const struct question *question = arg;
	const struct evert_addresses *found;

	told++;
	/* Two servers, asked twice. */
	evert_sim_check(sim, evert_sim_seconds(sim) - question->asked_at <
				     MOST_SECONDS);
	if (evert_result_is_failure(in))
		return evert_result_none();
	found = evert_result_as_addresses(in);
	evert_sim_check(sim, found->count == 1);
	evert_sim_check(sim, ntohl(found->address[0].as.ip4.sin_addr.s_addr) ==
				     (10u << 24 | 1 << 16 | 1 << 8 |
				      right_number(question->name[0])));
	right++;
	return evert_result_none();
}

static void ask(void *arg)
{
	static const char *const names[NAMES] = {
		"ab.example", "bc.example", "cd.example", "de.example",
		"ef.example", "fg.example", "gh.example", "hi.example",
	};
	struct question *question = &questions[asked++];
	struct evert_deferred *d;

	question->name = names[evert_sim_random(sim, NAMES)];
	question->asked_at = evert_sim_seconds(sim);
	d = evert_resolve_host(arg, question->name);
	evert_deferred_add_both(d, check_answer, question);
	evert_deferred_release(d);
}

static void ask_all(struct evert_reactor *reactor, void *arg)
{
	struct evert_address servers[2];
	size_t count = evert_sim_size(sim, 1, MOST_QUESTIONS);
	size_t first = evert_sim_random(sim, 2);

	(void)arg;
	evert_address_parse(&servers[first], "10.0.0.53", 53);
	evert_address_parse(&servers[!first], "10.0.0.54", 53);
	use_name_servers(reactor, servers, 2);
	while (count--)
		evert_reactor_call_later(
			reactor, (double)evert_sim_random(sim, 5000) / 1000,
			ask, reactor);
}

static void be_poor(void)
{
	is_poor = !evert_sim_random(sim, 8);
	if (!is_poor)
		return;
	ignore_unhandled();
	evert_sim_limit_memory(sim, 0.02);
}

/* Does an answer come while it is waited for? A server that is asked for the
   second time, which is the last, has 5 seconds; what the first question brings
   then counts no more. One piece that others overtake takes three times as
   long. */
static bool is_quick_enough(void)
{
	const struct evert_sim_network *n = evert_sim_get_network(sim);
	double way = n->latency + n->jitter + 0.01;

	return 2 * way * (n->reorder > 0 ? 3 : 1) < 4.9;
}

/* What the honest one says arrives. */
static bool is_honesty_heard(void)
{
	return !evert_sim_get_network(sim)->loss && is_quick_enough() &&
	       !is_believable && !is_poor;
}

static void scenario(struct evert_sim *made)
{
	sim = made;
	asked = told = right = 0;
	is_believable = evert_sim_random(sim, 2);
	evert_sim_start(evert_sim_add_host(sim, "liar", "10.0.0.53"), tell_lies,
			NULL);
	evert_sim_start(evert_sim_add_host(sim, "honest", "10.0.0.54"),
			be_honest, NULL);
	evert_sim_run(sim, 0.1);
	evert_sim_start(evert_sim_add_host(sim, "client", "10.0.0.1"), ask_all,
			NULL);
	be_poor();

	evert_sim_run(sim, 120);
	evert_sim_limit_memory(sim, 0);
	evert_sim_check(sim, told == asked && (asked || is_poor));
	if (is_honesty_heard())
		evert_sim_check(sim, right == asked);
	evert_dns_server_destroy(honest);
}

int main(int argc, char **argv)
{
	return evert_sim_search(argc, argv, scenario);
}
