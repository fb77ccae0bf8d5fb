/* SPDX-License-Identifier: MIT */
/* What other threads send to a reactor: a queue, and a pipe that wakes the
   loop. One byte is in the pipe at most, however many messages wait. */
#include <reactor/reactor_internal.h>

#include <errno.h>

#include <deferred/memory.h>

static struct evert_message *take_all(struct evert_mailbox *mailbox)
{
	struct evert_message *first;

	pthread_mutex_lock(&mailbox->mutex);
	first = mailbox->first;
	mailbox->first = NULL;
	mailbox->end = &mailbox->first;
	mailbox->woken = false;
	pthread_mutex_unlock(&mailbox->mutex);
	return first;
}

static void mail_arrived(struct evert_watch *watch, unsigned ready)
{
	struct evert_reactor *reactor = watch->reactor;
	struct evert_message *message, *next;
	char bytes[64];

	(void)ready;
	/* The pipe first: a message posted from now on wakes us again. */
	reactor->system->ops->read(reactor->system, watch->fd, bytes,
				   sizeof(bytes));
	evert_signals_check(reactor);
	for (message = take_all(&reactor->mailbox); message; message = next) {
		next = message->next;
		message->deliver(message);
	}
}

static void mail_unwatchable(struct evert_watch *watch, int error)
{
	watch->reactor->mailbox.watch_error = error;
}

static const struct evert_watch_ops mail_ops = {
	.ready = mail_arrived,
	.unwatchable = mail_unwatchable,
};

static void close_pipe(struct evert_reactor *reactor)
{
	struct evert_mailbox *mailbox = &reactor->mailbox;

	evert_watch_remove(&mailbox->watch);
	reactor->system->ops->close(reactor->system, mailbox->pipe[0]);
	reactor->system->ops->close(reactor->system, mailbox->pipe[1]);
}

/* 0, or -errno. The poller hears of the pipe here and never again, so that it
   can't fail later. */
static int watch_pipe(struct evert_reactor *reactor)
{
	struct evert_mailbox *mailbox = &reactor->mailbox;
	int error;

	error = evert_watch_add(&mailbox->watch, reactor, mailbox->pipe[0],
				&mail_ops);
	if (error)
		return error;
	evert_watch_set(&mailbox->watch, EVERT_ATTACHED | EVERT_READ);
	mailbox->watch_error = 0;
	evert_watches_tell_poller(reactor);
	return -mailbox->watch_error;
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
	pthread_mutex_init(&mailbox->mutex, NULL);
	mailbox->first = NULL;
	mailbox->end = &mailbox->first;
	return 0;
}

void evert_mailbox_close(struct evert_reactor *reactor)
{
	struct evert_mailbox *mailbox = &reactor->mailbox;
	struct evert_message *message = NULL, *next;

	/* A fork's child may find the mutex locked by a thread it has not. */
	if (!evert_reactor_is_forked(reactor))
		message = take_all(mailbox);
	for (; message; message = next) {
		next = message->next;
		message->drop(message);
	}
	close_pipe(reactor);
	pthread_mutex_destroy(&mailbox->mutex);
}

void evert_reactor_post(struct evert_reactor *reactor,
			struct evert_message *message)
{
	struct evert_mailbox *mailbox = &reactor->mailbox;
	struct evert_system *system = reactor->system;

	message->next = NULL;
	pthread_mutex_lock(&mailbox->mutex);
	*mailbox->end = message;
	mailbox->end = &message->next;
	/* Inside the lock: the reactor may be destroyed once it is free. */
	if (!mailbox->woken)
		mailbox->woken = system->ops->write(system, mailbox->pipe[1],
						    "", 1) == 1;
	pthread_mutex_unlock(&mailbox->mutex);
}

/* ---- evert_reactor_call_from_thread ---- */

struct thread_call {
	struct evert_message message;
	void (*call)(void *arg);
	void *arg;
};

static void drop_call(struct evert_message *message)
{
	evert_free(evert_container_of(message, struct thread_call, message));
}

static void deliver_call(struct evert_message *message)
{
	struct thread_call *thread_call =
		evert_container_of(message, struct thread_call, message);
	void (*call)(void *arg) = thread_call->call;
	void *arg = thread_call->arg;

	evert_free(thread_call);
	call(arg);
}

int evert_reactor_call_from_thread(struct evert_reactor *reactor,
				   void (*call)(void *arg), void *arg)
{
	struct thread_call *thread_call = evert_allocate(sizeof(*thread_call));

	if (!thread_call)
		return -ENOMEM;
	thread_call->message.deliver = deliver_call;
	thread_call->message.drop = drop_call;
	thread_call->call = call;
	thread_call->arg = arg;
	evert_reactor_post(reactor, &thread_call->message);
	return 0;
}
