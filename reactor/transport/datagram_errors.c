/* SPDX-License-Identifier: MIT */
/*
 * Errors that belong to one datagram, not to the transport. The kernel tells
 * them at whatever call comes next; where IP_RECVERR can be set, it also keeps
 * them in a queue, with the address they are about.
 */
#include "datagram_internal.h"
#include "datagram_told_internal.h"

#include <errno.h>
#include <netinet/icmp6.h>
#include <string.h>
#include <time.h>

#include <linux/errqueue.h>

#include "../../deferred/base/memory.h"

enum {
	ERRORS_PER_TURN = 64
};

struct evert_datagram_news {
	struct evert_datagram_news *next;
	struct evert_address peer;
	int error;
	bool refused;
};

bool evert_datagram_is_refusal(int error)
{
	switch (error) {
	case ECONNREFUSED:
	case ECONNRESET: /* a UNIX peer has closed with something unread */
	case EHOSTUNREACH:
	case EHOSTDOWN:
	case ENETUNREACH:
	case ENETDOWN:
	case ENONET:
	case ENOPROTOOPT:
	case EOPNOTSUPP:
	case EPROTO:
	case EMSGSIZE:
	case EACCES:
	case ETIMEDOUT:
		return true;
	default:
		return false;
	}
}

/* Without memory it stays untold, but counted. */
void evert_datagram_note(struct evert_datagram_port *port, bool refused,
			 int error, const struct evert_address *peer)
{
	const struct evert_datagram_protocol_ops *ops =
		port->base.protocol->ops;
	struct evert_datagram_news *news;

	if (!(refused ? ops->connection_refused : ops->send_failed))
		return;
	news = evert_allocate(sizeof(*news));
	if (!news)
		return;
	*news = (struct evert_datagram_news){
		.error = error,
		.refused = refused,
	};
	if (peer)
		news->peer = *peer;
	evert_address_unmap(&news->peer);
	*port->news_end = news;
	port->news_end = &news->next;
	evert_datagram_port_plan(port);
}

static struct evert_datagram_news *take_news(struct evert_datagram_port *port)
{
	struct evert_datagram_news *news = port->news;

	if (!news)
		return NULL;
	port->news = news->next;
	if (!port->news)
		port->news_end = &port->news;
	return news;
}

static void tell(struct evert_datagram_port *port,
		 const struct evert_datagram_news *news)
{
	struct evert_datagram_protocol *protocol = port->base.protocol;
	const char *name = news->refused ? "connection_refused" : "send_failed";
	struct evert_running_mark mark;

	evert_datagram_call_begin(&mark, port, name);
	if (news->refused)
		protocol->ops->connection_refused(protocol, news->error,
						  &news->peer);
	else
		protocol->ops->send_failed(protocol, news->error, &news->peer);
	evert_datagram_call_end(&mark);
}

/* Also while it is closing: what was taken to be sent, and was not. */
void evert_datagram_tell_news(struct evert_datagram_port *port)
{
	struct evert_datagram_news *news;

	while ((news = take_news(port))) {
		if (!news->refused || !port->base.closing)
			tell(port, news);
		evert_free(news);
	}
}

void evert_datagram_drop_news(struct evert_datagram_port *port)
{
	struct evert_datagram_news *news;

	while ((news = take_news(port)))
		evert_free(news);
}

void evert_datagram_refused(struct evert_datagram_port *port, int error)
{
	if (port->seqpacket)
		port->broken = error;
	else if (!port->tells_errors)
		evert_datagram_note(port, true, error, &port->peer);
}

/* ---- The kernel's queue ---- */

static bool is_error(const struct cmsghdr *c)
{
	return (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) ||
	       (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR);
}

/* What was found out here, the send has told. */
static void note_error(struct evert_datagram_port *port, struct msghdr *message,
		       const struct evert_address *peer)
{
	struct sock_extended_err error;
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		if (!is_error(c))
			continue;
		memcpy(&error, CMSG_DATA(c), sizeof(error));
		if (error.ee_origin == SO_EE_ORIGIN_ICMP ||
		    error.ee_origin == SO_EE_ORIGIN_ICMP6)
			evert_datagram_note(port, true, (int)error.ee_errno,
					    peer);
	}
}

static ssize_t read_error(struct evert_datagram_port *port)
{
	struct evert_system *system = evert_datagram_port_system(port);
	_Alignas(16) char control[512];
	struct evert_address peer;
	struct msghdr message = {
		.msg_name = &peer.as,
		.msg_namelen = sizeof(peer.as),
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	ssize_t size = system->ops->recvmsg(system, port->watch.fd, &message,
					    MSG_ERRQUEUE);

	if (size < 0)
		return size;
	peer.length = message.msg_namelen;
	note_error(port, &message, &peer);
	return size;
}

/* To ask for what is pending in the socket is to take it, so that it is not
   told again and again. */
static void take_pending(struct evert_datagram_port *port)
{
	struct evert_system *system = evert_datagram_port_system(port);
	int error = 0;
	socklen_t length = sizeof(error);

	if (!system->ops->getsockopt(system, port->watch.fd, SOL_SOCKET,
				     SO_ERROR, &error, &length) &&
	    error)
		evert_datagram_refused(port, error);
}

bool evert_datagram_read_errors(struct evert_datagram_port *port)
{
	ssize_t size = 0;
	int i;

	for (i = 0; port->tells_errors && i < ERRORS_PER_TURN; i++) {
		size = read_error(port);
		if (size < 0)
			break;
	}
	if (i == 0)
		take_pending(port);
	return size >= 0 || size == -EAGAIN || size == -EINTR;
}
