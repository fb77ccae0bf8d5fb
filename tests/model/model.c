/* SPDX-License-Identifier: MIT */
/* A sequence in both worlds, side by side. */
#include "world.h"

static bool same_in_both(const struct model_step *step, bool *can)
{
	size_t from = world_of_model.record.length;

	*can = user_does(&world_of_evert, step);
	user_looks(&world_of_evert);
	user_does(&world_of_model, step);
	user_looks(&world_of_model);
	return record_agrees(&world_of_evert.record, &world_of_model.record,
			     from);
}

/* Gives up what the user holds, one thing of each Deferred in turn. */
static bool give_up(void)
{
	static const enum model_verb ways[] = { MODEL_UNPAUSE, MODEL_ABANDON,
						MODEL_RELEASE };
	struct model_step step = { .verb = MODEL_UNPAUSE };
	bool can, any;
	int i, way;

	do {
		any = false;
		for (i = 0; i < world_of_evert.count; i++) {
			for (way = 0; way < 3; way++) {
				step.verb = ways[way];
				step.on = i;
				if (!same_in_both(&step, &can))
					return false;
				any |= can;
			}
		}
	} while (any);
	return !world_of_evert.does->live();
}

bool model_holds(const struct model_deferreds *deferreds,
		 const struct model_step *steps, size_t count, size_t *done)
{
	bool same = true, can = true;
	size_t i;

	*done = 0;
	user_begins(&world_of_evert, deferreds);
	user_begins(&world_of_model, deferreds);
	for (i = 0; i < count && same; i++) {
		same = same_in_both(&steps[i], &can);
		if (can && *done == i)
			++*done;
	}
	if (same && give_up())
		return true;
	model_print(deferreds, steps, count, stderr);
	record_print(&world_of_evert.record, "evert", stderr);
	record_print(&world_of_model.record, "model", stderr);
	return false;
}

static void print_step(const struct model_step *step, FILE *to)
{
	static const char *const verbs[] = { "add", "add table", "reserve",
					     "fire", "abandon", "cancel",
					     "pause", "unpause", "release",
					     "chain" };
	static const char *const halves[] = { "callback", "errback", "both" };
	static const char *const gives[] = { "pass", "value", "fail", "wait" };
	int count, i;

	fprintf(to, "%s %d", verbs[step->verb], step->on);
	if (step->verb == MODEL_RESERVE)
		fprintf(to, " %d", step->count);
	if (step->verb == MODEL_ADD)
		fprintf(to, " %s", halves[step->half]);
	if (step->verb == MODEL_ADD || step->verb == MODEL_FIRE)
		fprintf(to, " %s", gives[step->give]);
	if (step->verb == MODEL_CHAIN || step->give == MODEL_WAIT)
		fprintf(to, " %d", step->other);
	count = step->verb == MODEL_ADD_TABLE ? step->count : !!step->inside;
	for (i = 0; i < count; i++) {
		fprintf(to, " { ");
		print_step(&step->inside[i], to);
		fprintf(to, " }");
	}
}

void model_print(const struct model_deferreds *deferreds,
		 const struct model_step *steps, size_t count, FILE *to)
{
	static const char *const names[] = { "none", "nothing", "cancels",
					     "delivers", "gives up",
					     "will deliver" };
	size_t i;

	for (i = 0; i < (size_t)deferreds->count; i++)
		fprintf(to, "%zu%s, canceller: %s\n", i,
			deferreds->is_short[i] ? ", short" : "",
			names[deferreds->cancellers[i]]);
	for (i = 0; i < count; i++) {
		fprintf(to, "%zu. ", i + 1);
		print_step(&steps[i], to);
		fprintf(to, "\n");
	}
}
