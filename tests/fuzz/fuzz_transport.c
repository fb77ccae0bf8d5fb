/* SPDX-License-Identifier: MIT */
/* Long sequences of what is done to stream transports, by their protocols in
   every callback, by others, by their peers and the kernel, against the
   promises of transport.h and protocol.h (tests/fuzz/transport). */
#include "transport/wire.h"

#include <errno.h>

#include "kernel/memory.h"

enum { ROUNDS = 100 };

static void check_all(void)
{
	int i;

	world.time_has_passed = true;
	for (i = 0; i < WIRES; i++)
		wire_check(&wires[i]);
}

static void turn(double seconds)
{
	int error;

	tell("turn %g\n", seconds);
	error = evert_reactor_turn(world.reactor, seconds);

	must(error == 0 || (error == -ESHUTDOWN && world.stops));
	if (error)
		world.stops = false;
}

/* Turns are what there is most of. */
static void step(void)
{
	static const double seconds[] = { 0, 0.001, 0, 1, 0.001, 0, 0, 10 };
	unsigned what = fuzz_setting(&world.input);

	if (what < 96) {
		turn(seconds[what % 8]);
	} else if (what == 96) {
		world.stops = true;
		evert_reactor_stop(world.reactor);
	} else {
		act();
	}
}

/* ---- The end: the kernel is kind, the peers take all and say good-bye ---- */

static bool are_all_lost(void)
{
	int i;

	for (i = 0; i < WIRES; i++)
		if (wires[i].made && !wires[i].destroyed)
			return false;
	return true;
}

static void say_good_bye(struct wire *wire)
{
	if (!wire->transport || wire->lost)
		return;
	if (wire->in)
		wire->in->ended = true;
	wire_take_all(wire);
	evert_producer_unregister(&wire->source.base);
	wire->transport->held = false;
	wire->paused = false;
	evert_transport_resume_reading(wire->transport);
}

static void close_rest(struct wire *wire)
{
	if (!wire->transport || wire->lost)
		return;
	must(!wire->in || wire->is_ended || wire->transport->closing ||
	     !wire->has_end || wire->kind == WIRE_PIPE_OUT);
	wire->closed = true;
	evert_transport_lose_connection(wire->transport);
}

static void end_in_order(void)
{
	int i, round;

	memset(kernel.plans, 0, sizeof(kernel.plans));
	memory_fail(0, false);
	for (round = 0; round < ROUNDS && !are_all_lost(); round++) {
		for (i = 0; i < WIRES; i++) {
			say_good_bye(&wires[i]);
			if (round == ROUNDS / 2)
				close_rest(&wires[i]);
		}
		turn(0);
	}
	must(are_all_lost());
}

static void begin(void)
{
	struct evert_reactor_options options = { .system = kernel_begin() };
	unsigned how = fuzz_setting(&world.input);
	int i;

	memory_begin();
	options.poller = how & 1 ? "poll" : "epoll";
	if (how & 2)
		options.closing_seconds = 0.5;
	world.reactor = evert_reactor_create(&options);
	must(world.reactor);
	kernel.before_sleep = check_all;
	for (i = 0; i < WIRES; i++)
		wires[i] = (struct wire){ .fd = WIRE_UNUSED, .number = i };
	wire_open_next();
	if (how & 4)
		wire_open_next();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool in_order;
	int i;

	world = (struct wire_world){
		.input = { (const char *)data, size, 1 },
	};
	in_order = fuzz_setting(&world.input) & 1;
	begin();
	while (world.input.left)
		step();
	if (in_order)
		end_in_order();
	world.stops = true;
	for (i = 0; i < WIRES; i++)
		if (wires[i].transport)
			wires[i].transport->held = false;
	evert_reactor_destroy(world.reactor);
	for (i = 0; i < WIRES; i++)
		wire_check_end(&wires[i]);
	memory_end();
	kernel_end();
	return 0;
}
