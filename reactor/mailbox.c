/* SPDX-License-Identifier: MIT */
/*
 * What other threads send to a reactor: a queue, and a pipe that wakes the
 * loop. Who puts the first message in writes a byte; none is needed as long as
 * the loop finds more whenever it has delivered some. The byte is written
 * outside the lock, where it holds nobody up.
 */
#include <reactor/reactor_internal.h>

#include <errno.h>
#include <sched.h>

#include <deferred/memory.h>

static struct evert_message *take_all(struct evert_mailbox *mailbox)
{
	struct evert_message *first;

	pthread_mutex_lock(&mailbox->mutex);
	first = mailbox->first;
	mailbox->first = NULL;
	mailbox->end = &mailbox->first;
	pthread_mutex_unlock(&mailbox->mutex);
	return first;
}

/* Has the next message wake the loop, unless there are some already. */
static void look_for_more(struct evert_mailbox *mailbox)
{
	pthread_mutex_lock(&mailbox->mutex);
	mailbox->has_more = mailbox->woken = mailbox->first;
	pthread_mutex_unlock(&mailbox->mutex);
}

/* What comes meanwhile has the next turn, so that I/O has its own. */
void evert_mailbox_deliver(struct evert_reactor *reactor)
{
	struct evert_message *message, *next;

	for (message = take_all(&reactor->mailbox); message; message = next) {
		next = message->next;
		message->deliver(message);
	}
	look_for_more(&reactor->mailbox);
}

static void mail_arrived(struct evert_watch *watch, unsigned ready)
{
	struct evert_reactor *reactor = watch->reactor;
	char bytes[64];

	(void)ready;
	/* The pipe first: a message posted from now on wakes us again. */
	reactor->system->ops->read(reactor->system, watch->fd, bytes,
				   sizeof(bytes));
	evert_signals_check(reactor);
	evert_mailbox_deliver(reactor);
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

/* A thread that has posted what ended the loop may not have come back from
   there yet. */
static void wait_for_wakers(struct evert_mailbox *mailbox)
{
	pthread_mutex_lock(&mailbox->mutex);
	while (mailbox->wakers) {
		pthread_mutex_unlock(&mailbox->mutex);
		sched_yield();
		pthread_mutex_lock(&mailbox->mutex);
	}
	pthread_mutex_unlock(&mailbox->mutex);
}

void evert_mailbox_close(struct evert_reactor *reactor)
{
	struct evert_mailbox *mailbox = &reactor->mailbox;
	struct evert_message *message = NULL, *next;

	/* A fork's child may find the mutex locked by a thread it has not. */
	if (!evert_reactor_is_forked(reactor)) {
		wait_for_wakers(mailbox);
		message = take_all(mailbox);
	}
	for (; message; message = next) {
		next = message->next;
		message->drop(message);
	}
	close_pipe(reactor);
	pthread_mutex_destroy(&mailbox->mutex);
}

/* It counts among the wakers: until it does no more, the reactor stays. */
static void wake_up(struct evert_reactor *reactor)
{
	struct evert_mailbox *mailbox = &reactor->mailbox;
	struct evert_system *system = reactor->system;
	ssize_t written = system->ops->write(system, mailbox->pipe[1], "", 1);

	pthread_mutex_lock(&mailbox->mutex);
	if (written != 1) /* then the next message has to */
		mailbox->woken = false;
	mailbox->wakers--;
	pthread_mutex_unlock(&mailbox->mutex);
}

void evert_reactor_post(struct evert_reactor *reactor,
			struct evert_message *message)
{
	struct evert_mailbox *mailbox = &reactor->mailbox;
	bool wakes;

	message->next = NULL;
	pthread_mutex_lock(&mailbox->mutex);
	*mailbox->end = message;
	mailbox->end = &message->next;
	wakes = !mailbox->woken;
	mailbox->woken = true;
	mailbox->wakers += wakes;
	/* Who does not wake it has no more to do with it from here on. */
	pthread_mutex_unlock(&mailbox->mutex);
	if (wakes)
		wake_up(reactor);
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
