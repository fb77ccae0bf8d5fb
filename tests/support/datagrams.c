/* SPDX-License-Identifier: MIT */
#include "datagrams.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

struct datagram_recorder *
datagram_recorder_from(struct evert_datagram_protocol *protocol)
{
	return evert_container_of(protocol, struct datagram_recorder, base);
}

static void note(struct datagram_recorder *recorder, char event)
{
	size_t length = strlen(recorder->events);

	if (event == 'D' && length && recorder->events[length - 1] == 'D')
		return;
	cr_assert(length + 1 < sizeof(recorder->events));
	recorder->events[length] = event;
}

static void started(struct evert_datagram_protocol *base)
{
	cr_assert(base->transport);
	note(datagram_recorder_from(base), 'B');
}

static void datagram_received(struct evert_datagram_protocol *base,
			      const struct evert_datagram *datagram)
{
	struct datagram_recorder *r = datagram_recorder_from(base);

	note(r, 'D');
	r->datagrams++;
	r->bytes += datagram->length;
	cr_assert(datagram->length < sizeof(r->text));
	if (datagram->length)
		memcpy(r->text, datagram->data, datagram->length);
	r->text[datagram->length] = '\0';
	r->last = *datagram;
	r->peer = *datagram->peer;
	r->host = *datagram->host;
	cr_assert(datagram->transport == base->transport);
	if (r->received)
		r->received(r, datagram);
}

static void connection_refused(struct evert_datagram_protocol *base, int error,
			       const struct evert_address *peer)
{
	struct datagram_recorder *r = datagram_recorder_from(base);

	note(r, 'R');
	r->refused++;
	r->error = error;
	r->about = *peer;
}

static void send_failed(struct evert_datagram_protocol *base, int error,
			const struct evert_address *peer)
{
	struct datagram_recorder *r = datagram_recorder_from(base);

	note(r, 'F');
	r->failed++;
	r->error = error;
	r->about = *peer;
}

static void pause_writing(struct evert_datagram_protocol *base)
{
	struct datagram_recorder *r = datagram_recorder_from(base);

	note(r, 'P');
	r->paused++;
	if (r->on_paused)
		r->on_paused(r);
}

static void resume_writing(struct evert_datagram_protocol *base)
{
	note(datagram_recorder_from(base), 'R');
	datagram_recorder_from(base)->resumed++;
}

static void stopped(struct evert_datagram_protocol *base,
		    const struct evert_failure *reason)
{
	struct datagram_recorder *r = datagram_recorder_from(base);

	note(r, 'S');
	r->stopped++;
	r->stopped_kind = reason->kind;
	r->stopped_error = reason->error;
	if (r->on_stopped)
		r->on_stopped(r);
}

static void destroy(struct evert_datagram_protocol *base)
{
	note(datagram_recorder_from(base), 'X');
	datagram_recorder_from(base)->destroyed++;
}

static const struct evert_datagram_protocol_ops ops = {
	.datagram_received = datagram_received,
	.started = started,
	.connection_refused = connection_refused,
	.send_failed = send_failed,
	.pause_writing = pause_writing,
	.resume_writing = resume_writing,
	.stopped = stopped,
	.destroy = destroy,
};

void datagram_recorder_init(struct datagram_recorder *recorder)
{
	memset(recorder, 0, sizeof(*recorder));
	recorder->base.ops = &ops;
}

struct evert_datagram_transport *
open_at(struct evert_reactor *reactor, const char *host,
	const struct evert_datagram_options *options,
	struct datagram_recorder *recorder)
{
	struct evert_address address = parse_address(host, 0);
	struct evert_datagram_transport *transport = evert_datagram_open(
		reactor, &address, NULL, options, &recorder->base);

	cr_assert(transport, "%s: %s", host, strerror(errno));
	return transport;
}

struct evert_datagram_transport *
open_to(struct evert_reactor *reactor, int fd,
	const struct evert_datagram_options *options,
	struct datagram_recorder *recorder)
{
	struct evert_address address = address_of(fd);
	struct evert_datagram_transport *transport = evert_datagram_open(
		reactor, NULL, &address, options, &recorder->base);

	cr_assert(transport, "%s", strerror(errno));
	return transport;
}

void send_text(struct evert_datagram_transport *transport, const char *text,
	       const struct evert_address *peer)
{
	int error = evert_datagram_send_to(transport, text, strlen(text), peer);

	cr_assert(error == 0, "%s", strerror(-error));
}

/* ---- Peers ---- */

struct evert_address parse_address(const char *host, uint16_t port)
{
	struct evert_address address;

	cr_assert(evert_address_parse(&address, host, port) == 0, "%s", host);
	return address;
}

int open_peer(const char *host)
{
	struct evert_address address = parse_address(host, 0);
	int fd = socket(address.as.any.sa_family,
			SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	cr_assert(fd >= 0);
	cr_assert(bind(fd, &address.as.any, address.length) == 0);
	return fd;
}

struct evert_address address_of(int fd)
{
	struct evert_address address = { .length = sizeof(address.as) };

	cr_assert(getsockname(fd, &address.as.any, &address.length) == 0);
	return address;
}

struct evert_address address_at(struct evert_datagram_transport *transport,
				const char *host)
{
	struct evert_address address;

	cr_assert(evert_datagram_host(transport, &address) == 0);
	return parse_address(host, evert_address_port(&address));
}

void peer_send_to(int fd, const char *text, const struct evert_address *to)
{
	ssize_t sent =
		sendto(fd, text, strlen(text), 0, &to->as.any, to->length);

	cr_assert(sent == (ssize_t)strlen(text), "%s", strerror(errno));
}

const char *peer_take(int fd, struct evert_address *from)
{
	static char text[DATAGRAM_BYTES];
	struct evert_address address = { .length = sizeof(address.as) };
	ssize_t size = recvfrom(fd, text, sizeof(text) - 1, 0, &address.as.any,
				&address.length);

	if (size < 0)
		return NULL;
	text[size] = '\0';
	if (from)
		*from = address;
	return text;
}
