/* SPDX-License-Identifier: MIT */
#include "tell_bytes_internal.h"

#include "../../deferred/base/probe_internal.h"

/* The sender and the receiver of the byte with that number find the same. */
static uint64_t flow_of(uint64_t stream, uint64_t number)
{
	return stream + number * UINT64_C(0x9e3779b97f4a7c15);
}

static void tell(char end, const char *what,
		 const struct evert_trace_entry *entry,
		 struct evert_trace_way *way, const struct iovec *parts,
		 size_t count)
{
	evert_trace_open('i', "bytes", what);
	evert_trace_id(EVERT_TRACE_CONNECTION, entry->connection);
	evert_trace_integer("from", (int64_t)way->bytes);
	evert_trace_integer("count", (int64_t)count);
	if (way->stream)
		evert_trace_hash("stream", way->stream);
	evert_trace_bytes("text", parts, count);
	evert_trace_close();
	if (way->stream)
		evert_trace_flow_end(end, "bytes",
				     flow_of(way->stream, way->bytes));
	way->bytes += (uint64_t)count;
}

/* The descriptor's entry, locked, or NULL. */
static struct evert_trace_entry *lock_entry(const struct evert_system *system,
					    int fd)
{
	struct evert_trace_entry *entry;

	if (!evert_trace_lock())
		return NULL;
	entry = evert_trace_find(EVERT_TRACE_DESCRIPTOR, system, (uint64_t)fd);
	if (!entry)
		evert_trace_unlock();
	return entry;
}

void evert_tell_read(const struct evert_system *system, int fd,
		     const struct iovec *parts, ssize_t count)
{
	struct evert_trace_entry *entry;

	if (count <= 0)
		return;
	EVERT_PROBE2(read, fd, count);
	entry = lock_entry(system, fd);
	if (!entry)
		return;
	tell('f', "read", entry, &entry->in, parts, (size_t)count);
	evert_trace_unlock();
}

void evert_tell_written(const struct evert_system *system, int fd,
			const struct iovec *parts, ssize_t count, int64_t at)
{
	struct evert_trace_entry *entry;

	if (count <= 0)
		return;
	EVERT_PROBE2(write, fd, count);
	entry = lock_entry(system, fd);
	if (!entry)
		return;
	evert_trace_set_time(at);
	tell('s', "written", entry, &entry->out, parts, (size_t)count);
	evert_trace_unlock();
}

ssize_t evert_tell_sendv(struct evert_system *system, int fd,
			 const struct iovec *parts, int count)
{
	int64_t at = evert_trace_now();
	ssize_t sent = system->ops->sendv(system, fd, parts, count);

	evert_tell_written(system, fd, parts, sent, at);
	return sent;
}

ssize_t evert_tell_writev(struct evert_system *system, int fd,
			  const struct iovec *parts, int count)
{
	int64_t at = evert_trace_now();
	ssize_t written = system->ops->writev(system, fd, parts, count);

	evert_tell_written(system, fd, parts, written, at);
	return written;
}
