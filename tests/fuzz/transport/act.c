/* SPDX-License-Identifier: MIT */
/* What is done to a connection, by its protocol, by others, and by its peer. */
#include "wire.h"

#include <errno.h>

#include "../kernel/memory.h"
#include "../kernel/pattern.h"

enum { DEEPEST = 6 };

/* ---- Numbers ---- */

static unsigned draw(void)
{
	return fuzz_setting(&world.input);
}

/* Mostly few; then those where the library's ways part. */
static size_t draw_length(void)
{
	static const size_t edges[] = { 0,     1,     4062,  4096,
					8000,  16383, 16384, 16385,
					40000, 65535, 65536, 100000 };
	unsigned byte = draw();

	return byte < 192 ? byte : edges[byte % (sizeof(edges) / sizeof(*edges))];
}

/* ---- Writing ---- */

/* What a write may return; `length` bytes more are the stream's then. */
static void wrote(bool was_open, size_t length, int error)
{
	if (!length) {
		must(!error);
		return;
	}
	if (!was_open)
		must(error == -EPIPE);
	if (error == -EPIPE)
		must(!was_open || world.had_trouble || memory_failed());
	if (error == -ENOMEM)
		must(memory_failed() || world.had_trouble);
	must(!error || error == -EPIPE || error == -ENOMEM);
}

/* Does it take what is written? Else it says so. */
static bool takes(const struct wire *wire)
{
	return wire->out && !wire->closed && !wire->write_ended &&
	       !wire->write_lost && !wire->transport->closing;
}

/* From the call on until it returns: what is written meanwhile, by who is told
   to pause, comes behind. */
static const char *begin_write(struct wire *wire, size_t length, bool *was_open)
{
	const char *data = pattern_at(2 * (unsigned)wire->number + 1,
				      wire->written);

	*was_open = takes(wire);
	wire->written += length;
	return data;
}

static void end_write(struct wire *wire, bool was_open, size_t length,
		      int error, uint64_t before)
{
	wrote(was_open, length, error);
	if (!error)
		return;
	must(wire->written == before + length || wire->transport->closing ||
	     wire->write_lost || error == -EPIPE);
	wire->written -= length;
}

static void write_plain(struct wire *wire)
{
	size_t length = draw_length();
	uint64_t before = wire->written;
	bool was_open;
	const char *data = begin_write(wire, length, &was_open);
	int error = evert_transport_write(wire->transport, data, length);

	end_write(wire, was_open, length, error, before);
}

static void write_pieces(struct wire *wire)
{
	struct iovec pieces[20];
	size_t count = draw() % 20, length = 0, each = draw_length(), i;
	uint64_t before = wire->written;
	const char *data;
	bool was_open;
	int error;

	if (each * count > PATTERN_MOST)
		each = PATTERN_MOST / 20;
	data = begin_write(wire, each * count, &was_open);
	for (i = 0; i < count; i++) {
		pieces[i] = (struct iovec){ (void *)(data + length), each };
		length += each;
	}
	error = evert_transport_write_sequence(wire->transport, pieces, count);
	end_write(wire, was_open, length, error, before);
}

struct buffer {
	struct wire *wire;
	char *data;
};

static void release(void *arg)
{
	struct buffer *buffer = arg;
	struct wire *wire = buffer->wire;

	must(wire->owned);
	wire->owned--;
	free(buffer->data);
	free(buffer);
	act_inside();
}

static void write_owned(struct wire *wire)
{
	struct buffer *buffer = malloc(sizeof(*buffer));
	size_t length = draw_length();
	uint64_t before = wire->written;
	bool was_open;
	const char *data = begin_write(wire, length, &was_open);
	int error;

	must(buffer);
	buffer->wire = wire;
	buffer->data = malloc(length + 1);
	must(buffer->data);
	memcpy(buffer->data, data, length);
	wire->owned++;
	error = evert_transport_write_owned(wire->transport, buffer->data,
					    length, release, buffer);
	if (!length) /* refused, all the same, by who is closed */
		must(!error || error == -EPIPE);
	else
		end_write(wire, was_open, length, error, before);
}

static void set_marks(struct wire *wire)
{
	size_t high = draw_length(), low = draw_length();

	wire->high = high;
	wire->low = low < high ? low : high;
	evert_transport_set_write_marks(wire->transport, high, low);
}

/* ---- Ending ---- */

static void lose(struct wire *wire)
{
	wire->closed = true;
	evert_transport_lose_connection(wire->transport);
	must(wire->transport->closing);
}

static void abort_wire(struct wire *wire)
{
	wire->closed = wire->aborted = true;
	evert_transport_abort(wire->transport);
	must(wire->transport->closing && !evert_transport_queued(wire->transport));
}

static void fail_wire(struct wire *wire)
{
	struct evert_failure *failure =
		evert_failure_create(EVERT_CONNECTION_LOST, EPROTO, "nonsense");

	wire->closed = wire->aborted = true;
	evert_transport_fail(wire->transport, failure);
	must(wire->transport->closing);
}

static void lose_write(struct wire *wire)
{
	bool was_open = takes(wire);
	int error = evert_transport_lose_write(wire->transport);

	must(error == 0 || error == -EPIPE);
	if (!was_open)
		must(error == -EPIPE);
	else
		must(!error || world.had_trouble || memory_failed());
	if (!error)
		wire->write_ended = true;
}

static struct evert_result heard(struct evert_result *in, void *arg)
{
	struct wire *wire = arg;

	(void)in;
	must(wire->lost && !wire->inside);
	wire->fired++;
	act_inside();
	return evert_result_none();
}

static void wait_closed(struct wire *wire)
{
	struct evert_deferred *closed;

	closed = evert_transport_closed(wire->transport);
	must(closed || memory_failed());
	if (!closed)
		return;
	wire->asked++;
	evert_deferred_add_both(closed, heard, wire);
	evert_deferred_release(closed);
}

/* ---- Reading ---- */

static void pause(struct wire *wire)
{
	wire->paused = true;
	evert_transport_pause_reading(wire->transport);
}

static void resume(struct wire *wire)
{
	wire->paused = false;
	evert_transport_resume_reading(wire->transport);
}

static void hold(struct wire *wire)
{
	bool is_held = draw() & 1;

	if (wire->transport->closing) /* too late */
		return;
	wire->was_held = true;
	wire->transport->held = is_held;
	if (!wire->transport->held)
		resume(wire);
}

/* ---- Producers, other protocols ---- */

static struct wire_source *source_from(struct evert_producer *base)
{
	return evert_container_of(base, struct wire_source, base);
}

static void resume_producing(struct evert_producer *base)
{
	struct wire_source *source = source_from(base);
	unsigned pieces = draw();

	must(base->transport == source->wire->transport);
	must(!base->transport->full && !base->transport->closing);
	must(!source->pushes || !source->runs);
	source->runs = true;
	if (!pieces)
		evert_producer_unregister(base);
	for (pieces %= 8; pieces && source->runs && base->transport; pieces--) {
		wire_enter(source->wire);
		source->wire->may_be_paused = true;
		write_plain(source->wire);
		wire_leave(source->wire);
	}
	act_inside();
}

static void pause_producing(struct evert_producer *base)
{
	struct wire_source *source = source_from(base);

	must(source->runs && base->transport->full);
	source->runs = false;
	act_inside();
}

static void stop_producing(struct evert_producer *base)
{
	struct wire_source *source = source_from(base);

	must(!base->transport && !source->wire->lost);
	must(source->wire->changes ||
	     (!source->wire->inside && !source->wire->calls));
	act_inside();
}

static const struct evert_producer_ops producers[] = {
	{ resume_producing, pause_producing, stop_producing },
	{ resume_producing, NULL, stop_producing },
};

static void produce(struct wire *wire)
{
	struct wire_source *source = &wire->source;
	int error;

	if (source->base.transport) {
		evert_producer_unregister(&source->base);
		return;
	}
	*source = (struct wire_source){ .wire = wire, .pushes = draw() & 1 };
	source->base.ops = &producers[!source->pushes];
	error = evert_transport_register_producer(wire->transport,
						  &source->base);
	must(!error || error == -EPIPE || (error == -ENOMEM && memory_failed()));
	if (error == -EPIPE)
		must(wire->transport->closing);
}

static void change_protocol(struct wire *wire)
{
	struct wire_side *former = wire->side, *side;
	bool has_end = draw() & 1;
	bool stops = wire->source.base.transport; /* which may do anything */
	int error;

	side = wire_side(wire, has_end);
	wire->side = side;
	wire->changes++;
	error = evert_transport_set_protocol(wire->transport, &side->base,
					     &side->former);
	wire->changes--;
	must(!error || (error == -EPIPE));
	if (error) {
		wire->side = former;
		wire->has_end = former->base.ops->end_received != NULL;
		free(side);
		return;
	}
	must(side->former.protocol == &former->base);
	must(stops || !wire->transport->held);
}

/* ---- The peer, and the kernel ---- */

static void feed(struct wire *wire)
{
	size_t length = draw_length();

	if (!wire->in || wire->in->ended || wire->in->broken)
		return;
	length = kernel_put(wire->in,
			    pattern_at(2 * (unsigned)wire->number, wire->fed),
			    length);
	wire->fed += length;
	if (wire->transport && wire->transport->closing)
		wire->late += length;
}

static void take(struct wire *wire, size_t most)
{
	static char bytes[KERNEL_ROOM];
	uint64_t at;
	size_t length;

	if (!wire->out)
		return;
	at = wire->out->taken;
	length = kernel_take(wire->out, bytes, most);
	pattern_check(2 * (unsigned)wire->number + 1, at, bytes, length);
}

void wire_take_all(struct wire *wire)
{
	if (wire->out)
		wire->out->room = KERNEL_ROOM;
	take(wire, KERNEL_ROOM);
}

static void end_feed(struct wire *wire)
{
	if (wire->in)
		wire->in->ended = true;
}

/* Or, of a pipe, who reads goes. */
static void break_off(struct wire *wire)
{
	world.had_trouble = true;
	if (wire->kind > WIRE_UNIX) {
		if (wire->out)
			wire->out->broken = true;
	} else if (!wire->in->broken) {
		kernel_reset(kernel_file(wire->fd));
	}
}

static void plan(void)
{
	static const struct {
		enum kernel_call call;
		int errors[6];
	} table[] = {
		{ KERNEL_READ, { EINTR, EAGAIN, ECONNRESET, ETIMEDOUT, EIO } },
		{ KERNEL_SEND, { EINTR, EAGAIN, ENOBUFS, ECONNRESET, EPIPE,
				 ENOMEM } },
		{ KERNEL_PEEK, { EINTR, EAGAIN, ECONNRESET } },
		{ KERNEL_SHUTDOWN, { ENOTCONN } },
		{ KERNEL_EPOLL_CTL, { ENOMEM, ENOSPC } },
		{ KERNEL_EPOLL_WAIT, { EINTR } },
		{ KERNEL_GETSOCKOPT, { ENOBUFS } },
		{ KERNEL_FCNTL, { EBADF } },
		{ KERNEL_SEND, { 0 } },
		{ KERNEL_SEND, { 0 } },
		{ KERNEL_READ, { 0 } },
		{ KERNEL_EPOLL_WAIT, { 0 } },
	};
	unsigned which = draw() % (sizeof(table) / sizeof(*table));
	unsigned how = draw();
	struct kernel_plan *of = &kernel.plans[table[which].call];

	*of = (struct kernel_plan){
		.skip = how & 3,
		.times = 1 + (how >> 2 & 3),
		.error = table[which].errors[(how >> 4) % 6],
		.most = draw(),
	};
	if (table[which].call == KERNEL_EPOLL_CTL && of->error)
		world.had_epoll_trouble = true;
	if (of->error && of->error != EINTR && of->error != EAGAIN)
		world.had_trouble = true;
	kernel.turn_of = of->most;
}

static void lack_memory(void)
{
	unsigned how = draw();

	memory_fail(1 + how / 2 % 32, how & 1);
}

/* ---- One of these ---- */

static void ask(struct wire *wire)
{
	struct evert_address address;
	size_t high, low;

	evert_transport_write_marks(wire->transport, &high, &low);
	must(high == wire->high && low == wire->low);
	evert_transport_peer(wire->transport, &address);
	evert_transport_host(wire->transport, &address);
	evert_transport_set_no_delay(wire->transport, true);
	if (!wire->was_held && !wire->lost)
		must(evert_transport_is_reading(wire->transport) ==
		     !wire->paused);
}

static void set_closing_time(struct wire *wire)
{
	int error = evert_transport_set_closing_time(wire->transport, draw());

	world.time_has_passed = true; /* perhaps it was 0 */
	must(!error || (error == -ENOMEM && memory_failed()));
}

#define OPERATION(name) { #name, name }
static const struct {
	const char *name;
	void (*act)(struct wire *wire);
} operations[] = {
	OPERATION(write_plain),	 OPERATION(write_plain),
	OPERATION(write_plain),	 OPERATION(write_pieces),
	OPERATION(write_owned),	 OPERATION(write_owned),
	OPERATION(set_marks),	 OPERATION(lose),
	OPERATION(abort_wire),	 OPERATION(fail_wire),
	OPERATION(lose_write),	 OPERATION(wait_closed),
	OPERATION(pause),	 OPERATION(resume),
	OPERATION(hold),	 OPERATION(produce),
	OPERATION(change_protocol), OPERATION(ask),
	OPERATION(set_closing_time), OPERATION(resume),
};
enum { OPERATIONS = sizeof(operations) / sizeof(*operations) };

static void operate(struct wire *wire, unsigned which)
{
	void (*act)(struct wire *wire) = operations[which].act;
	bool could_be_paused = wire->may_be_paused;

	if (!wire->transport)
		return;
	tell("%*s%s of %d\n", (int)world.depth * 4, "", operations[which].name,
	     wire->number);
	wire_enter(wire);
	wire->may_be_paused = act == write_plain || act == write_pieces ||
			      act == write_owned || act == set_marks ||
			      act == produce;
	act(wire);
	wire->may_be_paused = could_be_paused;
	wire_leave(wire);
}

static void act_of_peer(struct wire *wire, unsigned which)
{
	static const char *const names[] = {
		"feed", "feed", "take", "end_feed", "break_off", "set room",
		"plan", "lack_memory", "open_next", "take_all",
	};

	tell("%*s%s of %d\n", (int)world.depth * 4, "", names[which],
	     wire->number);
	if (which == 0 || which == 1)
		feed(wire);
	else if (which == 2)
		take(wire, draw_length());
	else if (which == 3)
		end_feed(wire);
	else if (which == 4)
		break_off(wire);
	else if (which == 5 && wire->out)
		wire->out->room = draw_length();
	else if (which == 6)
		plan();
	else if (which == 7)
		lack_memory();
	else if (which == 8)
		wire_open_next();
	else if (which == 9)
		wire_take_all(wire);
}

void act(void)
{
	unsigned which = draw() % (OPERATIONS + 10);
	struct wire *wire = &wires[draw() % WIRES];

	if (!wire->made)
		wire = &wires[0];
	if (world.depth >= DEEPEST)
		return;
	world.depth++;
	if (which >= OPERATIONS)
		act_of_peer(wire, which - OPERATIONS);
	else
		operate(wire, which);
	world.depth--;
}

void act_inside(void)
{
	unsigned times = draw() % 4;

	while (times-- && world.input.left)
		act();
}
