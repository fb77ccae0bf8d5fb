/* SPDX-License-Identifier: MIT */
/* Lines drawn as a tree: each thing has one line or several, and things below
   it. */
#ifndef EVERT_PS_TREE_H
#define EVERT_PS_TREE_H

#include <stdbool.h>
#include <stdio.h>

enum { TREE_DEEPEST = 60 };

struct tree {
	FILE *out; /* NULL: nothing is drawn */
	unsigned depth;
	struct {
		bool last; /* of its siblings */
		bool begun; /* it has a line */
	} levels[TREE_DEEPEST];
};

/* A line of the thing that is told of. */
__attribute__((__format__(__printf__, 2, 3))) void
tree_line(struct tree *tree, const char *format, ...);

/* Between the two, a thing below it is told of. False: it is too deep, and a
   line says so. */
bool tree_enter(struct tree *tree, bool last);
void tree_leave(struct tree *tree);

#endif
