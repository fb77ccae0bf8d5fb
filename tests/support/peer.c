/* SPDX-License-Identifier: MIT */
#include "peer.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../reactor/transport/connection_internal.h"

/* ---- Opening and closing ---- */

/* Small, so that it does not take much to fill them. */
static void set_buffer(int fd, int option)
{
	int size = 65536;

	cr_assert(setsockopt(fd, SOL_SOCKET, option, &size, sizeof(size)) == 0);
}

static int connect_to(const struct evert_address *address)
{
	int fd = socket(address->as.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC,
			0);

	cr_assert(fd >= 0);
	set_buffer(fd, SO_RCVBUF);
	cr_assert(connect(fd, &address->as.any, address->length) == 0,
		  "no connection: %s", strerror(errno));
	cr_assert(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
	return fd;
}

int peer_open_another(struct peer *peer, const struct recorder_hooks *hooks,
		      void *arg, struct recorder_factory *factory)
{
	struct evert_port *port;
	int fd;

	recorder_factory_init(factory, hooks, arg);
	port = listen_here(peer->reactor, factory);
	fd = connect_to(evert_port_address(port));
	turn_until_count(peer->reactor, &factory->built, 1);
	if (!factory->recorders[0].lost)
		set_buffer(evert_connection_from(
				   factory->recorders[0].base.transport)
				   ->watch.fd,
			   SO_SNDBUF);
	evert_result_release(turn_until_fired(
		peer->reactor, evert_port_stop_listening(port)));
	return fd;
}

void peer_open(struct peer *peer, const struct recorder_hooks *hooks,
	       void *arg)
{
	test_system_init(&peer->system);
	peer->reactor = make_reactor(&peer->system.base);
	peer->fd = peer_open_another(peer, hooks, arg, &peer->factory);
	peer->recorder = &peer->factory.recorders[0];
	peer->transport = peer->recorder->base.transport;
}

void peer_hang_up(struct peer *peer)
{
	if (peer->fd >= 0)
		close(peer->fd);
	peer->fd = -1;
}

void peer_close(struct peer *peer)
{
	/* What is left the peer will not take. */
	peer->reactor->closing_time = 0;
	evert_reactor_destroy(peer->reactor);
	peer_hang_up(peer);
}

/* ---- What the peer does ---- */

void peer_send(const struct peer *peer, const char *text)
{
	ssize_t sent = send(peer->fd, text, strlen(text), MSG_NOSIGNAL);

	cr_assert(sent == (ssize_t)strlen(text), "the peer can't send: %s",
		  strerror(errno));
}

size_t peer_send_much(const struct peer *peer, size_t most)
{
	static const char zeros[65536];
	size_t total = 0;
	ssize_t sent = 0;

	while (total < most && sent >= 0) {
		sent = send(peer->fd, zeros,
			    most - total < sizeof(zeros) ? most - total :
							   sizeof(zeros),
			    MSG_NOSIGNAL);
		if (sent > 0)
			total += (size_t)sent;
	}
	return total;
}

void peer_send_end(const struct peer *peer)
{
	cr_assert(shutdown(peer->fd, SHUT_WR) == 0);
}

void peer_reset(struct peer *peer)
{
	struct linger none = { .l_onoff = 1, .l_linger = 0 };

	cr_assert(setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &none,
			     sizeof(none)) == 0);
	peer_hang_up(peer);
}

void pattern(char *data, size_t length, size_t number)
{
	size_t i;

	for (i = 0; i < length; i++, number++)
		data[i] = (char)(number ^ number >> 8 ^ number >> 16);
}

/* Turns until the peer can read; returns what recv does. */
static ssize_t receive(struct peer *peer, char *data, size_t size)
{
	ssize_t received;

	while ((received = recv(peer->fd, data, size, 0)) < 0 &&
	       errno == EAGAIN)
		turn_until_idle(peer->reactor);
	return received;
}

size_t peer_read(struct peer *peer, char *text, size_t most)
{
	size_t total = 0;
	ssize_t received = 1;

	while (total < most && received > 0) {
		received = receive(peer, text + total, most - total);
		if (received > 0)
			total += (size_t)received;
	}
	text[total] = '\0';
	return total;
}

size_t peer_read_pattern(struct peer *peer, size_t *number, size_t most)
{
	static char data[65536], expected[65536];
	size_t total = 0;
	ssize_t received = 1;

	while (total < most && received > 0) {
		received = receive(peer, data,
				   most - total < sizeof(data) ?
					   most - total :
					   sizeof(data));
		if (received <= 0)
			break;
		pattern(expected, (size_t)received, *number);
		cr_assert(memcmp(data, expected, (size_t)received) == 0,
			  "wrong bytes from %zu on", *number);
		total += (size_t)received;
		*number += (size_t)received;
	}
	return total;
}

int peer_read_end(struct peer *peer)
{
	char byte;
	ssize_t received = receive(peer, &byte, 1);

	cr_assert(received <= 0, "there is something left to read");
	return received < 0 ? errno : 0;
}

/* ---- What evert does ---- */

void peer_turn_until_gone(struct peer *peer)
{
	turn_until_count(peer->reactor, &peer->recorder->destroyed, 1);
}

size_t peer_sends(const struct peer *peer)
{
	return atomic_load(&peer->system.plans[CALL_SEND].calls);
}

void peer_fill(struct peer *peer)
{
	static char block[65536];
	size_t queued = 0;

	evert_transport_set_write_marks(peer->transport, SIZE_MAX, 0);
	pattern(block, sizeof(block), 0);
	do {
		cr_assert(evert_transport_write(peer->transport, block,
						sizeof(block)) == 0);
		turn_until_idle(peer->reactor);
		queued = evert_transport_queued(peer->transport);
	} while (!queued);
}

static void wake(void *woken)
{
	*(bool *)woken = true;
}

void peer_expect_sleep(struct peer *peer)
{
	bool woken = false;
	int turns;

	turn_until_idle(peer->reactor);
	peer->system.now = peer->system.base.ops->now(&peer->system.base);
	peer->system.virtual_time = true;
	evert_reactor_call_later(peer->reactor, 1, wake, &woken);
	for (turns = 0; turns < 10 && !woken; turns++)
		cr_assert(evert_reactor_turn(peer->reactor, -1) == 0);
	cr_assert(woken, "it does not sleep");
	peer->system.virtual_time = false;
}
