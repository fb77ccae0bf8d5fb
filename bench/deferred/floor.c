/* SPDX-License-Identifier: MIT */
/* The floor: as many indirect calls as a chain has links, nothing else. */
#include "common/measure.h"

static uint64_t add_one(uint64_t in)
{
	return in + 1;
}

/* Read anew at each call, so that no call becomes a direct one. */
static uint64_t (*volatile links[])(uint64_t in) = { add_one, add_one };

static void chain(size_t events, size_t count)
{
	uint64_t sum = 0;
	size_t i, link;

	for (i = 0; i < events; i++)
		for (link = 0; link < count; link++)
			sum = links[link & 1](sum);
	measure_check("chain", sum, events * count);
}

static void chain_1(size_t events)
{
	chain(events, 1);
}

static void chain_10(size_t events)
{
	chain(events, 10);
}

static void chain_100(size_t events)
{
	chain(events, 100);
}

int main(void)
{
	measure("chain_1", 20000000, chain_1);
	measure("chain_10", 4000000, chain_10);
	measure("chain_100", 400000, chain_100);
	return 0;
}
