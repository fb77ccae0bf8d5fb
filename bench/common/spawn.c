/* SPDX-License-Identifier: MIT */
#include "spawn.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "measure.h"

enum { CHILDREN = 1000 };

static size_t memory(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t most = (size_t)sysconf(_SC_AVPHYS_PAGES) / 2 * page;
	const size_t wanted = (size_t)4 << 30;

	return most < wanted ? most : wanted;
}

int spawn_main(void (*run)(size_t events))
{
	size_t size = memory();
	char *used;

	measure("small", CHILDREN, run);
	used = malloc(size);
	if (!used)
		return 1;
	memset(used, 1, size);
	measure("large", CHILDREN, run);
	free(used);
	return 0;
}
