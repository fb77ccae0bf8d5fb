/* SPDX-License-Identifier: MIT */
/* A sequence from bytes. */
#include "../../../deferred/queue.h"
#include "waiting.h"

enum {
	INSIDE = 60,
	DEPTH = 3
};

struct source {
	const uint8_t *bytes;
	size_t left;
	enum waiting_mix mix;
};

static struct waiting_step inside[INSIDE];
static size_t inside_count;

/* 0 when there is none. */
static unsigned read_byte(struct source *from)
{
	if (!from->left)
		return 0;
	from->left--;
	return *from->bytes++;
}

/* What there is most of, in either mix: eight bits choose one of them all. */
static enum waiting_verb verb_of(unsigned byte, enum waiting_mix mix)
{
	static const enum waiting_verb often[][8] = {
		{ WAITING_AWAIT, WAITING_AWAIT, WAITING_NAP, WAITING_SPAWN,
		 WAITING_CANCEL, WAITING_SCOPE_SPAWN, WAITING_OPEN,
		 WAITING_ADD },
		{ WAITING_PUT, WAITING_GET, WAITING_GET, WAITING_PUT_WAIT,
		 WAITING_ACQUIRE, WAITING_RUN, WAITING_COMBINE, WAITING_CANCEL },
	};

	byte %= WAITING_VERBS + 32;
	if (byte < WAITING_VERBS)
		return (enum waiting_verb)byte;
	return often[mix][byte % 8];
}

static struct waiting_step read_step(struct source *from, int depth)
{
	unsigned verb = read_byte(from), on = read_byte(from),
		 rest = read_byte(from);
	struct waiting_step step = {
		.verb = verb_of(verb, from->mix),
		.on = (int)(on % WAITING_SLOTS),
		.other = (int)(on / WAITING_SLOTS % WAITING_SLOTS),
		.firing = (int)(on / WAITING_SLOTS % WAITING_FIRINGS),
		.number = (int)(rest % 16),
		.program = (int)(rest % WAITING_PROGRAMS),
		.half = (enum model_half)(rest / 8 % MODEL_HALVES),
		.give = (enum model_give)(rest / 32 % MODEL_GIVES),
		.canceller = (enum model_canceller)(rest % MODEL_CANCELLERS),
	};
	struct waiting_step *link = &inside[inside_count];

	if ((step.verb == WAITING_ADD || step.verb == WAITING_RUN ||
	     step.verb == WAITING_START) &&
	    on >= 128 && depth < DEPTH && inside_count < INSIDE) {
		inside_count++;
		*link = read_step(from, depth + 1);
		if (link->verb == WAITING_AWAIT)
			link->verb = WAITING_NAP;
		step.inside = link;
	}
	return step;
}

static size_t queue_size(unsigned byte)
{
	return byte == 7 ? EVERT_QUEUE_UNLIMITED : byte;
}

/* Most programs do something, and find all the memory there is. */
static void read_settings(struct source *from, struct waiting_sequence *to)
{
	unsigned byte, memory = read_byte(from);
	int i;

	to->fails_forever = memory == 255;
	to->fails_at = memory >= 128 ? memory - 128 : 0;
	to->end = read_byte(from);
	to->drains = to->end >= 224;
	to->maps = to->drains ? to->end % 4 : 0;
	for (i = 0; i < WAITING_QUEUES; i++) {
		byte = read_byte(from);
		to->queues[i].size = queue_size(byte % 8);
		to->queues[i].backlog = queue_size(byte / 8 % 8);
	}
	byte = read_byte(from);
	for (i = 0; i < WAITING_SEMAPHORES; i++) {
		to->limits[i] = 1 + byte % 3 / (unsigned)(1 + i);
		byte /= 3;
	}
}

static void read_program(struct source *from, struct waiting_program *program)
{
	int i;

	program->count = (int)(read_byte(from) % (WAITING_PROGRAM_STEPS + 1));
	for (i = 0; i < program->count; i++)
		program->steps[i] = read_step(from, 1);
}

void waiting_read(const uint8_t *bytes, size_t length, enum waiting_mix mix,
		  struct waiting_sequence *sequence)
{
	struct source from = { bytes, length, mix };
	int i;

	inside_count = 0;
	read_settings(&from, sequence);
	for (i = 0; i < WAITING_PROGRAMS; i++)
		read_program(&from, &sequence->programs[i]);
	sequence->count = 0;
	while (from.left && sequence->count < WAITING_STEPS)
		sequence->steps[sequence->count++] = read_step(&from, 0);
}
