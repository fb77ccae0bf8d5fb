/* SPDX-License-Identifier: MIT */
/*
 * Relays, by hand and by splice: what one peer sends the other one gets, whole
 * and in order, with its end behind it; a side that breaks resets the other;
 * little is held; the Deferred fires once, when both connections are gone, and
 * counts right. The peers, the kernel and who cancels do what the input says.
 */
#include <errno.h>

#include "../../reactor/flow/relay.h"
#include "../../reactor/reactor.h"
#include "../../reactor/transport/adopt.h"
#include "fuzz.h"
#include "kernel/kernel.h"
#include "kernel/memory.h"
#include "kernel/pattern.h"

enum {
	ROUNDS = 200,
	/* That a relay may hold of what came from one side: a queue over its
	   mark by what is read in a turn, and a pipe. */
	HELD_MOST = 65536 + 8 * 65536 + KERNEL_ROOM,
};

/* A connection: what its peer sends is its stream, what it gets is the other
   side's. */
static struct side {
	int fd;
	struct kernel_way *in, *out;
	struct evert_transport *transport;
	uint64_t fed;
	bool lost, destroyed;
} sides[2];

static struct fuzz_input input;
static struct evert_reactor *reactor;
static struct evert_deferred *relay;
static unsigned fired;
static bool had_trouble, was_cancelled, stops, did_stop;

/* ---- The protocols that it had before ---- */

static struct side *opening;

struct former {
	struct evert_protocol base;
	struct side *side;
};

static void made(struct evert_protocol *base)
{
	struct former *former = (struct former *)base;

	former->side = opening;
	opening->transport = base->transport;
}

static void data_received(struct evert_protocol *base, const char *data,
			  size_t length)
{
	(void)base;
	(void)data;
	(void)length;
	must(false); /* they are paused, and then a relay's */
}

static void lost(struct evert_protocol *base,
		 const struct evert_failure *reason)
{
	struct side *side = ((struct former *)base)->side;

	(void)reason;
	must(!side->lost && !fired);
	side->lost = true;
}

static void destroy(struct evert_protocol *base)
{
	struct side *side = ((struct former *)base)->side;

	must(side->lost && !side->destroyed);
	side->destroyed = true;
	side->transport = NULL;
}

static const struct evert_protocol_ops former_ops = {
	.data_received = data_received,
	.connection_made = made,
	.connection_lost = lost,
	.destroy = destroy,
};

static struct evert_factory factory =
	EVERT_FACTORY(struct former, base, &former_ops);

static void open_side(int number, bool local)
{
	struct side *side = &sides[number];

	*side = (struct side){ .fd = kernel_socket(local) };
	side->in = kernel_file(side->fd)->in;
	side->out = kernel_file(side->fd)->out;
	opening = side;
	must(evert_connection_adopt(reactor, side->fd, &factory));
	evert_transport_pause_reading(side->transport);
}

/* ---- The relay ---- */

static void check_counts(const struct evert_relayed *relayed)
{
	must(relayed->there == sides[0].fed && relayed->back == sides[1].fed);
	must(sides[1].out->taken + sides[1].out->length == sides[0].fed);
	must(sides[0].out->taken + sides[0].out->length == sides[1].fed);
}

static struct evert_result ended(struct evert_result *in, void *arg)
{
	(void)arg;
	must(!fired++);
	must(sides[0].lost && sides[1].lost);
	tell("the relay has ended: %s\n", evert_result_is_failure(in) ?
		evert_result_as_failure(in)->message : "in order");
	if (!evert_result_is_failure(in))
		check_counts(evert_result_as_relayed(in));
	else
		must(had_trouble || was_cancelled || stops || did_stop ||
		     memory_failed());
	return evert_result_none();
}

static void begin_relay(void)
{
	relay = evert_relay(sides[0].transport, sides[1].transport);
	must(relay || memory_failed());
	if (!relay)
		fired++; /* nothing will */
	else
		evert_deferred_add_both(relay, ended, NULL);
}

/* ---- The peers, and the kernel ---- */

static size_t draw_length(void)
{
	static const size_t edges[] = { 1,	4096,  16383, 16384,
					65535, 65536, 65537, KERNEL_ROOM };
	unsigned byte = fuzz_setting(&input);

	return byte < 128 ? byte : edges[byte % 8];
}

static void feed(int number, size_t length)
{
	struct side *side = &sides[number];

	if (side->in->ended || side->in->broken)
		return;
	side->fed += kernel_put(side->in,
				pattern_at((unsigned)number, side->fed),
				length);
}

static void take(int number, size_t most)
{
	static char bytes[KERNEL_ROOM];
	struct kernel_way *out = sides[number].out;
	uint64_t at = out->taken;
	size_t length = kernel_take(out, bytes, most);

	pattern_check(!number, at, bytes, length);
	must(out->taken <= sides[!number].fed);
}

/* Ended in order, all of it. */
static void check_end(int number)
{
	const struct kernel_way *out = sides[number].out;

	if (out->ended && !out->broken && !out->length && !had_trouble &&
	    !was_cancelled && !did_stop && !memory_failed())
		must(sides[!number].in->ended &&
		     out->taken == sides[!number].fed);
}

static void check_held(int number)
{
	const struct side *from = &sides[number], *to = &sides[!number];
	uint64_t read = from->fed - from->in->length;
	uint64_t sent = to->out->taken + to->out->length;

	must(read >= sent || had_trouble);
	/* What comes for one that is broken, or gone, is dropped. */
	if (!from->lost && !to->lost && !to->out->broken)
		must(read - sent <= HELD_MOST);
}

static void break_off(int number)
{
	had_trouble = true;
	if (!sides[number].in->broken)
		kernel_reset(kernel_file(sides[number].fd));
}

static void plan(void)
{
	static const struct {
		enum kernel_call call;
		int errors[4];
	} table[] = {
		{ KERNEL_SPLICE, { EINTR, EAGAIN, EINVAL, ECONNRESET } },
		{ KERNEL_SPLICE, { 0 } },
		{ KERNEL_READ, { EINTR, EAGAIN, ECONNRESET, ETIMEDOUT } },
		{ KERNEL_READ, { 0 } },
		{ KERNEL_SEND, { EINTR, EAGAIN, ENOBUFS, EPIPE } },
		{ KERNEL_SEND, { 0 } },
		{ KERNEL_PIPE, { EMFILE, ENFILE, EMFILE, EMFILE } },
		{ KERNEL_FCNTL, { EPERM, EBUSY, ENOMEM, EPERM } },
		{ KERNEL_EPOLL_CTL, { ENOMEM, ENOSPC, ENOMEM, ENOSPC } },
		{ KERNEL_EPOLL_WAIT, { EINTR, EINTR, EINTR, EINTR } },
	};
	unsigned which = fuzz_setting(&input) % 10, how = fuzz_setting(&input);
	struct kernel_plan *of = &kernel.plans[table[which].call];

	*of = (struct kernel_plan){
		.skip = how & 7,
		.times = 1 + (how >> 3 & 7),
		.error = table[which].errors[how >> 6],
		.most = draw_length(),
	};
	kernel.turn_of = how;
	if (of->error && of->error != EINTR && of->error != EAGAIN &&
	    of->error != EINVAL && which != 6 && which != 7)
		had_trouble = true;
}

/* ---- */

static void check_all(void)
{
	int i;

	for (i = 0; i < 2; i++) {
		check_held(i);
		check_end(i);
	}
}

/* Nobody waits for what will not wake him. */
static void check_sleep(void)
{
	int i;

	check_all();
	for (i = 0; i < 2; i++)
		if (sides[i].transport && !sides[i].lost &&
		    evert_transport_queued(sides[i].transport))
			must(kernel_wanted(sides[i].fd) & POLLOUT);
}

static void turn(double seconds)
{
	int error;

	tell("turn %g\n", seconds);
	error = evert_reactor_turn(reactor, seconds);
	must(error == 0 || (error == -ESHUTDOWN && stops));
	check_all();
}

static void cancel(void)
{
	if (fired)
		return;
	was_cancelled = true;
	evert_deferred_cancel(relay);
}

static void step(void)
{
	static const char *const names[] = {
		"feed", "feed", "fill", "take", "take all", "end", "plan",
		"room", "rare",
	};
	unsigned what = fuzz_setting(&input), number = what >> 4 & 1;
	unsigned which = what & 15;

	if (which > 8) {
		turn(which == 15 ? 1 : 0);
		return;
	}
	tell("%s of %u\n", names[which], number);
	if (which < 2)
		feed((int)number, draw_length());
	else if (which == 2)
		feed((int)number, KERNEL_ROOM);
	else if (which == 3)
		take((int)number, draw_length());
	else if (which == 4)
		take((int)number, KERNEL_ROOM);
	else if (which == 5)
		sides[number].in->ended = true;
	else if (which == 6)
		plan();
	else if (which == 7)
		sides[number].out->room = draw_length();
	else if (what >> 5 == 1)
		break_off((int)number);
	else if (what >> 5 == 2)
		cancel();
	else if (what >> 5 == 3)
		memory_fail(1 + fuzz_setting(&input) % 16, false);
	else if (what >> 5 == 4)
		evert_reactor_stop(reactor), stops = did_stop = true;
}

/* All is taken, all have ended: so does the relay. */
static void end_in_order(void)
{
	int round, i;

	memset(kernel.plans, 0, sizeof(kernel.plans));
	memory_fail(0, false);
	for (round = 0; round < ROUNDS && !fired; round++) {
		for (i = 0; i < 2; i++) {
			sides[i].in->ended = true;
			sides[i].out->room = KERNEL_ROOM;
			take(i, KERNEL_ROOM);
		}
		turn(0);
	}
	must(fired);
	if (!had_trouble && !was_cancelled && !did_stop && !memory_failed())
		for (i = 0; i < 2; i++) {
			take(i, KERNEL_ROOM);
			must(sides[i].out->taken == sides[!i].fed);
			must(sides[i].out->ended && !sides[i].out->broken);
		}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct evert_reactor_options options = { .system = kernel_begin() };
	unsigned how;

	input = (struct fuzz_input){ (const char *)data, size, 1 };
	how = fuzz_setting(&input);
	memory_begin();
	options.poller = how & 1 ? "poll" : "epoll";
	reactor = evert_reactor_create(&options);
	fired = 0;
	had_trouble = was_cancelled = stops = did_stop = false;
	open_side(0, how & 2);
	open_side(1, how & 4);
	kernel.before_sleep = check_sleep;
	begin_relay();
	while (input.left)
		step();
	end_in_order();
	stops = true;
	evert_deferred_release(relay);
	evert_reactor_destroy(reactor);
	must(sides[0].destroyed && sides[1].destroyed);
	memory_end();
	kernel_end();
	return 0;
}
