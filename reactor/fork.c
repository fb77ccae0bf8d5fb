/* SPDX-License-Identifier: MIT */
/* Counted by pthread_atfork(3): to compare process numbers would take a system
   call each time. A clone(2) by hand is not noticed. */
#include "reactor_internal.h"

#include <errno.h>
#include <stdatomic.h>

static atomic_uint forks;
static bool counts;

static void count(void)
{
	atomic_fetch_add(&forks, 1);
}

static void begin_to_count(void)
{
	counts = pthread_atfork(NULL, NULL, count) == 0;
}

int evert_reactor_note_forks(struct evert_reactor *reactor)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, begin_to_count);
	reactor->forks = atomic_load(&forks);
	return counts ? 0 : -ENOMEM;
}

bool evert_reactor_is_forked(const struct evert_reactor *reactor)
{
	return reactor->forks != atomic_load(&forks);
}
