/* SPDX-License-Identifier: MIT */
#include "scenario_local.h"

#include <stdio.h>

#include "../../reactor/endpoint/connect.h"
#include "../../reactor/endpoint/datagram_endpoint.h"
#include "../../reactor/endpoint/listen.h"
#include "../../reactor/transport/hand_over.h"
#include "../../reactor/transport/unix.h"
#include "unix.h"

struct party {
	struct evert_protocol base;
};

static struct evert_reactor *reactor;
static size_t *made_count, *lost_count;
static struct evert_port *port;
static struct evert_transport *client; /* NULL: it is gone */
static struct evert_firing *answered;
static struct evert_datagram_protocol echo;
static struct evert_datagram_socket *asker;

void scenario_local_begin(void)
{
	unix_folder_make();
	port = NULL;
	client = NULL;
	asker = NULL;
}

void scenario_local_finish(void)
{
	unix_folder_remove();
	/* Where nobody could answer. */
	evert_deferred_abandon(&answered);
}

static const char *endpoint(const char *scheme, const char *name,
			    const char *options)
{
	static char text[256];

	snprintf(text, sizeof(text), "%s:%s%s", scheme, unix_path(name),
		 options);
	return text;
}

/* ---- Parties of a connection ---- */

static void made(struct evert_protocol *base)
{
	(void)base;
	++*made_count;
}

static void lost(struct evert_protocol *base,
		 const struct evert_failure *reason)
{
	(void)reason;
	++*lost_count;
	if (base->transport != client)
		return;
	client = NULL;
	evert_deferred_fire(&answered,
			    evert_result_fail(EVERT_ERROR, 0, "lost"));
}

static void send_back(struct evert_protocol *base, const char *data,
		      size_t length)
{
	evert_transport_write(base->transport, data, length);
}

static const struct evert_protocol_ops second_ops = {
	.data_received = send_back,
	.connection_made = made,
	.connection_lost = lost,
};
static struct evert_factory second =
	EVERT_FACTORY(struct party, base, &second_ops);

static struct evert_result close_first(struct evert_result *in, void *arg)
{
	(void)in, (void)arg;
	return evert_result_none();
}

/* Where it can't be handed over, this is its end. */
static void hand_over(struct evert_protocol *base, const char *data,
		      size_t length)
{
	struct evert_deferred *d = evert_transport_hand_over(
		base->transport, reactor, &second, data, length);

	evert_transport_lose_connection(base->transport);
	evert_deferred_add_both(d, close_first, NULL);
	evert_deferred_release(d);
}

static void look_at(struct evert_protocol *base, int *fds, size_t count,
		    bool was_lost)
{
	(void)base, (void)fds, (void)count, (void)was_lost;
}

static const struct evert_protocol_ops first_ops = {
	.data_received = hand_over,
	.connection_made = made,
	.connection_lost = lost,
	.descriptors_received = look_at,
};
static struct evert_factory first =
	EVERT_FACTORY(struct party, base, &first_ops);

static void hear(struct evert_protocol *base, const char *data, size_t length)
{
	(void)base, (void)data, (void)length;
	evert_deferred_fire(&answered, evert_result_none());
}

static const struct evert_protocol_ops client_ops = {
	.data_received = hear,
	.connection_made = made,
	.connection_lost = lost,
};
static struct evert_factory clients =
	EVERT_FACTORY(struct party, base, &client_ops);

/* ---- Their chain ---- */

static struct evert_result connect_client(struct evert_result *in, void *arg)
{
	(void)arg;
	port = evert_result_as_port(in);
	return evert_result_wait(evert_connect(
		reactor, endpoint("unix", "stream", ""), &clients));
}

static struct evert_result pass(struct evert_result *in, void *arg)
{
	const int fd = 0;
	int error;

	(void)arg;
	client = evert_result_as_protocol(in)->transport;
	if (evert_transport_is_closing(client))
		return evert_result_fail(EVERT_ERROR, 0, "closing");
	error = evert_transport_write_descriptors(client, "look", 4, &fd, 1);
	if (error)
		return evert_result_error(error, "write");
	return evert_result_wait(evert_deferred_create(&answered));
}

static struct evert_result hang_up(struct evert_result *in, void *arg)
{
	(void)in, (void)arg;
	if (!client)
		return evert_result_none();
	evert_transport_lose_connection(client);
	return evert_result_wait(evert_transport_closed(client));
}

static struct evert_result stop_listening(struct evert_result *in, void *arg)
{
	(void)in, (void)arg;
	return evert_result_wait(evert_port_stop_listening(port));
}

/* ---- Datagrams ---- */

static void echo_received(struct evert_datagram_protocol *base,
			  const struct evert_datagram *datagram)
{
	(void)base;
	evert_datagram_answer(datagram, datagram->data, datagram->length);
}

static void echo_stopped(struct evert_datagram_protocol *base,
			 const struct evert_failure *reason)
{
	(void)reason;
	base->transport = NULL;
}

static const struct evert_datagram_protocol_ops echo_ops = {
	.datagram_received = echo_received,
	.stopped = echo_stopped,
};

static struct evert_result open_echo(struct evert_result *in, void *arg)
{
	(void)in, (void)arg;
	echo = (struct evert_datagram_protocol){ .ops = &echo_ops };
	return evert_result_wait(evert_listen_datagram(
		reactor, endpoint("unix-datagram", "datagram", ":mode=600"),
		&echo));
}

static struct evert_result connect_asker(struct evert_result *in, void *arg)
{
	(void)in, (void)arg;
	return evert_result_wait(evert_connect_datagram_socket(
		reactor, endpoint("unix-datagram", "datagram", ""), NULL, 0));
}

static struct evert_result ask(struct evert_result *in, void *arg)
{
	int error;

	(void)arg;
	asker = evert_datagram_socket_take(in);
	error = evert_datagram_socket_send(asker, "ask", 3);
	if (error)
		return evert_result_error(error, "send");
	return evert_result_wait(evert_datagram_receive(asker));
}

static struct evert_result close_both(struct evert_result *in, void *arg)
{
	(void)arg;
	evert_datagram_socket_close(asker);
	asker = NULL;
	if (echo.transport)
		evert_datagram_close(echo.transport);
	return evert_result_is_failure(in) ? evert_result_take(in) :
					     evert_result_none();
}

struct evert_deferred *scenario_local(struct evert_reactor *on, size_t *made_to,
				      size_t *lost_to)
{
	struct evert_deferred *d;

	reactor = on;
	made_count = made_to;
	lost_count = lost_to;
	echo.transport = NULL;
	d = evert_listen(reactor, endpoint("unix", "stream", ":mode=600"),
			 &first);
	evert_deferred_add_callback(d, connect_client, NULL);
	evert_deferred_add_callback(d, pass, NULL);
	evert_deferred_add_callback(d, hang_up, NULL);
	evert_deferred_add_callback(d, stop_listening, NULL);
	evert_deferred_add_callback(d, open_echo, NULL);
	evert_deferred_add_callback(d, connect_asker, NULL);
	evert_deferred_add_callback(d, ask, NULL);
	evert_deferred_add_both(d, close_both, NULL);
	return d;
}
