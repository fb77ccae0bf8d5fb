/* SPDX-License-Identifier: MIT */
/*
 * Connections: the transport over a descriptor that is a stream of bytes, of
 * whatever kind; or over two, one to read and one to write.
 *
 * Its life: open, then `closing` (it delivers nothing more, but still sends
 * what is queued), then ended (nothing more will happen but the task, which
 * tells the protocol from the loop), then told (the task frees it when the
 * turn has ended).
 *
 * Its parts, each of which uses only those below it:
 *
 *	detach.c		taking it away from its reactor, giving it another
 *	connection_open.c	opening: its memory, its protocol
 *	connection.c		the transport, the task, the end
 *	connection_read.c	what the poller tells; to the protocol
 *	connection_write.c	what the protocol writes
 *	connection_end.c	who finds that it has ended, says so here
 *	reading, writing, closing	halves, which know no connection
 */
#ifndef EVERT_REACTOR_CONNECTION_INTERNAL_H
#define EVERT_REACTOR_CONNECTION_INTERNAL_H

#include "../../deferred/base/memory.h"
#include "../bell_internal.h"
#include "closing.h"
#include "reading_internal.h"
#include "transport.h"
#include "writing_internal.h"

/*
 * Takes over the connected descriptor `fd`: has the factory build a protocol,
 * makes the transport and calls connection_made. Returns the protocol. NULL
 * and errno when that failed, ECONNABORTED when the factory refused: then the
 * descriptor is closed. From the loop only.
 *
 * `rest`: what one that goes on has besides, NULL for a new one; when it fails,
 * that stays the caller's, descriptor included.
 */
struct evert_protocol *
evert_connection_open(struct evert_reactor *reactor, int fd,
		      struct evert_factory *factory,
		      const struct evert_address *peer,
		      struct evert_detached *rest);

/* ---- In two steps, for who makes a kind of connection ---- */

struct evert_connection;

/* What differs by the kind of descriptor. */
struct evert_connection_kind {
	struct evert_watch_ops watch; /* of the one that is read */
	/* What it waits for may have changed. */
	void (*update)(struct evert_connection *c);
	/* All is sent, and nothing more will be: sends our end. */
	void (*send_end)(struct evert_connection *c);
	/* By the task: writing has failed, as c->writing.error says. */
	void (*write_failed)(struct evert_connection *c);
	/* The protocol knows of the end: lets the descriptors go. */
	void (*close)(struct evert_connection *c);
};

/* Sockets; where the protocol takes descriptors; and where it takes by
   splice. */
extern const struct evert_connection_kind evert_connection_socket;
extern const struct evert_connection_kind evert_connection_taking_socket;
extern const struct evert_connection_kind evert_connection_splicing_socket;

/* Has the factory build a protocol, and makes the transport: 0, or -errno, then
   nothing was made, and `fd` is the caller's. -1: there is none to read. */
int evert_connection_make(struct evert_connection **made,
			  struct evert_reactor *reactor, int fd,
			  struct evert_factory *factory,
			  const struct evert_address *peer,
			  const struct evert_connection_kind *kind);

/* Calls connection_made, and begins to watch: of a socket. */
void evert_connection_begin(struct evert_connection *c);

/* Operation of the transport. */
int evert_connection_set_protocol(struct evert_transport *base,
				  struct evert_protocol *protocol,
				  struct evert_owned_protocol *former);

/* ---- For the parts of a connection ---- */

/* Small: most connections are idle. The watch is first, since the loop comes
   by it, more often than anybody by the transport. */
struct evert_connection {
	struct evert_watch watch;
	struct evert_transport base;
	struct evert_task task;
	struct evert_output output;
	struct evert_connection_rare *rare;
	struct evert_writing writing; /* ended also when it is closing */
	struct evert_reading reading;
	bool resets : 1; /* closed by a reset, not in order */
	bool unsent : 1; /* the reactor, which stops, waits for the output */
	bool ended : 1;	 /* nothing more will happen; base.why says why */
	bool told : 1;	 /* connection_lost has run */
	bool frees_protocol : 1; /* that its factory has allocated apart */
	bool is_local : 1; /* a UNIX socket */
	/* Since data was delivered last it was closed, written to, told to do
	   something otherwise, or whatever: what is so now is to be asked. */
	bool unusual : 1;
	/* What stands behind: the peer's address, and the protocol, if it is
	   one that needs no function to be built; and how large it is with
	   all that, see evert_connection_size. */
	uint8_t peer_length;
	uint8_t sixteens;
};

/* How many bytes it and what stands behind have: those of a block of which
   malloc wastes nothing. */
static inline size_t evert_connection_size(const struct evert_connection *c)
{
	return (size_t)c->sixteens * 16 + 8;
}

/* What few need. */
struct evert_connection_rare {
	struct evert_bell closed;
	struct evert_closing *closing; /* NULL: nothing to observe */
	/* What comes before all that is still to be read, or NULL. */
	char *unread;
	size_t unread_length;

	struct evert_watch *output; /* of what is written; NULL: there is one
				       descriptor for both */
};

/* The transport over what is no socket. */
extern const struct evert_transport_ops evert_connection_plain_ops;

static inline struct evert_connection *
evert_connection_from(const struct evert_transport *base)
{
	return evert_container_of(base, struct evert_connection, base);
}

/* Is it a UNIX socket? */
static inline bool evert_connection_is_local(const struct evert_connection *c)
{
	return c->is_local;
}

/* Does its protocol take descriptors? */
static inline bool
evert_connection_takes_descriptors(const struct evert_connection *c)
{
	return evert_connection_is_local(c) &&
	       c->base.protocol->ops->descriptors_received;
}

/* Is it of a kind of socket, not of pipes? */
static inline bool evert_connection_is_socket(const struct evert_connection *c)
{
	return c->base.ops != &evert_connection_plain_ops;
}

static inline const struct evert_connection_kind *
evert_connection_kind(const struct evert_connection *c)
{
	return evert_container_of(c->watch.ops, struct evert_connection_kind,
				  watch);
}

/* Does it write to another descriptor than it reads from? */
static inline bool evert_connection_is_split(const struct evert_connection *c)
{
	return c->rare && c->rare->output;
}

/* The watch of what it writes to. */
static inline struct evert_watch *
evert_connection_output(struct evert_connection *c)
{
	return evert_connection_is_split(c) ? c->rare->output : &c->watch;
}

static inline struct evert_system *
evert_connection_system(const struct evert_connection *c)
{
	return c->watch.reactor->system;
}

/* Does the protocol get what is read? */
static inline bool evert_connection_delivers(const struct evert_connection *c)
{
	return !c->base.closing && !c->reading.paused && !c->reading.ended &&
	       !c->ended;
}

/* Does its end wait for the protocol, which keeps data? Not where none can have
   come: of a pipe that only writes nobody would find it when that is closed. */
static inline bool evert_connection_is_held(const struct evert_connection *c)
{
	return c->base.held && !c->base.closing && c->watch.fd >= 0;
}

/* Is there something to be delivered before it is read from? */
static inline bool evert_connection_has_unread(const struct evert_connection *c)
{
	return c->rare && c->rare->unread;
}

/* Has the task run: it does whatever is to be done next. */
static inline void evert_connection_plan(struct evert_connection *c)
{
	c->unusual = true;
	evert_task_plan(c->watch.reactor, &c->task);
}

/* Does something wait to be sent? How many bytes? */
static inline bool evert_connection_has_output(const struct evert_connection *c)
{
	return evert_output_has_any(&c->output, c->watch.reactor);
}
static inline size_t evert_connection_unsent(const struct evert_connection *c)
{
	return evert_output_queued(&c->output, c->watch.reactor);
}

/* Nothing more is taken to be sent. */
static inline void evert_connection_end_writing(struct evert_connection *c)
{
	c->unusual = true;
	evert_writing_end(&c->writing);
	evert_output_end(&c->output, c->watch.reactor);
}

/* Makes it, if need be: NULL without memory. */
static inline struct evert_connection_rare *
evert_connection_rare(struct evert_connection *c)
{
	if (!c->rare) {
		c->rare = evert_allocate(sizeof(*c->rare));
		if (c->rare)
			*c->rare = (struct evert_connection_rare){ 0 };
	}
	return c->rare;
}

/* ---- connection_dump.c ---- */

/* For kinds' watches. */
void evert_connection_describe(const struct evert_watch *watch,
			       struct evert_text *to);

/* ---- connection.c ---- */

/* All but `watch`, what stands behind, and what is said of that. */
void evert_connection_init(struct evert_connection *c);

/* For kinds' watches: the poller refuses one; the reactor stops. */
void evert_connection_unwatchable(struct evert_connection *c, int error);
void evert_connection_shut_down(struct evert_connection *c);
/* The same: adds it to the numbers. */
void evert_connection_count(const struct evert_watch *watch,
			    struct evert_stats *stats);

/* ---- connection_end.c ---- */

/* What it waits for at a socket. */
static inline unsigned evert_connection_wanted(const struct evert_connection *c)
{
	unsigned wanted = EVERT_ATTACHED;

	if ((evert_connection_delivers(c) && !evert_connection_has_unread(c)) ||
	    (c->base.closing && !c->reading.ended))
		wanted |= EVERT_READ;
	if (c->writing.full)
		wanted |= EVERT_WRITE;
	/* That it is broken would be told again and again. */
	if (c->ended || (c->writing.error && !(wanted & EVERT_READ)))
		wanted = 0;
	return wanted;
}

/* To be called when what it waits for may have changed. */
static inline void evert_connection_update(struct evert_connection *c)
{
	c->unusual = true;
	evert_connection_kind(c)->update(c);
}

/* Calls an operation of the protocol, which may be missing, under its name. */
void evert_connection_call(struct evert_connection *c,
			   void (*operation)(struct evert_protocol *protocol),
			   const char *name);

/* Closes it when what is queued was sent. */
void evert_connection_lose(struct evert_transport *base);

/* Ends it: the protocol hears of it from the loop, when it is not held. Takes
   over `reason`; the first one counts. */
void evert_connection_end(struct evert_connection *c,
			  struct evert_failure *reason);
void evert_connection_end_in_order(struct evert_connection *c);
void evert_connection_end_broken(struct evert_connection *c, int error);

/* The same by ourselves: nothing is waited for. */
void evert_connection_end_here(struct evert_connection *c,
			       struct evert_failure *reason);

#endif
