// SPDX-License-Identifier: MIT
// Boost.Context's fibers. Fair: stacks come from Boost's own pool, without
// guard pages, and are of the size that evert's have.
#include <boost/context/fiber.hpp>
#include <boost/context/pooled_fixedsize_stack.hpp>

#include "common/measure.h"

using boost::context::fiber;

static boost::context::pooled_fixedsize_stack stacks(64 * 1024);

static void switches(size_t events)
{
	size_t turns = 0;
	fiber inside(std::allocator_arg, stacks, [&turns](fiber &&outside) {
		for (;;) {
			turns++;
			outside = std::move(outside).resume();
		}
		return std::move(outside);
	});

	for (size_t i = 0; i < events; i += 2)
		inside = std::move(inside).resume();
	measure_check("switches", turns, (events + 1) / 2);
}

static void spawn(size_t events)
{
	size_t turns = 0;

	for (size_t i = 0; i < events; i++) {
		fiber inside(std::allocator_arg, stacks,
			     [&turns](fiber &&outside) {
				     turns++;
				     return std::move(outside);
			     });
		inside = std::move(inside).resume();
	}
	measure_check("spawned", turns, events);
}

int main()
{
	measure("switch", 50000000, switches);
	measure("spawn", 5000000, spawn);
	return 0;
}
