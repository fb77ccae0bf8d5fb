/* SPDX-License-Identifier: MIT */
/* Numbers that nobody can guess, by getrandom(2), many at a time. */
#ifndef EVERT_REACTOR_RANDOM_INTERNAL_H
#define EVERT_REACTOR_RANDOM_INTERNAL_H

#include <string.h>

#include "../system/system.h"

/* All zero but the system is one that has none left. */
struct evert_random {
	struct evert_system *system;
	uint8_t bytes[256];
	size_t left;
};

/* Where the kernel has none, which it never says once it is up, the program is
   stopped: a number to be guessed is worse. */
void evert_random_fill(struct evert_random *random);

/* 16 bits. What was used is not kept. */
static inline uint16_t evert_random_take(struct evert_random *random)
{
	uint16_t number;

	if (!random->left)
		evert_random_fill(random);
	random->left -= sizeof(number);
	memcpy(&number, &random->bytes[random->left], sizeof(number));
	memset(&random->bytes[random->left], 0, sizeof(number));
	return number;
}

/* In a fork's child: its parent goes on with those that are left. */
static inline void evert_random_forget(struct evert_random *random)
{
	random->left = 0;
}

#endif
