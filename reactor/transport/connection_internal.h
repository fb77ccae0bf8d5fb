/* SPDX-License-Identifier: MIT */
/*
 * Connections: the transport over a descriptor that is a stream of bytes, of
 * whatever kind.
 *
 * Its life: open, then `closing` (it delivers nothing more, but still sends
 * what is queued), then ended (nothing more will happen but the task, which
 * tells the protocol from the loop), then told (the task frees it when the
 * turn has ended).
 */
#ifndef EVERT_REACTOR_CONNECTION_INTERNAL_H
#define EVERT_REACTOR_CONNECTION_INTERNAL_H

#include "../bell_internal.h"
#include "../fork_internal.h"
#include "output_internal.h"
#include "../reactor_internal.h"
#include "transport.h"

/*
 * Takes over the connected descriptor `fd`: has the factory build a protocol,
 * makes the transport and calls connection_made. Returns the protocol. NULL
 * and errno when that failed, ECONNABORTED when the factory refused: then the
 * descriptor is closed. From the loop only.
 */
struct evert_protocol *
evert_connection_open(struct evert_reactor *reactor, int fd,
		      struct evert_factory *factory,
		      const struct evert_address *peer);

/* ---- For the parts of a connection ---- */

/* So that a write as large as the buffer does not fit, and is not copied. */
#define EVERT_CONNECTION_GATHERS ((uint32_t)EVERT_WRITE_SIZE - 1)

/* Small: most connections are idle. */
struct evert_connection {
	struct evert_transport base;
	struct evert_watch watch;
	struct evert_task task;
	struct evert_output output;
	struct evert_bell closed;
	struct evert_closing *closing; /* NULL: nothing to observe */
	struct evert_failure *reason; /* why it ended; NULL: it has not */
	union {
		struct sockaddr any;
		struct sockaddr_in ip4;
		struct sockaddr_in6 ip6;
	} peer; /* its address; AF_UNSPEC: too long to be kept */
	uint32_t high, low;	      /* marks of the output */
	uint32_t gathers;    /* bytes at most: EVERT_CONNECTION_GATHERS or
				`high`; 0: it takes no writes */
	int16_t write_error; /* an errno: the peer takes nothing more; what it
				sent before is still read */
	bool reading_paused : 1;
	bool read_ended : 1;  /* the peer has sent its end */
	bool write_ended : 1; /* nothing more is taken to be sent; also when
				 it is closing */
	bool shut : 1;	      /* our end was sent */
	bool full : 1;	      /* the kernel takes no more for now */
	bool protocol_paused : 1;
	bool resets : 1; /* closed by a reset, not in order */
	bool sent_much : 1; /* perhaps not acknowledged for long */
	bool dropped : 1;   /* something that came while it was closing */
	bool unsent : 1; /* the reactor, which stops, waits for the output */
	bool told : 1;	 /* connection_lost has run */
	bool frees_protocol : 1; /* that its factory has allocated */
};

static inline struct evert_connection *
evert_connection_from(const struct evert_transport *base)
{
	return evert_container_of(base, struct evert_connection, base);
}

static inline struct evert_system *
evert_connection_system(const struct evert_connection *c)
{
	return c->watch.reactor->system;
}

/* Does the protocol get what is read? */
static inline bool evert_connection_delivers(const struct evert_connection *c)
{
	return !c->base.closing && !c->reading_paused && !c->read_ended &&
	       !c->reason;
}

/* Does its end wait for the protocol, which keeps data? */
static inline bool evert_connection_is_held(const struct evert_connection *c)
{
	return c->base.held && !c->base.closing;
}

/* To be called when what it waits for may have changed. */
void evert_connection_update(struct evert_connection *c);

/* Has the task run: it does whatever is to be done next. */
static inline void evert_connection_plan(struct evert_connection *c)
{
	evert_task_plan(c->watch.reactor, &c->task);
}

/* Calls an operation of the protocol, which may be missing, under its name. */
void evert_connection_call(struct evert_connection *c,
			   void (*operation)(struct evert_protocol *protocol),
			   const char *name);

/* Ends it: the protocol hears of it from the loop, when it is not held. Takes
   over `reason`; the first one counts. */
void evert_connection_end(struct evert_connection *c,
			  struct evert_failure *reason);
void evert_connection_end_in_order(struct evert_connection *c);
void evert_connection_end_broken(struct evert_connection *c, int error);

/* The same by ourselves: nothing is waited for. */
void evert_connection_end_here(struct evert_connection *c,
			       struct evert_failure *reason);

/* ---- connection_write.c ---- */

int evert_connection_write(struct evert_transport *base, const void *data,
			   size_t length);
int evert_connection_write_sequence(struct evert_transport *base,
				    const struct iovec *pieces, size_t count);
int evert_connection_write_owned(struct evert_transport *base,
				 const void *data, size_t length,
				 void (*release)(void *arg), void *arg);
int evert_connection_lose_write(struct evert_transport *base);
void evert_connection_set_marks(struct evert_transport *base, size_t high,
				size_t low);
size_t evert_connection_queued(const struct evert_transport *base);

/* Nothing more is taken to be sent. */
void evert_connection_end_writing(struct evert_connection *c);

/* Sends what is queued, as far as the kernel takes it, then does what waited
   for that. From the loop. */
void evert_connection_flush(struct evert_connection *c);

/* Does something wait for all being sent, or for less being queued? Then, when
   something was sent, it may be time for it. */
static inline bool
evert_connection_waits_for_sending(const struct evert_connection *c)
{
	return c->write_ended || c->protocol_paused;
}
void evert_connection_after_sending(struct evert_connection *c);

/* As evert_connection_flush for what was gathered; of which only `sent` bytes
   were sent, or -errno. */
void evert_connection_send_rest(struct evert_connection *c, ssize_t sent);
static inline void evert_connection_send_gathered(struct evert_connection *c)
{
	ssize_t sent;

	if (!evert_output_send_gathered(&c->output, c->watch.reactor,
					c->watch.fd, &sent))
		evert_connection_send_rest(c, sent);
	else if (evert_connection_waits_for_sending(c))
		evert_connection_after_sending(c);
}

/* Only sends; for the last time. */
void evert_connection_send_last(struct evert_connection *c);

/* Calls resume_writing, if it is time for that. From the loop. */
void evert_connection_resume_protocol(struct evert_connection *c);

/* ---- closing.c ---- */

/* It is closing, and something is left to be sent: sees to it that this does
   not last too long. To be called again when something was sent. */
void evert_closing_observe(struct evert_connection *c);
void evert_closing_end(struct evert_connection *c);
int evert_closing_set_time(struct evert_transport *base, double seconds);

/* ---- connection_read.c ---- */

void evert_connection_pause_reading(struct evert_transport *base);
void evert_connection_resume_reading(struct evert_transport *base);

/* Something of the watch is ready. */
void evert_connection_ready(struct evert_watch *watch, unsigned ready);

/* Nobody reads, and there may be an end or an error: ends it, unless data comes
   first, which waits for reading to be resumed. */
void evert_connection_look_ahead(struct evert_connection *c);

/* Writing has failed: reads on, while there is something to read. */
void evert_connection_read_rest(struct evert_connection *c);

/* Reads and drops what is there, so that close(2) does not reset it. The last
   read's outcome. */
ssize_t evert_connection_drop_unread(struct evert_connection *c);

#endif
