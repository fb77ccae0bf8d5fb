/* SPDX-License-Identifier: MIT */
/* Forks are counted by pthread_atfork(3): to compare process numbers would
   take a system call each time. A clone(2) by hand is not noticed. */
#include "fork_internal.h"

#include <errno.h>

#include "dump_signal_internal.h"
#include "layout_internal.h"

atomic_uint evert_forks, evert_forks_made;

static struct {
	pthread_mutex_t mutex;
	struct evert_list_node reactors;
	bool survives; /* the handlers are registered */
} all = {
	.mutex = PTHREAD_MUTEX_INITIALIZER,
	.reactors = { &all.reactors, &all.reactors },
};

/* Nobody in the process asks for it. */
extern const struct evert_layout evert_layout;
__attribute__((__used__)) const struct evert_layout evert_layout = {
	EVERT_LAYOUT_FORM,
	&all.reactors,
};

/* ---- The moment ---- */

static void before_fork(void)
{
	pthread_mutex_lock(&all.mutex);
	atomic_fetch_add(&evert_forks_made, 1);
	evert_signals_before_fork();
}

static void in_parent(void)
{
	evert_signals_after_fork(false);
	pthread_mutex_unlock(&all.mutex);
}

/* Whoever was about to wake the loop is not here. A copy that does not run
   may be run by the only thread there is. */
static void leave_threads_behind(struct evert_reactor *reactor)
{
	atomic_store(&reactor->mailbox.wakers, 0);
	if (!reactor->running)
		reactor->thread = evert_thread();
}

static void in_child(void)
{
	struct evert_list_node *node;

	atomic_fetch_add(&evert_forks, 1);
	for (node = all.reactors.next; node != &all.reactors;
	     node = node->next)
		leave_threads_behind(evert_container_of(
			node, struct evert_reactor, sibling));
	evert_signals_after_fork(true);
	pthread_mutex_unlock(&all.mutex);
}

int evert_fork_join(struct evert_reactor *reactor)
{
	int error = 0;

	pthread_mutex_lock(&all.mutex);
	if (!all.survives)
		error = pthread_atfork(before_fork, in_parent, in_child);
	all.survives = !error;
	atomic_init(&reactor->forks, evert_forks_now());
	evert_list_append(&all.reactors, &reactor->sibling);
	pthread_mutex_unlock(&all.mutex);
	return -error;
}

void evert_fork_leave(struct evert_reactor *reactor)
{
	pthread_mutex_lock(&all.mutex);
	evert_list_remove(&reactor->sibling);
	pthread_mutex_unlock(&all.mutex);
}

/* ---- Adopting ---- */

/* From a list of their own: who is told may end any of them, and begin
   others. */
static void begin_errands_anew(struct evert_reactor *reactor)
{
	struct evert_list_node left, *node;
	struct evert_errand *errand;

	evert_list_init(&left);
	evert_list_move_all(&left, &reactor->errands);
	while (!evert_list_is_empty(&left)) {
		node = left.next;
		evert_list_remove(node);
		evert_list_append(&reactor->errands, node);
		errand = evert_container_of(node, struct evert_errand, node);
		errand->begin_anew(errand);
	}
}

/* In a child: the parent's poller is only closed, what it watches is shared. */
int evert_reactor_renew_poller(struct evert_reactor *reactor)
{
	struct evert_poller *former = reactor->poller;
	struct evert_poller *poller =
		evert_poller_create(reactor->system, former->ops->name);
	int error;

	if (!poller)
		return -errno;
	reactor->poller = poller;
	error = evert_watches_renew(reactor);
	if (error) {
		reactor->poller = former;
		former = poller;
	}
	former->ops->destroy(former);
	/* If the child may; else it waits as all do. */
	if (!error && reactor->busy_poll.seconds > 0)
		evert_reactor_set_busy_poll(reactor, &reactor->busy_poll);
	return error;
}

/* What it has of the parent's is of no use here: where there are no other
   descriptors, those are enough. */
static int renew_with_what_it_has(struct evert_reactor *reactor)
{
	int error = evert_reactor_renew_poller(reactor);

	if (error == -EMFILE || error == -ENFILE) {
		evert_mailbox_let_go(reactor);
		error = evert_reactor_renew_poller(reactor);
	}
	return error ? error : evert_mailbox_renew(reactor);
}

int evert_reactor_adopt(struct evert_reactor *reactor)
{
	int error;

	if (reactor->given_up || (reactor->running &&
				  reactor->thread != evert_thread()))
		return -ECHILD;
	error = renew_with_what_it_has(reactor);
	if (error)
		return error;
	atomic_store(&reactor->forks, evert_forks_now());
	/* Who posts before it sees that does not wake the loop. */
	reactor->mailbox.has_more = true;
	evert_signals_renew(reactor);
	evert_dump_signal_check(reactor);
	begin_errands_anew(reactor);
	return 0;
}

/* ---- Giving up ---- */

/*
 * Owners will close their descriptors when they are told, perhaps never,
 * perhaps when other files have such numbers. So each is replaced by a socket
 * that leads nowhere; or, where none can be had, by the end of the pipe that
 * nobody reads here.
 */
static void close_descriptors(struct evert_reactor *reactor)
{
	struct evert_system *system = reactor->system;
	const int *pipe = reactor->mailbox.pipe;
	int nowhere = system->ops->socket(system, AF_UNIX, SOCK_STREAM, 0);
	int by = nowhere < 0 ? pipe[0] : nowhere;

	evert_watches_replace(reactor, by);
	if (pipe[1] >= 0)
		evert_descriptor_replace(system, pipe[1], by);
	if (nowhere >= 0)
		system->ops->close(system, nowhere);
}

void evert_reactor_give_up(struct evert_reactor *reactor)
{
	if (reactor->given_up)
		return;
	reactor->given_up = true;
	reactor->clock.stopped = true;
	evert_signals_release(reactor);
	/* First, so that a descriptor is free. */
	reactor->poller->ops->destroy(reactor->poller);
	reactor->poller = NULL;
	close_descriptors(reactor);
}
