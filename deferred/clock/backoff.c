/* SPDX-License-Identifier: MIT */
#include "backoff.h"

#include <time.h>
#include <unistd.h>

#include "backoff_internal.h"

uint64_t (*evert_backoff_seed)(void);

static uint64_t seed(const struct evert_backoff *backoff)
{
	struct timespec now;

	if (evert_backoff_seed)
		return evert_backoff_seed();
	clock_gettime(CLOCK_REALTIME, &now);
	return ((uint64_t)now.tv_sec << 30 ^ (uint64_t)now.tv_nsec) +
	       ((uint64_t)getpid() << 40) + (uintptr_t)backoff;
}

/* From 0 to less than 1: splitmix64 (Steele, Lea, Flood, "Fast splittable
   pseudorandom number generators"), where every seed will do. */
static double by_chance(struct evert_backoff *backoff)
{
	uint64_t mixed;

	if (!backoff->random)
		backoff->random = seed(backoff);
	backoff->random += 0x9e3779b97f4a7c15;
	mixed = backoff->random;
	mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
	mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
	mixed ^= mixed >> 31;
	return (double)(mixed >> 11) / (double)(UINT64_C(1) << 53);
}

double evert_backoff_next(struct evert_backoff *backoff)
{
	double seconds = backoff->first > 0 ? backoff->first : 1;
	double most = backoff->most > 0 ? backoff->most : 60;
	double factor = backoff->factor > 0 ? backoff->factor : 1.5;
	unsigned i;

	for (i = 0; i < backoff->attempts && seconds < most; i++)
		seconds *= factor;
	/* So that a factor of 1 or less does not make the loop longer. */
	if (backoff->attempts < 1000)
		backoff->attempts++;
	if (seconds > most)
		seconds = most;
	return seconds * (0.5 + by_chance(backoff) / 2);
}
