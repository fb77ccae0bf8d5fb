/* SPDX-License-Identifier: MIT */
/*
 * Watching. Two descriptors have a watch each; what the poller refuses (EPERM:
 * regular files and the like, epoll_ctl(2)) is looked at by a task, a piece
 * each turn, for as long as anything is wanted of it.
 */
#include "pipe_internal.h"

#include <errno.h>

#include "connection_read_internal.h"
#include "connection_write_internal.h"

/* ---- What is wanted ---- */

/* While it is closing, only what somebody may wait for that he can go on; not
   what is left for others. */
static bool reads(const struct evert_pipe *pipe)
{
	const struct evert_connection *c = pipe->connection;

	return evert_connection_delivers(c) ||
	       (c->base.closing && !c->reading.ended && !c->ended &&
		!pipe->input_always && !evert_pipe_is_lent(pipe));
}

static bool writes(const struct evert_pipe *pipe)
{
	return pipe->connection->writing.full;
}

/* Of a pipe that nobody reads now there is nothing to be told: the end waits
   behind the data. */
static unsigned input_wanted(const struct evert_pipe *pipe)
{
	unsigned wanted = 0;

	if (pipe->connection->ended)
		return 0;
	if (reads(pipe))
		wanted = EVERT_ATTACHED | EVERT_READ;
	if (writes(pipe) && !evert_connection_is_split(pipe->connection))
		wanted |= EVERT_ATTACHED | EVERT_WRITE;
	return wanted;
}

static unsigned output_wanted(const struct evert_pipe *pipe)
{
	if (pipe->connection->ended || pipe->connection->writing.error)
		return 0;
	if (writes(pipe))
		return EVERT_ATTACHED | EVERT_WRITE;
	return pipe->reader_gone ? 0 : EVERT_ATTACHED;
}

static bool output_is_always_ready(const struct evert_pipe *pipe)
{
	return evert_connection_is_split(pipe->connection) ?
		       pipe->output_always :
		       pipe->input_always;
}

static void update(struct evert_connection *c)
{
	struct evert_pipe *pipe = evert_pipe_of(c);

	if (!pipe->input_always)
		evert_watch_set(&c->watch, input_wanted(pipe));
	if (evert_connection_is_split(c) && !pipe->output_always)
		evert_watch_set(&pipe->output, output_wanted(pipe));
	/* A reactor that stops has had its last try. */
	if (!c->ended && !c->watch.reactor->shutting_down &&
	    ((pipe->input_always && reads(pipe)) ||
	     (output_is_always_ready(pipe) && writes(pipe))))
		evert_task_plan(c->watch.reactor, &pipe->always);
}

void evert_pipe_watch_begin(struct evert_pipe *pipe)
{
	evert_watch_begin(&pipe->connection->watch, input_wanted(pipe));
	if (evert_connection_is_split(pipe->connection))
		evert_watch_begin(&pipe->output, output_wanted(pipe));
}

static void look_always(struct evert_task *task)
{
	struct evert_pipe *pipe =
		evert_container_of(task, struct evert_pipe, always);
	struct evert_connection *c = pipe->connection;

	if (pipe->input_always && reads(pipe))
		evert_connection_ready(&c->watch, EVERT_READ);
	if (output_is_always_ready(pipe) && writes(pipe))
		evert_connection_flush(c);
	update(c);
}

void evert_pipe_watch_init(struct evert_pipe *pipe)
{
	evert_task_init(&pipe->always, look_always);
}

/* ---- What the poller tells ---- */

static void fail_writing(struct evert_pipe *pipe, int error)
{
	struct evert_connection *c = pipe->connection;

	evert_writing_fail(&c->writing, &c->output, c->watch.reactor, error);
	evert_output_drop(&c->output, c->watch.reactor);
	update(c);
	evert_connection_plan(c);
}

/* Nobody reads any more, and the kernel will say it of the next write. */
static void note_reader_gone(struct evert_pipe *pipe)
{
	struct evert_connection *c = pipe->connection;

	pipe->reader_gone = true;
	if (c->base.protocol->ops->write_lost && !c->writing.ended)
		fail_writing(pipe, EPIPE);
	else
		update(c);
}

/* Where the kernel takes nothing, but says that the other side is gone. */
static void flush(struct evert_pipe *pipe, unsigned ready)
{
	struct evert_connection *c = pipe->connection;

	evert_connection_flush(c);
	if (writes(pipe) && ready & (EVERT_HANGUP | EVERT_BROKEN))
		fail_writing(pipe, EIO);
}

static void output_ready(struct evert_watch *watch, unsigned ready)
{
	struct evert_pipe *pipe =
		evert_container_of(watch, struct evert_pipe, output);

	if (writes(pipe))
		flush(pipe, ready);
	else if (ready & (EVERT_HANGUP | EVERT_BROKEN))
		note_reader_gone(pipe);
}

static void input_ready(struct evert_watch *watch, unsigned ready)
{
	struct evert_connection *c =
		evert_container_of(watch, struct evert_connection, watch);

	if (watch->wanted & EVERT_READ)
		evert_connection_ready(watch, ready);
	else if (writes(evert_pipe_of(c)))
		flush(evert_pipe_of(c), ready);
}

/* True: it is always ready. */
static bool is_refused(struct evert_watch *watch, int error)
{
	if (error != EPERM)
		return false;
	evert_watch_set(watch, 0);
	return true;
}

static void input_unwatchable(struct evert_watch *watch, int error)
{
	struct evert_connection *c =
		evert_container_of(watch, struct evert_connection, watch);

	evert_pipe_of(c)->input_always = is_refused(watch, error);
	if (evert_pipe_of(c)->input_always)
		update(c);
	else
		evert_connection_unwatchable(c, error);
}

static void output_unwatchable(struct evert_watch *watch, int error)
{
	struct evert_pipe *pipe =
		evert_container_of(watch, struct evert_pipe, output);

	pipe->output_always = is_refused(watch, error);
	if (pipe->output_always)
		update(pipe->connection);
	else
		evert_connection_unwatchable(pipe->connection, error);
}

static void input_shut_down(struct evert_watch *watch)
{
	evert_connection_shut_down(
		evert_container_of(watch, struct evert_connection, watch));
}

static void output_shut_down(struct evert_watch *watch)
{
	struct evert_pipe *pipe =
		evert_container_of(watch, struct evert_pipe, output);

	evert_connection_shut_down(pipe->connection);
}

/* ---- The end of writing ---- */

static void close_watch(struct evert_watch *watch)
{
	if (watch->ops && watch->ops->borrowed)
		evert_watch_remove(watch);
	else if (watch->fd >= 0)
		evert_watch_close(watch);
	watch->fd = -1;
}

/* A socket may be open elsewhere, too: shutdown(2) is heard in any case. */
static void send_end(struct evert_connection *c)
{
	struct evert_system *system = evert_connection_system(c);
	struct evert_watch *output = evert_connection_output(c);

	system->ops->shutdown(system, output->fd, SHUT_WR);
	if (evert_connection_is_split(c))
		close_watch(output);
}

/* From now on it is as one whose end was sent. */
static void tell_write_lost(struct evert_connection *c)
{
	int error = c->writing.error;

	c->writing.error = 0;
	c->writing.shut = true;
	c->base.write_ended = true;
	close_watch(evert_connection_output(c));
	c->base.protocol->ops->write_lost(c->base.protocol, error);
	evert_connection_plan(c);
}

/* What is read comes from another side: it needn't be waited for. Who has
   closed it meanwhile is told its end, and nothing else. */
static void write_failed(struct evert_connection *c)
{
	if (!evert_connection_is_split(c))
		evert_connection_read_rest(c);
	else if (c->base.protocol->ops->write_lost && !c->base.closing)
		tell_write_lost(c);
	else
		evert_connection_end_broken(c, c->writing.error);
}

static void close_both(struct evert_connection *c)
{
	struct evert_pipe *pipe = evert_pipe_of(c);

	evert_task_cancel(&pipe->always);
	if (pipe->keeper)
		pipe->keeper->let_go(pipe->keeper);
	close_watch(&c->watch);
	if (evert_connection_is_split(c))
		close_watch(&pipe->output);
}

/* Of one that is read, too, the input is counted. */
static void output_count(const struct evert_watch *watch,
			 struct evert_stats *stats)
{
	struct evert_pipe *pipe =
		evert_container_of(watch, struct evert_pipe, output);

	if (!pipe->connection->watch.active)
		evert_connection_count(&pipe->connection->watch, stats);
}

#define INPUT(lent)                                 \
	{                                           \
		.watch = {                          \
			.kind = "connection",       \
			.describe = evert_connection_describe, \
			.ready = input_ready,       \
			.unwatchable = input_unwatchable, \
			.shut_down = input_shut_down, \
			.count = evert_connection_count, \
			.borrowed = lent,           \
		},                                  \
		.update = update,                   \
		.send_end = send_end,               \
		.write_failed = write_failed,       \
		.close = close_both,                \
	}

#define OUTPUT(lent)                                \
	{                                           \
		.kind = "output of a connection",   \
		.ready = output_ready,              \
		.unwatchable = output_unwatchable,  \
		.shut_down = output_shut_down,      \
		.count = output_count,              \
		.borrowed = lent,                   \
	}

const struct evert_connection_kind evert_pipe_kind = INPUT(false);
const struct evert_connection_kind evert_pipe_lent_kind = INPUT(true);
const struct evert_watch_ops evert_pipe_output_ops = OUTPUT(false);
const struct evert_watch_ops evert_pipe_lent_output_ops = OUTPUT(true);
