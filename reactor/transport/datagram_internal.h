/* SPDX-License-Identifier: MIT */
/*
 * Datagram ports: the transport over a datagram socket.
 *
 * Its life: open, then `closing` (it delivers nothing more, but still sends
 * what is queued), then ended (there is a reason; nothing more will happen but
 * the task, which tells the protocol from the loop), then told (the task gives
 * it up when the turn has ended).
 */
#ifndef EVERT_REACTOR_DATAGRAM_INTERNAL_H
#define EVERT_REACTOR_DATAGRAM_INTERNAL_H

#include "../bell_internal.h"
#include "../fork_internal.h"
#include "binding_internal.h"
#include "datagram.h"
#include "datagram_open.h"
#include "seqpacket.h"

/* Gives back a copy's, or its own, hold on a transport. */
void evert_datagram_transport_let_go(
	struct evert_datagram_transport *transport);

struct evert_letter;
struct evert_datagram_news;
struct evert_datagram_kept;

struct evert_datagram_port {
	struct evert_datagram_transport base;
	struct evert_watch watch;
	struct evert_task task;
	struct evert_bell closed;
	struct evert_failure *reason;	   /* why it ended; NULL: it has not */
	struct evert_address host, peer;   /* peer.length 0: not connected */
	struct evert_binding *binding;	   /* NULL: no path to be removed */
	struct evert_letter *first, *last; /* the queue */
	size_t queued;			   /* what it counts for */
	size_t high, low, queue_most;
	struct evert_datagram_news *news, **news_end; /* for the protocol */
	struct evert_datagram_kept *kept, **kept_end; /* read, not delivered */
	struct evert_delayed_call retry; /* of sending, or reading */
	double retry_after;		 /* seconds */
	struct evert_delayed_call closing_end;
	size_t largest; /* to be received */
	int broken;	/* an errno: why the end of a connection is not in order */
	uint8_t when_full;
	bool controls : 1;     /* something comes with each datagram */
	bool tells_errors : 1; /* the kernel keeps them in a queue */
	bool takes_ip4 : 1;    /* an IPv6 socket that takes both */
	bool gathers : 1;      /* the kernel may give several as one */
	bool joins : 1;	       /* what goes to one peer in a row, as segments */
	bool cuts : 1;	       /* segments, since the kernel does not */
	bool seqpacket : 1;    /* a connection, which has an end */
	bool full : 1;	       /* the kernel takes no more for now */
	bool reading_paused : 1;
	bool cannot_read : 1; /* for a while: no memory */
	bool protocol_paused : 1;
	bool unsent : 1; /* the reactor, which stops, waits for the queue */
	bool told : 1;	 /* stopped has run */
};

static inline struct evert_datagram_port *
evert_datagram_port_from(const struct evert_datagram_transport *base)
{
	return evert_container_of(base, struct evert_datagram_port, base);
}

static inline struct evert_system *
evert_datagram_port_system(const struct evert_datagram_port *port)
{
	return port->watch.reactor->system;
}

static inline int
evert_datagram_port_family(const struct evert_datagram_port *port)
{
	return port->host.as.any.sa_family;
}

/* The kernel says that a UNIX datagram socket can be written to whose peer takes
   no more; that is found out by trying. */
static inline bool
evert_datagram_port_is_tried(const struct evert_datagram_port *port)
{
	return evert_datagram_port_family(port) == AF_UNIX && !port->seqpacket;
}

/* As evert_datagram_open; `*refused`: the option that could not be set, or
   NULL. */
struct evert_datagram_transport *evert_datagram_port_open(
	struct evert_reactor *reactor, const struct evert_address *host,
	const struct evert_address *peer,
	const struct evert_datagram_options *options,
	struct evert_datagram_protocol *protocol, const char **refused);

/* Takes over what a port has accepted: with a protocol that the factory
   builds, or it is closed. */
void evert_datagram_accept(struct evert_reactor *reactor, int fd,
			   struct evert_datagram_factory *factory,
			   const struct evert_address *peer);

/* ---- datagram_options.c ---- */

/* The option whose value is out of range; NULL: none. */
const char *
evert_datagram_options_wrong(const struct evert_datagram_options *options);

/* A socket, bound and connected, and what the port has to know of it: 0, or
   -errno, and in `*refused` the option's name, or NULL. */
int evert_datagram_socket_make(struct evert_system *system,
			       struct evert_datagram_port *port,
			       const struct evert_address *host,
			       const struct evert_address *peer,
			       const struct evert_datagram_options *options,
			       bool tells_errors, const char **refused);

/* The same of a socket that is bound or connected. 0, or -errno; it stays the
   caller's. */
int evert_datagram_socket_examine(struct evert_system *system,
			       struct evert_datagram_port *port, int fd,
			       bool tells_errors);

/* ---- datagram_port.c ---- */

/* To be called when what it waits for may have changed. */
void evert_datagram_port_update(struct evert_datagram_port *port);

static inline void evert_datagram_port_plan(struct evert_datagram_port *port)
{
	evert_task_plan(port->watch.reactor, &port->task);
}

/* Ends it: the protocol hears of it from the loop. Takes over `reason`; the
   first one counts. */
void evert_datagram_port_end(struct evert_datagram_port *port,
			     struct evert_failure *reason);

/* Goes on after a while; longer each time, until something was sent. */
void evert_datagram_port_retry(struct evert_datagram_port *port);

/* ---- datagram_receive.c ---- */

/* Hands out what has come, as much as one system call gives; what was kept
   before it. */
void evert_datagram_receive_batch(struct evert_datagram_port *port);

/* Hands out what was kept. From the loop. */
void evert_datagram_receive_kept(struct evert_datagram_port *port);

/* ---- datagram_kept.c ---- */

/* Keeps a copy until it may be delivered. */
void evert_datagram_keep(struct evert_datagram_port *port,
			 const struct evert_datagram *datagram);

/* The first of them, which the caller then owns; or NULL. */
struct evert_datagram *
evert_datagram_take_kept(struct evert_datagram_port *port);

void evert_datagram_drop_kept(struct evert_datagram_port *port);

/* ---- datagram_send.c, and what is below it ---- */

int evert_datagram_port_send(struct evert_datagram_transport *base,
			     const void *data, size_t length,
			     const struct evert_datagram_route *route);

/* Sends what was gathered, as far as the kernel takes it; the rest is queued.
   Harmless where nothing was. */
void evert_datagram_send_gathered(struct evert_datagram_port *port);

/* Sends of the queue what the kernel takes. */
void evert_datagram_send_queued(struct evert_datagram_port *port);

/* Is something left to be sent? */
bool evert_datagram_has_unsent(const struct evert_datagram_port *port);

/* Drops what was gathered and what is queued; counts it. How many bytes. */
size_t evert_datagram_drop_unsent(struct evert_datagram_port *port);

/* Calls pause_writing, if it is time for that. */
void evert_datagram_check_high_mark(struct evert_datagram_port *port);

/* ---- datagram_errors.c ---- */

/* Did it come from the network, about something that was sent before? Then it
   was told by the call only by chance. */
bool evert_datagram_is_refusal(int error);

/* Notes what the protocol is to hear from the loop. `peer` may be NULL. */
void evert_datagram_note(struct evert_datagram_port *port, bool refused,
			 int error, const struct evert_address *peer);

/* Tells it. From the loop. */
void evert_datagram_tell_news(struct evert_datagram_port *port);
void evert_datagram_drop_news(struct evert_datagram_port *port);

/* A refusal came with a call; notes it, where the kernel's queue does not have
   it. */
void evert_datagram_refused(struct evert_datagram_port *port, int error);

/* Notes what is in the kernel's queue of errors. False: it can't be read. */
bool evert_datagram_read_errors(struct evert_datagram_port *port);

/* ---- datagram_control.c ---- */

/* Room for all that comes with a datagram, or goes with one. */
enum {
	EVERT_DATAGRAM_CONTROL = 128
};

/* Reads what came with one: host, interface, tos. The size of segments that it
   is to be cut into; 0: it is one. */
size_t evert_datagram_control_read(const struct evert_datagram_port *port,
				   struct msghdr *message,
				   struct evert_datagram *datagram,
				   struct evert_address *host);

/* Writes what is to go with one to `message->msg_control`, which has room: 0,
   or -EINVAL. */
int evert_datagram_control_write(const struct evert_datagram_port *port,
				 struct msghdr *message,
				 const struct evert_datagram_route *route,
				 size_t segment);

/* ---- datagram_batch.c ---- */

enum {
	EVERT_DATAGRAM_BATCH = 64,
	/* Of each buffer of those that come; apart by a little more, so that
	   their beginnings do not meet in the caches. */
	EVERT_DATAGRAM_LARGEST = 65535,
	EVERT_DATAGRAM_STRIDE = 65536 + 192,
	EVERT_DATAGRAM_GATHERS = 65536, /* bytes of those that go */
};

struct evert_datagram_in {
	struct evert_address peer;
	_Alignas(16) char control[EVERT_DATAGRAM_CONTROL];
};

struct evert_datagram_out {
	struct evert_address peer;
	_Alignas(16) char control[EVERT_DATAGRAM_CONTROL];
};

/* What a reactor has for all its datagrams; as large as all that may come at
   once, of which the system gives no more than is used. */
struct evert_datagram_batch {
	bool no_recvmmsg, no_sendmmsg; /* the system has none */

	struct evert_datagram_port *sender; /* whose is gathered; or NULL */
	unsigned gathered;
	unsigned forks;	   /* when that began */
	size_t filled;	   /* of `bytes` */
	size_t run;	   /* datagrams that the last message is; 0: closed */
	size_t run_length; /* of each of them */
	struct mmsghdr *out_messages;
	struct iovec *out_parts;
	struct evert_datagram_out *outs;
	char *bytes;

	/* Those that the kernel may have written over, from the first on; the
	   others are prepared for so much room, and for what comes beside. */
	unsigned written_over;
	size_t room;
	bool controls;
	struct mmsghdr *in_messages;
	struct iovec *in_parts;
	struct evert_datagram_in *ins;
	char *buffers;
};

/* The reactor's, made on demand. NULL: no memory. */
struct evert_datagram_batch *
evert_datagram_batch_of(struct evert_reactor *reactor);

#endif
