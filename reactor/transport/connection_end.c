/* SPDX-License-Identifier: MIT */
#include "tell_connection_internal.h"

#include "../../deferred/base/running_internal.h"

static EVERT_APART void call_told(struct evert_connection *c,
				  void (*operation)(struct evert_protocol *),
				  const char *name)
{
	struct evert_running_mark mark;

	evert_running_begin_for(&mark, name, c->watch.fd);
	evert_tell_protocol(c, name);
	operation(c->base.protocol);
	evert_trace_end();
	evert_running_end(&mark);
}

void evert_connection_call(struct evert_connection *c,
			   void (*operation)(struct evert_protocol *protocol),
			   const char *name)
{
	if (!operation)
		return;
	if (evert_is_observed())
		call_told(c, operation, name);
	else
		operation(c->base.protocol);
}

void evert_connection_lose(struct evert_transport *base)
{
	struct evert_connection *c = evert_connection_from(base);

	if (base->closing)
		return;
	base->closing = true;
	evert_connection_end_writing(c);
	/* Most often it then ends; else the task updates what it waits for. */
	evert_connection_plan(c);
}

void evert_connection_end(struct evert_connection *c,
			  struct evert_failure *reason)
{
	if (c->ended)
		evert_failure_release(reason);
	else
		c->base.why = c->base.why ?
				      evert_transport_reason(&c->base, reason) :
				      reason;
	c->ended = true;
	if (!c->base.held)
		c->base.closing = true;
	c->writing.full = false;
	evert_writing_end(&c->writing); /* what it gathers is dropped below */
	if (c->rare)
		evert_closing_end(c->rare->closing);
	if (c->unsent)
		c->watch.reactor->unsent--;
	c->unsent = false;
	if (c->base.closing) /* the task closes it */
		evert_watch_mute(&c->watch);
	else
		evert_connection_update(c); /* for nothing */
	evert_connection_plan(c);
	if (c->output.last ||
	    evert_output_gathers(&c->output, c->watch.reactor))
		evert_output_drop(&c->output, c->watch.reactor);
}

void evert_connection_end_here(struct evert_connection *c,
			       struct evert_failure *reason)
{
	c->base.closing = true;
	evert_connection_end(c, reason);
}

void evert_connection_end_in_order(struct evert_connection *c)
{
	evert_connection_end(c, evert_failure_bare(
					c->unsent ? EVERT_REACTOR_STOPPED :
						    EVERT_CONNECTION_DONE));
}

/* Where writing has failed before, that is why. */
void evert_connection_end_broken(struct evert_connection *c, int error)
{
	if (c->writing.error)
		error = c->writing.error;
	evert_connection_end(c, evert_failure_create(EVERT_CONNECTION_LOST,
						     error,
						     "connection lost"));
}
