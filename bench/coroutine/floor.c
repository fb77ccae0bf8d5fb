/* SPDX-License-Identifier: MIT */
/* The floor: an indirect call and its return, which a switch there and back
   replaces; half of it, as a switch is one way. */
#include "common/measure.h"

static size_t calls;

static void called(void)
{
	calls++;
}

static void (*volatile call)(void) = called;

static void switches(size_t events)
{
	size_t i;

	calls = 0;
	for (i = 0; i < events; i += 2)
		call();
	measure_check("switches", calls, (events + 1) / 2);
}

int main(void)
{
	measure("switch", 100000000, switches);
	return 0;
}
