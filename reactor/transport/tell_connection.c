/* SPDX-License-Identifier: MIT */
#include "tell_connection_internal.h"

#include <string.h>

#include "../../deferred/base/probe_internal.h"

/* ---- Its descriptors ---- */

static struct evert_trace_entry *find(const struct evert_watch *watch)
{
	if (watch->fd < 0)
		return NULL;
	return evert_trace_find(EVERT_TRACE_DESCRIPTOR, watch->reactor->system,
				(uint64_t)watch->fd);
}

/* That of the one that is read, or if there is none, of the other. NULL: a
   recording does not know it, or no more. */
static struct evert_trace_entry *entry_of(struct evert_connection *c)
{
	return find(c->watch.fd < 0 ? evert_connection_output(c) : &c->watch);
}

static bool open_object(struct evert_connection *c, const char *what)
{
	const struct evert_trace_entry *entry = entry_of(c);

	if (!entry)
		return false;
	evert_trace_open_object(what);
	evert_trace_id(EVERT_TRACE_CONNECTION, entry->connection);
	return true;
}

/* ---- Its begin ---- */

/* FNV-1a (Fowler, Noll, Vo). */
static uint64_t hash(uint64_t before, const char *text)
{
	for (; *text; text++)
		before = (before ^ (unsigned char)*text) *
			 UINT64_C(0x100000001b3);
	return before;
}

/* Of what goes from one to the other. */
static uint64_t stream_of(const char *from, const char *to)
{
	uint64_t result = hash(UINT64_C(0xcbf29ce484222325), from);

	return hash(hash(result, ">"), to);
}

struct ends {
	char local[EVERT_ADDRESS_TEXT_SIZE];
	char peer[EVERT_ADDRESS_TEXT_SIZE];
	bool tell; /* which connection it is */
};

/* False: there is no address to be had. */
static bool look_up(struct evert_connection *c, bool peer, char *text,
		    struct ends *ends)
{
	struct evert_address address = { .length = 0 };

	if (!c->base.ops->address ||
	    c->base.ops->address(&c->base, peer, &address))
		return false;
	evert_address_unmap(&address);
	evert_address_text(&address, text, EVERT_ADDRESS_TEXT_SIZE);
	ends->tell = ends->tell && evert_address_port(&address);
	return true;
}

static void find_ends(struct evert_connection *c, struct ends *ends)
{
	ends->local[0] = ends->peer[0] = '\0';
	ends->tell = evert_connection_is_socket(c);
	ends->tell = look_up(c, false, ends->local, ends) &&
		     look_up(c, true, ends->peer, ends) && ends->tell;
}

/* One whose connection has left it has its bytes counted on. */
static void add(const struct evert_watch *watch, uint64_t id,
		const struct ends *ends)
{
	struct evert_trace_entry *entry = find(watch);

	if (!entry || !entry->is_detached) {
		entry = evert_trace_add(EVERT_TRACE_DESCRIPTOR,
					watch->reactor->system,
					(uint64_t)watch->fd);
		if (ends->tell) {
			entry->in.stream = stream_of(ends->peer, ends->local);
			entry->out.stream = stream_of(ends->local, ends->peer);
		}
	}
	entry->is_detached = false;
	entry->connection = id;
}

static void tell_connected(struct evert_connection *c, uint64_t id,
			   const struct ends *ends)
{
	int fd = c->watch.fd < 0 ? evert_connection_output(c)->fd :
				   c->watch.fd;

	evert_trace_open_object("connected");
	evert_trace_id(EVERT_TRACE_CONNECTION, id);
	evert_trace_integer("descriptor", fd);
	evert_trace_text("local", ends->local[0] ? ends->local : NULL);
	evert_trace_text("peer", ends->peer[0] ? ends->peer : NULL);
	evert_trace_close();
}

void evert_tell_connected(struct evert_connection *c)
{
	struct ends ends;
	uint64_t id;

	if (!evert_trace_is_recording() && !evert_is_probed())
		return;
	find_ends(c, &ends);
	EVERT_PROBE2(connection__made, c->watch.fd, ends.peer);
	if (!evert_trace_lock())
		return;
	id = evert_trace_next(EVERT_TRACE_CONNECTION);
	if (c->watch.fd >= 0)
		add(&c->watch, id, &ends);
	if (evert_connection_is_split(c) && c->rare->output->fd >= 0)
		add(c->rare->output, id, &ends);
	tell_connected(c, id, &ends);
	evert_trace_unlock();
}

/* ---- Its end ---- */

static void remove_of(const struct evert_watch *watch)
{
	struct evert_trace_entry *entry = find(watch);

	if (entry)
		evert_trace_remove(entry);
}

static void tell_why(const struct evert_failure *why)
{
	evert_trace_text_begin("why");
	evert_trace_text_put(why->kind->name, strlen(why->kind->name));
	evert_trace_text_put(": ", 2);
	evert_trace_text_put(why->message, strlen(why->message));
	evert_trace_text_end();
}

static void tell_end(struct evert_connection *c,
		     const struct evert_failure *why)
{
	if (!open_object(c, "closed"))
		return;
	tell_why(why);
	evert_trace_close();
}

void evert_tell_closed(struct evert_connection *c)
{
	EVERT_PROBE1(connection__lost, c->watch.fd);
	if (!evert_trace_lock())
		return;
	tell_end(c, c->base.why);
	remove_of(&c->watch);
	if (evert_connection_is_split(c))
		remove_of(c->rare->output);
	evert_trace_unlock();
}

void evert_tell_detached(struct evert_connection *c)
{
	struct evert_trace_entry *entry;

	if (!evert_trace_lock())
		return;
	tell_end(c, &EVERT_CONNECTION_DETACHED->bare);
	entry = find(&c->watch);
	if (entry)
		entry->is_detached = true;
	evert_trace_unlock();
}

/* ---- In between ---- */

void evert_tell_protocol(struct evert_connection *c, const char *name)
{
	const struct evert_trace_entry *entry;

	if (!evert_trace_lock())
		return;
	entry = entry_of(c);
	evert_trace_open('B', "protocol", name);
	if (entry)
		evert_trace_id(EVERT_TRACE_CONNECTION, entry->connection);
	evert_trace_close();
	evert_trace_unlock();
}

void evert_tell_state(struct evert_connection *c, const char *state,
		      const char *what)
{
	if (!evert_trace_lock())
		return;
	if (open_object(c, state)) {
		evert_trace_text("what", what);
		evert_trace_close();
	}
	evert_trace_unlock();
}

void evert_tell_queued(struct evert_connection *c)
{
	size_t queued = evert_connection_unsent(c);
	struct evert_trace_entry *entry;

	if (!evert_trace_lock())
		return;
	entry = entry_of(c);
	if (entry && entry->queued != queued) {
		entry->queued = queued;
		open_object(c, "queued");
		evert_trace_integer("bytes", (int64_t)queued);
		evert_trace_close();
	}
	evert_trace_unlock();
}
