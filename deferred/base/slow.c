/* SPDX-License-Identifier: MIT */
#include "slow_internal.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

enum {
	INNERMOST = 4, /* that are told of, and the outermost */
	PLACES = 32, /* that are kept account of */
	MOST_MILLISECONDS = 1000000000,
};

static const int64_t SECOND = 1000000000;
static const int64_t MILLISECOND = 1000000;

static int64_t limit = INT64_MAX;

/* What was told of lately. */
struct place {
	const char *what, *name, *made, *at;
	int64_t when;	 /* it was told of, at its end */
	int64_t seen;	 /* while it ran */
	unsigned more;	 /* that were not, since */
	int64_t longest; /* of those */
};

static struct {
	pthread_mutex_t mutex;
	struct place places[PLACES];
} told = { .mutex = PTHREAD_MUTEX_INITIALIZER };

int64_t evert_slow_limit(void)
{
	return limit;
}

/* ---- Words ---- */

static void add_name(struct evert_text *text, const char *what,
		     const char *name, const char *made, const char *place)
{
	evert_text_add(text, "%s%s%s", what, name ? " " : "", name ? name : "");
	if (made && place)
		evert_text_add(text, "%s%s", made, place);
}

void evert_slow_describe(struct evert_text *text,
			 const struct evert_running_thread *thread,
			 unsigned depth)
{
	const struct evert_running *running = &thread->stack[depth];
	const struct evert_running *end = thread->stack;
	int left = INNERMOST;

	for (;; running--) {
		add_name(text, running->what, running->name, running->made,
			 running->place);
		if (running->descriptor >= 0)
			evert_text_add(text, " for descriptor %d",
				       running->descriptor);
		if (running == end)
			return;
		evert_text_add(text, ", in ");
		if (--left || running - end < 3)
			continue;
		evert_text_add(text, "%td more, in ", running - end - 1);
		running = end + 1;
	}
}

static long milliseconds(int64_t nanoseconds)
{
	return (long)(nanoseconds / MILLISECOND);
}

/* Of the same that were not told of. */
static void add_more(struct evert_text *text, struct place *place)
{
	if (place->more)
		evert_text_add(text,
			       "; %u more since it was last told of, the "
			       "longest for %ld ms",
			       place->more, milliseconds(place->longest));
	place->more = 0;
	place->longest = 0;
}

/* ---- Keeping account ---- */

static struct place *place_of(const struct evert_running *running)
{
	struct place *place, *oldest = told.places;

	for (place = told.places; place < told.places + PLACES; place++) {
		if (place->what == running->what &&
		    place->name == running->name && place->at == running->place)
			return place;
		if (place->when < oldest->when)
			oldest = place;
	}
	*oldest = (struct place){
		.what = running->what,
		.name = running->name,
		.made = running->made,
		.at = running->place,
		.when = INT64_MIN,
		.seen = INT64_MIN,
	};
	return oldest;
}

static bool is_too_soon(int64_t former, int64_t now)
{
	return former > now - SECOND;
}

static void tell(struct place *place,
		 const struct evert_running_thread *thread, unsigned depth,
		 int64_t took)
{
	struct evert_text text;

	evert_text_init(&text, NULL);
	evert_text_add(&text, "evert: slow: ");
	evert_slow_describe(&text, thread, depth);
	evert_text_add(&text,
		       depth ? ", held the loop for %ld ms" :
			       ", took %ld ms, by nothing that is slow alone",
		       milliseconds(took));
	add_more(&text, place);
	evert_text_add(&text, "\n");
	evert_text_say(&text);
}

bool evert_slow_ended(const struct evert_running_thread *thread,
		      unsigned depth, int64_t took)
{
	int64_t now = evert_running_now();
	struct place *place;

	if (took < limit)
		return false;
	pthread_mutex_lock(&told.mutex);
	place = place_of(&thread->stack[depth]);
	if (!is_too_soon(place->when, now)) {
		tell(place, thread, depth, took);
		place->when = now;
	} else {
		place->more++;
		if (took > place->longest)
			place->longest = took;
	}
	pthread_mutex_unlock(&told.mutex);
	return true;
}

bool evert_slow_may_tell(const struct evert_running *running)
{
	int64_t now = evert_running_now();
	struct place *place;
	bool may;

	pthread_mutex_lock(&told.mutex);
	place = place_of(running);
	may = !is_too_soon(place->seen, now);
	if (may)
		place->seen = now;
	pthread_mutex_unlock(&told.mutex);
	return may;
}

static void tell_what_is_left(void)
{
	struct evert_text text;
	struct place *place;

	for (place = told.places; place < told.places + PLACES; place++) {
		if (!place->more)
			continue;
		evert_text_init(&text, NULL);
		evert_text_add(&text, "evert: slow: ");
		add_name(&text, place->what, place->name, place->made,
			 place->at);
		add_more(&text, place);
		evert_text_add(&text, "\n");
		evert_text_say(&text);
	}
}

/* ---- Begin ---- */

/* In milliseconds; 0: it is none. */
static long number(const char *text)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 10);
	return end == text || *end || errno || value < 1 ||
			       value > MOST_MILLISECONDS ?
		       0 :
		       value;
}

static void start(void)
{
	const char *text = getenv("EVERT_SLOW");

	if (!text || !*text)
		return;
	if (!number(text)) {
		evert_say("evert: EVERT_SLOW=%.40s is no number of "
			  "milliseconds, from 1 to %d: nothing is told of\n",
			  text, MOST_MILLISECONDS);
		return;
	}
	limit = number(text) * MILLISECOND;
	atexit(tell_what_is_left);
	evert_observe(EVERT_OBSERVED_BY_SLOW);
}

void evert_slow_start(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, start);
}
