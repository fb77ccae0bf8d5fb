/* SPDX-License-Identifier: MIT */
#include "random_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "../../deferred/base/bug.h"

/* No more than 256 bytes are ever cut short (getrandom(2)). */
static void fill(struct evert_random *random)
{
	ssize_t got;

	do
		got = getrandom(random->bytes, sizeof(random->bytes), 0);
	while (got < 0 && errno == EINTR);
	if (got != sizeof(random->bytes))
		evert_bug("there are no random numbers: %s", strerror(errno));
	random->left = sizeof(random->bytes);
}

uint16_t evert_random_take(struct evert_random *random)
{
	uint16_t number;

	if (!random->left)
		fill(random);
	random->left -= sizeof(number);
	memcpy(&number, &random->bytes[random->left], sizeof(number));
	/* What was used is not kept. */
	memset(&random->bytes[random->left], 0, sizeof(number));
	return number;
}
