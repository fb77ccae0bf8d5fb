/* SPDX-License-Identifier: MIT */
/* Rings of nodes: what is evert's own business. */
#ifndef EVERT_REACTOR_LIST_INTERNAL_H
#define EVERT_REACTOR_LIST_INTERNAL_H

#include "list.h"

/* Appends a node that is alone. */
static inline void evert_list_append(struct evert_list_node *list,
				     struct evert_list_node *node)
{
	node->next = list;
	node->previous = list->previous;
	list->previous->next = node;
	list->previous = node;
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
