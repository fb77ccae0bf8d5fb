/* SPDX-License-Identifier: MIT */
#include "show.h"

#include <inttypes.h>
#include <string.h>

#include "../../reactor/poller/readiness.h"
#include "chain.h"

/* ---- Connections and timers ---- */

static const char *wanted(unsigned events)
{
	bool reads = events & EVERT_READ, writes = events & EVERT_WRITE;

	if (reads && writes)
		return "read+write";
	return reads ? "read" : writes ? "write" : events ? "hang-up" :
							    "nothing";
}

void connection_line(struct tree *tree, const char *before,
		     const struct connection *c)
{
	tree_line(tree,
		  "%sdescriptor %d to %s, %s%s%s%s%s, %zu bytes queued, "
		  "watched for %s",
		  before, c->fd, c->peer,
		  c->ended   ? "ended" :
		  c->closing ? "closing" :
			       "open",
		  c->reading_ended ? ", peer has ended" : "",
		  c->reading_paused ? ", reading paused" : "",
		  c->writing_paused ? ", writing paused" : "",
		  c->shut ? ", our end sent" : "", c->queued,
		  wanted(c->wanted));
}

static void timer_line(struct scene *scene, struct tree *tree,
		       const struct timer *timer)
{
	struct where where = target_where(scene->target, timer->over ?
								 timer->over :
								 timer->call);
	char place[TEXT_SIZE];

	tree_line(tree, "%s: %s%s%s, made at %s", due_in(timer).text,
		  where.name, *where.source ? " of " : "", where.source,
		  memory_text(scene->memory, timer->place, place));
}

/* ---- A reactor ---- */

static void show_parts(struct scene *scene, struct tree *tree,
		       const struct reactor *reactor, bool more)
{
	size_t i, left = reactor->connection_count + reactor->timer_count;

	for (i = 0; i < reactor->connection_count; i++) {
		tree_enter(tree, !--left && !more);
		connection_line(tree, "",
				&scene->connections[reactor->first_connection +
						    i]);
		tree_leave(tree);
	}
	for (i = 0; i < reactor->timer_count; i++) {
		tree_enter(tree, !--left && !more);
		timer_line(scene, tree,
			   &scene->timers[reactor->first_timer + i]);
		tree_leave(tree);
	}
}

/*
 * Who spawned others comes before them on the list, and shows them where it
 * waits for them. Which is the last of those that stand for themselves is found
 * by drawing all of them nowhere first.
 */
static struct coroutine *draw_coroutines(struct scene *scene,
					 struct tree *tree,
					 const struct reactor *reactor,
					 const struct coroutine *last)
{
	struct coroutine *c = scene->coroutines + reactor->first_coroutine;
	struct coroutine *stop = c + reactor->coroutine_count;
	struct coroutine *latest = NULL;

	for (; c < stop; c++) {
		if (c->shown)
			continue;
		latest = c;
		tree_enter(tree, c == last && !reactor->damaged);
		chain_of_coroutine(scene, tree, c);
		tree_leave(tree);
	}
	return latest;
}

static struct coroutine *find_last(struct scene *scene,
				   const struct reactor *reactor)
{
	struct tree nowhere = { 0 };
	struct coroutine *last =
		draw_coroutines(scene, &nowhere, reactor, NULL);
	size_t i;

	for (i = 0; i < scene->coroutine_count; i++)
		scene->coroutines[i].shown = false;
	map_clear(&scene->met);
	return last;
}

static void show_reactor(struct scene *scene, struct tree *tree,
			 const struct reactor *reactor)
{
	const struct coroutine *last = find_last(scene, reactor);
	char place[TEXT_SIZE];

	tree_line(tree,
		  "reactor %#" PRIx64 ", made at %s: %s, %zu descriptors "
		  "watched, %zu timers",
		  reactor->address,
		  memory_text(scene->memory, reactor->place, place),
		  reactor->state, reactor->watched, reactor->timer_count);
	show_parts(scene, tree, reactor, last || reactor->damaged);
	draw_coroutines(scene, tree, reactor, last);
	if (!reactor->damaged)
		return;
	tree_enter(tree, true);
	tree_line(tree, "and what can't be followed: a list is damaged");
	tree_leave(tree);
}

void show(struct scene *scene, FILE *out)
{
	struct tree tree = { .out = out };
	size_t i;

	for (i = 0; i < scene->reactor_count; i++)
		show_reactor(scene, &tree, &scene->reactors[i]);
	if (scene->damaged)
		tree_line(&tree, "and what can't be followed: the list of "
				 "reactors is damaged");
	else if (!scene->reactor_count)
		tree_line(&tree, "no reactor");
}
