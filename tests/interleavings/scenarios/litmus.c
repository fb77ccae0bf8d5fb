/* SPDX-License-Identifier: MIT */
/*
 * Does the explorer find what there is to be found? Programs of a few atomic
 * operations, of which it is known what C11 lets them see, by their usual
 * names. When each has been explored, all that is allowed was seen, and
 * nothing else; but for the two that say so.
 */
#include "../meet.h"

#include <pthread.h>
#include <stdatomic.h>

enum { RLX = memory_order_relaxed, ACQ = memory_order_acquire,
       REL = memory_order_release, SC = memory_order_seq_cst };

/* Atomics take an order that is constant. */
#define LOAD(from, order) atomic_load_explicit(&(from), order)
#define STORE(to, value, order) atomic_store_explicit(&(to), value, order)

static atomic_int x, y;
static int plain;
static int saw[4];

typedef void (*part)(void *unused);

/* Runs them to their end, side by side; what they saw is one outcome, a bit
   for each. */
static void meet(part a, part b, part c, part d, uint64_t expected)
{
	part parts[] = { a, b, c, d };
	unsigned thread[4], outcome = 0;
	int i;

	STORE(x, 0, RLX);
	STORE(y, 0, RLX);
	plain = 0;
	for (i = 0; i < 4; i++)
		saw[i] = 0;
	for (i = 0; i < 4 && parts[i]; i++)
		thread[i] = meet_start(parts[i], NULL);
	for (i = 0; i < 4 && parts[i]; i++)
		meet_wait_for(thread[i]);
	for (i = 0; i < 4; i++)
		outcome = outcome << 1 | (saw[i] != 0);
	meet_note(outcome);
	meet_expect(expected);
}

/* Which outcomes of the first two, or first three, that were seen. */
#define BIT(a, b, c, d) ((uint64_t)1 << ((a) << 3 | (b) << 2 | (c) << 1 | (d)))
#define OF_TWO(oo, ol, lo, ll)                                     \
	((oo) * BIT(0, 0, 0, 0) | (ol) * BIT(0, 1, 0, 0) |         \
	 (lo) * BIT(1, 0, 0, 0) | (ll) * BIT(1, 1, 0, 0))

#define PART(name, ...)                    \
	static void name(void *unused)     \
	{                                  \
		(void)unused;              \
		__VA_ARGS__                \
	}

/* ---- Store buffering ---- */

PART(sb_1_rlx, STORE(x, 1, RLX); saw[0] = LOAD(y, RLX);)
PART(sb_2_rlx, STORE(y, 1, RLX); saw[1] = LOAD(x, RLX);)
PART(sb_1_ra, STORE(x, 1, REL); saw[0] = LOAD(y, ACQ);)
PART(sb_2_ra, STORE(y, 1, REL); saw[1] = LOAD(x, ACQ);)
PART(sb_1_sc, STORE(x, 1, SC); saw[0] = LOAD(y, SC);)
PART(sb_2_sc, STORE(y, 1, SC); saw[1] = LOAD(x, SC);)

static void sb_rlx(void)
{
	meet(sb_1_rlx, sb_2_rlx, NULL, NULL, OF_TWO(1, 1, 1, 1));
}

static void sb_ra(void)
{
	meet(sb_1_ra, sb_2_ra, NULL, NULL, OF_TWO(1, 1, 1, 1));
}

static void sb_sc(void)
{
	meet(sb_1_sc, sb_2_sc, NULL, NULL, OF_TWO(0, 1, 1, 1));
}

static void sb_half_sc(void)
{
	meet(sb_1_sc, sb_2_ra, NULL, NULL, OF_TWO(1, 1, 1, 1));
}

/* ---- Message passing ---- */

PART(mp_1_rlx, STORE(x, 1, RLX); STORE(y, 1, RLX);)
PART(mp_1_rel, STORE(x, 1, RLX); STORE(y, 1, REL);)
PART(mp_2_rlx, saw[0] = LOAD(y, RLX); saw[1] = LOAD(x, RLX);)
PART(mp_2_acq, saw[0] = LOAD(y, ACQ); saw[1] = LOAD(x, RLX);)

static void mp_rlx(void)
{
	meet(mp_1_rlx, mp_2_rlx, NULL, NULL, OF_TWO(1, 1, 1, 1));
}

static void mp_ra(void)
{
	meet(mp_1_rel, mp_2_acq, NULL, NULL, OF_TWO(1, 1, 0, 1));
}

static void mp_half(void)
{
	meet(mp_1_rel, mp_2_rlx, NULL, NULL, OF_TWO(1, 1, 1, 1));
}

/* The plain one is handed over; by read-modify-writes of others, too. */
PART(rs_1, plain = 1; STORE(x, 1, REL);)
PART(rs_2, saw[1] = atomic_fetch_add_explicit(&x, 2, RLX);)
PART(rs_3, saw[0] = LOAD(x, ACQ) == 3; if (saw[0]) meet_assert(plain);)

static void release_sequence(void)
{
	meet(rs_1, rs_2, NULL, NULL, OF_TWO(1, 1, 0, 0));
}

static void release_sequence_is_seen(void)
{
	meet(rs_1, rs_2, rs_3, NULL, OF_TWO(1, 1, 0, 1));
}

/* ---- Coherence ---- */

PART(co_1, STORE(x, 1, RLX);)
PART(co_2, saw[0] = LOAD(x, RLX); saw[1] = LOAD(x, RLX);)

static void coherence(void)
{
	meet(co_1, co_2, NULL, NULL, OF_TWO(1, 1, 0, 1));
}

/* What somebody has seen, and handed on. */
PART(wrc_2, saw[0] = LOAD(x, RLX); STORE(y, 1, REL);)
PART(wrc_3, saw[1] = LOAD(y, ACQ); saw[2] = LOAD(x, RLX);)

static void causality(void)
{
	meet(co_1, wrc_2, wrc_3, NULL,
	     0x5555 & ~BIT(1, 1, 0, 0)); /* 4th is never set */
}

/* ---- Independent reads of independent writes ---- */

PART(iriw_1_ra, STORE(x, 1, REL);)
PART(iriw_2_ra, STORE(y, 1, REL);)
PART(iriw_3_ra, saw[0] = LOAD(x, ACQ); saw[1] = LOAD(y, ACQ);)
PART(iriw_4_ra, saw[2] = LOAD(y, ACQ); saw[3] = LOAD(x, ACQ);)
PART(iriw_1_sc, STORE(x, 1, SC);)
PART(iriw_2_sc, STORE(y, 1, SC);)
PART(iriw_3_sc, saw[0] = LOAD(x, SC); saw[1] = LOAD(y, SC);)
PART(iriw_4_sc, saw[2] = LOAD(y, SC); saw[3] = LOAD(x, SC);)

static void iriw_ra(void)
{
	meet(iriw_1_ra, iriw_2_ra, iriw_3_ra, iriw_4_ra, 0xffff);
}

static void iriw_sc(void)
{
	meet(iriw_1_sc, iriw_2_sc, iriw_3_sc, iriw_4_sc,
	     0xffff & ~BIT(1, 0, 1, 0));
}

/* ---- What C11 allows and is not explored ---- */

PART(lb_1, saw[0] = LOAD(x, RLX); STORE(y, 1, RLX);)
PART(lb_2, saw[1] = LOAD(y, RLX); STORE(x, 1, RLX);)

/* Load buffering: both see 1. */
static void lb(void)
{
	meet(lb_1, lb_2, NULL, NULL, OF_TWO(1, 1, 1, 0));
}

PART(ww_1, STORE(x, 1, RLX); STORE(y, 2, RLX);)
PART(ww_2, STORE(y, 1, RLX); STORE(x, 2, RLX);)

/* Each one's first store may be the last one: then both are 1. */
static void ww(void)
{
	unsigned thread[2] = { meet_start(ww_1, NULL),
			       meet_start(ww_2, NULL) };

	meet_wait_for(thread[0]);
	meet_wait_for(thread[1]);
	meet_note((unsigned)(LOAD(x, SC) == 1) << 1 | (LOAD(y, SC) == 1));
	meet_expect(7);
}

/* ---- Mutexes and conditions ---- */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;

PART(mutex_1, pthread_mutex_lock(&mutex); plain++; saw[0] = plain == 2;
     pthread_mutex_unlock(&mutex);)
PART(mutex_2, pthread_mutex_lock(&mutex); plain++; saw[1] = plain == 2;
     pthread_mutex_unlock(&mutex);)

static void counted(void)
{
	meet(mutex_1, mutex_2, NULL, NULL, OF_TWO(0, 1, 1, 0));
}

PART(cond_1, pthread_mutex_lock(&mutex);
     while (!plain) pthread_cond_wait(&cond, &mutex); saw[0] = 1;
     pthread_mutex_unlock(&mutex);)
PART(cond_2, pthread_mutex_lock(&mutex); plain = 1;
     pthread_cond_signal(&cond); pthread_mutex_unlock(&mutex);)

static void told(void)
{
	meet(cond_1, cond_2, NULL, NULL, OF_TWO(0, 0, 1, 0));
}

const struct meet_scenario meet_litmus[] = {
	{ "litmus/sb relaxed", sb_rlx, false },
	{ "litmus/sb acquiring", sb_ra, false },
	{ "litmus/sb consistent", sb_sc, false },
	{ "litmus/sb half", sb_half_sc, false },
	{ "litmus/mp relaxed", mp_rlx, false },
	{ "litmus/mp acquiring", mp_ra, false },
	{ "litmus/mp half", mp_half, false },
	{ "litmus/rmw", release_sequence, false },
	{ "litmus/sequence", release_sequence_is_seen, false },
	{ "litmus/coherence", coherence, false },
	{ "litmus/causality", causality, false },
	{ "litmus/iriw acquiring", iriw_ra, false },
	{ "litmus/iriw consistent", iriw_sc, false },
	{ "litmus/lb, not all", lb, false },
	{ "litmus/ww, not all", ww, false },
	{ "litmus/mutex", counted, false },
	{ "litmus/condition", told, false },
	{ NULL, NULL, false },
};
