/* SPDX-License-Identifier: MIT */
#include "random_internal.h"

#include <string.h>

#include "../../deferred/base/bug.h"

void evert_random_fill(struct evert_random *random)
{
	int error = random->system->ops->random(random->system, random->bytes,
						sizeof(random->bytes));

	if (error)
		evert_bug("there are no random numbers: %s", strerror(-error));
	random->left = sizeof(random->bytes);
}
