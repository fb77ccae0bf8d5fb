/* SPDX-License-Identifier: MIT */
#include "wire.h"

#include <errno.h>

#include "../../../reactor/transport/adopt.h"
#include "../../../reactor/transport/pipe.h"
#include "../kernel/memory.h"
#include "../kernel/pattern.h"

struct wire wires[WIRES];
struct wire_world world;

/* Which one the factory builds for. */
static struct wire *opening;

void wire_enter(struct wire *wire)
{
	wire->calls++;
}

void wire_leave(struct wire *wire)
{
	wire->calls--;
}

/* ---- Callbacks ---- */

static struct wire_side *side_from(struct evert_protocol *base)
{
	return evert_container_of(base, struct wire_side, base);
}

/* What is so whenever a protocol is called, but at its end. */
static struct wire *begin(struct evert_protocol *base, const char *what)
{
	struct wire_side *side = side_from(base);
	struct wire *wire = side->wire;

	must(wire->side == side);
	tell("%*s%d: %s\n", (int)world.depth * 4, "", wire->number, what);
	must(wire->made && !wire->lost && !wire->destroyed);
	must(base->transport == wire->transport);
	must(!wire->closed && !base->transport->closing);
	return wire;
}

/* From the loop: not inside anything of its own. */
static struct wire *begin_from_loop(struct evert_protocol *base,
				    const char *what)
{
	struct wire *wire = begin(base, what);

	must(!wire->inside && !wire->calls);
	wire->inside = true;
	return wire;
}

static void end(struct wire *wire)
{
	wire->inside = false;
}

static void made(struct evert_protocol *base)
{
	struct wire_side *side = side_from(base);

	if (!side->wire) { /* the library has built it */
		side->wire = opening;
		opening->side = side;
	}
	opening = NULL;
	must(!side->wire->made);
	side->wire->made = true;
	side->wire->transport = base->transport;
	begin_from_loop(base, __func__);
	act_inside();
	end(side->wire);
}

static void data_received(struct evert_protocol *base, const char *data,
			  size_t length)
{
	struct wire *wire = begin_from_loop(base, __func__);

	must(length && !wire->paused && !wire->is_ended);
	must(wire->got + length <= wire->fed);
	pattern_check(2 * (unsigned)wire->number, wire->got, data, length);
	wire->got += length;
	act_inside();
	end(wire);
}

static void end_received(struct evert_protocol *base)
{
	struct wire *wire = begin_from_loop(base, __func__);

	must(wire->in->ended && wire->got == wire->fed);
	must(!wire->paused && !wire->is_ended && base->transport->ended);
	wire->is_ended = true;
	act_inside();
	end(wire);
}

static void write_lost(struct evert_protocol *base, int error)
{
	struct wire *wire = begin_from_loop(base, __func__);

	must(error > 0 && !wire->write_lost);
	must(wire->kind == WIRE_PIPES || wire->kind == WIRE_PIPE_OUT);
	wire->write_lost = true;
	act_inside();
	end(wire);
}

/* Perhaps from inside what was called by anybody's callback. */
static void pause_writing(struct evert_protocol *base)
{
	struct wire *wire = begin(base, __func__);
	bool was_inside = wire->inside;

	must(!wire->calls || wire->may_be_paused);
	must(!wire->full && base->transport->full);
	must(evert_transport_queued(base->transport) > wire->high);
	wire->full = true;
	wire->inside = true;
	act_inside();
	wire->inside = was_inside;
}

static void resume_writing(struct evert_protocol *base)
{
	struct wire *wire = begin_from_loop(base, __func__);

	must(wire->full && !base->transport->full);
	must(evert_transport_queued(base->transport) <= wire->low);
	wire->full = false;
	act_inside();
	end(wire);
}

static void stopping(struct evert_protocol *base)
{
	struct wire *wire = begin_from_loop(base, __func__);

	must(world.stops);
	act_inside();
	wire->closed = true;
	end(wire);
}

/* ---- The end ---- */

/* Of what the peer sent before its end, or ours, nothing is lost. */
static bool must_have_got_all(const struct wire *wire)
{
	return wire->in && !wire->closed && !world.stops &&
	       !world.had_epoll_trouble && !memory_failed() &&
	       !wire->write_ended &&
	       (!wire->out || wire->kind <= WIRE_UNIX || !wire->out->broken);
}

static void check_reason(const struct wire *wire,
			 const struct evert_failure *reason)
{
	if (evert_failure_is(reason, EVERT_CONNECTION_DONE)) {
		must(wire->closed || !wire->in || wire->in->ended);
		must(!wire->out || wire->write_lost ||
		     wire->out->taken + wire->out->length == wire->written);
	} else if (evert_failure_is(reason, EVERT_CONNECTION_ABORTED)) {
		must(wire->aborted);
	} else if (evert_failure_is(reason, EVERT_REACTOR_STOPPED)) {
		must(world.stops);
	} else {
		must(world.had_trouble || memory_failed() ||
		     world.time_has_passed || wire->aborted);
	}
}

static void lost(struct evert_protocol *base,
		 const struct evert_failure *reason)
{
	struct wire_side *side = side_from(base);
	struct wire *wire = side->wire;

	tell("%d: lost: %s\n", wire->number, reason->message);
	must(wire->side == side && wire->made && !wire->lost);
	must(!wire->inside && !wire->calls);
	must(evert_failure_is(reason, EVERT_CONNECTION_LOST) ||
	     evert_failure_is(reason, EVERT_CONNECTION_DONE) ||
	     evert_failure_is(reason, EVERT_REACTOR_STOPPED));
	must(base->transport->closing);
	must(!base->transport->held || wire->closed || world.stops ||
	     wire->kind == WIRE_PIPE_OUT || world.had_epoll_trouble ||
	     (wire->write_ended && world.time_has_passed) || memory_failed());
	check_reason(wire, reason);
	if (must_have_got_all(wire))
		must(wire->got + wire->late == wire->fed);
	must(!wire->source.base.transport);
	wire->lost = wire->inside = true;
	act_inside();
	end(wire);
}

static void destroy(struct evert_protocol *base)
{
	struct wire_side *side = side_from(base);
	struct wire *wire = side->wire;

	if (wire->side == side) {
		must(wire->lost && !wire->inside && !wire->calls);
		wire->destroyed = true;
		wire->transport = NULL;
	}
	evert_owned_protocol_release(&side->former);
	if (side->is_own)
		free(side);
}

static const struct evert_protocol_ops ops[] = {
	{
		.data_received = data_received,
		.connection_made = made,
		.connection_lost = lost,
		.end_received = end_received,
		.write_lost = write_lost,
		.pause_writing = pause_writing,
		.resume_writing = resume_writing,
		.stopping = stopping,
		.destroy = destroy,
	},
	{
		.data_received = data_received,
		.connection_made = made,
		.connection_lost = lost,
		.pause_writing = pause_writing,
		.resume_writing = resume_writing,
		.destroy = destroy,
	},
};

struct wire_side *wire_side(struct wire *wire, bool has_end)
{
	struct wire_side *side = calloc(1, sizeof(*side));

	must(side);
	side->base.ops = &ops[!has_end];
	side->wire = wire;
	side->is_own = true;
	wire->has_end = has_end;
	return side;
}

/* ---- Opening ---- */

static struct evert_protocol *build(struct evert_factory *factory,
				    const struct evert_address *peer)
{
	(void)factory;
	(void)peer;
	must(opening);
	opening->side = wire_side(opening, opening->has_end);
	return &opening->side->base;
}

static struct evert_protocol *refuse(struct evert_factory *factory,
				     const struct evert_address *peer)
{
	(void)factory;
	(void)peer;
	return NULL;
}

static struct evert_factory factories[] = {
	{ .build_protocol = build },
	EVERT_FACTORY(struct wire_side, base, &ops[0]),
	EVERT_FACTORY(struct wire_side, base, &ops[1]),
	{ .build_protocol = refuse },
};

static void make_descriptors(struct wire *wire)
{
	wire->fd = wire->out_fd = -1;
	if (wire->kind <= WIRE_UNIX) {
		wire->fd = wire->out_fd =
			kernel_socket(wire->kind == WIRE_UNIX);
		wire->in = kernel_file(wire->fd)->in;
		wire->out = kernel_file(wire->fd)->out;
		return;
	}
	if (wire->kind != WIRE_PIPE_OUT) {
		wire->fd = kernel_pipe_in();
		wire->in = kernel_file(wire->fd)->in;
	}
	if (wire->kind != WIRE_PIPE_IN) {
		wire->out_fd = kernel_pipe_out();
		wire->out = kernel_file(wire->out_fd)->out;
	}
}

/* What failed leaves the descriptors to the caller, but for two reasons. */
static void give_back(struct wire *wire, int error)
{
	bool closed = wire->kind <= WIRE_UNIX &&
		      (error == ENOMEM || error == ECONNABORTED);

	must(world.had_trouble || memory_failed() || world.stops ||
	     error == ECONNABORTED);
	if (wire->fd >= 0 && !closed)
		kernel.base.ops->close(&kernel.base, wire->fd);
	if (wire->out_fd >= 0 && wire->out_fd != wire->fd)
		kernel.base.ops->close(&kernel.base, wire->out_fd);
	must(!wire->made);
	wire->made = wire->lost = wire->destroyed = true;
	opening = NULL;
}

static void open_wire(struct wire *wire)
{
	unsigned how = fuzz_setting(&world.input);
	struct evert_factory *factory = &factories[how / 8 % 4];
	struct evert_protocol *protocol;

	*wire = (struct wire){
		.number = (int)(wire - wires),
		.kind = (enum wire_kind)(how / 32 % WIRE_KINDS),
		.high = 65536,
		.low = 16384,
		.has_end = factory == &factories[0] ? how & 1 :
						      factory == &factories[1],
	};
	make_descriptors(wire);
	if (wire->out && how & 2)
		wire->out->room = 1 + fuzz_setting(&world.input) * 16u;
	opening = wire;
	protocol = wire->kind <= WIRE_UNIX ?
			   evert_connection_adopt(world.reactor, wire->fd,
						  factory) :
			   evert_pipe_open(world.reactor, wire->fd,
					   wire->out_fd, factory);
	if (!protocol)
		give_back(wire, errno);
	else
		must(wire->made);
}

void wire_open_next(void)
{
	int i;

	for (i = 0; i < WIRES; i++)
		if (wires[i].fd == WIRE_UNUSED) {
			open_wire(&wires[i]);
			return;
		}
}

/* ---- Checks ---- */

static bool is_open(const struct wire *wire)
{
	return wire->made && !wire->lost && wire->transport;
}

static void check_interest(struct wire *wire)
{
	struct evert_transport *transport = wire->transport;

	if (evert_transport_queued(transport))
		must(kernel_wanted(wire->out_fd) & POLLOUT);
	if (!wire->in || transport->closing || wire->was_held ||
	    wire->is_ended || transport->ended)
		return;
	if (wire->paused)
		must(!(kernel_wanted(wire->fd) & POLLIN));
	else
		must(kernel_wanted(wire->fd) & POLLIN);
}

static void check_marks(struct wire *wire)
{
	size_t queued = evert_transport_queued(wire->transport);

	must(wire->full == wire->transport->full);
	if (wire->full)
		must(queued > wire->low);
	else if (!wire->write_ended && !wire->write_lost)
		must(queued <= wire->high);
}

void wire_check(struct wire *wire)
{
	if (!is_open(wire))
		return;
	check_interest(wire);
	if (!wire->transport->closing && !wire->was_held)
		check_marks(wire);
}

void wire_check_end(struct wire *wire)
{
	if (!wire->made)
		return;
	must(wire->lost && wire->destroyed);
	must(!wire->owned && wire->fired == wire->asked);
	if (wire->in)
		must(wire->in->broken);
	if (wire->out)
		must(wire->out->ended);
}
