/* SPDX-License-Identifier: MIT */
#include "random_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "../../deferred/base/bug.h"

/* No more than 256 bytes are ever cut short (getrandom(2)). */
void evert_random_fill(struct evert_random *random)
{
	ssize_t got;

	do
		got = getrandom(random->bytes, sizeof(random->bytes), 0);
	while (got < 0 && errno == EINTR);
	if (got != sizeof(random->bytes))
		evert_bug("there are no random numbers: %s", strerror(errno));
	random->left = sizeof(random->bytes);
}
