/* SPDX-License-Identifier: MIT */
/*
 * A pool of connections to the greeting server: a queue of streams. Ten times
 * as many coroutines take one, ask for a greeting, and put it back; one that
 * is broken is replaced.
 */
#include <evert.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/example.h"

enum { TASKS_PER_CONNECTION = 10 };

struct pool {
	const char *endpoint;
	struct evert_queue *streams; /* that nobody uses */
	size_t size;
	size_t replaced;
};

/* ---- The pool ---- */

static struct evert_result pool_put(struct pool *pool,
				    struct evert_stream *stream)
{
	int error = evert_queue_put(
		pool->streams, evert_result_of(&evert_type_stream, stream));

	if (error)
		return evert_result_error(error, "the pool");
	return evert_result_none();
}

static struct evert_result pool_fill(struct pool *pool)
{
	struct evert_result r = evert_result_none();
	size_t i;

	for (i = 0; i < pool->size && !evert_result_is_failure(&r); i++) {
		r = evert_await(evert_stream_connect(pool->endpoint));
		if (!evert_result_is_failure(&r))
			r = pool_put(pool, evert_stream_take(&r));
	}
	return r;
}

/* Puts a new connection in the place of `*stream`; if there is none to be had,
   the old one stays. */
static struct evert_result pool_replace(struct pool *pool,
					struct evert_stream **stream)
{
	struct evert_result r =
		evert_await(evert_stream_connect(pool->endpoint));

	if (evert_result_is_failure(&r))
		return r;
	pool->replaced++;
	evert_stream_destroy(*stream);
	*stream = evert_stream_take(&r);
	return r;
}

/* ---- The tasks ---- */

struct task {
	struct pool *pool;
	char name[32];
};

static struct evert_result ask(struct evert_stream *stream, const char *name)
{
	struct evert_result r;

	evert_stream_write_line(stream, name, strlen(name));
	r = evert_await(evert_stream_read_line(stream));
	if (evert_result_is_failure(&r))
		return r;
	puts(evert_result_as_text(&r));
	evert_result_release(r);
	return evert_result_none();
}

/* Is it a failure of the connection? Another one may work. */
static bool is_broken(const struct evert_result *r)
{
	return evert_result_failed_with(r, EVERT_STREAM_END) ||
	       evert_result_failed_with(r, EVERT_CONNECTION_LOST);
}

static struct evert_result ask_twice(struct task *task,
				     struct evert_stream **stream)
{
	struct evert_result r = ask(*stream, task->name);

	if (!is_broken(&r))
		return r;
	evert_result_release(r);
	r = pool_replace(task->pool, stream);
	return evert_result_is_failure(&r) ? r : ask(*stream, task->name);
}

static struct evert_result greet(void *arg)
{
	struct task *task = arg;
	struct evert_result r =
		evert_await(evert_queue_get(task->pool->streams));
	struct evert_stream *stream;

	if (evert_result_is_failure(&r))
		return r;
	stream = evert_stream_take(&r);
	r = ask_twice(task, &stream);
	if (!evert_result_is_failure(&r))
		return pool_put(task->pool, stream);
	/* An answer that still comes is not for others. */
	evert_stream_destroy(stream);
	return r;
}

/* All at once; the first that fails ends the others. */
static struct evert_result run_tasks(struct task *tasks, size_t count,
				     struct pool *pool)
{
	struct evert_scope scope;
	struct evert_result r;
	int error = 0;
	size_t i;

	evert_scope_init(&scope);
	for (i = 0; i < count && !error; i++) {
		tasks[i].pool = pool;
		snprintf(tasks[i].name, sizeof(tasks[i].name), "task %zu", i);
		error = evert_scope_spawn(&scope, greet, &tasks[i]);
	}
	if (error)
		evert_scope_cancel(&scope);
	r = evert_scope_leave(&scope);
	if (error && !evert_result_is_failure(&r))
		r = evert_result_error(error, "cannot begin a task");
	return r;
}

static struct evert_result use(struct pool *pool)
{
	size_t count = pool->size * TASKS_PER_CONNECTION;
	struct task *tasks = calloc(count, sizeof(*tasks));
	struct evert_result r;

	if (!tasks)
		return evert_result_error(ENOMEM, "the tasks");
	r = run_tasks(tasks, count, pool);
	free(tasks);
	return r;
}

static struct evert_result run(void *arg)
{
	struct pool *pool = arg;
	struct evert_result r;

	pool->streams = evert_queue_create(pool->size, EVERT_QUEUE_UNLIMITED);
	if (!pool->streams)
		return evert_result_failure(
			evert_failure_bare(EVERT_NO_MEMORY));
	r = pool_fill(pool);
	if (!evert_result_is_failure(&r))
		r = use(pool);
	evert_queue_destroy(pool->streams); /* and the streams in it */
	example_log("%zu connections, %zu replaced", pool->size,
		    pool->replaced);
	return r;
}

int main(int argc, char **argv)
{
	const char *connect = NULL, *host = "127.0.0.1", *port = "9999";
	char endpoint[EXAMPLE_ENDPOINT_SIZE];
	double size = 10;
	const struct example_option options[] = {
		{ "--connect", "ENDPOINT", "the server, as tcp:HOST:PORT",
		  &connect, NULL },
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
	example_add_tls();
	pool.endpoint = connect ? connect :
				  example_endpoint(endpoint, host, port);
	pool.size = (size_t)size;
	return evert_run(run, &pool);
}
