/* SPDX-License-Identifier: MIT */
#include "poller_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The best one first. */
static const struct evert_poller_ops *const pollers[] = {
	&evert_poller_epoll,
	&evert_poller_poll,
};

struct evert_poller *evert_poller_create(struct evert_system *system,
					 const char *name)
{
	size_t i;

	if (!name)
		name = getenv("EVERT_POLLER");
	if (!name || !*name)
		return pollers[0]->create(system);
	for (i = 0; i < sizeof(pollers) / sizeof(pollers[0]); i++)
		if (!strcmp(pollers[i]->name, name))
			return pollers[i]->create(system);
	errno = EINVAL;
	return NULL;
}
