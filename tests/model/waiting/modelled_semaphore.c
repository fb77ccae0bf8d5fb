/* SPDX-License-Identifier: MIT */
/* Semaphores, and calls that have one. */
#include "modelled_line.h"

static struct semaphore {
	size_t limit, tokens;
	struct modelled_line waiting;
	bool handing_over;
	int hander; /* a coroutine, or NOBODY */
} semaphores[WAITING_SEMAPHORES];

static struct run {
	struct semaphore *semaphore;
	int deferred, link;
	bool acquired;
} runs[WAITING_LINKS];
static int run_count;

static const struct outcome nothing = { MODEL_PASS, 0 };

void modelled_semaphores_begin(const struct waiting_sequence *sequence)
{
	int i;

	run_count = 0;
	for (i = 0; i < WAITING_SEMAPHORES; i++) {
		semaphores[i].limit = semaphores[i].tokens =
			sequence->limits[i];
		semaphores[i].handing_over = false;
		line_begin(&semaphores[i].waiting);
	}
}

size_t modelled_available(int number)
{
	return semaphores[number].waiting.count ? 0 : semaphores[number].tokens;
}

static int permit(struct semaphore *semaphore)
{
	semaphore->tokens--;
	return PERMIT + (int)(semaphore - semaphores);
}

int modelled_acquire(int number)
{
	struct semaphore *semaphore = &semaphores[number];
	int deferred;

	if (!modelled_available(number))
		return line_join(&semaphore->waiting, nothing);
	deferred = promised_create(NULL, 0);
	promised_fire(deferred,
		      (struct outcome){ MODEL_VALUE, permit(semaphore) });
	return deferred;
}

/* Who is handed it and gives it back at once leaves the rest to this. */
void modelled_give_back(int number)
{
	struct semaphore *semaphore = &semaphores[number];
	struct line_entry *entry;

	semaphore->tokens++;
	if (!semaphore->waiting.count ||
	    (semaphore->handing_over && semaphore->hander == modelled_flow))
		return;
	while (semaphore->tokens && (entry = line_serve(&semaphore->waiting))) {
		semaphore->handing_over = true;
		semaphore->hander = modelled_flow;
		promised_fire(entry->deferred,
			      (struct outcome){ MODEL_VALUE, permit(semaphore) });
	}
	semaphore->handing_over = false;
}

void modelled_close_semaphore(int number)
{
	line_close(&semaphores[number].waiting);
}

/* ---- A call with a semaphore ---- */

static struct outcome begin_run(const void *number, int in)
{
	struct run *run = &runs[(intptr_t)number];
	struct outcome outcome;

	(void)in;
	promised_take(run->deferred);
	run->acquired = true;
	if (run->semaphore->limit == 1)
		run->semaphore->waiting.holder = run->deferred;
	outcome = waiting_link_runs(&waiting_model, run->link, NOTHING);
	return modelled_as(outcome);
}

static struct outcome end_run(const void *number, int in)
{
	struct run *run = &runs[(intptr_t)number];

	(void)in;
	if (run->acquired && run->semaphore->limit == 1)
		run->semaphore->waiting.holder = NOBODY;
	if (run->acquired)
		modelled_give_back((int)(run->semaphore - semaphores));
	return nothing;
}

int modelled_run(int semaphore, int link)
{
	int number = run_count++, deferred = modelled_acquire(semaphore);
	const void *arg = (const void *)(intptr_t)number;

	runs[number] =
		(struct run){ &semaphores[semaphore], deferred, link, false };
	promised_add(deferred, (struct promised_link){ MODEL_CALLBACK, begin_run,
						      arg, false });
	promised_add(deferred,
		     (struct promised_link){ MODEL_BOTH, end_run, arg, false });
	return deferred;
}
