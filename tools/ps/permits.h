/* SPDX-License-Identifier: MIT */
/* A semaphore does not know who has its permits; but they lie on somebody's
   stack. */
#ifndef EVERT_PS_PERMITS_H
#define EVERT_PS_PERMITS_H

#include "scene.h"

/* The first coroutine from `*at` on on whose stack a permit of it seems to lie,
   and `*at` is behind it; NULL: no more. */
struct coroutine *permits_holder(struct scene *scene, uint64_t semaphore,
				 size_t *at);

#endif
