/* SPDX-License-Identifier: MIT */
#include "writing_internal.h"

#include <errno.h>

#include "tell_bytes_internal.h"

enum { MOST_IN_PLACE = 16 }; /* pieces: _XOPEN_IOV_MAX */

/* ---- Sending ---- */

static evert_output_sendv sendv_of(const struct evert_writing *writing,
				   const struct evert_watch *watch)
{
	const struct evert_system_ops *ops = watch->reactor->system->ops;

	if (evert_is_observed())
		return writing->plain ? evert_tell_writev : evert_tell_sendv;
	return writing->plain ? ops->writev : ops->sendv;
}

void evert_writing_fail(struct evert_writing *writing,
			struct evert_output *output,
			struct evert_reactor *reactor, int error)
{
	writing->error = (int16_t)error;
	writing->full = false;
	evert_writing_end(writing);
	evert_output_end(output, reactor);
}

/* It has said something new: 0, or -errno. */
static enum evert_sent change(struct evert_writing *writing,
			      struct evert_output *output,
			      struct evert_reactor *reactor, int error)
{
	if (error && error != -EAGAIN && error != -ENOBUFS) {
		evert_writing_fail(writing, output, reactor, -error);
		return EVERT_SENT_FAILED;
	}
	writing->full = error != 0;
	writing->sent_much = true;
	return EVERT_SENT_CHANGED;
}

enum evert_sent evert_writing_send(struct evert_writing *writing,
				   struct evert_output *output,
				   const struct evert_watch *watch)
{
	int error = evert_output_send(output, watch,
				      sendv_of(writing, watch));

	return error || writing->full ?
		       change(writing, output, watch->reactor, error) :
		       EVERT_SENT;
}

enum evert_sent evert_writing_send_rest(struct evert_writing *writing,
					struct evert_output *output,
					const struct evert_watch *watch,
					ssize_t sent)
{
	int error = evert_output_send_rest(output, watch,
					   sendv_of(writing, watch), sent);

	return error ? change(writing, output, watch->reactor, error) :
		       EVERT_SENT;
}

enum evert_sent evert_writing_sent(struct evert_writing *writing,
				   struct evert_output *output,
				   const struct evert_watch *watch,
				   ssize_t sent, size_t length)
{
	writing->sent_much = true;
	if (sent == (ssize_t)length)
		return EVERT_SENT;
	return change(writing, output, watch->reactor,
		      sent < 0 && sent != -EINTR ? (int)sent : -EAGAIN);
}

/* ---- Taking ---- */

/* Queues all but the first `skip` bytes. */
static int queue(struct evert_output *output, struct evert_reactor *reactor,
		 const struct iovec *pieces, size_t count, size_t skip)
{
	const char *data;
	size_t i, length, skipped;
	int error;

	for (i = 0; i < count; i++) {
		data = pieces[i].iov_base;
		length = pieces[i].iov_len;
		skipped = skip < length ? skip : length;
		skip -= skipped;
		if (length == skipped)
			continue;
		error = evert_output_copy(output, reactor,
					  data + skipped, length - skipped);
		if (error)
			return error;
	}
	return 0;
}

/* Has the kernel copy them from where they are. Returns how much it took. */
static size_t send_in_place(struct evert_writing *writing,
			    struct evert_output *output,
			    const struct evert_watch *watch,
			    const struct iovec *pieces, size_t count,
			    size_t length, enum evert_sent *come_to)
{
	struct evert_system *system = watch->reactor->system;
	ssize_t sent = sendv_of(writing, watch)(system, watch->fd, pieces,
						(int)count);

	*come_to = evert_writing_sent(writing, output, watch, sent, length);
	return sent < 0 ? 0 : (size_t)sent;
}

/* Gathers them where what was gathered before has made room. */
static bool gather(struct evert_writing *writing,
		   struct evert_output *output,
		   struct evert_reactor *reactor, const struct iovec *pieces,
		   size_t count, size_t length)
{
	evert_output_begin(output, reactor,
			   evert_writing_gathers(writing));
	if (!evert_window_has(&reactor->window, length))
		return false;
	evert_pieces_copy(evert_window_take(&reactor->window, length), pieces,
			  count);
	return true;
}

int evert_writing_put(struct evert_writing *writing,
		      struct evert_output *output,
		      const struct evert_watch *watch,
		      const struct iovec *pieces, size_t count, size_t length,
		      enum evert_sent *come_to)
{
	size_t sent = 0;

	*come_to = EVERT_SENT;
	if (evert_output_gathers(output, watch->reactor) &&
	    watch->reactor->window.used) {
		*come_to = evert_writing_send(writing, output, watch);
		if (!output->last && !writing->error &&
		    gather(writing, output, watch->reactor, pieces, count,
			   length))
			return 0;
	}
	if (length >= EVERT_WRITE_SIZE && count <= MOST_IN_PLACE &&
	    !output->last && !writing->error)
		sent = send_in_place(writing, output, watch, pieces, count,
				     length, come_to);
	if (writing->error || sent == length)
		return 0;
	return queue(output, watch->reactor, pieces, count, sent);
}

/* ---- Marks ---- */

void evert_writing_set_marks(struct evert_writing *writing,
			     struct evert_output *output,
			     struct evert_reactor *reactor, size_t high,
			     size_t low)
{
	writing->high = high < UINT32_MAX ? (uint32_t)high : UINT32_MAX;
	writing->low = low < writing->high ? (uint32_t)low : writing->high;
	evert_output_end(output, reactor);
}
