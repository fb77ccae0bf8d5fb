/* SPDX-License-Identifier: MIT */
#ifndef EVERT_REACTOR_CONNECTION_WRITE_INTERNAL_H
#define EVERT_REACTOR_CONNECTION_WRITE_INTERNAL_H

#include "connection_internal.h"
#include "tell_bytes_internal.h"

/* ---- Operations of the transport ---- */

int evert_connection_write(struct evert_transport *base, const void *data,
			   size_t length);
int evert_connection_write_sequence(struct evert_transport *base,
				    const struct iovec *pieces, size_t count);
int evert_connection_write_owned(struct evert_transport *base,
				 const void *data, size_t length,
				 void (*release)(void *arg), void *arg);
int evert_connection_write_descriptors(struct evert_transport *base,
				       const void *data, size_t length,
				       const int *fds, size_t count);
int evert_connection_encrypt(struct evert_transport *base, const void *keys,
			     size_t length);
int evert_connection_write_record(struct evert_transport *base,
				  unsigned char type, const void *data,
				  size_t length);
int evert_connection_write_file(struct evert_transport *base,
				struct evert_file_piece *piece);
int evert_connection_lose_write(struct evert_transport *base);
void evert_connection_set_marks(struct evert_transport *base, size_t high,
				size_t low);
void evert_connection_marks(const struct evert_transport *base, size_t *high,
			    size_t *low);
size_t evert_connection_queued(const struct evert_transport *base);
int evert_connection_set_closing_time(struct evert_transport *base,
				      double seconds);

/* ---- From the loop ---- */

/* Sends what is queued, as far as the kernel takes it, then does what waited
   for that. */
void evert_connection_flush(struct evert_connection *c);

/* Does something wait for all being sent, or for less being queued? Then, when
   something was sent, it may be time for it. */
static inline bool
evert_connection_waits_for_sending(const struct evert_connection *c)
{
	return c->writing.ended || c->writing.paused;
}
void evert_connection_after_sending(struct evert_connection *c);

/* Tells the protocol that it may write again, if it was told not to and less
   than the low-water mark is queued. */
void evert_connection_resume_protocol(struct evert_connection *c);

/* When data was delivered: as evert_connection_flush for what was gathered, if
   anything was; of which only `sent` bytes were sent, or -errno; and what is to
   be done where something was unusual. */
void evert_connection_send_rest(struct evert_connection *c, ssize_t sent);
void evert_connection_end_delivery(struct evert_connection *c);
/* The same for all of it, if it can be. Is it told to a recording? */
EVERT_INLINE void evert_connection_send_gathered(struct evert_connection *c,
						 bool is_told)
{
	int64_t at = is_told ? evert_trace_now() : 0;
	bool is_sent = true;
	ssize_t sent = 0;

	if (EVERT_LIKELY(c->watch.reactor->window.used > 0)) {
		is_sent = evert_output_send_gathered(&c->watch, &sent);
		if (is_told)
			evert_output_tell_gathered(&c->watch, sent, at);
	} else {
		evert_output_open_window(c->watch.reactor);
	}
	if (!EVERT_LIKELY(is_sent))
		evert_connection_send_rest(c, sent);
	if (!EVERT_LIKELY(!c->unusual))
		evert_connection_end_delivery(c);
}

/* There was no memory for what was written: the stream has a hole. */
void evert_connection_end_with_hole(struct evert_connection *c);

/* What is queued, or its marks, are new. */
void evert_connection_queue_changed(struct evert_connection *c);

/* Of `length` bytes that were to be sent by splice so many were, or -errno.
   When there is room for more, the protocol is told as after pause_writing. */
void evert_connection_spliced(struct evert_connection *c, ssize_t sent,
			      size_t length);

/* Only sends; for the last time. */
void evert_connection_send_last(struct evert_connection *c);

#endif
