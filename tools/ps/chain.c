/* SPDX-License-Identifier: MIT */
#include "chain.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../../deferred/coroutine/sleep_internal.h"
#include "../../deferred/links_internal.h"
#include "../../protocols/stream/stream_internal.h"
#include "../../reactor/wait_internal.h"
#include "frames.h"
#include "joint.h"
#include "line.h"
#include "permits.h"

/* What is to be told of next: nothing, if there is no Deferred. */
struct next {
	uint64_t deferred;
	const char *how;
};
static const struct next end = { 0 };

struct due due_in(const struct timer *timer)
{
	struct due due;

	snprintf(due.text, sizeof(due.text), "due in %.3f s",
		 ((double)timer->when - (double)timer->now) / 1e9);
	return due;
}

/* ---- Coroutines ---- */

/* Where it is told of for itself: since when it waits, and for how long yet. */
struct waiting {
	char text[120];
};
static struct waiting waiting_of(struct scene *scene, const struct coroutine *c)
{
	const size_t *timer = map_find(&scene->timeout_of, c->deferred);
	struct waiting waiting = { "" };
	int length = 0;

	if (c->state == WAITS)
		length = snprintf(waiting.text, sizeof(waiting.text),
				  ", waiting since turn %" PRIu64, c->since);
	if (timer)
		snprintf(waiting.text + length,
			 sizeof(waiting.text) - (size_t)length,
			 " (its time-out is %s)",
			 due_in(&scene->timers[*timer]).text);
	return waiting;
}

static void head_of_coroutine(struct scene *scene, struct tree *tree,
			      const struct coroutine *c, const char *how)
{
	char name[TEXT_SIZE], place[TEXT_SIZE];

	tree_line(tree, "%scoroutine %zu, %s, spawned at %s%s", how,
		  (size_t)(c - scene->coroutines) + 1,
		  memory_text(scene->memory, c->name, name),
		  memory_text(scene->memory, c->place, place),
		  *how ? "" : waiting_of(scene, c).text);
}

static struct next after_coroutine(struct scene *scene, struct tree *tree,
				   struct coroutine *c)
{
	map_add(&scene->met, c->deferred, 0);
	if (c->shown) {
		tree_line(tree, "which was met above");
		return end;
	}
	c->shown = true;
	if (c->state == READY)
		tree_line(tree, "which was woken, and goes on next");
	else if (c->state != WAITS || !c->awaited)
		tree_line(tree, "which runs, or has let another one run");
	else
		return (struct next){ c->awaited, "awaits" };
	return end;
}

static struct coroutine *coroutine_at(struct scene *scene, uint64_t address)
{
	const size_t *found = map_find(&scene->coroutine_at, address);

	return found ? &scene->coroutines[*found] : NULL;
}

/* ---- Nobody has fired it ---- */

static void of_read(struct scene *scene, struct tree *tree, uint64_t stream)
{
	const size_t *found;
	uint64_t transport;

	READ_FIELD(scene->memory, stream, struct evert_stream, base.transport,
		   &transport);
	found = map_find(&scene->connection_over, transport);
	if (found)
		watched_line(scene, tree, "which is a read, of ",
			     &scene->watches[*found]);
	else
		tree_line(tree, "which is a read, of a transport that is over "
				"no descriptor");
}

static void of_sleep(struct scene *scene, struct tree *tree, uint64_t sleep)
{
	struct evert_timer there;
	struct timer timer;
	uint64_t at;

	READ_FIELD(scene->memory, sleep, struct evert_sleep, wait.call.timer,
		   &at);
	if (!READ(scene->memory, at, &there)) {
		tree_line(tree, "which is a sleep");
		return;
	}
	timer.when = there.when;
	READ_FIELD(scene->memory, address_of(there.clock), struct evert_clock,
		   now, &timer.now);
	tree_line(tree, "which is a sleep, %s", due_in(&timer).text);
}

static void of_unfired(struct scene *scene, struct tree *tree,
		       const struct evert_deferred *d)
{
	uint64_t canceller = (uint64_t)(uintptr_t)d->canceller;
	uint64_t arg = address_of(d->canceller_arg);
	struct where where = target_where(scene->target, canceller);
	int fd;

	if (!canceller) {
		tree_line(tree, "which nobody has fired; it has no canceller "
				"to tell what it hangs on");
	} else if (!strcmp(where.source, "sleep.c")) {
		of_sleep(scene, tree, arg);
	} else if (!strcmp(where.source, "stream_read.c")) {
		of_read(scene, tree, arg);
	} else if (!strcmp(where.source, "wait.c") &&
		   READ_FIELD(scene->memory, arg, struct evert_wait,
			      watcher.fd, &fd)) {
		tree_line(tree, "which waits for descriptor %d", fd);
	} else {
		tree_line(tree,
			  "which nobody has fired; its canceller is %s%s%s",
			  where.name, *where.source ? " of " : "",
			  where.source);
	}
}

/* ---- Joints ---- */

/* It is a coroutine's, or what is awaited leads on. */
static void of_branch(struct scene *scene, struct tree *tree, uint64_t deferred,
		      bool last)
{
	struct coroutine *c = NULL;
	struct evert_deferred d;

	if (!tree_enter(tree, last))
		return;
	if (READ(scene->memory, deferred, &d) && !evert_deferred_fired(&d) &&
	    d.is_joint &&
	    joint_kind_of(scene, address_of(d.joint)) == JOINT_COROUTINE)
		c = coroutine_at(scene, address_of(d.canceller_arg));
	if (c && map_add(&scene->met, deferred, 0))
		chain_of_coroutine(scene, tree, c);
	else
		chain_of_deferred(scene, tree, deferred, NULL);
	tree_leave(tree);
}

static struct next of_several(struct scene *scene, struct tree *tree,
			      enum joint_kind kind, uint64_t joint)
{
	static char words[64];
	size_t count, i;
	bool damaged;
	uint64_t *inner = joint_inner(scene, kind, joint, &count, &damaged);
	uint64_t only = count == 1 ? inner[0] : 0;

	snprintf(words, sizeof(words), "which %s", joint_words(kind));
	if (!count)
		tree_line(tree, "%s none still awaited", words);
	if (count > 1)
		tree_line(tree, "%s %zu still awaited", words, count);
	for (i = 0; count > 1 && i < count; i++)
		of_branch(scene, tree, inner[i], i == count - 1 && !damaged);
	if (damaged)
		tree_line(tree, "and what can't be followed: that is damaged");
	free(inner);
	return (struct next){ only, words };
}

/* evert does not know who has a permit. */
static struct next of_permits(struct scene *scene, struct tree *tree,
			      const struct in_line *line)
{
	struct coroutine *c, *first = NULL;
	size_t at = 0, count = 0;

	while ((c = permits_holder(scene, line->semaphore, &at))) {
		if (!count++)
			first = c;
		head_of_coroutine(scene, tree, c,
				  "whose permit seems to lie on the stack of ");
	}
	if (!count)
		tree_line(tree,
			  "which is acquired %llu times, by none of the "
			  "coroutines",
			  (unsigned long long)line->out);
	return count == 1 ? after_coroutine(scene, tree, first) : end;
}

static struct next of_line(struct scene *scene, struct tree *tree,
			   uint64_t entry)
{
	struct in_line line;

	if (!line_read(scene, entry, &line)) {
		tree_line(tree, "which stands in line, for what can't be read");
		return end;
	}
	if (!line.semaphore) {
		tree_line(tree, "which stands in line, %zu of %zu, for %s",
			  line.number, line.count, line.what);
		return end;
	}
	tree_line(tree,
		  "which stands in line, %zu of %zu, for %s made at %s",
		  line.number, line.count, line.what, line.place);
	if (line.holder)
		return (struct next){ line.holder, "held by" };
	return of_permits(scene, tree, &line);
}

static struct next of_joint(struct scene *scene, struct tree *tree,
			    const struct evert_deferred *d)
{
	enum joint_kind kind = joint_kind_of(scene, address_of(d->joint));
	uint64_t joint = address_of(d->canceller_arg);
	struct coroutine *c;

	if (kind == JOINT_IN_LINE)
		return of_line(scene, tree, joint);
	if (kind != JOINT_COROUTINE)
		return of_several(scene, tree, kind, joint);
	c = coroutine_at(scene, joint);
	if (!c) {
		tree_line(tree, "which is a coroutine's that has not waited "
				"yet");
		return end;
	}
	head_of_coroutine(scene, tree, c, "which is that of ");
	return after_coroutine(scene, tree, c);
}

/* ---- Deferreds ---- */

static struct next of_fired(struct tree *tree, const struct evert_deferred *d)
{
	unsigned hold = d->room.hold;

	if (d->waits.on)
		return (struct next){ address_of(d->waits.on),
				      "which has fired, and waits for" };
	if (hold >= EVERT_HELD_BY_PAUSE)
		tree_line(tree, "which is paused %u times",
			  hold / EVERT_HELD_BY_PAUSE);
	else if (hold & EVERT_HELD_RUNNING)
		tree_line(tree, "which has fired, and runs its links");
	else
		tree_line(tree, "which has fired");
	return end;
}

static void head_of_deferred(struct scene *scene, struct tree *tree,
			     const struct evert_deferred *d,
			     const struct next *it)
{
	const size_t *timer = map_find(&scene->timeout_of, it->deferred);
	char place[TEXT_SIZE];

	tree_line(tree, "%s%sthe Deferred made at %s%s%s%s",
		  it->how ? it->how : "", it->how ? " " : "",
		  memory_text(scene->memory, address_of(d->place), place),
		  timer ? " (its time-out is " : "",
		  timer ? due_in(&scene->timers[*timer]).text : "",
		  timer ? ")" : "");
}

static struct next follow(struct scene *scene, struct tree *tree,
			  const struct next *it)
{
	struct evert_deferred d;

	if (!READ(scene->memory, it->deferred, &d)) {
		tree_line(tree, "%s%sa Deferred that can't be read",
			  it->how ? it->how : "", it->how ? " " : "");
		return end;
	}
	head_of_deferred(scene, tree, &d, it);
	if (!map_add(&scene->met, it->deferred, 0)) {
		tree_line(tree, "which was met above");
		return end;
	}
	if (evert_deferred_fired(&d))
		return of_fired(tree, &d);
	if (d.is_joint)
		return of_joint(scene, tree, &d);
	of_unfired(scene, tree, &d);
	return end;
}

void chain_of_deferred(struct scene *scene, struct tree *tree,
		       uint64_t deferred, const char *how)
{
	struct next it = { deferred, how };

	while (it.deferred)
		it = follow(scene, tree, &it);
}

void chain_of_coroutine(struct scene *scene, struct tree *tree,
			struct coroutine *coroutine)
{
	struct next it;

	head_of_coroutine(scene, tree, coroutine, "");
	if (coroutine->state == WAITS || coroutine->state == READY)
		frames_line(scene, tree, coroutine);
	it = after_coroutine(scene, tree, coroutine);
	chain_of_deferred(scene, tree, it.deferred, it.how);
}
