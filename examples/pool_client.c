/* SPDX-License-Identifier: MIT */
/*
 * A pool of connections to the greeting server: a queue of streams. Ten times
 * as many coroutines take one, greet, and put it back; one that is broken is
 * replaced.
 */
#include <evert.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/example.h"

enum { TASKS_PER_CONNECTION = 10 };

struct pool {
	char endpoint[EXAMPLE_ENDPOINT_SIZE];
	struct evert_queue *streams; /* that nobody uses */
	size_t size;
	size_t replaced;
};

/* ---- The pool ---- */

static struct evert_result connect_one(struct pool *pool)
{
	return evert_await(evert_stream_connect(pool->endpoint));
}

static struct evert_result pool_fill(struct pool *pool)
{
	struct evert_result r = evert_result_none();
	size_t i;

	for (i = 0; i < pool->size; i++) {
		r = connect_one(pool);
		if (evert_result_is_failure(&r))
			return r;
		evert_queue_put(pool->streams, evert_result_take(&r));
	}
	return r;
}

static bool works(const struct evert_result *stream)
{
	struct evert_transport *transport = evert_stream_transport(
		evert_result_as(stream, &evert_type_stream));

	return transport && !evert_transport_is_closing(transport);
}

/* A stream that works, as far as one can know; a new one works. */
static struct evert_result pool_acquire(struct pool *pool, bool *is_new)
{
	struct evert_result r = evert_await(evert_queue_get(pool->streams));

	*is_new = !evert_result_is_failure(&r) && !works(&r);
	if (!*is_new)
		return r;
	evert_result_release(r);
	pool->replaced++;
	return connect_one(pool);
}

static void pool_release(struct pool *pool, struct evert_stream *stream)
{
	evert_queue_put(pool->streams,
			evert_result_of(&evert_type_stream, stream));
}

/* ---- The tasks ---- */

struct task {
	struct pool *pool;
	char name[32];
};

/* A broken connection goes back to the pool, too: the next one replaces
   it. */
static struct evert_result greet_once(struct task *task, bool *is_new)
{
	struct evert_result r = pool_acquire(task->pool, is_new);
	struct evert_stream *stream;

	if (evert_result_is_failure(&r))
		return r;
	stream = evert_stream_take(&r);
	evert_stream_write_line(stream, task->name, strlen(task->name));
	r = evert_await(evert_stream_read_line(stream));
	if (evert_result_is_failure(&r)) {
		evert_stream_close(stream);
		pool_release(task->pool, stream);
		return r;
	}
	puts(evert_result_as_text(&r));
	pool_release(task->pool, stream);
	evert_result_release(r);
	return evert_result_none();
}

static bool was_broken(const struct evert_result *r)
{
	return evert_result_failed_with(r, EVERT_STREAM_END) ||
	       evert_result_failed_with(r, EVERT_CONNECTION_LOST);
}

/* The server may have closed a connection since it was used: another one may
   do. That a new one breaks is the server's answer. */
static struct evert_result greet(void *arg)
{
	struct task *task = arg;
	struct evert_result r;
	bool is_new;

	for (;;) {
		r = greet_once(task, &is_new);
		if (is_new || !was_broken(&r))
			return r;
		evert_result_release(r);
	}
}

static struct evert_result run_tasks(struct pool *pool)
{
	size_t count = pool->size * TASKS_PER_CONNECTION;
	struct task *tasks = calloc(count, sizeof(*tasks));
	struct evert_deferred **greetings = calloc(count, sizeof(*greetings));
	struct evert_result r;
	size_t i;

	for (i = 0; tasks && greetings && i < count; i++) {
		tasks[i].pool = pool;
		snprintf(tasks[i].name, sizeof(tasks[i].name), "task %zu", i);
		greetings[i] = evert_spawn(greet, &tasks[i]);
	}
	r = evert_await(evert_gather(greetings, i, EVERT_CANCEL_REST));
	free(greetings);
	free(tasks);
	return r;
}

static struct evert_result run(void *arg)
{
	struct pool *pool = arg;
	struct evert_result r;

	pool->streams =
		evert_queue_create(EVERT_QUEUE_UNLIMITED, EVERT_QUEUE_UNLIMITED);
	if (!pool->streams)
		return evert_result_failure(
			evert_failure_bare(EVERT_NO_MEMORY));
	r = pool_fill(pool);
	if (!evert_result_is_failure(&r))
		r = run_tasks(pool);
	evert_queue_destroy(pool->streams); /* and the streams in it */
	example_log("%zu connections, %zu replaced", pool->size,
		    pool->replaced);
	return r;
}

int main(int argc, char **argv)
{
	const char *host = "127.0.0.1", *port = "9999";
	double size = 10;
	const struct example_option options[] = {
		{ "--host", "H", "the server (127.0.0.1)", &host, NULL },
		{ "--port", "P", "its port (9999)", &port, NULL },
		{ "--size", "N", "connections in the pool (10)", NULL, &size },
		{ NULL, NULL, NULL, NULL, NULL },
	};
	const struct example example = {
		"Gets greetings for 10 N tasks over N connections.", "", 0, 0,
		options,
	};
	struct pool pool = { .replaced = 0 };

	example_begin(&example, argc, argv);
	example_endpoint(pool.endpoint, host, port);
	pool.size = (size_t)size;
	return evert_run(run, &pool);
}
