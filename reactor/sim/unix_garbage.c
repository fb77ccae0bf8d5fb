/* SPDX-License-Identifier: MIT */
/*
 * A socket may be under way to itself, or two to each other, and have no
 * descriptor any more: then nobody can ever receive it, and what waits there is
 * dropped, as the kernel does, which closes it. Who has a descriptor is
 * reached, and what waits with who is reached.
 */
#include "unix_internal.h"

static struct evert_sim_unix *at(struct evert_list_node *node)
{
	return evert_container_of(node, struct evert_sim_unix, node);
}

/* Calls for each socket that waits with this one: to be accepted, or handed
   over. */
static void each_inside(struct evert_sim_unix *sock,
			void (*call)(struct evert_sim_unix *inner, void *arg),
			void *arg)
{
	struct evert_list_node *node;
	const struct evert_sim_message *message;
	struct evert_sim_unix *handed;
	size_t i;

	for (node = sock->received.next; node != &sock->received;
	     node = node->next) {
		message = evert_container_of(node, struct evert_sim_message,
					     node);
		if (sock->state == EVERT_SIM_UNIX_LISTENS)
			call(message->sender, arg);
		for (i = 0; message->rights && i < message->rights->count;
		     i++) {
			handed = evert_sim_unix_of(message->rights->files[i]);
			if (handed)
				call(handed, arg);
		}
	}
}

static void reach(struct evert_sim_unix *sock, void *unused)
{
	if (sock->is_reached)
		return;
	sock->is_reached = true;
	each_inside(sock, reach, unused);
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
			reach(at(node), NULL);
}

static void look(struct evert_sim_unix *inner, void *unreached)
{
	if (!inner->is_reached)
		*(bool *)unreached = true;
}

/* Who is in no ring, but waits with one that is, is closed as any other. */
static bool leave_out_one(struct evert_list_node *all)
{
	struct evert_list_node *node;
	bool has_unreached;

	for (node = all->next; node != all; node = node->next) {
		has_unreached = false;
		each_inside(at(node), look, &has_unreached);
		if (!at(node)->is_reached && !has_unreached) {
			at(node)->is_reached = true;
			return true;
		}
	}
	return false;
}

static void take_out_all(struct evert_list_node *all,
			 struct evert_list_node *dropped)
{
	struct evert_list_node *node;
	struct evert_sim_message *message;

	for (node = all->next; node != all; node = node->next)
		while (!at(node)->is_reached &&
		       at(node)->state != EVERT_SIM_UNIX_LISTENS &&
		       (message = evert_sim_unix_first(at(node)))) {
			evert_sim_message_take_out(at(node), message);
			evert_list_append(dropped, &message->node);
		}
}

/* What is dropped may close others, and that is when this is called. */
void evert_sim_unix_collect(struct evert_sim_host *host)
{
	struct evert_list_node dropped, *node;

	if (!host->under_way || host->collects)
		return;
	host->collects = true;
	evert_list_init(&dropped);
	reach_all(&host->unix_sockets);
	while (leave_out_one(&host->unix_sockets))
		;
	take_out_all(&host->unix_sockets, &dropped);
	while (!evert_list_is_empty(&dropped)) {
		node = dropped.next;
		evert_list_remove(node);
		evert_sim_message_free(evert_container_of(
			node, struct evert_sim_message, node));
	}
	host->collects = false;
}
