/* SPDX-License-Identifier: MIT */
/*
 * libevent's bufferevent. Fair: blocks are put in by reference, without a
 * copy, and several at a time; more is written at once than the 16 KiB that are
 * the default. It reads 4 KiB at once, whatever it is told (EVBUFFER_MAX_READ
 * of its version 2.1).
 */
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/listener.h>

#include "common/announce.h"
#include "common/libevent.h"

enum { BLOCK = 65536, BLOCKS = 4 };

static char block[BLOCK];

static void send_blocks(struct bufferevent *connection, void *arg)
{
	struct evbuffer *output = bufferevent_get_output(connection);
	int i;

	(void)arg;
	for (i = 0; i < BLOCKS; i++)
		evbuffer_add_reference(output, block, sizeof(block), NULL,
				       NULL);
}

static void drop(struct bufferevent *connection, void *arg)
{
	struct evbuffer *input = bufferevent_get_input(connection);

	(void)arg;
	evbuffer_drain(input, evbuffer_get_length(input));
}

static void happened(struct bufferevent *connection, short events, void *arg)
{
	(void)arg;
	if (events & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
		close_connection(connection);
}

static void decide(struct bufferevent *connection, void *arg)
{
	char first = 0;

	evbuffer_copyout(bufferevent_get_input(connection), &first, 1);
	drop(connection, arg);
	if (first == 's') {
		bufferevent_setcb(connection, drop, send_blocks, happened,
				  NULL);
		send_blocks(connection, arg);
	} else {
		bufferevent_setcb(connection, drop, NULL, happened, NULL);
	}
}

static void connected(struct evconnlistener *listener, evutil_socket_t fd,
		      struct sockaddr *peer, int length, void *arg)
{
	struct bufferevent *connection = open_connection(listener, fd);

	(void)peer;
	(void)length;
	(void)arg;
	bufferevent_set_max_single_write(connection, BLOCK * BLOCKS);
	bufferevent_setcb(connection, decide, NULL, happened, NULL);
	bufferevent_enable(connection, EV_READ);
}

int main(void)
{
	struct event_base *base = event_base_new();
	struct sockaddr_in address = loopback();
	struct evconnlistener *listener;

	listener = evconnlistener_new_bind(
		base, connected, NULL, LEV_OPT_CLOSE_ON_FREE, BACKLOG,
		(struct sockaddr *)&address, sizeof(address));
	if (!listener)
		fail("listen", EVUTIL_SOCKET_ERROR());
	announce(evconnlistener_get_fd(listener));
	return event_base_dispatch(base);
}
