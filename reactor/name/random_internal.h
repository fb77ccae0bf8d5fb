/* SPDX-License-Identifier: MIT */
/* Numbers that nobody can guess, by getrandom(2), many at a time. */
#ifndef EVERT_REACTOR_RANDOM_INTERNAL_H
#define EVERT_REACTOR_RANDOM_INTERNAL_H

#include "../../deferred/base/base.h"

/* All zero is one that has none left. */
struct evert_random {
	uint8_t bytes[256];
	size_t left;
};

/* 16 bits. Where the kernel has none, which it never says once it is up, the
   program is stopped: a number to be guessed is worse. */
uint16_t evert_random_take(struct evert_random *random);

/* In a fork's child: its parent goes on with those that are left. */
static inline void evert_random_forget(struct evert_random *random)
{
	random->left = 0;
}

#endif
