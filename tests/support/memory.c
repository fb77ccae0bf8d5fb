/* SPDX-License-Identifier: MIT */
#include "memory.h"

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "../../deferred/base/memory.h"

/* In front of every block, which stays as aligned as malloc made it. */
union header {
	size_t size;
	max_align_t align;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct memory_counts counts;
static size_t fails_at; /* a number of request, or 0 */
static bool fails_forever, is_suspended;

/* Counts a request. Does it find memory? */
static bool may_allocate(void)
{
	bool fails;

	if (is_suspended)
		return true;
	counts.requests++;
	fails = fails_at && (fails_forever ? counts.requests >= fails_at
					   : counts.requests == fails_at);
	counts.failed += fails;
	return !fails;
}

static void *reallocate(void *context, void *memory, size_t size)
{
	union header *old = memory ? (union header *)memory - 1 : NULL;
	union header *header = NULL;
	size_t old_size = old ? old->size : 0;

	(void)context;
	pthread_mutex_lock(&mutex);
	if (may_allocate() && size <= SIZE_MAX - sizeof(*header))
		header = realloc(old, sizeof(*header) + size);
	if (header) {
		header->size = size;
		counts.live += !old;
		counts.live_bytes += size - old_size;
	}
	pthread_mutex_unlock(&mutex);
	return header ? header + 1 : NULL;
}

static void *allocate(void *context, size_t size)
{
	return reallocate(context, NULL, size);
}

static void release(void *context, void *memory)
{
	union header *header = memory ? (union header *)memory - 1 : NULL;

	(void)context;
	if (!header)
		return;
	pthread_mutex_lock(&mutex);
	counts.live--;
	counts.live_bytes -= header->size;
	pthread_mutex_unlock(&mutex);
	free(header);
}

void failing_allocator_start(size_t n, bool forever)
{
	static const struct evert_allocator failing = {
		.allocate = allocate,
		.reallocate = reallocate,
		.release = release,
	};

	counts = (struct memory_counts){0};
	failing_allocator_fail(n, forever);
	evert_set_allocator(&failing);
}

void failing_allocator_fail(size_t n, bool forever)
{
	pthread_mutex_lock(&mutex);
	fails_at = n ? counts.requests + n : 0;
	fails_forever = forever;
	pthread_mutex_unlock(&mutex);
}

struct memory_counts failing_allocator_counts(void)
{
	struct memory_counts now;

	pthread_mutex_lock(&mutex);
	now = counts;
	pthread_mutex_unlock(&mutex);
	return now;
}

struct memory_counts failing_allocator_stop(void)
{
	evert_set_allocator(NULL);
	return failing_allocator_counts();
}

bool failing_allocator_suspend(bool suspended)
{
	bool before;

	pthread_mutex_lock(&mutex);
	before = is_suspended;
	is_suspended = suspended;
	pthread_mutex_unlock(&mutex);
	return before;
}
