/* SPDX-License-Identifier: MIT */
/* A ring of nodes embedded in what they list. A node alone is linked to
   itself; a list is a node that stands for the ends. */
#ifndef EVERT_DEFERRED_LIST_H
#define EVERT_DEFERRED_LIST_H

#include "base.h"

EVERT_BEGIN

/* A node in a list: embedded in public things (a struct evert_task), evert's to
   touch. */
struct evert_list_node {
	struct evert_list_node *next, *previous;
};

/* Makes a node, or a list, that is alone. */
static inline void evert_list_init(struct evert_list_node *list)
{
	list->next = list->previous = list;
}

/* Is there nothing in a list; is a node in none? */
static inline bool evert_list_is_empty(const struct evert_list_node *list)
{
	return list->next == list;
}

/* Takes a node out, wherever it is; it is alone afterwards. */
static inline void evert_list_remove(struct evert_list_node *node)
{
	node->previous->next = node->next;
	node->next->previous = node->previous;
	evert_list_init(node);
}

EVERT_END

#endif
