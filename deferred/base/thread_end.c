/* SPDX-License-Identifier: MIT */
#include "thread_end_internal.h"

#include <pthread.h>

static pthread_key_t key;
static bool has_key;

static void run(void *first)
{
	struct evert_thread_end *end = first;
	struct evert_thread_end *next;

	for (; end; end = next) {
		next = end->next;
		end->added = false;
		end->call();
	}
}

static void create_key(void)
{
	has_key = pthread_key_create(&key, run) == 0;
}

bool evert_thread_end_add(struct evert_thread_end *end, void (*call)(void))
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	if (end->added)
		return true;
	pthread_once(&once, create_key);
	if (!has_key)
		return false;
	end->call = call;
	end->next = pthread_getspecific(key);
	end->added = pthread_setspecific(key, end) == 0;
	return end->added;
}
