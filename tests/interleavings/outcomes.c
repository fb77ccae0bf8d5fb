/* SPDX-License-Identifier: MIT */
#include "outcomes.h"

#include <string.h>

#include "meet.h"

enum { MOST = 4096 };

static struct {
	uint64_t outcome[MOST]; /* in order */
	size_t count;
	uint64_t expected;
} self;

void outcomes_reset(void)
{
	self.count = 0;
	self.expected = 0;
}

void meet_expect(uint64_t outcomes)
{
	self.expected = outcomes;
}

void meet_note(uint64_t outcome)
{
	size_t i = self.count;

	while (i > 0 && self.outcome[i - 1] > outcome)
		i--;
	if (i > 0 && self.outcome[i - 1] == outcome)
		return;
	if (self.count == MOST)
		meet_fail("the explorer's own: too many outcomes");
	memmove(&self.outcome[i + 1], &self.outcome[i],
		(self.count - i) * sizeof(self.outcome[0]));
	self.outcome[i] = outcome;
	self.count++;
}

void outcomes_check(void)
{
	uint64_t seen = 0;

	for (size_t i = 0; i < self.count; i++)
		seen |= (uint64_t)1 << self.outcome[i];
	if (self.expected && seen != self.expected)
		meet_fail("the explorer's own: it has seen outcomes %#llx, "
			  "where %#llx are to be seen",
			  (unsigned long long)seen,
			  (unsigned long long)self.expected);
}

size_t outcomes_count(void)
{
	return self.count;
}

uint64_t outcomes_hash(void)
{
	uint64_t hash = 14695981039346656037u;

	for (size_t i = 0; i < self.count; i++)
		hash = (hash ^ self.outcome[i]) * 1099511628211u;
	return hash;
}
