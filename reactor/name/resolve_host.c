/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "../../deferred/base/memory.h"
#include "../reactor_internal.h"
#include "lookup_internal.h"
#include "resolve.h"

const struct evert_type evert_type_addresses = {
	.name = "addresses",
	.release = evert_free,
};

struct request {
	struct evert_member member;
	struct evert_lookup *lookup; /* NULL: it could not begin */
	struct evert_task fail;	     /* then, from the loop: */
	const struct evert_error *kind;
	int error;
	struct evert_firing *slot;
	const char *place;
	char host[];
};

static void fire(struct request *request, struct evert_result result)
{
	struct evert_firing *slot = request->slot;

	evert_member_leave(&request->member);
	evert_task_cancel(&request->fail);
	evert_free(request);
	evert_deferred_fire(&slot, result);
}

static struct evert_result failed(const struct request *request,
				  const struct evert_error *kind, int error,
				  const char *reason)
{
	struct evert_failure *failure;

	if (kind == EVERT_NO_MEMORY || kind == EVERT_REACTOR_STOPPED)
		return evert_result_failure(
			evert_failure_at(request->place, kind));
	failure = evert_failure_create_at(request->place, kind, 0,
					  "cannot look up %s: %s",
					  request->host, reason);
	evert_failure_set_error(failure, error);
	return evert_result_failure(failure);
}

static struct evert_result copy(const struct evert_lookup_result *found)
{
	size_t size = found->count * sizeof(*found->addresses);
	struct evert_addresses *addresses =
		evert_allocate(sizeof(*addresses) + size);

	if (!addresses)
		return evert_result_no_memory();
	/* One block. */
	memcpy(addresses + 1, found->addresses, size);
	addresses->count = found->count;
	addresses->address = (const struct evert_address *)(addresses + 1);
	return evert_result_of(&evert_type_addresses, addresses);
}

static void done(void *arg, const struct evert_lookup_result *found)
{
	struct request *request = arg;

	fire(request, found->kind ? failed(request, found->kind, found->error,
					   found->reason) :
				    copy(found));
}

static void run_fail(struct evert_task *task)
{
	struct request *request =
		evert_container_of(task, struct request, fail);

	fire(request, failed(request, request->kind, request->error,
			     strerror(request->error)));
}

static void stop(struct request *request)
{
	if (request->lookup)
		evert_lookup_cancel(request->lookup);
}

static void shut_down(struct evert_member *member)
{
	struct request *request =
		evert_container_of(member, struct request, member);

	stop(request);
	fire(request, evert_result_failure(evert_failure_at(
			      request->place, EVERT_REACTOR_STOPPED)));
}

static bool cancelled(struct evert_deferred *deferred, void *arg)
{
	struct request *request = arg;

	(void)deferred;
	stop(request);
	evert_member_leave(&request->member);
	evert_task_cancel(&request->fail);
	evert_deferred_abandon(&request->slot);
	evert_free(request);
	return false;
}

static void begin(struct request *request, struct evert_reactor *reactor)
{
	evert_task_init(&request->fail, run_fail);
	evert_member_join(reactor, &request->member, shut_down);
	request->kind = EVERT_REACTOR_STOPPED;
	request->lookup = NULL;
	if (!reactor->shutting_down) {
		request->lookup = evert_lookup_start(reactor, request->host, 0,
						     false, done, request);
		request->error = errno;
		request->kind = errno == ENOMEM ? EVERT_NO_MEMORY :
						  EVERT_LOOKUP_FAILED;
	}
	if (!request->lookup)
		evert_task_plan(reactor, &request->fail);
}

struct evert_deferred *evert_resolve_host_at(struct evert_reactor *reactor,
					     const char *name,
					     const char *place)
{
	size_t length = strlen(name) + 1;
	struct request *request = evert_allocate(sizeof(*request) + length);
	struct evert_deferred *deferred;

	evert_reactor_check_running(reactor, "evert_resolve_host");
	if (!request)
		return NULL;
	memcpy(request->host, name, length);
	request->place = place;
	deferred = evert_deferred_create_at(&request->slot, place, cancelled,
					    request);
	if (deferred)
		begin(request, reactor);
	else
		evert_free(request);
	return deferred;
}
