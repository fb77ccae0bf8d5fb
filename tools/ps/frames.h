/* SPDX-License-Identifier: MIT */
/* In which functions a coroutine waits, where the program and evert were
   compiled with frame pointers: else it takes a debugger to know. */
#ifndef EVERT_PS_FRAMES_H
#define EVERT_PS_FRAMES_H

#include "scene.h"
#include "tree.h"

/* A line, if there is more to be told than the coroutine's name. */
void frames_line(struct scene *scene, struct tree *tree,
		 const struct coroutine *c);

#endif
