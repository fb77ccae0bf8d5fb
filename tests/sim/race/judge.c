/* SPDX-License-Identifier: MIT */
/* Who serves is found soon, and it is who was connected to. */
#include "race.h"

struct race race;

/* ---- How soon ---- */

static size_t family_of(const struct evert_address *address)
{
	return address->as.any.sa_family == AF_INET6;
}

/* When one that serves can be asked for at the latest, seconds after the
   beginning; RACE_NEVER: there is none. */
static double served_at(void)
{
	double at = RACE_NEVER;
	size_t i;

	for (i = 0; i < race.target_count; i++)
		if (race.targets[i].state == RACE_SERVES &&
		    race.answer_delay[family_of(&race.targets[i].address)] < at)
			at = race.answer_delay[family_of(
				&race.targets[i].address)];
	return at;
}

/* The question and its answer, and the handshake: two ways there and back. The
   other family may be waited for, for 50 ms. Those that refuse cost their
   answer, no more; that the others don't is noticed after 100 ms, 50, 25, ...
   An answer that has not come after 2.5 s is asked for again, and then the
   first one counts no more. */
static double most_seconds(void)
{
	const struct evert_sim_network *n = evert_sim_get_network(race.sim);
	double way = n->latency + n->jitter + 0.003, seconds = 0.06 + 4 * way;
	double answered = served_at() + 2 * way;
	bool some_hang = false;
	size_t i;

	for (i = 0; i < race.target_count; i++) {
		if (race.targets[i].state == RACE_REFUSES)
			seconds += 2 * way;
		else if (race.targets[i].state != RACE_SERVES)
			some_hang = true;
	}
	if (answered > 2.5)
		seconds += 2.5;
	return served_at() + seconds + (some_hang ? 0.25 : 0);
}

/* ---- How it ends ---- */

static bool is_smooth(void)
{
	const struct evert_sim_network *n = evert_sim_get_network(race.sim);

	return !n->loss && !n->reorder && !race.is_disturbed;
}

static void check_success(const struct race_asked *asked)
{
	double took = evert_sim_seconds(race.sim) - asked->begun;

	if (is_smooth() && served_at() < RACE_NEVER)
		evert_sim_check(race.sim, took <= most_seconds());
}

static void check_failure(const struct race_asked *asked,
			  const struct evert_failure *failure)
{
	bool timed_out = evert_failure_is(failure, EVERT_TIMED_OUT);

	if (race.is_disturbed)
		return;
	evert_sim_check(race.sim, asked->made == asked->lost);
	evert_sim_check(
		race.sim,
		timed_out ? asked->patience > 0
			  : evert_failure_is(failure, EVERT_CONNECT_FAILED) ||
				    evert_failure_is(failure,
						     EVERT_LOOKUP_FAILED));
	/* Questions and answers that are lost may be so again. */
	if (is_smooth() && served_at() < RACE_NEVER)
		evert_sim_check(race.sim,
				timed_out && asked->patience <= most_seconds());
}

struct evert_result race_done(struct evert_result *in, void *arg)
{
	struct race_asked *asked = arg;

	asked->fired++;
	evert_sim_check(race.sim, asked->fired == 1);
	asked->succeeded = !evert_result_is_failure(in);
	if (asked->succeeded)
		check_success(asked);
	else
		check_failure(asked, evert_result_as_failure(in));
	return evert_result_none();
}

/* Is it who was connected to? */
void race_check_answer(struct race_asked *asked, const char *line,
		       size_t length, const struct evert_address *peer)
{
	evert_sim_check(race.sim, length == 3);
	evert_sim_check(race.sim, (size_t)(line[2] - '0') == asked->number);
	evert_sim_check(race.sim,
			evert_address_is_equal(
				&race.targets[line[0] - '0'].address, peer));
	evert_sim_check(race.sim, !asked->answered);
	asked->answered = true;
}
