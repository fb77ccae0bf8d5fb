/* SPDX-License-Identifier: MIT */
/*
 * Watches. What a watch wants may change many times in a turn; the poller
 * hears of the outcome once, before the loop sleeps. An event carries the tag
 * of the watch that it was for: one that was meant for a former user of the
 * same descriptor number is dropped.
 */
#include "fork_internal.h"

#include <errno.h>

#include "../deferred/base/bug.h"
#include "../deferred/base/memory.h"

/* The list of changed descriptors runs through the slots: it needs neither
   memory of its own nor a place in every connection. */
enum {
	LAST = -1,	/* ends the list */
	UNCHANGED = -2, /* is not in it */
};

enum {
	MOST_STRAY_TURNS = 64,
	FEW = 64, /* connections */
};

void evert_watches_init(struct evert_reactor *reactor)
{
	reactor->first_changed = LAST;
}

static bool make_room(struct evert_reactor *reactor, int fd)
{
	size_t room = reactor->slot_room ? reactor->slot_room : 16;
	struct evert_slot *slots;

	while (room <= (size_t)fd)
		room *= 2;
	slots = evert_reallocate(reactor->slots, room * sizeof(*slots));
	if (!slots)
		return false;
	reactor->slots = slots;
	reactor->slot_room = room;
	return true;
}

/* Touches no more of the memory than there are descriptors: so what is only
   room costs none. */
static EVERT_APART bool make_slot(struct evert_reactor *reactor, int fd)
{
	if ((size_t)fd >= reactor->slot_room && !make_room(reactor, fd))
		return false;
	for (; reactor->slot_count <= (size_t)fd; reactor->slot_count++)
		reactor->slots[reactor->slot_count] =
			(struct evert_slot){ .next_changed = UNCHANGED };
	return true;
}

static struct evert_slot *slot_of(const struct evert_watch *watch)
{
	return &watch->reactor->slots[watch->fd];
}

/* Its events carry that: the descriptor, and above it which user of the same
   number it is for. */
static uint64_t tag_of(const struct evert_watch *watch)
{
	return (uint64_t)slot_of(watch)->user << 32 | (unsigned)watch->fd;
}

struct evert_watch *evert_watch_of(const struct evert_reactor *reactor, int fd)
{
	return (size_t)fd < reactor->slot_count ? reactor->slots[fd].watch :
						  NULL;
}

/* There is a new descriptor of that number: the former was closed without a
   word. */
static EVERT_APART void replace(struct evert_watch *former)
{
	if (!former->ops->borrowed)
		evert_bug("descriptor %d, which evert uses, was closed by "
			  "somebody else",
			  former->fd);
	evert_watch_remove(former);
	former->ops->unwatchable(former, EBADF);
}

static uint8_t forks_made(void)
{
	return (uint8_t)atomic_load_explicit(&evert_forks_made,
					     memory_order_relaxed);
}

int evert_watch_add(struct evert_watch *watch, struct evert_reactor *reactor,
		    int fd, const struct evert_watch_ops *ops)
{
	struct evert_slot *slot;

	*watch = (struct evert_watch){
		.ops = ops,
		.reactor = reactor,
		.fd = fd,
		.forks = forks_made(),
	};
	if ((size_t)fd >= reactor->slot_count && !make_slot(reactor, fd))
		return -ENOMEM;
	slot = slot_of(watch);
	if (slot->watch)
		replace(slot->watch);
	watch->active = true;
	slot->watch = watch;
	return 0;
}

static EVERT_APART void note_change(struct evert_watch *watch,
				    struct evert_slot *slot)
{
	struct evert_reactor *reactor = watch->reactor;

	evert_reactor_check_running(reactor, "what watches a descriptor");
	slot->next_changed = reactor->first_changed;
	reactor->first_changed = watch->fd;
}

void evert_watch_set(struct evert_watch *watch, unsigned wanted)
{
	struct evert_slot *slot;

	if (!watch->active)
		return;
	watch->wanted = (uint8_t)wanted;
	if (watch->wanted == watch->registered)
		return;
	slot = slot_of(watch);
	if (slot->next_changed == UNCHANGED)
		note_change(watch, slot);
}

static inline int tell_poller(struct evert_watch *watch)
{
	struct evert_poller *poller = watch->reactor->poller;
	int error = poller->ops->set(poller, watch->fd, watch->registered,
				     watch->wanted, tag_of(watch));

	if (!error)
		watch->registered = watch->wanted;
	return error;
}

int evert_watch_register(struct evert_watch *watch)
{
	return tell_poller(watch);
}

int evert_watch_tell_poller(struct evert_watch *watch)
{
	/* A fork's child has no poller yet that it could tell. */
	return evert_reactor_is_forked(watch->reactor) ? 0 :
							 tell_poller(watch);
}

static void leave_slot(struct evert_watch *watch, struct evert_slot *slot)
{
	slot->watch = NULL;
	slot->user++;
	watch->wanted = 0;
	watch->active = false;
}

void evert_watch_remove(struct evert_watch *watch)
{
	if (!watch->active)
		return;
	watch->wanted = 0;
	/* A fork's child shares the parent's poller. */
	if (watch->registered && !evert_reactor_is_forked(watch->reactor))
		evert_watch_register(watch);
	leave_slot(watch, slot_of(watch));
}

void evert_watch_begin(struct evert_watch *watch, unsigned wanted)
{
	watch->wanted = (uint8_t)wanted;
	if (!watch->active || watch->wanted == watch->registered)
		return;
	/* Where it fails it is tried again, and the error told. */
	if (evert_reactor_is_forked(watch->reactor) || tell_poller(watch))
		evert_watch_set(watch, watch->wanted);
}

/* Who was forked since may hold it, too; then the kernel forgets nothing. (Who
   was forked 256 times since is taken for none: a case for note_stray.) And
   another loop may have the poller, which then can't be renewed. */
static bool is_forgotten(const struct evert_watch *watch)
{
	return watch->forks == forks_made() &&
	       watch->reactor->poller->ops->forgets_closed &&
	       !watch->reactor->has_outer_loop;
}

void evert_watch_close(struct evert_watch *watch)
{
	struct evert_system *system = watch->reactor->system;

	if (watch->active && is_forgotten(watch))
		leave_slot(watch, slot_of(watch));
	else
		evert_watch_remove(watch);
	system->ops->close(system, watch->fd);
}

static struct evert_watch *next_changed(struct evert_reactor *reactor)
{
	struct evert_slot *slot = &reactor->slots[reactor->first_changed];

	reactor->first_changed = slot->next_changed;
	slot->next_changed = UNCHANGED;
	return slot->watch;
}

void evert_watches_tell_poller(struct evert_reactor *reactor)
{
	struct evert_watch *watch;
	int error;

	while (reactor->first_changed != LAST) {
		watch = next_changed(reactor);
		if (!watch || watch->wanted == watch->registered)
			continue;
		error = evert_watch_register(watch);
		if (error)
			watch->ops->unwatchable(watch, -error);
	}
}

/* An event for who is gone is nothing when it came with his end. But one that
   comes again and again is of a descriptor that was closed here, and that
   somebody else has open, by whatever means: only another poller helps. */
static EVERT_APART void note_stray(struct evert_reactor *reactor)
{
	if (++reactor->stray_turns < MOST_STRAY_TURNS)
		return;
	reactor->stray_turns = 0;
	if (!reactor->has_outer_loop)
		evert_reactor_renew_poller(reactor);
}

static inline const struct evert_slot *
slot_for(const struct evert_reactor *reactor, const struct evert_event *event)
{
	return &reactor->slots[(uint32_t)event->tag];
}

/* False: it is for who is gone. */
static inline bool tell(const struct evert_reactor *reactor,
			const struct evert_event *event)
{
	const struct evert_slot *slot = slot_for(reactor, event);
	struct evert_watch *watch;
	unsigned ready;

	if (!EVERT_LIKELY(slot->user == (uint32_t)(event->tag >> 32)))
		return false;
	watch = slot->watch;
	ready = event->ready & watch->wanted;
	if (EVERT_LIKELY(ready != 0))
		watch->ops->ready(watch, ready);
	return true;
}

/* For who is told next: so that his memory comes while another one is served.
   Of a connection the watch is on the first line of the cache, its protocol on
   the third. A number, since he may be gone, and nothing may be added to NULL.
   (Else gcc takes it for a function that does nothing.) */
EVERT_INLINE void fetch(const struct evert_reactor *reactor,
			 const struct evert_event *event)
{
	uintptr_t memory = (uintptr_t)slot_for(reactor, event)->watch;

	__builtin_prefetch((const void *)memory);
	__builtin_prefetch((const void *)(memory + 64));
	__builtin_prefetch((const void *)(memory + 128));
}

void evert_watches_dispatch(struct evert_reactor *reactor,
			    const struct evert_event *events, int count)
{
	const struct evert_event *end = events + count;
	int strays = 0;

	if (count > 0)
		reactor->events += (unsigned)count;
	/* What few need stays in the cache by itself. */
	if (count > FEW)
		for (; events < end - 1; events++) {
			fetch(reactor, events + 1);
			strays += !tell(reactor, events);
		}
	for (; events < end; events++)
		strays += !tell(reactor, events);
	if (!strays)
		reactor->stray_turns = 0;
	else
		note_stray(reactor);
}

void evert_watches_shut_down(struct evert_reactor *reactor)
{
	struct evert_watch *watch;
	size_t fd;

	for (fd = 0; fd < reactor->slot_count; fd++) {
		watch = reactor->slots[fd].watch;
		if (watch && watch->ops->shut_down)
			watch->ops->shut_down(watch);
	}
}

/* Its owner can't be told that it fails. */
static bool is_vital(const struct evert_watch *watch)
{
	return !watch->ops->unwatchable;
}

/* Those that are vital, which the former poller knows. */
static int renew_vital(struct evert_reactor *reactor)
{
	struct evert_watch *watch;
	int error = 0;
	size_t fd;

	for (fd = 0; fd < reactor->slot_count; fd++) {
		watch = reactor->slots[fd].watch;
		if (!watch || !is_vital(watch))
			continue;
		watch->registered = 0;
		if (!error)
			error = evert_watch_register(watch);
		/* Then the former one stays. */
		if (error)
			watch->registered = watch->wanted;
	}
	return error;
}

int evert_watches_renew(struct evert_reactor *reactor)
{
	struct evert_watch *watch;
	int error = renew_vital(reactor);
	size_t fd;

	for (fd = 0; !error && fd < reactor->slot_count; fd++) {
		watch = reactor->slots[fd].watch;
		if (!watch || is_vital(watch))
			continue;
		watch->registered = 0;
		evert_watch_set(watch, watch->wanted);
	}
	return error;
}

/* A number above a limit that was lowered can only be closed: nobody gets it
   again. */
void evert_descriptor_replace(struct evert_system *system, int fd, int by)
{
	if (fd != by && system->ops->dup2(system, by, fd) == -EBADF)
		system->ops->close(system, fd);
}

void evert_watches_replace(struct evert_reactor *reactor, int by)
{
	struct evert_watch *watch;
	size_t fd;

	for (fd = 0; fd < reactor->slot_count; fd++) {
		watch = reactor->slots[fd].watch;
		reactor->slots[fd].user++;
		if (watch && !watch->ops->borrowed)
			evert_descriptor_replace(reactor->system, (int)fd, by);
	}
}
