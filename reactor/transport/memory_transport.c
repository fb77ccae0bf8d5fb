/* SPDX-License-Identifier: MIT */
#include "memory_transport.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "../../deferred/base/bug.h"
#include "../../deferred/base/memory.h"
#include "../bell_internal.h"

enum { DEFAULT_HIGH = 65536, SMALLEST = 256 };

struct evert_memory_transport {
	struct evert_transport base;
	char *written; /* and a zero byte; NULL before the first write */
	size_t length, capacity;
	size_t high;
	struct evert_reactor *reactor; /* or NULL */
	struct evert_bell closed;
	bool reading;
	bool wrote_end;
	bool aborted;
	struct evert_failure *reason; /* of an end that waits for the protocol */
	bool ending;	/* connection_lost was called, */
	bool gone;	/* and has returned */
	bool owns_protocol; /* one that was set later */
};

static struct evert_memory_transport *
memory_from(const struct evert_transport *transport)
{
	return evert_container_of(transport, struct evert_memory_transport,
				  base);
}

/* ---- Writing ---- */

/* Room for `length` bytes more and a zero byte. */
static bool make_room(struct evert_memory_transport *memory, size_t length)
{
	size_t needed = memory->length + length + 1;
	size_t capacity = memory->capacity ? 2 * memory->capacity : SMALLEST;
	char *grown;

	if (needed <= memory->capacity)
		return true;
	if (capacity < needed)
		capacity = needed;
	grown = evert_reallocate(memory->written, capacity);
	if (!grown)
		return false;
	memory->written = grown;
	memory->capacity = capacity;
	return true;
}

static void append(struct evert_memory_transport *memory, const void *data,
		   size_t length)
{
	if (length)
		memcpy(memory->written + memory->length, data, length);
	memory->length += length;
}

static void tell_over_mark(struct evert_memory_transport *memory)
{
	struct evert_protocol *protocol = memory->base.protocol;

	if (memory->base.full || memory->length <= memory->high)
		return;
	memory->base.full = true;
	if (protocol->ops->pause_writing)
		protocol->ops->pause_writing(protocol);
}

static int write_sequence(struct evert_transport *transport,
			  const struct iovec *pieces, size_t count)
{
	struct evert_memory_transport *memory = memory_from(transport);
	size_t i, length = 0;

	for (i = 0; i < count; i++)
		length += pieces[i].iov_len;
	if (transport->closing || memory->wrote_end || memory->reason)
		return length ? -EPIPE : 0;
	if (!make_room(memory, length)) {
		evert_transport_abort(transport);
		return -ENOMEM;
	}
	for (i = 0; i < count; i++)
		append(memory, pieces[i].iov_base, pieces[i].iov_len);
	memory->written[memory->length] = '\0';
	tell_over_mark(memory);
	return 0;
}

static int write_copy(struct evert_transport *transport, const void *data,
		      size_t length)
{
	struct iovec piece = { (void *)data, length };

	return write_sequence(transport, &piece, 1);
}

static int write_owned(struct evert_transport *transport, const void *data,
		       size_t length, void (*release)(void *arg), void *arg)
{
	int err = write_copy(transport, data, length);

	release(arg);
	return err;
}

static int lose_write(struct evert_transport *transport)
{
	struct evert_memory_transport *memory = memory_from(transport);

	if (transport->closing || memory->wrote_end || memory->reason)
		return -EPIPE;
	memory->wrote_end = transport->write_ended = true;
	return 0;
}

static void set_marks(struct evert_transport *transport, size_t high,
		      size_t low)
{
	struct evert_memory_transport *memory = memory_from(transport);

	(void)low; /* all that is queued is taken at once */
	memory->high = high;
	if (!transport->closing && !memory->wrote_end)
		tell_over_mark(memory);
}

static void get_marks(const struct evert_transport *transport, size_t *high,
		      size_t *low)
{
	*high = memory_from(transport)->high;
	if (*low > *high)
		*low = *high;
}

static size_t queued(const struct evert_transport *transport)
{
	struct evert_memory_transport *memory = memory_from(transport);

	return memory->aborted ? 0 : memory->length;
}

/* ---- Reading and closing ---- */

static void pause_reading(struct evert_transport *transport)
{
	memory_from(transport)->reading = false;
}

static void resume_reading(struct evert_transport *transport)
{
	memory_from(transport)->reading = true;
}

static bool is_reading(const struct evert_transport *transport)
{
	return memory_from(transport)->reading;
}

static void lose_connection(struct evert_transport *transport)
{
	transport->closing = true;
}

static void abort_connection(struct evert_transport *transport)
{
	struct evert_memory_transport *memory = memory_from(transport);

	transport->closing = true;
	if (!memory->ending)
		memory->aborted = true;
}

static struct evert_deferred *closed(struct evert_transport *transport,
				     const char *place)
{
	struct evert_memory_transport *memory = memory_from(transport);

	if (memory->gone)
		return evert_deferred_create_fired_at(place,
						      evert_result_none());
	return evert_bell_wait(&memory->closed, place);
}

/* ---- Between protocols ---- */

static struct evert_reactor *get_reactor(const struct evert_transport *transport)
{
	return memory_from(transport)->reactor;
}

/* The first one is the caller's, who made the transport. */
static int set_protocol(struct evert_transport *transport,
			struct evert_protocol *protocol,
			struct evert_owned_protocol *former)
{
	struct evert_memory_transport *memory = memory_from(transport);

	if (transport->closing || memory->reason)
		return -EPIPE;
	*former = (struct evert_owned_protocol){
		.protocol = transport->protocol,
		.destroys = memory->owns_protocol,
	};
	memory->owns_protocol = true;
	transport->held = false;
	transport->protocol = protocol;
	protocol->transport = transport;
	return 0;
}

/* ---- What there is not ---- */

static int address(const struct evert_transport *transport, bool peer,
		   struct evert_address *unknown)
{
	(void)transport;
	(void)peer;
	(void)unknown;
	return -EOPNOTSUPP;
}

static int set_option(struct evert_transport *transport, int level, int option,
		      int value)
{
	(void)transport;
	(void)level;
	(void)option;
	(void)value;
	return -EOPNOTSUPP;
}

/* It ends when the test says so. */
static int set_closing_time(struct evert_transport *transport, double seconds)
{
	(void)transport;
	return isfinite(seconds) ? 0 : -EINVAL;
}

static const struct evert_transport_ops memory_ops = {
	.write = write_copy,
	.write_sequence = write_sequence,
	.write_owned = write_owned,
	.lose_connection = lose_connection,
	.abort = abort_connection,
	.lose_write = lose_write,
	.pause_reading = pause_reading,
	.resume_reading = resume_reading,
	.set_marks = set_marks,
	.queued = queued,
	.is_reading = is_reading,
	.marks = get_marks,
	.reactor = get_reactor,
	.set_protocol = set_protocol,
	.closed = closed,
	.set_closing_time = set_closing_time,
	.address = address,
	.set_option = set_option,
};

/* ---- For the test ---- */

struct evert_memory_transport *
evert_memory_transport_create(struct evert_protocol *protocol)
{
	struct evert_memory_transport *memory =
		evert_allocate(sizeof(*memory));

	evert_protocol_check(protocol);
	if (!memory)
		return NULL;
	*memory = (struct evert_memory_transport){
		.base.ops = &memory_ops,
		.base.protocol = protocol,
		.high = DEFAULT_HIGH,
		.reading = true,
	};
	protocol->transport = &memory->base;
	if (protocol->ops->connection_made)
		protocol->ops->connection_made(protocol);
	return memory;
}

void evert_memory_transport_destroy(struct evert_memory_transport *memory)
{
	if (!memory)
		return;
	if (memory->ending && !memory->gone)
		evert_bug("evert_memory_transport_destroy was called from "
			  "inside connection_lost");
	memory->base.closing = true;
	evert_memory_transport_end(memory, NULL);
	evert_free(memory->written);
	if (memory->owns_protocol && memory->base.protocol->ops->destroy)
		memory->base.protocol->ops->destroy(memory->base.protocol);
	evert_free(memory);
}

struct evert_transport *
evert_memory_transport_base(struct evert_memory_transport *memory)
{
	return &memory->base;
}

void evert_memory_transport_set_reactor(struct evert_memory_transport *memory,
					struct evert_reactor *reactor)
{
	memory->reactor = reactor;
}

const char *
evert_memory_transport_written(const struct evert_memory_transport *memory,
			       size_t *length)
{
	if (length)
		*length = memory->length;
	return memory->written ? memory->written : "";
}

static void resume_writing(struct evert_memory_transport *memory)
{
	struct evert_protocol *protocol = memory->base.protocol;

	if (!memory->base.full || memory->base.closing)
		return;
	memory->base.full = false;
	if (protocol->ops->resume_writing)
		protocol->ops->resume_writing(protocol);
}

void evert_memory_transport_clear(struct evert_memory_transport *memory)
{
	memory->length = 0;
	if (memory->written)
		memory->written[0] = '\0';
	resume_writing(memory);
}

bool evert_memory_transport_is_reading(
	const struct evert_memory_transport *memory)
{
	return memory->reading;
}

bool evert_memory_transport_was_aborted(
	const struct evert_memory_transport *memory)
{
	return memory->aborted;
}

bool evert_memory_transport_wrote_end(
	const struct evert_memory_transport *memory)
{
	return memory->wrote_end;
}

/* The first one that there was. */
static struct evert_failure *
reason_to_tell(const struct evert_memory_transport *memory,
	       struct evert_failure *reason)
{
	if (memory->reason) {
		evert_failure_release(reason);
		return memory->reason;
	}
	if (reason)
		return reason;
	return evert_failure_bare(memory->aborted ? EVERT_CONNECTION_ABORTED :
						    EVERT_CONNECTION_DONE);
}

/* Of what is broken nothing is queued any more, so who reads on when there is
   room does so. */
static void wait_for_protocol(struct evert_memory_transport *memory,
			      struct evert_failure *reason)
{
	memory->reason = reason;
	if (!evert_failure_is(reason, EVERT_CONNECTION_DONE))
		resume_writing(memory);
}

void evert_memory_transport_end(struct evert_memory_transport *memory,
				struct evert_failure *reason)
{
	struct evert_protocol *protocol = memory->base.protocol;

	if (memory->ending) {
		evert_failure_release(reason);
		return;
	}
	reason = reason_to_tell(memory, reason);
	if (memory->base.held && !memory->base.closing) {
		wait_for_protocol(memory, reason);
		return;
	}
	reason = evert_transport_reason(&memory->base, reason);
	memory->reason = NULL;
	memory->ending = true;
	memory->base.closing = true;
	if (protocol->ops->connection_lost)
		protocol->ops->connection_lost(protocol, reason);
	evert_failure_release(reason);
	memory->gone = true;
	evert_bell_ring(&memory->closed);
}
