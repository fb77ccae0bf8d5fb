/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include <criterion/criterion.h>

#include "../../../deferred/failure.h"
#include "../../../reactor/transport/memory_transport.h"
#include "tls_pair.h"

struct side {
	struct evert_memory_transport *memory;
	bool told_end; /* of the other one's end */
	bool over;
};

struct memory_link {
	struct evert_reactor *reactor;
	struct evert_delayed_call next;
	struct side sides[2];
	size_t left; /* to be carried; then it is cut */
	bool cuts_in_order;
};

static struct evert_transport *base(const struct side *side)
{
	return evert_memory_transport_base(side->memory);
}

static void end(struct side *side, const struct evert_error *kind)
{
	if (side->over)
		return;
	evert_memory_transport_end(side->memory,
				   kind ? evert_failure_bare(kind) : NULL);
	side->over = !base(side)->held || base(side)->closing;
}

/* What one has written, if the other one reads. */
static void carry(struct memory_link *link, struct side *from, struct side *to)
{
	struct evert_protocol *protocol;
	size_t length;
	const char *written =
		evert_memory_transport_written(from->memory, &length);
	char *copy;

	if (!length || (!to->over &&
			!evert_memory_transport_is_reading(to->memory)))
		return;
	copy = malloc(length);
	memcpy(copy, written, length);
	evert_memory_transport_clear(from->memory);
	if (length > link->left)
		length = link->left;
	link->left -= length;
	if (length && !to->over && !base(to)->closing) {
		protocol = base(to)->protocol;
		protocol->ops->data_received(protocol, copy, length);
	}
	free(copy);
}

static void tell_end(struct side *to)
{
	struct evert_protocol *protocol = base(to)->protocol;

	to->told_end = true;
	if (!base(to)->closing && protocol->ops->end_received)
		protocol->ops->end_received(protocol);
	else
		evert_transport_lose_connection(base(to));
}

static void carry_end(struct side *from, struct side *to)
{
	if (evert_transport_queued(base(from)) || to->over)
		return;
	if (evert_memory_transport_was_aborted(from->memory)) {
		end(from, EVERT_CONNECTION_ABORTED);
		end(to, EVERT_CONNECTION_LOST);
		return;
	}
	if (!(evert_memory_transport_wrote_end(from->memory) ||
	      base(from)->closing) ||
	    to->told_end || base(to)->held ||
	    !evert_memory_transport_is_reading(to->memory))
		return;
	tell_end(to);
}

static void cut(struct side *side, bool in_order)
{
	evert_memory_transport_clear(side->memory);
	if (!in_order)
		end(side, EVERT_CONNECTION_LOST);
	else if (!side->told_end && !side->over)
		tell_end(side);
}

static bool is_done(const struct side *side)
{
	return base(side)->closing && !evert_transport_queued(base(side));
}

static void pump(void *arg)
{
	struct memory_link *link = arg;
	int i;

	for (i = 0; i < 2; i++) {
		carry(link, &link->sides[i], &link->sides[1 - i]);
		carry_end(&link->sides[i], &link->sides[1 - i]);
	}
	for (i = 0; i < 2 && !link->left; i++)
		cut(&link->sides[i], link->cuts_in_order);
	for (i = 0; i < 2; i++)
		if (is_done(&link->sides[i]) &&
		    (link->sides[1 - i].told_end || link->sides[1 - i].over))
			end(&link->sides[i], NULL);
	link->next = evert_reactor_call_later(link->reactor, 0, pump, link);
}

struct memory_link *memory_link_create(struct evert_reactor *reactor,
				       struct evert_protocol *one,
				       struct evert_protocol *other)
{
	struct memory_link *link = calloc(1, sizeof(*link));
	int i;

	link->reactor = reactor;
	link->left = SIZE_MAX;
	link->sides[0].memory = evert_memory_transport_create(one);
	link->sides[1].memory = evert_memory_transport_create(other);
	for (i = 0; i < 2; i++) {
		cr_assert(link->sides[i].memory != NULL);
		evert_memory_transport_set_reactor(link->sides[i].memory,
						   reactor);
	}
	link->next = evert_reactor_call_later(reactor, 0, pump, link);
	return link;
}

void memory_link_cut(struct memory_link *link, size_t bytes, bool in_order)
{
	link->left = bytes;
	link->cuts_in_order = in_order;
}

void memory_link_destroy(struct memory_link *link)
{
	evert_delayed_call_cancel(link->next);
	evert_memory_transport_destroy(link->sides[0].memory);
	evert_memory_transport_destroy(link->sides[1].memory);
	free(link);
}
