/* SPDX-License-Identifier: MIT */
/* libevent's bufferevent_openssl. */
#include <event2/event.h>
#include <event2/listener.h>

#include <string.h>

#include "common/announce.h"
#include "common/libevent.h"

static const char greeting[] = "Hello, World!\r\n";

/* The output is empty. */
static void sent(struct bufferevent *connection, void *arg)
{
	(void)arg;
	close_connection(connection);
}

static void happened(struct bufferevent *connection, short events, void *arg)
{
	(void)arg;
	if (events & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
		close_connection(connection);
	else if (events & BEV_EVENT_CONNECTED)
		bufferevent_write(connection, greeting, strlen(greeting));
}

static void connected(struct evconnlistener *listener, evutil_socket_t fd,
		      struct sockaddr *peer, int length, void *arg)
{
	struct bufferevent *connection = open_connection(listener, fd);

	(void)peer;
	(void)length;
	(void)arg;
	bufferevent_setcb(connection, NULL, sent, happened, NULL);
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
