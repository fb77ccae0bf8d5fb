/* SPDX-License-Identifier: MIT */
/* Long sequences of what a user does with three Deferreds, and what their links
   do inside, against the model of tests/model. */
#include "fuzz.h"

#include <stdlib.h>

#include "../model/model.h"

enum { STEPS = 150, INSIDE = 60 };

static struct model_step steps[STEPS], inside[INSIDE];
static size_t inside_count;

static struct model_step read_step(struct fuzz_input *input);

static void read_table(struct fuzz_input *input, struct model_step *step)
{
	struct model_step *link = &inside[inside_count];
	int i;

	if (inside_count + MODEL_TABLE_LINKS > INSIDE)
		return;
	inside_count += MODEL_TABLE_LINKS;
	step->count = (int)(fuzz_setting(input) % (MODEL_TABLE_LINKS + 1));
	step->inside = link;
	for (i = 0; i < step->count; i++) {
		link[i] = read_step(input);
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
static struct model_step read_step(struct fuzz_input *input)
{
	unsigned verb = fuzz_setting(input), rest = fuzz_setting(input);
	struct model_step step = {
		.verb = verb_of(verb / MODEL_DEFERREDS),
		.on = (int)(verb % MODEL_DEFERREDS),
		.half = (enum model_half)(rest % MODEL_HALVES),
		.give = (enum model_give)(rest / MODEL_HALVES % MODEL_GIVES),
		.other = (int)(rest / (MODEL_HALVES * MODEL_GIVES) %
			       MODEL_DEFERREDS),
	};
	size_t slot = inside_count;

	if (step.verb == MODEL_ADD && rest >= 128 && slot < INSIDE) {
		inside_count++;
		inside[slot] = read_step(input);
		step.inside = &inside[slot];
	}
	if (step.verb == MODEL_ADD_TABLE)
		read_table(input, &step);
	return step;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = { (const char *)data, size, 1 };
	struct model_deferreds deferreds = { .count = MODEL_DEFERREDS };
	size_t count = 0, done;
	int i;

	for (i = 0; i < MODEL_DEFERREDS; i++)
		deferreds.cancellers[i] = (enum model_canceller)(
			fuzz_setting(&input) % MODEL_CANCELLERS);
	inside_count = 0;
	while (input.left && count < STEPS)
		steps[count++] = read_step(&input);
	if (!model_holds(&deferreds, steps, count, &done))
		abort();
	return 0;
}
