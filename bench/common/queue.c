/* SPDX-License-Identifier: MIT */
#include "queue.h"

#include <pthread.h>
#include <stdlib.h>

#include "threads.h"

struct item {
	struct item *next;
	void *call;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct item *first;
static struct item **end = &first;

bool queue_put(void *call)
{
	struct item *item = malloc(sizeof(*item));
	bool was_empty;

	if (!item)
		abort();
	item->next = NULL;
	item->call = call;
	pthread_mutex_lock(&mutex);
	was_empty = !first;
	*end = item;
	end = &item->next;
	pthread_mutex_unlock(&mutex);
	return was_empty;
}

static struct item *take_all(void)
{
	struct item *all;

	pthread_mutex_lock(&mutex);
	all = first;
	first = NULL;
	end = &first;
	pthread_mutex_unlock(&mutex);
	return all;
}

void queue_run(void)
{
	struct item *item, *next;

	for (item = take_all(); item; item = next) {
		next = item->next;
		loop_called(item->call);
		free(item);
	}
}
