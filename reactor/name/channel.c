/* SPDX-License-Identifier: MIT */
#include "channel_internal.h"

#include <errno.h>
#include <string.h>

#include "../address_internal.h"
#include "../../deferred/base/memory.h"

/* ---- Opening ---- */

static struct evert_channel *from(struct evert_watch *watch)
{
	return evert_container_of(watch, struct evert_channel, watch);
}

static void watch_ready(struct evert_watch *watch, unsigned ready)
{
	struct evert_channel *channel = from(watch);

	evert_channel_walk(channel);
	channel->ops->ready(channel, ready);
	evert_channel_walked(channel);
}

static void watch_unwatchable(struct evert_watch *watch, int error)
{
	evert_channel_fail(from(watch), error);
}

static void describe(const struct evert_watch *watch, struct evert_text *to)
{
	const struct evert_channel *channel =
		evert_container_of(watch, const struct evert_channel, watch);

	evert_address_add_to("at", &channel->server->address, to);
}

static const struct evert_watch_ops watch_ops = {
	.kind = "name server",
	.describe = describe,
	.ready = watch_ready,
	.unwatchable = watch_unwatchable,
};

static void run_send(struct evert_task *task)
{
	struct evert_channel *channel =
		evert_container_of(task, struct evert_channel, send);

	evert_channel_walk(channel);
	channel->ops->send_unsent(channel);
	evert_channel_walked(channel);
}

/* 0, or -errno. */
static int open_socket(struct evert_channel *channel)
{
	struct evert_name_server *server = channel->server;
	const struct evert_address *to = &server->address;
	struct evert_system *system = server->reactor->system;
	int fd, error;

	fd = system->ops->socket(system, to->as.any.sa_family,
				 channel->ops->type, 0);
	if (fd < 0)
		return fd;
	error = channel->ops->prepare(system, fd);
	if (!error)
		error = system->ops->connect(system, fd, &to->as.any,
					     to->length);
	if (!error || error == -EINPROGRESS || error == -EINTR)
		error = evert_watch_add(&channel->watch, server->reactor, fd,
					&watch_ops);
	if (error)
		system->ops->close(system, fd);
	return error;
}

struct evert_channel *evert_channel_open(struct evert_name_server *server,
					 struct evert_channel **slot,
					 const struct evert_channel_ops *ops,
					 size_t size, int *error)
{
	struct evert_channel *channel = evert_allocate(size);

	*error = -ENOMEM;
	if (!channel)
		return NULL;
	memset(channel, 0, size);
	channel->ops = ops;
	channel->server = server;
	channel->slot = slot;
	evert_task_init(&channel->send, run_send);
	evert_list_init(&channel->unsent);
	*error = open_socket(channel);
	if (*error) {
		evert_free(channel);
		return NULL;
	}
	*slot = channel;
	return channel;
}

/* ---- Closing ---- */

static void release(struct evert_channel *channel)
{
	channel->ops->release(channel);
	evert_free(channel);
}

void evert_channel_walked(struct evert_channel *channel)
{
	channel->walked = false;
	if (evert_channel_is_closed(channel))
		release(channel);
	else if (!channel->waiting.count)
		channel->ops->became_idle(channel);
}

void evert_channel_close(struct evert_channel *channel)
{
	struct evert_system *system = channel->server->reactor->system;

	if (evert_channel_is_closed(channel))
		return;
	*channel->slot = NULL;
	channel->slot = NULL;
	evert_task_cancel(&channel->send);
	evert_watch_remove(&channel->watch);
	system->ops->close(system, channel->watch.fd);
	if (!channel->walked && !channel->waiting.count)
		release(channel);
}

static void take_out(struct evert_exchange *exchange)
{
	struct evert_channel *channel = exchange->channel;

	evert_list_remove(&exchange->node);
	evert_exchanges_remove(&channel->waiting, exchange);
	exchange->channel = NULL;
	if (!exchange->is_in_flight)
		return;
	channel->in_flight--;
	/* There is room for another one. */
	if (!evert_channel_is_closed(channel) &&
	    !evert_list_is_empty(&channel->unsent))
		evert_task_plan(channel->server->reactor, &channel->send);
}

void evert_channel_fail(struct evert_channel *channel, int error)
{
	bool outermost = !channel->walked;
	struct evert_exchange *exchange;

	evert_channel_walk(channel);
	evert_channel_close(channel);
	while ((exchange = evert_exchanges_any(&channel->waiting))) {
		take_out(exchange);
		exchange->ops->failed(exchange, error);
	}
	if (outermost)
		evert_channel_walked(channel);
}

/* ---- Exchanges ---- */

void evert_channel_ask(struct evert_channel *channel,
		       struct evert_exchange *exchange)
{
	evert_exchanges_add(&channel->waiting, exchange,
			    channel->server->random);
	exchange->channel = channel;
	exchange->is_in_flight = false;
	evert_list_init(&exchange->node);
	evert_list_append(&channel->unsent, &exchange->node);
	channel->asked++;
	evert_task_plan(channel->server->reactor, &channel->send);
}

void evert_channel_deliver(struct evert_channel *channel, uint8_t *message,
			   size_t length)
{
	struct evert_exchange *exchange = NULL;

	if (length >= 2)
		exchange = evert_exchanges_find(
			&channel->waiting,
			(uint16_t)(message[0] << 8 | message[1]));
	if (exchange)
		exchange->ops->answered(exchange, message, length);
}

void evert_exchange_end(struct evert_exchange *exchange)
{
	struct evert_channel *channel = exchange->channel;

	if (!channel)
		return;
	take_out(exchange);
	if (!channel->walked && !channel->waiting.count)
		channel->ops->became_idle(channel);
}
