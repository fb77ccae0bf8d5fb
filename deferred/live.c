/* SPDX-License-Identifier: MIT */
#include "live_internal.h"

#include "base/debug_internal.h"
#include "base/memory.h"
#include "base/thread_internal.h"
#include "tell_internal.h"

struct evert_live evert_live = {
	.mutex = PTHREAD_MUTEX_INITIALIZER,
	.all = { &evert_live.all, &evert_live.all },
};

/* ---- Kept or not ---- */

static void lock(void)
{
	pthread_mutex_lock(&evert_live.mutex);
}

static void unlock(void)
{
	pthread_mutex_unlock(&evert_live.mutex);
}

/* Not where a fork could leave it locked. */
static void decide(void)
{
	bool is_wanted = evert_debug() ||
			 evert_environment_says("EVERT_DUMP_SIGNAL");

	if (is_wanted && !pthread_atfork(lock, unlock, unlock))
		atomic_store(&evert_live.state, EVERT_LIVE_KEPT);
	else
		atomic_store(&evert_live.state, EVERT_LIVE_NOT_KEPT);
}

bool evert_live_is_kept(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	if (atomic_load_explicit(&evert_live.state, memory_order_acquire) ==
	    EVERT_LIVE_UNKNOWN)
		pthread_once(&once, decide);
	return atomic_load_explicit(&evert_live.state, memory_order_relaxed) ==
	       EVERT_LIVE_KEPT;
}

/* ---- The list ---- */

static struct evert_live_node *node_of(const struct evert_deferred *d)
{
	return (struct evert_live_node *)(void *)d - 1;
}

static struct evert_deferred *
deferred_of(const struct evert_live_node *node)
{
	return (struct evert_deferred *)(void *)(node + 1);
}

struct evert_deferred *evert_live_allocate(size_t size)
{
	struct evert_live_node *node;

	if (!evert_live_is_kept())
		return evert_allocate(size);
	node = evert_allocate(sizeof(*node) + size);
	return node ? deferred_of(node) : NULL;
}

void evert_live_add(struct evert_deferred *d)
{
	struct evert_live_node *node;

	if (evert_trace_is_recording())
		evert_tell_made(d);
	if (!evert_live_is_kept())
		return;
	node = node_of(d);
	node->thread = evert_thread();
	lock();
	evert_list_append(&evert_live.all, &node->node);
	unlock();
}

void evert_live_give(enum evert_spares_kind kind, struct evert_deferred *d)
{
	struct evert_live_node *node;

	if (evert_trace_is_recording())
		evert_tell_freed(d);
	if (!evert_live_is_kept()) {
		evert_spares_give_first(kind, d);
		return;
	}
	node = node_of(d);
	lock();
	evert_list_remove(&node->node);
	unlock();
	evert_spares_give_none(node);
}

const struct evert_deferred *evert_live_next(const struct evert_deferred *d)
{
	const struct evert_list_node *at = d ? &node_of(d)->node :
					       &evert_live.all;
	const struct evert_live_node *node = NULL;

	lock();
	do {
		at = at->next;
		node = evert_container_of(at, struct evert_live_node, node);
	} while (at != &evert_live.all && node->thread != evert_thread());
	unlock();
	return at == &evert_live.all ? NULL : deferred_of(node);
}
