/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../../deferred/base/memory.h"
#include "host_internal.h"
#include "sort_internal.h"

/* ---- Addresses ---- */

enum { FIRST_ROOM = 8 };

static bool make_room(struct evert_host_lookup *lookup)
{
	size_t room = lookup->room ? 2 * lookup->room : FIRST_ROOM;
	struct evert_address *addresses;

	if (lookup->count < lookup->room)
		return true;
	addresses = evert_reallocate(lookup->addresses,
				     room * sizeof(*addresses));
	if (!addresses)
		return false;
	lookup->addresses = addresses;
	lookup->room = room;
	return true;
}

/* Without memory for one there are none. */
void evert_host_add_address(struct evert_host_lookup *lookup,
			    const struct evert_address *address)
{
	if (lookup->count == EVERT_HOST_ADDRESSES ||
	    lookup->failure.kind == EVERT_NO_MEMORY)
		return;
	if (make_room(lookup)) {
		lookup->addresses[lookup->count++] = *address;
		return;
	}
	lookup->count = 0;
	lookup->failure.kind = EVERT_NO_MEMORY;
}

bool evert_host_has_addresses(const struct evert_answer *answer)
{
	return answer && answer->records;
}

static void take_family(struct evert_host_lookup *lookup,
			const struct evert_answer *answer)
{
	struct evert_address address;
	size_t i;

	if (!evert_host_has_addresses(answer))
		return;
	for (i = 0; i < answer->records->count; i++)
		if (!evert_dns_record_address(&answer->records->record[i], 0,
					      &address))
			evert_host_add_address(lookup, &address);
}

void evert_host_take_addresses(struct evert_host_lookup *lookup)
{
	lookup->count = 0;
	take_family(lookup, lookup->families[0].answer);
	take_family(lookup, lookup->families[1].answer);
}

void evert_host_sort(struct evert_host_lookup *lookup)
{
	if (lookup->count)
		lookup->failure.kind = NULL;
	evert_sort(&lookup->resolver->policies,
		   lookup->resolver->reactor->system, lookup->addresses,
		   lookup->count);
}

/* ---- Reasons ---- */

/* Of several reasons: that the name exists, then that a server failed, then
   the latest; but before all what was said of the name as it is. */
void evert_host_remember(struct evert_host_lookup *lookup,
			 const struct evert_host_failure *failure)
{
	const struct evert_error *kind = lookup->failure.kind;

	if (lookup->failed_first || kind == EVERT_NO_DATA ||
	    (kind == EVERT_SERVER_FAILED && failure->kind != EVERT_NO_DATA))
		return;
	lookup->failure = *failure;
	lookup->failed_first = evert_search_is_plain(&lookup->search);
}

/* Of both families': a server that failed, then no data, then no name. */
static int weight(const struct evert_error *kind)
{
	if (!kind)
		return 0;
	if (kind == EVERT_NO_NAME)
		return 1;
	return kind == EVERT_NO_DATA ? 2 : 3;
}

static void take_failure(struct evert_host_failure *failure,
			 const struct evert_answer *answer)
{
	if (weight(answer->kind) <= weight(failure->kind))
		return;
	failure->kind = answer->kind;
	failure->error = answer->error;
	snprintf(failure->words, sizeof(failure->words), "%s", answer->words);
}

bool evert_host_failure_is_passing(const struct evert_host_failure *failure)
{
	return failure->kind == EVERT_NO_NAME ||
	       failure->kind == EVERT_NO_DATA ||
	       (failure->kind == EVERT_SERVER_FAILED &&
		failure->error == EAGAIN);
}

void evert_host_fail(struct evert_host_lookup *lookup,
		     const struct evert_error *kind, int error,
		     const char *words)
{
	lookup->failure.kind = kind;
	lookup->failure.error = error;
	snprintf(lookup->failure.words, sizeof(lookup->failure.words), "%s",
		 words);
}

/* ---- Both families ---- */

void evert_host_release_answers(struct evert_host_lookup *lookup)
{
	size_t i;

	for (i = 0; i < 2; i++) {
		evert_answer_release(lookup->families[i].answer);
		lookup->families[i].answer = NULL;
		lookup->families[i].is_asked = false;
	}
}

bool evert_host_take_answers(struct evert_host_lookup *lookup,
			     struct evert_host_failure *failure)
{
	struct evert_host_family *family;
	size_t i;

	evert_host_take_addresses(lookup);
	for (i = 0; i < 2; i++) {
		family = &lookup->families[i];
		if (family->is_asked && !family->answer)
			failure->kind = EVERT_NO_MEMORY;
		if (family->answer)
			take_failure(failure, family->answer);
	}
	evert_host_release_answers(lookup);
	return lookup->count;
}
