/* SPDX-License-Identifier: MIT */
#include "bugs.h"

#include "../../../deferred/base/memory.h"
#include "../../../reactor/system/system.h"

int *bug_none(void)
{
	return evert_allocate(sizeof(int));
}

void bug_use(int *memory)
{
	*memory = 1;
}

int *bug_null(void)
{
	int *memory = bug_none();

	*memory = 1;
	return memory;
}

int *bug_leak(void)
{
	void **block = evert_allocate(sizeof(*block));
	int *memory = bug_none();

	if (!memory || !block) {
		evert_free(memory);
		return NULL;
	}
	evert_free(block);
	return memory;
}

int *bug_descriptor(void)
{
	struct evert_system *system = evert_system_real();
	int fd = system->ops->socket(system, AF_INET, SOCK_STREAM, 0);
	int *memory = fd < 0 ? NULL : bug_none();

	if (memory)
		system->ops->close(system, fd);
	return memory;
}

int *bug_hang(void)
{
	int *memory = bug_none();
	volatile bool waits = !memory;

	while (waits)
		;
	return memory;
}
