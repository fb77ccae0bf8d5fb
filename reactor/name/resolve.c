/* SPDX-License-Identifier: MIT */
#include "resolve.h"

#include <errno.h>
#include <string.h>

#include "../../deferred/base/spares_internal.h"
#include "resolver_internal.h"

static void release_records(void *records)
{
	evert_dns_records_destroy(records);
}

const struct evert_type evert_type_dns_records = {
	.name = "DNS records",
	.release = release_records,
};

struct request {
	struct evert_asker asker;
	struct evert_firing *slot;
	struct evert_reactor *reactor;
	const char *place;
	size_t size;
	uint8_t name[]; /* as the caller spelt it */
};

/* ---- Outcomes ---- */

static struct evert_result failed(const uint8_t *name, const char *place,
				  const struct evert_answer *answer)
{
	char text[EVERT_DNS_NAME_TEXT_SIZE];
	struct evert_failure *failure;

	if (answer->kind == EVERT_NO_MEMORY ||
	    answer->kind == EVERT_REACTOR_STOPPED)
		return evert_result_failure(
			evert_failure_at(place, answer->kind));
	failure = evert_failure_create_at(
		place, answer->kind, 0, "cannot look up %s: %s",
		evert_dns_name_text(name, text, sizeof(text)), answer->words);
	evert_failure_set_error(failure, answer->error);
	return evert_result_failure(failure);
}

static struct evert_result outcome(struct evert_reactor *reactor,
				   const uint8_t *name, const char *place,
				   const struct evert_answer *answer)
{
	struct evert_dns_records *records;

	if (answer && answer->kind)
		return failed(name, place, answer);
	records = answer ? evert_answer_give(answer, name,
					     reactor->clock.now) :
			   NULL;
	return records ? evert_result_of(&evert_type_dns_records, records) :
			 evert_result_no_memory();
}

/* ---- Requests ---- */

static void release(struct request *request)
{
	evert_block_give(request, request->size);
}

static void answered(struct evert_asker *asker, struct evert_answer *answer)
{
	struct request *request =
		evert_container_of(asker, struct request, asker);
	struct evert_firing *slot = request->slot;
	struct evert_result result = outcome(request->reactor, request->name,
					     request->place, answer);

	release(request);
	evert_deferred_fire(&slot, result);
}

static bool cancelled(struct evert_deferred *deferred, void *arg)
{
	struct request *request = arg;

	(void)deferred;
	evert_asker_end(&request->asker);
	evert_deferred_abandon(&request->slot);
	release(request);
	return false;
}

static struct request *create(struct evert_reactor *reactor,
			      const uint8_t *name, const char *place)
{
	size_t length = evert_dns_name_length(name);
	size_t size = sizeof(struct request) + length;
	struct request *request = evert_block_take(size);

	if (!request)
		return NULL;
	request->asker.answered = answered;
	request->reactor = reactor;
	request->place = place;
	request->size = size;
	memcpy(request->name, name, length);
	return request;
}

/* Waits for what is not known. */
static struct evert_deferred *wait(struct request *request)
{
	struct evert_deferred *deferred = evert_deferred_create_at(
		&request->slot, request->place, cancelled, request);

	if (deferred && request->asker.question)
		return deferred;
	evert_asker_end(&request->asker);
	if (deferred)
		evert_deferred_fire(&request->slot, evert_result_no_memory());
	release(request);
	return deferred;
}

static struct evert_deferred *ask(struct evert_resolver *resolver,
				  const uint8_t *name, uint16_t type,
				  const char *place)
{
	struct request *request = create(resolver->reactor, name, place);
	struct evert_answer *answer;
	struct evert_result result;

	if (!request)
		return NULL;
	answer = evert_resolver_ask(resolver, resolver->config, name, type,
				    &request->asker);
	if (!answer)
		return wait(request);
	release(request);
	result = outcome(resolver->reactor, name, place, answer);
	evert_answer_release(answer);
	return evert_deferred_create_fired_at(place, result);
}

static const char *bad_name(int error)
{
	return error == -ENAMETOOLONG ?
		       "a name has at most 255 bytes, 63 between two dots" :
		       "it is no name";
}

struct evert_deferred *evert_resolve_at(struct evert_reactor *reactor,
					const char *name, uint16_t type,
					const char *place)
{
	uint8_t parsed[EVERT_DNS_NAME_SIZE];
	struct evert_resolver *resolver;
	int error;

	evert_reactor_check_running(reactor, "evert_resolve");
	error = evert_dns_name_parse(parsed, name, NULL);
	if (error)
		return evert_deferred_create_fired_at(
			place, evert_result_failure(evert_failure_create_at(
				       place, EVERT_NO_NAME, 0,
				       "cannot look up \"%s\": %s", name,
				       bad_name(error))));
	resolver = evert_resolver_ready(reactor);
	if (!resolver && errno == ESHUTDOWN)
		return evert_deferred_create_fired_at(
			place, evert_result_failure(evert_failure_at(
				       place, EVERT_REACTOR_STOPPED)));
	return resolver ? ask(resolver, parsed, type, place) : NULL;
}
