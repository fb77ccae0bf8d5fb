/* SPDX-License-Identifier: MIT */
/* Queues and semaphores, and those who wait for them. */
#include <errno.h>
#include <stdlib.h>

#include "modelled.h"

enum {
	ENTRIES = WAITING_MOST,
	ITEMS = 4 * WAITING_MOST
};

/* Those who wait, in the order they came. */
struct line {
	int entries[ENTRIES], count;
	bool closed;
};

static struct entry {
	struct line *line;
	int deferred;
	struct outcome offer;
} entries[ENTRIES];
static int entry_count;

static struct queue {
	size_t size, backlog;
	struct outcome items[ITEMS];
	size_t count;
	struct line gets, puts;
} queues[WAITING_QUEUES];

static struct semaphore {
	size_t limit, tokens;
	struct line waiting;
	int holder; /* a Deferred, by modelled_run; or NOBODY */
	bool handing_over;
	int hander; /* a coroutine, or NOBODY */
} semaphores[WAITING_SEMAPHORES];

static struct run {
	struct semaphore *semaphore;
	int deferred, link;
	bool acquired;
} runs[WAITING_LINKS];
static int run_count;

/* ---- Waiting in line ---- */

static struct semaphore *semaphore_of(const struct line *line)
{
	int i;

	for (i = 0; i < WAITING_SEMAPHORES; i++)
		if (line == &semaphores[i].waiting)
			return &semaphores[i];
	return NULL;
}

static void leave(int number)
{
	struct line *line = entries[number].line;
	int i, kept = 0;

	for (i = 0; i < line->count; i++)
		if (line->entries[i] != number)
			line->entries[kept++] = line->entries[i];
	line->count = kept;
}

static bool cancel_entry(int number)
{
	leave(number);
	modelled_drop_outcome(entries[number].offer);
	promised_fail(entries[number].deferred, CANCELLED);
	return true;
}

/* Of a lock, for who is known to have it. */
static int waits_for_holder(int number, int k)
{
	struct semaphore *semaphore = semaphore_of(entries[number].line);

	return k || !semaphore ? NOBODY : semaphore->holder;
}

static int failed(int kind)
{
	int deferred = promised_create(NULL, 0);

	promised_fail(deferred, kind);
	return deferred;
}

static int join(struct line *line, struct outcome offer)
{
	static const struct promised_work work = {
		.cancel = cancel_entry,
		.waits_for = waits_for_holder,
		.is_joint = true,
	};
	int number = entry_count++, deferred;

	if (line->closed) {
		modelled_drop_outcome(offer);
		return failed(ABANDONED);
	}
	if (number == ENTRIES)
		abort();
	deferred = promised_create(&work, number);
	entries[number] = (struct entry){ line, deferred, offer };
	line->entries[line->count++] = number;
	return deferred;
}

/* The first, or NULL. */
static struct entry *serve(struct line *line)
{
	int number = line->entries[0];

	if (!line->count)
		return NULL;
	leave(number);
	return &entries[number];
}

static void close_line(struct line *line)
{
	struct entry *entry;

	line->closed = true;
	while ((entry = serve(line))) {
		modelled_drop_outcome(entry->offer);
		promised_fail(entry->deferred, ABANDONED);
	}
}

static const struct outcome nothing = { MODEL_PASS, 0 };

/* ---- Queues ---- */

/* What waits for itself has no other reader. */
static void hand(struct entry *entry, struct outcome item)
{
	int deferred = entry->deferred;

	promised_fire(deferred, item);
	if (item.give == MODEL_WAIT && item.number == deferred)
		promised_release(deferred);
}

int modelled_put(int number, struct outcome item, bool starved)
{
	struct queue *queue = &queues[number];
	struct entry *get;
	int error = -ECANCELED;

	if (!queue->gets.closed && (get = serve(&queue->gets))) {
		hand(get, item);
		return 0;
	}
	if (!queue->gets.closed)
		error = queue->count == queue->size ? -ENOBUFS
			: starved		    ? -ENOMEM
						    : 0;
	if (error)
		modelled_drop_outcome(item);
	else
		queue->items[queue->count++] = item;
	return error;
}

int modelled_put_wait(int number, struct outcome item, bool starved)
{
	struct queue *queue = &queues[number];
	bool full = queue->count == queue->size && !queue->gets.count;
	int deferred;

	if (queue->puts.closed ||
	    (full && (size_t)queue->puts.count < queue->backlog))
		return join(&queue->puts, item);
	if (full) {
		modelled_drop_outcome(item);
		return failed(OVERFLOW);
	}
	deferred = promised_create(NULL, 0);
	if (modelled_put(number, item, starved) == -ENOMEM)
		promised_fail(deferred, NO_MEMORY);
	else
		promised_fire(deferred, nothing);
	return deferred;
}

int modelled_get(int number)
{
	struct queue *queue = &queues[number];
	struct outcome item;
	struct entry *put;
	size_t i;
	int deferred;

	if (queue->gets.closed)
		return join(&queue->gets, nothing);
	if (!queue->count && !queue->puts.count)
		return (size_t)queue->gets.count < queue->backlog
			       ? join(&queue->gets, nothing)
			       : failed(UNDERFLOW);
	put = serve(&queue->puts);
	if (put)
		queue->items[queue->count++] = put->offer;
	item = queue->items[0];
	queue->count--;
	for (i = 0; i < queue->count; i++)
		queue->items[i] = queue->items[i + 1];
	deferred = promised_create(NULL, 0);
	promised_fire(deferred, item);
	if (put)
		hand(put, nothing);
	return deferred;
}

void modelled_close_queue(int number)
{
	struct queue *queue = &queues[number];
	size_t i;

	queue->puts.closed = true;
	close_line(&queue->gets);
	close_line(&queue->puts);
	for (i = 0; i < queue->count; i++)
		modelled_drop_outcome(queue->items[i]);
}

size_t modelled_queue_count(int queue)
{
	return queues[queue].count;
}

/* ---- Semaphores ---- */

size_t modelled_available(int number)
{
	return semaphores[number].waiting.count ? 0 : semaphores[number].tokens;
}

static int permit(struct semaphore *semaphore)
{
	semaphore->tokens--;
	return PERMIT + (int)(semaphore - semaphores);
}

int modelled_acquire(int number)
{
	struct semaphore *semaphore = &semaphores[number];
	int deferred;

	if (!modelled_available(number))
		return join(&semaphore->waiting, nothing);
	deferred = promised_create(NULL, 0);
	promised_fire(deferred,
		      (struct outcome){ MODEL_VALUE, permit(semaphore) });
	return deferred;
}

/* Who is handed it and gives it back at once leaves the rest to this. */
void modelled_give_back(int number)
{
	struct semaphore *semaphore = &semaphores[number];
	struct entry *entry;

	semaphore->tokens++;
	if (!semaphore->waiting.count ||
	    (semaphore->handing_over && semaphore->hander == modelled_flow))
		return;
	while (semaphore->tokens && (entry = serve(&semaphore->waiting))) {
		semaphore->handing_over = true;
		semaphore->hander = modelled_flow;
		promised_fire(entry->deferred,
			      (struct outcome){ MODEL_VALUE, permit(semaphore) });
	}
	semaphore->handing_over = false;
}

void modelled_close_semaphore(int number)
{
	close_line(&semaphores[number].waiting);
}

/* ---- A call with a semaphore ---- */

static struct outcome begin_run(const void *number, int in)
{
	struct run *run = &runs[(intptr_t)number];
	struct outcome outcome;

	(void)in;
	promised_take(run->deferred);
	run->acquired = true;
	if (run->semaphore->limit == 1)
		run->semaphore->holder = run->deferred;
	outcome = waiting_link_runs(&waiting_model, run->link, NOTHING);
	return modelled_as(outcome);
}

static struct outcome end_run(const void *number, int in)
{
	struct run *run = &runs[(intptr_t)number];

	(void)in;
	if (run->acquired && run->semaphore->limit == 1)
		run->semaphore->holder = NOBODY;
	if (run->acquired)
		modelled_give_back((int)(run->semaphore - semaphores));
	return nothing;
}

int modelled_run(int semaphore, int link)
{
	int number = run_count++, deferred = modelled_acquire(semaphore);
	const void *arg = (const void *)(intptr_t)number;

	runs[number] =
		(struct run){ &semaphores[semaphore], deferred, link, false };
	promised_add(deferred, (struct promised_link){ MODEL_CALLBACK, begin_run,
						      arg, false });
	promised_add(deferred,
		     (struct promised_link){ MODEL_BOTH, end_run, arg, false });
	return deferred;
}

/* ---- */

void modelled_things_begin(const struct waiting_sequence *sequence)
{
	int i;

	entry_count = run_count = 0;
	for (i = 0; i < WAITING_QUEUES; i++) {
		queues[i].size = sequence->queues[i].size;
		queues[i].backlog = sequence->queues[i].backlog;
		queues[i].count = 0;
		queues[i].gets.count = queues[i].puts.count = 0;
		queues[i].gets.closed = queues[i].puts.closed = false;
	}
	for (i = 0; i < WAITING_SEMAPHORES; i++) {
		semaphores[i].limit = semaphores[i].tokens =
			sequence->limits[i];
		semaphores[i].waiting.count = 0;
		semaphores[i].waiting.closed = false;
		semaphores[i].holder = NOBODY;
		semaphores[i].handing_over = false;
	}
}
