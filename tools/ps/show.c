/* SPDX-License-Identifier: MIT */
#include "show.h"

#include <inttypes.h>
#include <string.h>

#include "../../reactor/poller/readiness.h"
#include "chain.h"

/* ---- Descriptors and timers ---- */

static const char *wanted(unsigned events)
{
	bool reads = events & EVERT_READ, writes = events & EVERT_WRITE;

	if (reads && writes)
		return "read+write";
	return reads ? "read" : writes ? "write" : events ? "hang-up" :
							    "nothing";
}

void watched_line(struct scene *scene, struct tree *tree, const char *before,
		  const struct watched *w)
{
	char kind[TEXT_SIZE];

	if (w->kind)
		tree_line(tree, "%sdescriptor %d: %s, watched for %s", before,
			  w->fd, memory_text(scene->memory, w->kind, kind),
			  wanted(w->wanted));
	else
		tree_line(tree,
			  "%sdescriptor %d to %s, %s%s%s%s%s, %zu bytes "
			  "queued, watched for %s",
			  before, w->fd, w->peer,
			  w->ended   ? "ended" :
			  w->closing ? "closing" :
				       "open",
			  w->reading_ended ? ", peer has ended" : "",
			  w->reading_paused ? ", reading paused" : "",
			  w->writing_paused ? ", writing paused" : "",
			  w->shut ? ", our end sent" : "", w->queued,
			  wanted(w->wanted));
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
	size_t i, left = reactor->watch_count + reactor->timer_count;

	for (i = 0; i < reactor->watch_count; i++) {
		tree_enter(tree, !--left && !more);
		watched_line(scene, tree, "",
			     &scene->watches[reactor->first_watch + i]);
		tree_leave(tree);
	}
	for (i = 0; i < reactor->timer_count; i++) {
		tree_enter(tree, !--left && !more);
		timer_line(scene, tree,
			   &scene->timers[reactor->first_timer + i]);
		tree_leave(tree);
	}
}

/* How many of what stands for itself there are, and which is the last to be
   drawn. */
struct roots {
	size_t count, last;
};

/* Who spawned others comes before them on the list, and shows them where it
   waits for them. */
static void draw_coroutines(struct scene *scene, struct tree *tree,
			    const struct reactor *reactor,
			    struct roots *roots)
{
	size_t i;

	for (i = 0; i < reactor->coroutine_count; i++) {
		struct coroutine *c =
			&scene->coroutines[reactor->first_coroutine + i];

		if (c->shown)
			continue;
		tree_enter(tree, ++roots->count == roots->last);
		chain_of_coroutine(scene, tree, c);
		tree_leave(tree);
	}
}

/* Those that were not met, where a list of all is kept. */
static void draw_deferreds(struct scene *scene, struct tree *tree,
			   const struct reactor *reactor, struct roots *roots,
			   bool awaited)
{
	size_t i;

	for (i = 0; i < scene->deferred_count; i++) {
		const struct live *d = &scene->deferreds[i];

		if (d->thread != reactor->thread || d->awaited != awaited ||
		    map_find(&scene->met, d->address))
			continue;
		tree_enter(tree, ++roots->count == roots->last);
		chain_of_deferred(scene, tree, d->address, NULL);
		tree_leave(tree);
	}
}

/* First those for which nobody waits: what these wait for is below them. */
static void draw_roots(struct scene *scene, struct tree *tree,
		       const struct reactor *reactor, struct roots *roots)
{
	draw_coroutines(scene, tree, reactor, roots);
	if (reactor->shares_thread)
		return;
	draw_deferreds(scene, tree, reactor, roots, false);
	draw_deferreds(scene, tree, reactor, roots, true);
}

/* Which is the last is found by drawing all of them nowhere first. */
static struct roots find_roots(struct scene *scene,
			       const struct reactor *reactor)
{
	struct tree nowhere = { 0 };
	struct roots roots = { 0 };
	size_t i;

	draw_roots(scene, &nowhere, reactor, &roots);
	for (i = 0; i < scene->coroutine_count; i++)
		scene->coroutines[i].shown = false;
	map_clear(&scene->met);
	return (struct roots){ .last = roots.count };
}

static void show_reactor(struct scene *scene, struct tree *tree,
			 const struct reactor *reactor)
{
	struct roots roots = find_roots(scene, reactor);
	char place[TEXT_SIZE];

	if (reactor->damaged)
		roots.last++;
	tree_line(tree,
		  "reactor %#" PRIx64 ", made at %s: %s, turn %" PRIu64
		  ", %zu descriptors watched, %zu timers",
		  reactor->address,
		  memory_text(scene->memory, reactor->place, place),
		  reactor->state, reactor->turn, reactor->watch_count,
		  reactor->timer_count);
	show_parts(scene, tree, reactor, roots.last);
	draw_roots(scene, tree, reactor, &roots);
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
	if (scene->reactors_damaged)
		tree_line(&tree, "and what can't be followed: the list of "
				 "reactors is damaged");
	else if (!scene->reactor_count)
		tree_line(&tree, "no reactor");
	if (scene->deferreds_damaged)
		tree_line(&tree, "the list of Deferreds is damaged");
}
