/* SPDX-License-Identifier: MIT */
/*
 * A socket may be under way to itself, or two to each other, and have no
 * descriptor any more: then nobody can ever receive it, and it is closed, as
 * the kernel does. Who has a descriptor is reached, and what waits with who is
 * reached.
 */
#include "unix_internal.h"

static struct evert_sim_unix *at(struct evert_list_node *node)
{
	return evert_container_of(node, struct evert_sim_unix, node);
}

static void reach(struct evert_sim_unix *sock);

static void reach_message(struct evert_sim_unix *sock,
			  const struct evert_sim_message *message)
{
	const struct evert_sim_rights *rights = message->rights;
	struct evert_sim_unix *handed;
	size_t i;

	if (sock->state == EVERT_SIM_UNIX_LISTENS)
		reach(message->sender);
	for (i = 0; rights && i < rights->count; i++) {
		handed = evert_sim_unix_of(rights->files[i]);
		if (handed)
			reach(handed);
	}
}

static void reach(struct evert_sim_unix *sock)
{
	struct evert_list_node *node;

	if (sock->is_reached)
		return;
	sock->is_reached = true;
	for (node = sock->received.next; node != &sock->received;
	     node = node->next)
		reach_message(sock,
			      evert_container_of(node, struct evert_sim_message,
						 node));
}

static bool has_descriptor(const struct evert_sim_unix *sock)
{
	return sock->base.holders > sock->base.under_way;
}

static void reach_all(struct evert_list_node *all)
{
	struct evert_list_node *node;

	for (node = all->next; node != all; node = node->next)
		at(node)->is_reached = false;
	for (node = all->next; node != all; node = node->next)
		if (has_descriptor(at(node)))
			reach(at(node));
}

/* One that waits with somebody unreached, for what is handed over in it. */
static struct evert_sim_message *find(struct evert_list_node *all)
{
	struct evert_list_node *node, *inner;
	struct evert_sim_message *message;

	for (node = all->next; node != all; node = node->next) {
		if (at(node)->is_reached)
			continue;
		for (inner = at(node)->received.next;
		     inner != &at(node)->received; inner = inner->next) {
			message = evert_container_of(
				inner, struct evert_sim_message, node);
			if (message->rights)
				return message;
		}
	}
	return NULL;
}

/* What it hands over is dropped: that may close it, and others. */
void evert_sim_unix_collect(struct evert_sim_host *host)
{
	struct evert_sim_message *message;
	struct evert_sim_rights *rights;

	if (!host->under_way || host->collects)
		return;
	host->collects = true;
	reach_all(&host->unix_sockets);
	while ((message = find(&host->unix_sockets))) {
		rights = message->rights;
		message->rights = NULL;
		evert_sim_rights_drop(rights);
	}
	host->collects = false;
}
