/* SPDX-License-Identifier: MIT */
/* The floor: two lists below a mutex each, a condition, an eventfd. */
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/pool.h"

struct item {
	struct item *next;
	struct pool_job *job;
};

struct list {
	pthread_mutex_t mutex;
	struct item *first, **end;
};

static struct list to_do = { PTHREAD_MUTEX_INITIALIZER, NULL, &to_do.first };
static struct list ready = { PTHREAD_MUTEX_INITIALIZER, NULL, &ready.first };
static pthread_cond_t some = PTHREAD_COND_INITIALIZER;
static unsigned idle;
static int waker;
static bool stopped;

/* Under the mutex. Was it empty? */
static bool append(struct list *list, struct item *item)
{
	bool was_empty = !list->first;

	item->next = NULL;
	*list->end = item;
	list->end = &item->next;
	return was_empty;
}

static struct item *take(void)
{
	struct item *item;

	pthread_mutex_lock(&to_do.mutex);
	while (!to_do.first) {
		idle++;
		pthread_cond_wait(&some, &to_do.mutex);
		idle--;
	}
	item = to_do.first;
	to_do.first = item->next;
	if (!to_do.first)
		to_do.end = &to_do.first;
	pthread_mutex_unlock(&to_do.mutex);
	return item;
}

static void *work(void *unused)
{
	const uint64_t one = 1;
	struct item *item;
	bool was_empty;

	(void)unused;
	for (;;) {
		item = take();
		pool_work(item->job);
		pthread_mutex_lock(&ready.mutex);
		was_empty = append(&ready, item);
		pthread_mutex_unlock(&ready.mutex);
		if (was_empty && write(waker, &one, sizeof(one)) < 0)
			abort();
	}
	return NULL;
}

void loop_create(void)
{
	pthread_t thread;
	int i;

	waker = eventfd(0, EFD_CLOEXEC);
	for (i = 0; i < POOL_THREADS; i++)
		pthread_create(&thread, NULL, work, NULL);
}

static struct item *take_all(void)
{
	struct item *all;

	pthread_mutex_lock(&ready.mutex);
	all = ready.first;
	ready.first = NULL;
	ready.end = &ready.first;
	pthread_mutex_unlock(&ready.mutex);
	return all;
}

void loop_run(void)
{
	struct item *item, *next;
	struct pool_job *job;
	uint64_t count;

	for (stopped = false; !stopped;) {
		if (read(waker, &count, sizeof(count)) < 0)
			continue;
		for (item = take_all(); item; item = next) {
			next = item->next;
			job = item->job;
			free(item);
			pool_done(job);
		}
	}
}

void loop_stop(void)
{
	stopped = true;
}

void loop_defer(struct pool_job *job)
{
	struct item *item = malloc(sizeof(*item));
	bool wake;

	if (!item)
		abort();
	item->job = job;
	pthread_mutex_lock(&to_do.mutex);
	append(&to_do, item);
	wake = idle;
	pthread_mutex_unlock(&to_do.mutex);
	if (wake)
		pthread_cond_signal(&some);
}

int main(void)
{
	return pool_main();
}
