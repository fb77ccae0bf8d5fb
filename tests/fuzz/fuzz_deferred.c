/* SPDX-License-Identifier: MIT */
/* Long sequences of what a user does with a few Deferreds, and what their links
   do inside, against the model of tests/model. */
#include "must.h"

#include "../model/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct model_step steps[MODEL_STEPS];
	struct model_deferreds deferreds;
	size_t count = model_read(data, size, &deferreds, steps), done;

	must(model_holds(&deferreds, steps, count, &done));
	return 0;
}
