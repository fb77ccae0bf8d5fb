/* SPDX-License-Identifier: MIT */
/*
 * Names by getaddrinfo(3): a few threads, shared by all reactors of the
 * process, look names up one after another, and end when there is nothing to look up. A lookup belongs
 * to the queue, then to the thread that works on it, then to the reactor's
 * mailbox; one that is cancelled meanwhile is released by who has it.
 *
 * A fork's child has no such threads: what they worked on for a reactor that
 * it adopts is begun anew.
 */
#include "lookup_internal.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "../../deferred/base/memory.h"
#include "../fork_internal.h"
#include "system_answer_internal.h"

enum { THREADS = 4 };

enum lookup_state {
	WAITING,   /* in the queue */
	UNDER_WAY, /* a thread has it */
	POSTED,	   /* the mailbox has it */
};

struct system_lookup {
	struct evert_lookup base;
	struct evert_message message;
	struct evert_list_node node; /* in the queue, or under way */
	struct evert_errand errand;	/* of the reactor, until it is done */
	unsigned forks; /* when it was begun: did the thread come along? */
	struct evert_reactor *reactor;
	struct evert_system *system; /* outlives the reactor */
	evert_lookup_done done;
	void *arg;
	bool cancelled;
	enum lookup_state state;
	struct evert_system_answer answer;
	uint16_t port;
	char host[];
};

static struct {
	pthread_mutex_t mutex;
	struct evert_list_node waiting;
	struct evert_list_node under_way;
	unsigned threads;
	bool survives_fork; /* the handlers are registered */
} queue = {
	.mutex = PTHREAD_MUTEX_INITIALIZER,
	.waiting = { &queue.waiting, &queue.waiting },
	.under_way = { &queue.under_way, &queue.under_way },
};

static void release(struct system_lookup *lookup)
{
	struct evert_system *system = lookup->system;

	evert_list_remove(&lookup->errand.node);
	if (lookup->answer.addresses)
		system->ops->freeaddrinfo(system, lookup->answer.addresses);
	evert_free(lookup);
}

/* ---- On the reactor's thread ---- */

static struct system_lookup *from(struct evert_message *message)
{
	return evert_container_of(message, struct system_lookup, message);
}

static void deliver(struct evert_message *message)
{
	struct system_lookup *lookup = from(message);
	struct evert_lookup_result result = { .reason = "" };

	evert_system_answer_take(&lookup->answer, &result);
	if (!lookup->cancelled)
		lookup->done(lookup->arg, &result);
	evert_free(result.addresses);
	release(lookup);
}

static void drop(struct evert_message *message)
{
	release(from(message));
}

/* ---- On the threads ---- */

static void look_up(struct system_lookup *lookup)
{
	static const struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV,
	};

	struct evert_system *system = lookup->system;
	/* A fork's child has a copy, which it may release at any time. */
	struct addrinfo *addresses;
	char port[6];

	snprintf(port, sizeof(port), "%u", lookup->port);
	lookup->answer.code = system->ops->getaddrinfo(system, lookup->host, port,
						&hints, &addresses);
	lookup->answer.error = errno;
	lookup->answer.addresses = lookup->answer.code ? NULL : addresses;
}

static struct system_lookup *at(struct evert_list_node *node)
{
	return evert_container_of(node, struct system_lookup, node);
}

static struct system_lookup *take_first(void)
{
	struct evert_list_node *first = queue.waiting.next;

	if (evert_list_is_empty(&queue.waiting))
		return NULL;
	evert_list_remove(first);
	evert_list_append(&queue.under_way, first);
	at(first)->state = UNDER_WAY;
	return at(first);
}

/* Under the lock: one that is not cancelled has a reactor. */
static void hand_over(struct system_lookup *lookup)
{
	evert_list_remove(&lookup->node);
	lookup->state = POSTED;
	if (lookup->cancelled)
		release(lookup);
	else
		evert_reactor_post(lookup->reactor, &lookup->message);
}

static void *work(void *unused)
{
	struct system_lookup *lookup;

	(void)unused;
	pthread_detach(pthread_self()); /* getaddrinfo may take for ever */
	pthread_mutex_lock(&queue.mutex);
	while ((lookup = take_first())) {
		pthread_mutex_unlock(&queue.mutex);
		look_up(lookup);
		pthread_mutex_lock(&queue.mutex);
		hand_over(lookup);
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

/* The child has none of the threads, and what waits is its parent's. What was
   cancelled, and a thread would have released, stays where it is. */
static void in_child(void)
{
	struct evert_list_node *node, *next;

	while (!evert_list_is_empty(&queue.waiting))
		evert_list_remove(queue.waiting.next);
	for (node = queue.under_way.next; node != &queue.under_way;
	     node = next) {
		next = node->next;
		if (!at(node)->cancelled)
			evert_list_remove(node);
	}
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

/* Puts it in the queue: 0, or -errno. */
static int begin(struct system_lookup *lookup)
{
	int error;

	lookup->forks = evert_forks_now();
	lookup->state = WAITING;
	pthread_mutex_lock(&queue.mutex);
	error = survive_fork();
	if (!error)
		error = start_thread(lookup->system);
	if (!error)
		evert_list_append(&queue.waiting, &lookup->node);
	pthread_mutex_unlock(&queue.mutex);
	return error;
}

/* Does nobody in this process see to it? */
static bool was_left_behind(const struct system_lookup *lookup)
{
	return lookup->state != POSTED && lookup->forks != evert_forks_now();
}

static void begin_anew(struct evert_errand *errand)
{
	struct system_lookup *lookup =
		evert_container_of(errand, struct system_lookup, errand);
	int error;

	if (!was_left_behind(lookup))
		return;
	error = begin(lookup);
	if (error) {
		lookup->answer.code = EAI_SYSTEM;
		lookup->answer.error = -error;
		hand_over(lookup);
	}
}

static void cancel(struct evert_lookup *base)
{
	struct system_lookup *lookup =
		evert_container_of(base, struct system_lookup, base);
	bool ours;

	evert_list_remove(&lookup->errand.node);
	pthread_mutex_lock(&queue.mutex);
	lookup->cancelled = true;
	ours = lookup->state == WAITING || was_left_behind(lookup);
	if (ours)
		evert_list_remove(&lookup->node);
	pthread_mutex_unlock(&queue.mutex);
	if (ours)
		release(lookup);
}

struct evert_lookup *evert_system_lookup_start(struct evert_reactor *reactor,
					       const char *host, uint16_t port,
					       evert_lookup_done done,
					       void *arg)
{
	size_t length = strlen(host) + 1;
	struct system_lookup *lookup = evert_allocate(sizeof(*lookup) + length);
	int error;

	if (!lookup)
		return NULL;
	*lookup = (struct system_lookup){
		.base.cancel = cancel,
		.message = { .deliver = deliver, .drop = drop },
		.errand = { .begin_anew = begin_anew },
		.reactor = reactor,
		.system = reactor->system,
		.done = done,
		.arg = arg,
		.port = port,
	};
	memcpy(lookup->host, host, length);
	evert_list_init(&lookup->node);
	evert_errand_join(reactor, &lookup->errand);
	error = begin(lookup);
	if (error) {
		release(lookup);
		errno = -error;
		return NULL;
	}
	return &lookup->base;
}
