/* SPDX-License-Identifier: MIT */
#include "dump_internal.h"

#include "../dump_internal.h"
#include "../live_internal.h"
#include "coroutine_internal.h"

/* Those that another one waits for stand below that. */
static void add_tree(const struct evert_deferred *d, struct evert_text *to,
		     int indent)
{
	if (!evert_ring_up(d))
		evert_deferred_add_to(d, to, indent);
}

static void add_listed(struct evert_text *to, int indent)
{
	const struct evert_deferred *d = NULL;

	while ((d = evert_live_next(d)))
		add_tree(d, to, indent);
}

static void add_coroutines(struct evert_text *to, int indent)
{
	const struct evert_list_node *all = &evert_coroutine_thread.all;
	const struct evert_list_node *node;

	if (!evert_coroutine_is_any())
		return;
	for (node = all->next; node != all; node = node->next)
		add_tree(evert_container_of(node, const struct evert_coroutine,
					    node)
				 ->deferred,
			 to, indent);
}

void evert_waiting_add_to(struct evert_text *to, int indent)
{
	if (evert_live_is_kept())
		add_listed(to, indent);
	else
		add_coroutines(to, indent);
}
