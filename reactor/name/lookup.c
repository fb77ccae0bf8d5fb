/* SPDX-License-Identifier: MIT */
/*
 * A few threads, shared by all reactors of the process, look names up one
 * after another, and end when there is nothing to look up. A lookup belongs
 * to the queue, then to the thread that works on it, then to the reactor's
 * mailbox; one that is cancelled meanwhile is released by who has it.
 */
#include "lookup_internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../../deferred/base/memory.h"

enum { THREADS = 4 };

struct evert_lookup {
	struct evert_message message;
	struct evert_list_node waiting; /* alone: it is not in the queue */
	struct evert_reactor *reactor;
	struct evert_system *system; /* outlives the reactor */
	evert_lookup_done done;
	void *arg;
	bool cancelled;
	struct addrinfo *addresses;
	int code;  /* of getaddrinfo */
	int error; /* where the code is EAI_SYSTEM */
	char port[6];
	char host[];
};

static struct {
	pthread_mutex_t mutex;
	struct evert_list_node waiting;
	unsigned threads;
	bool survives_fork; /* the handlers are registered */
} queue = {
	.mutex = PTHREAD_MUTEX_INITIALIZER,
	.waiting = { &queue.waiting, &queue.waiting },
};

static void release(struct evert_lookup *lookup)
{
	struct evert_system *system = lookup->system;

	if (lookup->addresses)
		system->ops->freeaddrinfo(system, lookup->addresses);
	evert_free(lookup);
}

/* ---- On the reactor's thread ---- */

static struct evert_lookup *from(struct evert_message *message)
{
	return evert_container_of(message, struct evert_lookup, message);
}

static int errno_of(const struct evert_lookup *lookup)
{
	switch (lookup->code) {
	case EAI_SYSTEM:
		return lookup->error;
	case EAI_MEMORY:
		return ENOMEM;
	case EAI_AGAIN:
		return EAGAIN;
	default:
		return ENOENT;
	}
}

static void deliver(struct evert_message *message)
{
	struct evert_lookup *lookup = from(message);
	struct evert_lookup_result result = { .addresses = lookup->addresses };

	if (lookup->code) {
		result.error = errno_of(lookup);
		result.reason = lookup->code == EAI_SYSTEM ?
					strerror(lookup->error) :
					gai_strerror(lookup->code);
	}
	if (!lookup->cancelled)
		lookup->done(lookup->arg, &result);
	release(lookup);
}

static void drop(struct evert_message *message)
{
	release(from(message));
}

/* ---- On the threads ---- */

static void look_up(struct evert_lookup *lookup)
{
	static const struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV,
	};

	struct evert_system *system = lookup->system;

	lookup->code = system->ops->getaddrinfo(system, lookup->host,
						lookup->port, &hints,
						&lookup->addresses);
	lookup->error = errno;
	if (lookup->code)
		lookup->addresses = NULL;
}

static struct evert_lookup *take_first(void)
{
	struct evert_list_node *first = queue.waiting.next;

	if (evert_list_is_empty(&queue.waiting))
		return NULL;
	evert_list_remove(first);
	return evert_container_of(first, struct evert_lookup, waiting);
}

static void *work(void *unused)
{
	struct evert_lookup *lookup;

	(void)unused;
	pthread_mutex_lock(&queue.mutex);
	while ((lookup = take_first())) {
		pthread_mutex_unlock(&queue.mutex);
		look_up(lookup);
		pthread_mutex_lock(&queue.mutex);
		/* Under the lock: one that is not cancelled has a reactor. */
		if (lookup->cancelled)
			release(lookup);
		else
			evert_reactor_post(lookup->reactor, &lookup->message);
	}
	queue.threads--;
	pthread_mutex_unlock(&queue.mutex);
	return NULL;
}

/* 0, or -errno. With another thread at work, one that can't be had is no
   loss. */
static int start_thread(struct evert_system *system)
{
	int error;

	if (queue.threads == THREADS)
		return 0;
	error = system->ops->start_thread(system, work, NULL);
	if (!error)
		queue.threads++;
	return queue.threads ? 0 : error;
}

/* ---- Forking ---- */

static void before_fork(void)
{
	pthread_mutex_lock(&queue.mutex);
}

static void after_fork(void)
{
	pthread_mutex_unlock(&queue.mutex);
}

/* The child has none of the threads, and what waits is its parent's. */
static void in_child(void)
{
	evert_list_init(&queue.waiting);
	queue.threads = 0;
	pthread_mutex_unlock(&queue.mutex);
}

/* 0, or -errno. */
static int survive_fork(void)
{
	int error = 0;

	if (!queue.survives_fork)
		error = pthread_atfork(before_fork, after_fork, in_child);
	queue.survives_fork = !error;
	return -error;
}

/* ---- Both ---- */

struct evert_lookup *evert_lookup_start(struct evert_reactor *reactor,
					const char *host, uint16_t port,
					evert_lookup_done done, void *arg)
{
	size_t length = strlen(host) + 1;
	struct evert_lookup *lookup = evert_allocate(sizeof(*lookup) + length);
	int error;

	if (!lookup)
		return NULL;
	*lookup = (struct evert_lookup){
		.message = { .deliver = deliver, .drop = drop },
		.reactor = reactor,
		.system = reactor->system,
		.done = done,
		.arg = arg,
	};
	snprintf(lookup->port, sizeof(lookup->port), "%u", port);
	memcpy(lookup->host, host, length);
	evert_list_init(&lookup->waiting);
	pthread_mutex_lock(&queue.mutex);
	error = survive_fork();
	if (!error)
		error = start_thread(reactor->system);
	if (!error)
		evert_list_append(&queue.waiting, &lookup->waiting);
	pthread_mutex_unlock(&queue.mutex);
	if (error) {
		release(lookup);
		errno = -error;
		return NULL;
	}
	return lookup;
}

void evert_lookup_cancel(struct evert_lookup *lookup)
{
	bool ours;

	pthread_mutex_lock(&queue.mutex);
	lookup->cancelled = true;
	/* Nobody else has it: no thread, of which a fork's child has none. */
	ours = !evert_list_is_empty(&lookup->waiting) ||
	       evert_reactor_is_forked(lookup->reactor);
	if (ours)
		evert_list_remove(&lookup->waiting);
	pthread_mutex_unlock(&queue.mutex);
	if (ours)
		release(lookup);
}
