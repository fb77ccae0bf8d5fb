/* SPDX-License-Identifier: MIT */
/* The sequence, done with the model's Deferreds, which have the user's
   numbers. */
#include <stdint.h>

#include "promised.h"

static bool run_canceller(int n)
{
	return user_canceller(&world_of_model, n);
}

static struct outcome run_link(const void *link, int in)
{
	return user_link(&world_of_model, link, in);
}

static void reported(int failure)
{
	user_report(&world_of_model, failure);
}

static void begin(const struct model_deferreds *those)
{
	static const struct promised_work cancellable = {
		.cancel = run_canceller,
	};
	int i;

	promised_begin(reported, NULL);
	for (i = 0; i < those->count; i++)
		promised_create(those->cancellers[i] == MODEL_NONE
					? NULL
					: &cancellable,
				i);
}

static void add(const struct model_step *link)
{
	promised_add(link->on,
		     (struct promised_link){ link->half, run_link, link, false });
}

/* All stand there before the first runs. */
static void add_table(const struct model_step *table)
{
	int i;

	promised_pause(table->on);
	for (i = 0; i < table->count; i++)
		add(&table->inside[i]);
	promised_unpause(table->on);
}

/* Memory is no matter here. */
static void reserve(int n, int count)
{
	(void)n, (void)count;
}

static const struct world_class class = {
	.begin = begin,
	.add = add,
	.add_table = add_table,
	.reserve = reserve,
	.fire = promised_fire,
	.abandon = promised_give_up,
	.cancel = promised_cancel,
	.pause = promised_pause,
	.unpause = promised_unpause,
	.release = promised_release,
	.chain = promised_chain,
	.has_fired = promised_has_fired,
	.result = promised_result,
	.live = promised_live,
};

struct world world_of_model = { .does = &class };
