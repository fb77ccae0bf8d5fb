/* SPDX-License-Identifier: MIT */
/* A ring of nodes embedded in what they list. A node alone is linked to
   itself; a list is a node that stands for the ends. */
#ifndef EVERT_REACTOR_LIST_INTERNAL_H
#define EVERT_REACTOR_LIST_INTERNAL_H

#include "base.h"

struct evert_list_node {
	struct evert_list_node *next, *previous;
};

static inline void evert_list_init(struct evert_list_node *list)
{
	list->next = list->previous = list;
}

static inline bool evert_list_is_empty(const struct evert_list_node *list)
{
	return list->next == list;
}

/* Appends a node that is alone. */
static inline void evert_list_append(struct evert_list_node *list,
				     struct evert_list_node *node)
{
	node->next = list;
	node->previous = list->previous;
	list->previous->next = node;
	list->previous = node;
}

/* Takes a node out, wherever it is; it is alone afterwards. */
static inline void evert_list_remove(struct evert_list_node *node)
{
	node->previous->next = node->next;
	node->next->previous = node->previous;
	evert_list_init(node);
}

/* Moves all nodes of `from` to the empty list `to`. */
static inline void evert_list_move_all(struct evert_list_node *to,
				       struct evert_list_node *from)
{
	if (evert_list_is_empty(from))
		return;
	*to = *from;
	to->next->previous = to;
	to->previous->next = to;
	evert_list_init(from);
}

#endif
