/* SPDX-License-Identifier: MIT */
/*
 * What other threads send to a reactor, without a lock: a list, the latest
 * first, which the loop takes as a whole, and a pipe that wakes it. While the
 * loop delivers, a mark stands at the list's end; so who finds the list empty,
 * without the mark, knows that the loop may sleep, and writes a byte.
 *
 * When a message is in the list, the loop may deliver it, stop, and be
 * destroyed. So who might have to wake the loop counts as a waker before, and
 * until it does no more; all others do not touch the reactor again.
 */
#include "fork_internal.h"

#include <errno.h>
#include <sched.h>

#include "../deferred/base/memory.h"
#include "../deferred/base/running_internal.h"
#include "../deferred/base/say_internal.h"
#include "dump_signal_internal.h"
#include "tell_message_internal.h"

/* The loop will look for more. */
static struct evert_message mark;

/* The list the other way round. */
static struct evert_message *in_order(struct evert_message *latest)
{
	struct evert_message *first = NULL, *next;

	for (; latest && latest != &mark; latest = next) {
		next = latest->next;
		latest->next = first;
		first = latest;
	}
	return first;
}

static void deliver_told(struct evert_message *message)
{
	evert_tell_arrived(message);
	message->deliver(message);
	evert_trace_end();
}

/* What comes meanwhile has the next turn, so that I/O has its own. */
void evert_mailbox_deliver(struct evert_reactor *reactor)
{
	struct evert_mailbox *mailbox = &reactor->mailbox;
	struct evert_message *message, *next, *end = &mark;

	message = in_order(atomic_exchange(&mailbox->latest, &mark));
	for (; message; message = next) {
		next = message->next;
		if (reactor->given_up)
			message->drop(message);
		else if (evert_trace_is_recording())
			deliver_told(message);
		else
			message->deliver(message);
	}
	mailbox->has_more =
		!atomic_compare_exchange_strong(&mailbox->latest, &end, NULL);
}

static void mail_arrived(struct evert_watch *watch, unsigned ready)
{
	struct evert_reactor *reactor = watch->reactor;
	char bytes[64];

	(void)ready;
	/* The pipe first: a message posted from now on wakes us again. */
	reactor->system->ops->read(watch->fd, bytes, sizeof(bytes),
				   reactor->system);
	evert_signals_check(reactor);
	evert_dump_signal_check(reactor);
	evert_mailbox_deliver(reactor);
}

static const struct evert_watch_ops mail_ops = {
	.kind = "calls from threads",
	.ready = mail_arrived,
};

static void close_pipe(struct evert_reactor *reactor)
{
	struct evert_system *system = reactor->system;
	struct evert_mailbox *mailbox = &reactor->mailbox;
	int i;

	evert_watch_remove(&mailbox->watch);
	for (i = 0; i < 2; i++) {
		if (mailbox->pipe[i] >= 0)
			system->ops->close(system, mailbox->pipe[i]);
		mailbox->pipe[i] = -1;
	}
}

void evert_mailbox_let_go(struct evert_reactor *reactor)
{
	close_pipe(reactor);
}

/* 0, or -errno. The poller hears of the pipe here and never again, so that it
   can't fail later. Not watched, it is still to be closed. */
static int watch_pipe(struct evert_reactor *reactor)
{
	struct evert_mailbox *mailbox = &reactor->mailbox;
	int error;

	error = evert_watch_add(&mailbox->watch, reactor, mailbox->pipe[0],
				&mail_ops);
	if (error)
		return error;
	evert_watch_set(&mailbox->watch, EVERT_ATTACHED | EVERT_READ);
	return evert_watch_register(&mailbox->watch);
}

int evert_mailbox_open(struct evert_reactor *reactor)
{
	struct evert_mailbox *mailbox = &reactor->mailbox;
	int error;

	error = reactor->system->ops->pipe(reactor->system, mailbox->pipe);
	if (error)
		return error;
	error = watch_pipe(reactor);
	if (error) {
		close_pipe(reactor);
		return error;
	}
	atomic_init(&mailbox->latest, NULL);
	atomic_init(&mailbox->wakers, 0);
	atomic_init(&mailbox->unheard, false);
	mailbox->has_more = false;
	return 0;
}

int evert_mailbox_renew(struct evert_reactor *reactor)
{
	struct evert_mailbox *mailbox = &reactor->mailbox;
	int pipe[2], error;

	close_pipe(reactor);
	error = reactor->system->ops->pipe(reactor->system, pipe);
	if (error)
		return error;
	mailbox->pipe[0] = pipe[0];
	mailbox->pipe[1] = pipe[1];
	atomic_store(&mailbox->unheard, false);
	return watch_pipe(reactor);
}

/* A fork's child gives up what its parent will do. */
static void tell_given_up(const struct evert_reactor *reactor)
{
	size_t count = reactor->mailbox.calls_given_up;

	if (count && !evert_reactor_is_forked(reactor))
		evert_say("evert: %zu call%s from threads %s given up: the "
			  "reactor made at %s was destroyed\n",
			  count, count == 1 ? "" : "s",
			  count == 1 ? "was" : "were", reactor->place);
}

void evert_mailbox_close(struct evert_reactor *reactor)
{
	struct evert_mailbox *mailbox = &reactor->mailbox;
	struct evert_message *message, *next;

	while (atomic_load(&mailbox->wakers))
		sched_yield();
	while ((message = in_order(atomic_exchange(&mailbox->latest, NULL))))
		for (; message; message = next) {
			next = message->next;
			message->drop(message);
		}
	close_pipe(reactor);
	tell_given_up(reactor);
}

static void wake_up(struct evert_reactor *reactor)
{
	struct evert_mailbox *mailbox = &reactor->mailbox;
	struct evert_system *system = reactor->system;
	ssize_t written = system->ops->write(system, mailbox->pipe[1], "", 1);

	/* Then the next message has to. */
	atomic_store(&mailbox->unheard, written != 1);
}

/* False: the list has changed, `*latest` is now the latest. */
static bool put(struct evert_mailbox *mailbox, struct evert_message *message,
		struct evert_message **latest)
{
	message->next = *latest;
	return atomic_compare_exchange_weak(&mailbox->latest, latest, message);
}

static bool put_as_waker(struct evert_reactor *reactor,
			 struct evert_message *message,
			 struct evert_message **latest)
{
	struct evert_mailbox *mailbox = &reactor->mailbox;
	bool done;

	atomic_fetch_add(&mailbox->wakers, 1);
	done = put(mailbox, message, latest);
	/* In a fork's child the pipe is the parent's, until the child adopts
	   the reactor, and then looks whether there are messages. */
	if (done && !evert_reactor_is_forked(reactor))
		wake_up(reactor);
	atomic_fetch_sub(&mailbox->wakers, 1);
	return done;
}

void evert_reactor_post(struct evert_reactor *reactor,
			struct evert_message *message)
{
	struct evert_mailbox *mailbox = &reactor->mailbox;
	struct evert_message *latest = atomic_load(&mailbox->latest);
	bool done;

	if (evert_trace_is_recording())
		evert_tell_posted(message);
	do {
		if (!latest || atomic_load(&mailbox->unheard))
			done = put_as_waker(reactor, message, &latest);
		else
			done = put(mailbox, message, &latest);
	} while (!done);
}

/* ---- evert_reactor_call_from_thread ---- */

struct thread_call {
	struct evert_message message;
	struct evert_reactor *reactor;
	void (*call)(void *arg);
	void *arg;
	void (*release)(void *arg); /* or NULL */
};

static void drop_call(struct evert_message *message)
{
	struct thread_call *thread_call =
		evert_container_of(message, struct thread_call, message);
	void (*release)(void *arg) = thread_call->release;
	void *arg = thread_call->arg;

	thread_call->reactor->mailbox.calls_given_up++;
	evert_free(thread_call);
	if (release)
		release(arg);
}

static void deliver_call(struct evert_message *message)
{
	struct thread_call *thread_call =
		evert_container_of(message, struct thread_call, message);
	void (*call)(void *arg) = thread_call->call;
	void *arg = thread_call->arg;
	struct evert_running_mark running;

	evert_free(thread_call);
	evert_running_begin(&running, "call from a thread", NULL, NULL,
			    NULL);
	call(arg);
	evert_running_end(&running);
}

int evert_reactor_call_from_thread(struct evert_reactor *reactor,
				   void (*call)(void *arg), void *arg)
{
	return evert_reactor_call_from_thread_with(reactor, call, arg, NULL);
}

int evert_reactor_call_from_thread_with(struct evert_reactor *reactor,
					void (*call)(void *arg), void *arg,
					void (*release)(void *arg))
{
	struct thread_call *thread_call = evert_allocate(sizeof(*thread_call));

	if (!thread_call)
		return -ENOMEM;
	thread_call->message.deliver = deliver_call;
	thread_call->message.drop = drop_call;
	thread_call->call = call;
	thread_call->arg = arg;
	thread_call->release = release;
	thread_call->reactor = reactor;
	evert_reactor_post(reactor, &thread_call->message);
	return 0;
}
