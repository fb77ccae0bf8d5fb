/* SPDX-License-Identifier: MIT */
/* A sequence from bytes: a fuzzer's, or random ones. */
#include "model.h"

enum {
	INSIDE = 60
};

struct source {
	const uint8_t *bytes;
	size_t left;
	int deferreds;
};

static struct model_step inside[INSIDE];
static size_t inside_count;

static struct model_step read_step(struct source *from);

/* 0 when there is none. */
static unsigned read_byte(struct source *from)
{
	if (!from->left)
		return 0;
	from->left--;
	return *from->bytes++;
}

static void read_table(struct source *from, struct model_step *step)
{
	struct model_step *link = &inside[inside_count];
	int i;

	step->count = 0;
	if (inside_count + MODEL_TABLE_LINKS > INSIDE)
		return;
	inside_count += MODEL_TABLE_LINKS;
	step->count = (int)(read_byte(from) % (MODEL_TABLE_LINKS + 1));
	step->inside = link;
	for (i = 0; i < step->count; i++) {
		link[i] = read_step(from);
		if (link[i].verb != MODEL_ADD)
			link[i].inside = NULL;
		link[i].verb = MODEL_ADD;
		link[i].on = step->on;
	}
}

/* More of what there is most of. */
static enum model_verb verb_of(unsigned byte)
{
	unsigned verb = byte % (MODEL_VERBS + 4);

	return verb < MODEL_VERBS ? (enum model_verb)verb : MODEL_ADD;
}

/* Two bytes, and those of what a link does. */
static struct model_step read_step(struct source *from)
{
	unsigned verb = read_byte(from), rest = read_byte(from);
	struct model_step step = {
		.verb = verb_of(verb / MODEL_DEFERREDS),
		.on = (int)(verb % MODEL_DEFERREDS) % from->deferreds,
		.half = (enum model_half)(rest % MODEL_HALVES),
		.give = (enum model_give)(rest / MODEL_HALVES % MODEL_GIVES),
		.other = (int)(rest / (MODEL_HALVES * MODEL_GIVES) %
			       MODEL_DEFERREDS) %
			 from->deferreds,
		.count = (int)(rest % 20),
	};
	size_t slot = inside_count;

	if (step.verb == MODEL_ADD && rest >= 128 && slot < INSIDE) {
		inside_count++;
		inside[slot] = read_step(from);
		step.inside = &inside[slot];
	}
	if (step.verb == MODEL_ADD_TABLE)
		read_table(from, &step);
	return step;
}

size_t model_read(const uint8_t *bytes, size_t length,
		  struct model_deferreds *deferreds, struct model_step *steps)
{
	struct source from = { bytes, length, 1 };
	size_t count = 0;
	unsigned byte;
	int i;

	/* The fewer they are, the more each meets the others. */
	from.deferreds = 2 + (int)(read_byte(&from) % (MODEL_DEFERREDS - 1));
	deferreds->count = from.deferreds;
	for (i = 0; i < from.deferreds; i++) {
		byte = read_byte(&from);
		deferreds->cancellers[i] =
			(enum model_canceller)(byte % MODEL_CANCELLERS);
		deferreds->is_short[i] = byte >= 128;
	}
	inside_count = 0;
	while (from.left && count < MODEL_STEPS)
		steps[count++] = read_step(&from);
	return count;
}
