/* SPDX-License-Identifier: MIT */
/*
 * An errand is a message to the other reactor, with the connection, and then,
 * with the outcome, back to the one that it came from. Who would hear of that
 * may be gone by then: it says so, under the mutex, and whoever then has the
 * message frees it.
 */
#include <errno.h>

#include "../../deferred/base/memory.h"
#include "../reason.h"
#include "../thread/thread_pool_internal.h"
#include "detach_internal.h"

struct errand {
	struct evert_message message;
	struct evert_reactor *there;
	struct evert_factory *factory;
	struct evert_detached *detached;
	const char *place;
	int error; /* -errno: the outcome */
	/* The thread's that it came from: */
	struct evert_firing *done;
	struct evert_member member;
	/* Under the mutex: */
	struct evert_reactor *here; /* NULL: nobody wants to know */
	bool cancelled;		    /* nobody wants it to be done */
	bool is_back;		    /* the message is, or is on its way */
};

static struct errand *from(struct evert_message *message)
{
	return evert_container_of(message, struct errand, message);
}

static struct evert_result outcome(const char *place, int error)
{
	switch (-error) {
	case 0:
		return evert_result_none();
	case ENOMEM:
		return evert_result_no_memory();
	case ESHUTDOWN:
		return evert_result_failure(
			evert_failure_at(place, EVERT_REACTOR_STOPPED));
	case ECONNABORTED:
		return evert_result_failure(evert_failure_create_at(
			place, EVERT_CONNECTION_ABORTED, 0,
			"the factory refused the connection"));
	default:
		return evert_result_failure(evert_failure_create_at(
			place, EVERT_SYSTEM, -error,
			"the connection could not be handed over"));
	}
}

/* ---- Back: where it came from ---- */

static void come_back(struct evert_message *message)
{
	struct errand *errand = from(message);

	evert_member_leave(&errand->member);
	evert_deferred_fire(&errand->done,
			    outcome(errand->place, errand->error));
	evert_free(errand);
}

static void free_errand(struct evert_message *message)
{
	evert_free(from(message));
}

/* ---- There ---- */

static void report(struct errand *errand, int error)
{
	bool wanted;

	errand->error = error;
	errand->message.deliver = come_back;
	errand->message.drop = free_errand;
	evert_threads_lock();
	wanted = errand->here;
	errand->is_back = true;
	if (wanted) /* it is kept from going by the mutex */
		evert_reactor_post(errand->here, &errand->message);
	evert_threads_unlock();
	if (!wanted)
		evert_free(errand);
}

static bool is_cancelled(struct errand *errand)
{
	bool cancelled;

	evert_threads_lock();
	cancelled = errand->cancelled;
	evert_threads_unlock();
	return cancelled;
}

static void arrive(struct evert_message *message)
{
	struct errand *errand = from(message);
	int error = 0;

	if (is_cancelled(errand))
		evert_detached_destroy(errand->detached);
	else if (!evert_detached_attach(errand->detached, errand->there,
					errand->factory))
		error = -errno;
	report(errand, error);
}

/* The other reactor was destroyed before. */
static void drop(struct evert_message *message)
{
	evert_detached_destroy(from(message)->detached);
	report(from(message), -ESHUTDOWN);
}

/* ---- Here: nobody waits any longer ---- */

/* From now on it may be gone. Returns its firing end. */
static struct evert_firing *turn_away(struct errand *errand, bool cancel)
{
	struct evert_firing *done = errand->done;

	errand->done = NULL;
	evert_member_leave(&errand->member);
	evert_threads_lock();
	if (!errand->is_back)
		errand->here = NULL;
	errand->cancelled = cancel;
	evert_threads_unlock();
	return done;
}

static bool cancel(struct evert_deferred *deferred, void *arg)
{
	struct evert_firing *done = turn_away(arg, true);

	(void)deferred;
	evert_deferred_abandon(&done);
	return false;
}

static void shut_down(struct evert_member *member)
{
	struct errand *errand =
		evert_container_of(member, struct errand, member);
	struct evert_result stopped = outcome(errand->place, -ESHUTDOWN);
	struct evert_firing *done = turn_away(errand, false);

	evert_deferred_fire(&done, stopped);
}

/* ---- Setting out ---- */

static struct errand *create(struct evert_reactor *there,
			     struct evert_factory *factory, const char *place)
{
	struct errand *errand = evert_threads_survive_fork() ?
					NULL :
					evert_allocate(sizeof(*errand));

	if (errand)
		*errand = (struct errand){
			.message = { .deliver = arrive, .drop = drop },
			.there = there,
			.factory = factory,
			.place = place,
		};
	return errand;
}

/* It stays where it is. */
static void stay(struct errand *errand, int error)
{
	struct evert_firing *done = errand->done;
	struct evert_result why = outcome(errand->place, -error);

	evert_free(errand);
	evert_deferred_fire(&done, why);
}

static void set_out(struct errand *errand)
{
	errand->here = errand->detached->from;
	evert_member_join(errand->here, &errand->member, shut_down);
	evert_reactor_post(errand->there, &errand->message);
}

struct evert_deferred *evert_transport_hand_over_at(
	const char *place, struct evert_transport *transport,
	struct evert_reactor *reactor, struct evert_factory *factory,
	const void *unread, size_t length)
{
	struct errand *errand;
	struct evert_deferred *deferred;

	evert_factory_check(factory);
	errand = create(reactor, factory, place);
	if (!errand)
		return NULL;
	deferred = evert_deferred_create_at(&errand->done, place, cancel,
					    errand);
	if (!deferred) {
		evert_free(errand);
		return NULL;
	}
	errand->detached = evert_transport_detach(transport, unread, length);
	if (errand->detached)
		set_out(errand);
	else
		stay(errand, errno);
	return deferred;
}
