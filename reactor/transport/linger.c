/* SPDX-License-Identifier: MIT */
#include "linger_internal.h"

#include <errno.h>

#include "../../deferred/base/memory.h"
#include "../fork_internal.h"
#include "../stats.h"
#include "reading_internal.h"

enum { READS_PER_TURN = 8 };

struct lingerer {
	struct evert_watch watch;
	struct evert_delayed_call look;
	int64_t end; /* at the latest */
	size_t dropped, seen; /* bytes; of these at the last look */
	bool waited_for; /* by the reactor, which stops */
};

static void finish(struct lingerer *l)
{
	struct evert_reactor *reactor = l->watch.reactor;

	if (l->waited_for) {
		reactor->unsent--;
		reactor->lingering--;
	}
	evert_delayed_call_cancel(l->look);
	evert_watch_close(&l->watch);
	evert_free(l);
}

static bool is_all_acknowledged(const struct lingerer *l)
{
	struct evert_system *system = l->watch.reactor->system;

	return system->ops->unacknowledged(system, l->watch.fd) <= 0;
}

static void look(void *arg);

static bool plan(struct lingerer *l)
{
	struct evert_reactor *reactor = l->watch.reactor;
	int64_t idle = reactor->linger_idle_time;
	int64_t left = l->end - reactor->clock.now;

	l->look = evert_reactor_call_later(
		reactor, (double)(idle < left ? idle : left) / 1e9, look, l);
	return evert_delayed_call_active(l->look);
}

static void look(void *arg)
{
	struct lingerer *l = arg;
	bool idle = l->dropped == l->seen;

	l->seen = l->dropped;
	if (idle || l->watch.reactor->clock.now >= l->end || !plan(l))
		finish(l);
}

static void ready(struct evert_watch *watch, unsigned events)
{
	struct lingerer *l = evert_container_of(watch, struct lingerer, watch);
	ssize_t size = EVERT_READ_SIZE;
	int i;

	(void)events;
	for (i = 0; i < READS_PER_TURN && size == EVERT_READ_SIZE; i++) {
		size = evert_reading_fill(watch);
		if (size > 0)
			l->dropped += (size_t)size;
	}
	if (evert_reading_is_over(size) || l->dropped >= watch->reactor->linger_bytes ||
	    (l->waited_for && is_all_acknowledged(l)))
		finish(l);
}

static void unwatchable(struct evert_watch *watch, int error)
{
	(void)error;
	finish(evert_container_of(watch, struct lingerer, watch));
}

static void wait_for(struct lingerer *l)
{
	if (l->waited_for)
		return;
	l->waited_for = true;
	l->watch.reactor->unsent++;
	l->watch.reactor->lingering++;
}

/* The reactor waits only for what the peer might lose. */
static void shut_down(struct evert_watch *watch)
{
	struct lingerer *l = evert_container_of(watch, struct lingerer, watch);
	struct evert_reactor *reactor = watch->reactor;

	if (evert_reactor_is_forked(reactor) || reactor->closing_is_over ||
	    !reactor->closing_time || is_all_acknowledged(l))
		finish(l);
	else
		wait_for(l);
}

static void count(const struct evert_watch *watch,
		  struct evert_stats *stats)
{
	(void)watch;
	stats->lingering++;
}

static const struct evert_watch_ops watch_ops = {
	.kind = "closed connection",
	.ready = ready,
	.unwatchable = unwatchable,
	.shut_down = shut_down,
	.count = count,
};

static bool may_linger(const struct evert_reactor *reactor)
{
	return reactor->linger_time > 0 && !reactor->closing_is_over &&
	       (!reactor->shutting_down || reactor->closing_time > 0);
}

bool evert_linger(struct evert_reactor *reactor, int fd)
{
	struct lingerer *l =
		may_linger(reactor) ? evert_allocate(sizeof(*l)) : NULL;

	if (!l)
		return false;
	*l = (struct lingerer){
		.end = reactor->clock.now + reactor->linger_time,
	};
	if (evert_watch_add(&l->watch, reactor, fd, &watch_ops)) {
		evert_free(l);
		return false;
	}
	if (!plan(l)) {
		evert_watch_remove(&l->watch);
		evert_free(l);
		return false;
	}
	if (reactor->shutting_down)
		wait_for(l);
	reactor->system->ops->shutdown(reactor->system, fd, SHUT_WR);
	evert_watch_set(&l->watch, EVERT_ATTACHED | EVERT_READ);
	return true;
}
