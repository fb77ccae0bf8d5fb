/* SPDX-License-Identifier: MIT */
/* From who waits to what that hangs on, in lines, as `evert why` in gdb says
   it. */
#ifndef EVERT_PS_CHAIN_H
#define EVERT_PS_CHAIN_H

#include "scene.h"
#include "tree.h"

/* A coroutine, what it awaits, and so on. */
void chain_of_coroutine(struct scene *scene, struct tree *tree,
			struct coroutine *coroutine);

/* A Deferred, after the words `how`; where those are NULL, it begins. */
void chain_of_deferred(struct scene *scene, struct tree *tree,
		       uint64_t deferred, const char *how);

/* "due in 3.141 s" */
struct due {
	char text[40];
};
struct due due_in(const struct timer *timer);

/* "descriptor 7 to ..." */
void watched_line(struct scene *scene, struct tree *tree, const char *before,
		  const struct watched *watched);

#endif
