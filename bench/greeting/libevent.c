/* SPDX-License-Identifier: MIT */
/*
 * libevent's bufferevent. Fair: lines are found and read in place in the input
 * buffer, which takes less time than evbuffer_readln; answers gather in the
 * output buffer.
 */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>

#include <netinet/tcp.h>

#include "common/announce.h"

enum { HIGH_MARK = 65536, LINE_LIMIT = 16384 };

static void answer(struct evbuffer *input, struct evbuffer *output,
		   size_t length, size_t end)
{
	evbuffer_add(output, "Hello, ", 7);
	evbuffer_add(output, evbuffer_pullup(input, (ssize_t)length), length);
	evbuffer_add(output, "!\r\n", 3);
	evbuffer_drain(input, length + end);
}

static void received(struct bufferevent *connection, void *arg)
{
	struct evbuffer *input = bufferevent_get_input(connection);
	struct evbuffer *output = bufferevent_get_output(connection);
	struct evbuffer_ptr at;
	size_t end;

	(void)arg;
	while ((at = evbuffer_search_eol(input, NULL, &end,
					 EVBUFFER_EOL_CRLF_STRICT))
		       .pos >= 0)
		answer(input, output, (size_t)at.pos, end);
	if (evbuffer_get_length(input) > LINE_LIMIT)
		bufferevent_free(connection);
	else if (evbuffer_get_length(output) > HIGH_MARK)
		bufferevent_disable(connection, EV_READ);
}

/* The output is empty. */
static void sent(struct bufferevent *connection, void *arg)
{
	(void)arg;
	if (!(bufferevent_get_enabled(connection) & EV_READ))
		bufferevent_enable(connection, EV_READ);
}

static void happened(struct bufferevent *connection, short events, void *arg)
{
	(void)arg;
	if (events & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
		bufferevent_free(connection);
}

static void connected(struct evconnlistener *listener, evutil_socket_t fd,
		      struct sockaddr *peer, int length, void *arg)
{
	struct bufferevent *connection =
		bufferevent_socket_new(evconnlistener_get_base(listener), fd,
				       BEV_OPT_CLOSE_ON_FREE);
	int on = 1;

	(void)peer;
	(void)length;
	(void)arg;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	bufferevent_setcb(connection, received, sent, happened, NULL);
	bufferevent_enable(connection, EV_READ);
}

int main(void)
{
	struct event_config *config = event_config_new();
	struct sockaddr_in address = loopback();
	struct event_base *base;
	struct evconnlistener *listener;

	event_config_set_flag(config, EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST);
	base = event_base_new_with_config(config);
	listener = evconnlistener_new_bind(
		base, connected, NULL, LEV_OPT_CLOSE_ON_FREE, BACKLOG,
		(struct sockaddr *)&address, sizeof(address));
	if (!listener)
		fail("listen", EVUTIL_SOCKET_ERROR());
	announce(evconnlistener_get_fd(listener));
	return event_base_dispatch(base);
}
