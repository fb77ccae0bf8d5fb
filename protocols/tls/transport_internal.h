/* SPDX-License-Identifier: MIT */
/*
 * The transport: to the program's protocol a transport like any other, and
 * the protocol of the transport below, which carries its bytes.
 *
 * Its life: handshake, then open, then `closing` (it delivers nothing more, but
 * still sends what was written, then its end), then gone (the one below has
 * told its end); then it is destroyed with the one below.
 *
 *	start.c, connect.c, listen.c	tls.h: how it comes to be
 *	transport.c		the table of operations, its end
 *	handshake.c		until it is open
 *	transport_read.c	what the one below tells; to the protocol
 *	transport_write.c	what the protocol writes
 *	transport_file.c	files
 *	kernel.c		where the kernel encrypts it
 *	engine.c		the session, which knows no transport
 */
#ifndef EVERT_PROTOCOLS_TLS_TRANSPORT_INTERNAL_H
#define EVERT_PROTOCOLS_TLS_TRANSPORT_INTERNAL_H

#include "../../reactor/task.h"
#include "../../reactor/transport/transport.h"
#include "bytes_internal.h"
#include "context_internal.h"
#include "engine_internal.h"
#include "error.h"

struct evert_tls_files;
struct evert_tls_handshake;

/* What the protocol writes while it is given data: on the stack, so that an
   idle connection has no memory for it. */
struct evert_tls_gathered {
	size_t length, most;
	char bytes[EVERT_TLS_RECORD];
};

/* Small: most connections are idle. */
struct evert_tls {
	struct evert_transport base;
	struct evert_protocol below; /* as the one below sees it */
	struct evert_tls_engine engine;
	struct evert_task task;
	struct evert_tls_handshake *handshake;	/* NULL: it is done */
	struct evert_tls_gathered *gathered;	/* NULL while nobody gathers */
	struct evert_tls_bytes *written; /* and not encrypted yet */
	struct evert_tls_files *files;	 /* to be sent behind that; or NULL */
	struct evert_tls_bytes *kept;	 /* came, and is not decrypted yet */
	uint32_t high, low;		 /* marks */
	bool destroys : 1; /* the protocol is ours to destroy, */
	bool frees : 1;	   /* and to free */
	bool paused : 1;   /* reading, by the protocol */
	bool stops : 1;	   /* so we did with the one below, */
	bool holds : 1;	   /* and so we have it hold its end */
	bool waits : 1;	   /* the handshake, for a callback or a thread */
	bool resumes : 1;  /* it goes on, even if nothing more has come */
	bool busy : 1;	   /* what came is being worked through */
	bool sends : 1;	   /* the session, which can't be entered meanwhile */
	bool loses : 1;	   /* lose_connection was called */
	bool let_go : 1;   /* so was that of the one below */
	bool said_end : 1; /* our end was sent; */
	bool all_sent : 1; /* when that was, nothing was queued before it */
	bool broken : 1;   /* nothing more can be encrypted or decrypted */
	bool ended : 1;	   /* the peer has sent its end, in order */
	bool end_waits : 1; /* it was not told yet */
	bool cut : 1;	   /* the one below has ended without that */
	bool gone : 1;	   /* so is the one below */
	bool has_file : 1; /* to be sent: what is written stands behind it */
	bool in_thread : 1; /* the session is a thread's; */
	bool doomed : 1;    /* it is to be destroyed when that is back */
	int16_t error;	   /* it takes no more, an errno */
	int16_t ktls;	   /* why the kernel does not encrypt, an errno; or 0 */
};

static inline struct evert_tls *
evert_tls_from(const struct evert_transport *base)
{
	return evert_container_of(base, struct evert_tls, base);
}

static inline struct evert_tls *
evert_tls_from_below(const struct evert_protocol *below)
{
	return evert_container_of(below, struct evert_tls, below);
}

/* The transport below. */
static inline struct evert_transport *
evert_tls_lower(const struct evert_tls *tls)
{
	return tls->below.transport;
}

/* ---- transport.c ---- */

/* A transport without a protocol, not connected to one below. Takes over the
   SSL. NULL without memory: then that is freed. */
struct evert_tls *evert_tls_create(SSL *ssl);

/* Gives it its protocol, whose transport it becomes. */
void evert_tls_own(struct evert_tls *tls,
		   const struct evert_owned_protocol *upper);

/* All that it holds, and itself, at once or when a thread is done with it. */
void evert_tls_destroy(struct evert_tls *tls);

extern const struct evert_transport_ops evert_tls_transport_ops;

/* On whose loop it is. */
struct evert_reactor *evert_tls_reactor(const struct evert_tls *tls);

/* Has the task run. */
void evert_tls_plan(struct evert_tls *tls);

/* Nothing can go on: what is queued below is sent, an alert, say, and
   connection_lost tells `failure`, which this takes over. */
void evert_tls_fail(struct evert_tls *tls, struct evert_failure *failure);

/* The same by what OpenSSL says. */
void evert_tls_break(struct evert_tls *tls);

/* What is encrypted has a hole, for which there is an errno, ENOMEM say: the
   connection is reset. */
void evert_tls_lose(struct evert_tls *tls, int error);

/* What is to be done when nothing more is being worked through: encrypts, and
   sends its end where that was asked for. */
void evert_tls_settle(struct evert_tls *tls);

/* The reactor stops: the same for the last time. */
void evert_tls_stopping(struct evert_protocol *below);

/* ---- transport_read.c ---- */

/* What it is to the one below. */
extern const struct evert_protocol_ops evert_tls_below_ops;

/* Works through what was kept, if it may. */
void evert_tls_read_kept(struct evert_tls *tls);

/* Of bytes that the engine was given the last, which it has left, as if they had
   not come yet; empties `*bytes`. */
void evert_tls_put_back(struct evert_tls *tls, struct evert_tls_bytes **bytes,
			size_t left);

/* The end that waited for the protocol. */
void evert_tls_tell_end(struct evert_tls *tls);

/* Has the one below read or not, hold its end or not. */
void evert_tls_steer(struct evert_tls *tls);

void evert_tls_pause_reading(struct evert_transport *base);
void evert_tls_resume_reading(struct evert_transport *base);
bool evert_tls_is_reading(const struct evert_transport *base);

/* ---- transport_write.c ---- */

int evert_tls_write(struct evert_transport *base, const void *data,
		    size_t length);
int evert_tls_write_sequence(struct evert_transport *base,
			     const struct iovec *pieces, size_t count);
int evert_tls_write_owned(struct evert_transport *base, const void *data,
			  size_t length, void (*release)(void *arg),
			  void *arg);
void evert_tls_set_marks(struct evert_transport *base, size_t high, size_t low);
void evert_tls_marks(const struct evert_transport *base, size_t *high,
		     size_t *low);
size_t evert_tls_queued(const struct evert_transport *base);

/* Encrypts and sends, past what was written. */
void evert_tls_encrypt(struct evert_tls *tls, const char *data, size_t length);

/* More is queued: is that too much? */
void evert_tls_heed_mark(struct evert_tls *tls);

/* Less is: is that little enough? */
void evert_tls_heed_room(struct evert_tls *tls);

/* Encrypts what was written, after the handshake; the protocol may be paused
   inside. */
void evert_tls_flush(struct evert_tls *tls);

/* Gathers from now on; until evert_tls_end_gathering, which encrypts it. */
void evert_tls_begin_gathering(struct evert_tls *tls,
			       struct evert_tls_gathered *gathered);
void evert_tls_end_gathering(struct evert_tls *tls);

/* What is written from now on is looked at: it may be refused. */
void evert_tls_gather_no_more(struct evert_tls *tls);

/* Drops what was written and not encrypted. */
void evert_tls_drop_written(struct evert_tls *tls);

/* Below there is room again; too much is queued. */
void evert_tls_below_pause_writing(struct evert_protocol *below);
void evert_tls_below_resume_writing(struct evert_protocol *below);

/* The handshake is done: what the one below has told meanwhile counts. */
void evert_tls_heed_below(struct evert_tls *tls);

/* ---- kernel.c ---- */

/* The way of the engine, to the one below; and what it sends with. */
extern const struct evert_tls_way evert_tls_way;
void evert_tls_send(struct evert_tls_engine *engine, unsigned char type,
		    const char *data, size_t length);

#endif
