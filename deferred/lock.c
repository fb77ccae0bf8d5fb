/* SPDX-License-Identifier: MIT */
#include "lock.h"

#include "base/bug.h"
#include "base/flow_internal.h"
#include "base/memory.h"
#include "lock_internal.h"

struct run {
	struct evert_semaphore *semaphore;
	struct evert_result (*call)(void *arg);
	void *arg;
	struct evert_deferred *deferred;
	bool acquired;
};

struct evert_semaphore *evert_semaphore_create_at(size_t limit,
						  const char *place)
{
	struct evert_semaphore *semaphore;

	if (!limit)
		evert_bug("a semaphore of 0 was made at %s; nobody could ever "
			  "acquire it",
			  place);
	semaphore = evert_allocate(sizeof(*semaphore));
	if (!semaphore)
		return NULL;
	*semaphore = (struct evert_semaphore){
		.limit = limit,
		.tokens = limit,
		.users = 1,
		.waiting = {
			.what = limit == 1 ? "the lock" : "the semaphore",
			.place = place,
		},
	};
	return semaphore;
}

static void let_go(struct evert_semaphore *semaphore)
{
	if (!--semaphore->users)
		evert_free(semaphore);
}

void evert_semaphore_destroy(struct evert_semaphore *semaphore)
{
	if (!semaphore)
		return;
	evert_backlog_abandon(&semaphore->waiting);
	let_go(semaphore);
}

/* ---- Permits ---- */

static void release_permit(void *semaphore)
{
	evert_semaphore_release(semaphore);
}

const struct evert_type evert_type_permit = { "permit", release_permit };

/* There is a token. The semaphore lives as long as the permit is out. */
static struct evert_result permit(struct evert_semaphore *semaphore)
{
	semaphore->tokens--;
	semaphore->users++;
	return evert_result_of(&evert_type_permit, semaphore);
}

struct evert_semaphore *evert_semaphore_take(struct evert_result *permit)
{
	struct evert_semaphore *semaphore =
		evert_result_as(permit, &evert_type_permit);

	evert_result_take(permit);
	return semaphore;
}

struct evert_deferred *
evert_semaphore_acquire_at(struct evert_semaphore *semaphore,
			   const char *place)
{
	if (!evert_semaphore_available(semaphore))
		return evert_backlog_join(&semaphore->waiting,
					  evert_result_none(), place);
	/* Without memory the permit is released again. */
	return evert_deferred_create_fired_at(place, permit(semaphore));
}

/* ---- Handing over ---- */

/*
 * One who is handed a permit may release it at once and so come here again:
 * then the loop that is on the stack goes on with it.
 */
static void serve(struct evert_semaphore *semaphore)
{
	struct evert_firing *slot;

	if (semaphore->handing_over && semaphore->hander == evert_flow)
		return;
	while (semaphore->tokens &&
	       (slot = evert_backlog_serve(&semaphore->waiting, NULL))) {
		/* Others may have been here meanwhile. */
		semaphore->handing_over = true;
		semaphore->hander = evert_flow;
		evert_deferred_fire(&slot, permit(semaphore));
	}
	semaphore->handing_over = false;
}

static void run_handover(struct evert_handover *handover)
{
	struct evert_semaphore *semaphore = evert_container_of(
		handover, struct evert_semaphore, handover);

	serve(semaphore);
	let_go(semaphore);
}

static EVERT_APART void hand_over(struct evert_semaphore *semaphore)
{
	semaphore->handover.run = run_handover;
	semaphore->users++;
	if (!evert_hand_over(&semaphore->handover))
		semaphore->users--; /* the first one's does for both */
}

/* The permit's use of it lasts until the next ones are handed theirs. */
void evert_semaphore_release(struct evert_semaphore *semaphore)
{
	if (semaphore->tokens == semaphore->limit)
		evert_bug("the semaphore made at %s was released more often "
			  "than acquired; the result of "
			  "evert_semaphore_acquire gives it back by itself, "
			  "unless evert_semaphore_take took it out",
			  semaphore->waiting.place);
	semaphore->tokens++;
	if (semaphore->waiting.count)
		hand_over(semaphore);
	let_go(semaphore);
}

size_t evert_semaphore_available(const struct evert_semaphore *semaphore)
{
	/* Tokens are free while some wait only until these are served. */
	return semaphore->waiting.count ? 0 : semaphore->tokens;
}

static struct evert_result begin_run(struct evert_result *in, void *arg)
{
	struct run *run = arg;

	evert_semaphore_take(in);
	run->acquired = true;
	if (run->semaphore->limit == 1)
		evert_backlog_set_holder(&run->semaphore->waiting,
					 run->deferred);
	return run->call(run->arg);
}

static struct evert_result end_run(struct evert_result *in, void *arg)
{
	struct run *run = arg;
	struct evert_semaphore *semaphore = run->semaphore;
	bool acquired = run->acquired;

	evert_free(run);
	if (acquired && semaphore->limit == 1)
		evert_backlog_set_holder(&semaphore->waiting, NULL);
	if (acquired)
		evert_semaphore_release(semaphore);
	let_go(semaphore);
	return *in;
}

struct evert_deferred *
evert_semaphore_run_at(struct evert_semaphore *semaphore,
		       struct evert_result (*call)(void *arg), void *arg,
		       const char *place)
{
	struct run *run = evert_allocate(sizeof(*run));
	struct evert_deferred *deferred = NULL;

	if (run)
		deferred = evert_semaphore_acquire_at(semaphore, place);
	if (!deferred) {
		evert_free(run);
		return NULL;
	}
	*run = (struct run){
		.semaphore = semaphore,
		.call = call,
		.arg = arg,
		.deferred = deferred,
	};
	semaphore->users++;
	/* A new Deferred has room for two links: neither needs memory. */
	evert_deferred_add_at(deferred, begin_run, NULL, run, place);
	evert_deferred_add_at(deferred, end_run, end_run, run, place);
	return deferred;
}
