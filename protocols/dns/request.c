/* SPDX-License-Identifier: MIT */
/* From a message to its answer. */
#include "server_internal.h"

#include <errno.h>
#include <string.h>

#include "../../deferred/base/memory.h"
#include "../../reactor/dns/message_internal.h"
#include "../../reactor/dns/type_internal.h"
#include "../../reactor/transport/transport.h"

enum {
	INLINE_SETS = 8,
	SPARE_REQUESTS = 64,
};

struct request {
	struct evert_dns_request base;
	struct dns_origin origin;
	struct evert_datagram *copy; /* of the origin's, or NULL */
	struct evert_list_node node; /* among those that are waited for */
	struct evert_deferred *outcome;
	bool is_over;	/* nobody wants the answer */
	bool no_memory; /* for all of it */
	size_t count, room;
	struct dns_set *sets;
	struct dns_set inline_sets[INLINE_SETS];
};

static struct request *from(struct evert_dns_request *base)
{
	return evert_container_of(base, struct request, base);
}

/* ---- What the user adds ---- */

static bool make_room(struct request *request)
{
	size_t room = 2 * request->room;
	struct dns_set *sets;

	if (request->count < request->room)
		return true;
	sets = evert_allocate(room * sizeof(*sets));
	if (!sets)
		return false;
	memcpy(sets, request->sets, request->count * sizeof(*sets));
	if (request->sets != request->inline_sets)
		evert_free(request->sets);
	request->sets = sets;
	request->room = room;
	return true;
}

static int add(struct request *request, const struct dns_set *set)
{
	if (!make_room(request)) {
		request->no_memory = true;
		return -ENOMEM;
	}
	request->sets[request->count++] = *set;
	return 0;
}

int evert_dns_request_add(struct evert_dns_request *base,
			  enum evert_dns_section section,
			  const struct evert_dns_record *records, size_t count)
{
	struct dns_set set = {section, count, records, NULL};

	return add(from(base), &set);
}

int evert_dns_request_add_owned(struct evert_dns_request *base,
				enum evert_dns_section section,
				struct evert_dns_records *records)
{
	struct dns_set set = {section, 0, NULL, records};
	int error;

	if (!records) {
		from(base)->no_memory = true;
		return -ENOMEM;
	}
	set.count = records->count;
	set.records = records->record;
	error = add(from(base), &set);
	if (error)
		evert_dns_records_destroy(records);
	return error;
}

int evert_dns_request_add_address(struct evert_dns_request *base, uint32_t ttl,
				  const struct evert_address *address)
{
	struct evert_dns_record record = {
		.name = base->question.name,
		.ttl = ttl,
	};
	int error = evert_dns_record_set_address(&record, address);

	if (error)
		return error;
	if (base->question.type != record.type &&
	    base->question.type != EVERT_DNS_ANY)
		return 0;
	return evert_dns_request_add_owned(base, EVERT_DNS_ANSWER,
					   evert_dns_records_copy(&record, 1));
}

/* ---- Its life ---- */

static struct request *create(const struct dns_origin *origin,
			      const struct evert_dns_message *message)
{
	struct request *request = evert_stock_take(&origin->server->requests);

	if (!request)
		request = evert_allocate(sizeof(*request));
	if (!request)
		return NULL;
	memset(request, 0, offsetof(struct request, inline_sets));
	request->base.server = origin->server;
	request->base.header = message->header;
	request->base.question = message->question;
	request->base.edns = message->edns;
	request->base.edns.options = NULL;
	request->base.edns.options_length = 0;
	request->base.is_stream = !origin->datagram;
	if (origin->datagram)
		request->base.peer = *origin->datagram->peer;
	else
		evert_transport_peer(origin->connection->base.base.transport,
				     &request->base.peer);
	request->origin = *origin;
	request->sets = request->inline_sets;
	request->room = INLINE_SETS;
	evert_list_init(&request->node);
	dns_server_hold(origin->server);
	return request;
}

static void release(struct request *request)
{
	struct evert_dns_server *server = request->origin.server;
	size_t i;

	for (i = 0; i < request->count; i++)
		evert_dns_records_destroy(request->sets[i].owned);
	if (request->sets != request->inline_sets)
		evert_free(request->sets);
	evert_datagram_release(request->copy);
	if (server->requests.count < SPARE_REQUESTS)
		evert_stock_give(&server->requests, request);
	else
		evert_free(request);
	dns_server_let_go(server);
}

/* The answer is there, or will never be. */
static void finish(struct request *request, bool failed)
{
	if (failed || request->no_memory) {
		request->base.rcode = EVERT_DNS_SERVFAIL;
		request->base.is_authoritative = false;
	}
	if (!request->is_over)
		dns_send_answer(&request->origin, &request->base, request->sets,
				failed || request->no_memory ? 0
							     : request->count);
	release(request);
}

/* ---- Answers that are waited for ---- */

static size_t *waiting_count(const struct dns_origin *origin)
{
	return origin->connection ? &origin->connection->waiting_count
				  : &origin->server->waiting_count;
}

static void leave(struct request *request)
{
	evert_list_remove(&request->node);
	--*waiting_count(&request->origin);
}

/* A failure passes on, to be reported. */
static struct evert_result answered(struct evert_result *in, void *arg)
{
	struct request *request = arg;
	struct dns_connection *connection = request->origin.connection;
	struct evert_deferred *outcome = request->outcome;
	bool failed = evert_result_is_failure(in);
	bool is_over = request->is_over;

	if (!is_over)
		leave(request);
	finish(request, failed);
	if (connection && !is_over)
		dns_connection_answered(connection);
	evert_deferred_release(outcome);
	/* That it was cancelled is no news to who cancelled it. */
	return failed && !is_over ? *in : evert_result_none();
}

static bool may_wait(struct request *request)
{
	const struct dns_origin *origin = &request->origin;

	if (origin->connection)
		return true;
	if (origin->server->waiting_count == origin->server->options.waiting)
		return false;
	request->copy = evert_datagram_copy(origin->datagram);
	if (request->copy)
		request->origin.datagram = request->copy;
	return request->copy;
}

static void wait_for(struct request *request, struct evert_deferred *outcome)
{
	const struct dns_origin *origin = &request->origin;

	if (request->is_over || !may_wait(request)) {
		evert_deferred_cancel(outcome);
		evert_deferred_release(outcome);
		finish(request, true);
		return;
	}
	evert_list_append(origin->connection ? &origin->connection->waiting
					     : &origin->server->waiting,
			  &request->node);
	++*waiting_count(origin);
	request->outcome = outcome;
	evert_deferred_add_both(outcome, answered, request);
}

void dns_requests_cancel(struct evert_list_node *waiting)
{
	struct request *request;

	while (!evert_list_is_empty(waiting)) {
		request =
			evert_container_of(waiting->next, struct request, node);
		leave(request);
		request->is_over = true;
		evert_deferred_cancel(request->outcome);
	}
}

/* ---- Asking ---- */

/* Reports it, as a failure that nobody handled is. */
static void report(struct evert_result failure)
{
	evert_deferred_release(evert_deferred_create_fired(failure));
}

static void ask(struct request *request)
{
	struct evert_dns_server *server = request->origin.server;
	struct evert_result result;
	bool failed;

	result = server->answer(&request->base, server->arg);
	request->is_over = server->is_destroyed;
	if (result.type == &evert_type_wait) {
		wait_for(request,
			 (struct evert_deferred *)result.value.pointer);
		return;
	}
	failed = evert_result_is_failure(&result);
	if (failed)
		report(result);
	else
		evert_result_release(result);
	finish(request, failed);
}

/* Of what can be asked for, what the user is not asked. */
static uint16_t refusal(const struct evert_dns_message *message)
{
	const struct evert_dns_question *question = &message->question;

	if (message->header.opcode != EVERT_DNS_QUERY)
		return EVERT_DNS_NOTIMP;
	if (message->problem.text || message->counts[EVERT_DNS_QUESTION] != 1)
		return EVERT_DNS_FORMERR;
	if (message->edns.is_present && message->edns.version)
		return EVERT_DNS_BADVERS;
	if (question->type == EVERT_DNS_OPT)
		return EVERT_DNS_FORMERR;
	if (question->dns_class != EVERT_DNS_CLASS_IN ||
	    question->type == EVERT_DNS_AXFR ||
	    question->type == EVERT_DNS_IXFR)
		return EVERT_DNS_REFUSED;
	if (dns_type_is_meta(question->type) && question->type != EVERT_DNS_ANY)
		return EVERT_DNS_NOTIMP;
	return EVERT_DNS_NOERROR;
}

void dns_request_begin(const struct dns_origin *origin, const void *bytes,
		       size_t length)
{
	struct evert_dns_message message;
	struct request *request;
	uint16_t rcode;

	(void)!evert_dns_message_read(&message, bytes, length);
	/* What nobody could match; and two servers shall not talk. */
	if (length < DNS_HEADER_SIZE || message.header.is_response)
		return;
	rcode = refusal(&message);
	request = rcode ? NULL : create(origin, &message);
	if (request)
		ask(request);
	else
		dns_send_refusal(origin, &message,
				 rcode ? rcode : EVERT_DNS_SERVFAIL);
}
