/* SPDX-License-Identifier: MIT */
#include "tree.h"

#include <stdarg.h>

static const char *drawn(bool last, bool begun)
{
	if (begun)
		return last ? "   " : "│  ";
	return last ? "└─ " : "├─ ";
}

void tree_line(struct tree *tree, const char *format, ...)
{
	va_list arguments;
	unsigned i;

	if (!tree->out)
		return;
	for (i = 0; i < tree->depth; i++) {
		fputs(drawn(tree->levels[i].last, tree->levels[i].begun),
		      tree->out);
		tree->levels[i].begun = true;
	}
	va_start(arguments, format);
	vfprintf(tree->out, format, arguments);
	va_end(arguments);
	fputc('\n', tree->out);
}

bool tree_enter(struct tree *tree, bool last)
{
	if (tree->depth == TREE_DEEPEST) {
		if (last)
			tree_line(tree, "and more, too deep to be drawn");
		return false;
	}
	tree->levels[tree->depth].last = last;
	tree->levels[tree->depth++].begun = false;
	return true;
}

void tree_leave(struct tree *tree)
{
	tree->depth--;
}
