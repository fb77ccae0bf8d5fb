/* SPDX-License-Identifier: MIT */
/*
 * libevent's bufferevent. Fair: data is moved from the input to the output
 * buffer, not copied; changes of interest are gathered
 * (EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST); more is written at once than the
 * 16 KiB that are the default. It reads 4 KiB at once, whatever it is told
 * (EVBUFFER_MAX_READ of its version 2.1).
 */
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/listener.h>

#include <netinet/tcp.h>

#include "common/announce.h"
#include "common/libevent.h"

enum { HIGH_MARK = 65536, WRITE_SIZE = 65536 };

static void received(struct bufferevent *connection, void *arg)
{
	struct evbuffer *output = bufferevent_get_output(connection);

	(void)arg;
	bufferevent_write_buffer(connection,
				 bufferevent_get_input(connection));
	if (evbuffer_get_length(output) > HIGH_MARK)
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
		close_connection(connection);
}

static void connected(struct evconnlistener *listener, evutil_socket_t fd,
		      struct sockaddr *peer, int length, void *arg)
{
	struct bufferevent *connection = open_connection(listener, fd);
	int on = 1;

	(void)peer;
	(void)length;
	(void)arg;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	bufferevent_set_max_single_write(connection, WRITE_SIZE);
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
