/* SPDX-License-Identifier: MIT */
#include "scenario_datagrams.h"

#include <errno.h>

#include "../../reactor/transport/datagram_socket.h"

static struct evert_datagram_protocol echo;
static struct evert_datagram_socket *client;

static void echo_received(struct evert_datagram_protocol *base,
			  const struct evert_datagram *datagram)
{
	(void)base;
	evert_datagram_answer(datagram, datagram->data, datagram->length);
}

static void echo_refused(struct evert_datagram_protocol *base, int error,
			 const struct evert_address *peer)
{
	(void)base, (void)error, (void)peer;
}

static void echo_stopped(struct evert_datagram_protocol *base,
			 const struct evert_failure *reason)
{
	(void)reason;
	base->transport = NULL;
}

static const struct evert_datagram_protocol_ops echo_ops = {
	.datagram_received = echo_received,
	.connection_refused = echo_refused,
	.send_failed = echo_refused,
	.stopped = echo_stopped,
};

static int open_both(struct evert_reactor *reactor)
{
	struct evert_datagram_options options = {
		.tell_host = EVERT_ON,
		.tell_tos = true,
		.gather = true,
	};
	struct evert_address host;

	client = NULL;
	echo = (struct evert_datagram_protocol){ .ops = &echo_ops };
	evert_address_parse(&host, "127.0.0.1", 0);
	if (!evert_datagram_open(reactor, &host, NULL, &options, &echo))
		return -errno;
	evert_datagram_host(echo.transport, &host);
	client = evert_datagram_socket_open(reactor, NULL, &host, NULL, 8);
	return client ? 0 : -errno;
}

static int ask(void)
{
	struct evert_datagram_transport *transport =
		evert_datagram_socket_transport(client);

	return transport ? evert_datagram_send(transport, "hello", 5) : -EPIPE;
}

static struct evert_result receive(struct evert_result *in, void *arg)
{
	(void)in, (void)arg;
	return evert_result_wait(evert_datagram_receive(client));
}

static struct evert_result ask_again(struct evert_result *in, void *arg)
{
	int error = ask();

	if (error)
		return evert_result_error(error, "send");
	return receive(in, arg);
}

static struct evert_result close_both(struct evert_result *in, void *arg)
{
	(void)arg;
	evert_datagram_socket_close(client);
	if (echo.transport)
		evert_datagram_close(echo.transport);
	return *in;
}

struct evert_deferred *scenario_exchange(struct evert_reactor *reactor)
{
	struct evert_deferred *d;
	int error = open_both(reactor), i;

	for (i = 0; i < 3 && !error; i++)
		error = ask();
	d = error ? evert_deferred_create_fired(
			    evert_result_error(error, "exchange")) :
		    evert_datagram_receive(client);
	evert_deferred_add_callback(d, receive, NULL);
	evert_deferred_add_callback(d, receive, NULL);
	evert_deferred_add_callback(d, ask_again, NULL);
	evert_deferred_add_timeout(d, 20, evert_reactor_clock(reactor));
	evert_deferred_add_both(d, close_both, NULL);
	return d;
}
