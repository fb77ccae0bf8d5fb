/* SPDX-License-Identifier: MIT */
/*
 * Watchers of users: any number of them for one descriptor, which the reactor
 * watches once. Of the two lists, one is of those that have still to be told
 * in the walk that goes on; so callbacks may add and remove what they like.
 */
#include "watcher_internal.h"

#include <errno.h>

#include "../deferred/base/memory.h"
#include "../deferred/base/running_internal.h"
#include "../deferred/base/trace_internal.h"

enum { WANTABLE = EVERT_READ | EVERT_WRITE | EVERT_URGENT };

/* A descriptor with its watchers. */
struct evert_watched {
	struct evert_watch watch;
	struct evert_list_node watchers;
	struct evert_list_node to_tell; /* the rest of them */
	struct evert_task task;		/* it is always ready, or has ended */
	bool always_ready;
	bool walked; /* it is on the stack */
	int error;   /* why it has ended */
};

static struct evert_watcher *watcher_at(struct evert_list_node *node)
{
	return evert_container_of(node, struct evert_watcher, node);
}

static bool is_unused(const struct evert_watched *watched)
{
	return evert_list_is_empty(&watched->watchers) &&
	       evert_list_is_empty(&watched->to_tell);
}

static void release_unused(struct evert_watched *watched)
{
	if (!is_unused(watched))
		return;
	evert_watch_remove(&watched->watch);
	evert_task_cancel(&watched->task);
	if (!watched->walked)
		evert_free(watched);
}

/* ---- What is wanted ---- */

static unsigned wanted_by(const struct evert_list_node *list)
{
	const struct evert_list_node *node;
	unsigned wanted = 0;

	for (node = list->next; node != list; node = node->next)
		wanted |= evert_container_of(node, const struct evert_watcher,
					     node)
				  ->wanted;
	return wanted;
}

static void plan_if_ready(struct evert_watched *watched, unsigned wanted)
{
	if (wanted & (EVERT_READ | EVERT_WRITE))
		evert_task_plan(watched->watch.reactor, &watched->task);
	else
		evert_task_cancel(&watched->task);
}

/* What the poller says to it; EPERM: it can't be watched. 0, or -errno. */
static int look_at(struct evert_watched *watched, int error)
{
	watched->always_ready = error == -EPERM;
	if (!error)
		return 0;
	plan_if_ready(watched, watched->always_ready * watched->watch.wanted);
	evert_watch_set(&watched->watch, watched->watch.registered);
	return watched->always_ready ? 0 : error;
}

/* At once, so that the caller hears of an error. `afresh`: what the poller knows is not to be relied on, another descriptor
   may have the number now. */
static int update(struct evert_watched *watched, bool afresh)
{
	unsigned wanted = wanted_by(&watched->watchers) |
			  wanted_by(&watched->to_tell);

	if (watched->error)
		return -watched->error;
	if (watched->always_ready && !afresh) {
		plan_if_ready(watched, wanted);
		return 0;
	}
	evert_watch_set(&watched->watch, wanted ? EVERT_ATTACHED | wanted : 0);
	if (wanted && (afresh || !watched->watch.registered))
		return look_at(watched,
			       evert_watch_tell_poller(&watched->watch));
	return 0;
}

/* ---- Telling ---- */

static unsigned ready_for(const struct evert_watcher *watcher, unsigned ready)
{
	unsigned ended = ready & (EVERT_HANGUP | EVERT_BROKEN);

	if (!watcher->wanted)
		return 0;
	if (ended)
		ready |= EVERT_READ | EVERT_WRITE;
	return (ready & watcher->wanted) | ended;
}

static EVERT_APART void call_observed(struct evert_watcher *watcher,
				      unsigned ready)
{
	const char *place = watcher->place;
	struct evert_running_mark mark;

	evert_running_begin(&mark, "watcher", NULL, " made at ", place);
	evert_trace_begin_at("call", "watcher", place);
	watcher->call(watcher, ready, watcher->arg);
	evert_trace_end();
	evert_running_end(&mark);
}

static inline void tell(struct evert_watcher *watcher, unsigned ready)
{
	if (evert_is_observed())
		call_observed(watcher, ready);
	else
		watcher->call(watcher, ready, watcher->arg);
}

static void tell_next(struct evert_watched *watched, unsigned ready)
{
	struct evert_watcher *watcher = watcher_at(watched->to_tell.next);

	evert_list_remove(&watcher->node);
	evert_list_append(&watched->watchers, &watcher->node);
	ready = ready_for(watcher, ready);
	if (ready && !watched->watch.reactor->given_up)
		tell(watcher, ready);
}

static void tell_all(struct evert_watched *watched, unsigned ready)
{
	watched->walked = true;
	evert_list_move_all(&watched->to_tell, &watched->watchers);
	while (!evert_list_is_empty(&watched->to_tell))
		tell_next(watched, ready);
	watched->walked = false;
	release_unused(watched);
}

static void end_all(struct evert_watched *watched)
{
	struct evert_watcher *watcher;
	int error = watched->error;

	watched->walked = true;
	evert_watch_remove(&watched->watch);
	while (!evert_list_is_empty(&watched->watchers)) {
		watcher = watcher_at(watched->watchers.next);
		evert_list_remove(&watcher->node);
		watcher->watched = NULL;
		watcher->error = error;
		if (watcher->ended)
			watcher->ended(watcher, error, watcher->arg);
	}
	watched->walked = false;
	release_unused(watched);
}

static void run_task(struct evert_task *task)
{
	struct evert_watched *watched =
		evert_container_of(task, struct evert_watched, task);

	if (watched->error) {
		end_all(watched);
		return;
	}
	if (!watched->always_ready)
		return;
	/* The next turn's, if it is still wanted then. */
	evert_task_plan(watched->watch.reactor, task);
	tell_all(watched, EVERT_READ | EVERT_WRITE);
}

static void end_by_task(struct evert_watched *watched, int error)
{
	watched->error = error;
	evert_task_plan(watched->watch.reactor, &watched->task);
}

/* ---- What the reactor says of the descriptor ---- */

static struct evert_watched *from(struct evert_watch *watch)
{
	return evert_container_of(watch, struct evert_watched, watch);
}

static bool is_closed(const struct evert_reactor *reactor, int fd)
{
	struct evert_system *system = reactor->system;
	int type;
	socklen_t length = sizeof(type);

	/* Of what is no socket it says so. */
	return system->ops->getsockopt(system, fd, SOL_SOCKET, SO_TYPE, &type,
				       &length) == -EBADF;
}

static void ready(struct evert_watch *watch, unsigned what)
{
	struct evert_watched *watched = from(watch);

	if (what & EVERT_BROKEN && is_closed(watch->reactor, watch->fd))
		end_by_task(watched, EBADF);
	else
		tell_all(watched, what);
}

static void unwatchable(struct evert_watch *watch, int error)
{
	if (look_at(from(watch), -error))
		end_by_task(from(watch), error);
}

static void shut_down(struct evert_watch *watch)
{
	end_by_task(from(watch), ESHUTDOWN);
}

static void describe(const struct evert_watch *watch, struct evert_text *to)
{
	const struct evert_watched *watched =
		evert_container_of(watch, const struct evert_watched, watch);
	const struct evert_list_node *list = &watched->watchers, *node;

	for (node = list->next; node != list; node = node->next)
		evert_text_add(to, ", watcher made at %s",
			       evert_container_of(
				       node, const struct evert_watcher, node)
				       ->place);
}

static const struct evert_watch_ops watch_ops = {
	.kind = "of the program",
	.describe = describe,
	.ready = ready,
	.unwatchable = unwatchable,
	.shut_down = shut_down,
	.borrowed = true,
};

/* ---- Watchers ---- */

/* NULL, and `*error` a -errno. */
static struct evert_watched *watch(struct evert_reactor *reactor, int fd,
				   int *error)
{
	struct evert_watched *watched = evert_allocate(sizeof(*watched));

	*error = -ENOMEM;
	if (!watched)
		return NULL;
	*watched = (struct evert_watched){ 0 };
	evert_list_init(&watched->watchers);
	evert_list_init(&watched->to_tell);
	evert_task_init(&watched->task, run_task);
	*error = evert_watch_add(&watched->watch, reactor, fd, &watch_ops);
	if (!*error)
		return watched;
	evert_free(watched);
	return NULL;
}

static struct evert_watched *find_or_watch(struct evert_reactor *reactor,
					   int fd, int *error)
{
	struct evert_watch *found = evert_watch_of(reactor, fd);

	*error = 0;
	if (!found || (found->ops == &watch_ops && from(found)->error)) {
		/* First: a number that is none may be a large one. */
		*error = is_closed(reactor, fd) ? -EBADF : 0;
		return *error ? NULL : watch(reactor, fd, error);
	}
	if (found->ops == &watch_ops)
		return from(found);
	*error = -EEXIST;
	return NULL;
}

static int may_begin(const struct evert_reactor *reactor, int fd,
		     unsigned wanted)
{
	evert_reactor_check_thread(reactor, "evert_watcher_create");
	if (fd < 0)
		return -EBADF;
	if (wanted & ~(unsigned)WANTABLE)
		return -EINVAL;
	if (reactor->given_up)
		return -ECHILD;
	return reactor->shutting_down ? -ESHUTDOWN : 0;
}

int evert_watcher_begin(struct evert_watcher *watcher,
			struct evert_reactor *reactor, int fd, unsigned wanted)
{
	int error = may_begin(reactor, fd, wanted);

	watcher->watched = NULL;
	if (!error)
		watcher->watched = find_or_watch(reactor, fd, &error);
	if (error)
		return error;
	watcher->fd = fd;
	watcher->wanted = wanted;
	evert_list_append(&watcher->watched->watchers, &watcher->node);
	error = update(watcher->watched, true);
	if (error)
		evert_watcher_end(watcher);
	return error;
}

void evert_watcher_end(struct evert_watcher *watcher)
{
	struct evert_watched *watched = watcher->watched;

	if (!watched)
		return;
	watcher->watched = NULL;
	evert_list_remove(&watcher->node);
	if (is_unused(watched))
		release_unused(watched);
	else
		update(watched, false);
}

struct evert_watcher *evert_watcher_create_at(const char *place,
					      struct evert_reactor *reactor,
					      int fd, unsigned wanted,
					      evert_watch_call call, void *arg)
{
	struct evert_watcher *watcher = evert_allocate(sizeof(*watcher));
	int error;

	if (!watcher)
		return NULL;
	*watcher = (struct evert_watcher){
		.call = call,
		.arg = arg,
		.place = place,
	};
	error = evert_watcher_begin(watcher, reactor, fd, wanted);
	if (!error)
		return watcher;
	evert_free(watcher);
	errno = -error;
	return NULL;
}

int evert_watcher_want(struct evert_watcher *watcher, unsigned wanted)
{
	unsigned before = watcher->wanted;
	int error;

	if (!watcher->watched)
		return -watcher->error;
	if (wanted & ~(unsigned)WANTABLE)
		return -EINVAL;
	watcher->wanted = wanted;
	error = update(watcher->watched, false);
	if (error)
		watcher->wanted = before;
	return error;
}

void evert_watcher_on_end(struct evert_watcher *watcher,
			  void (*ended)(struct evert_watcher *watcher,
					int error, void *arg))
{
	if (watcher)
		watcher->ended = ended;
}

int evert_watcher_fd(const struct evert_watcher *watcher)
{
	return watcher->fd;
}

void evert_watcher_destroy(struct evert_watcher *watcher)
{
	if (!watcher)
		return;
	evert_watcher_end(watcher);
	evert_free(watcher);
}
