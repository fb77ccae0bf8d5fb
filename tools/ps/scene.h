/* SPDX-License-Identifier: MIT */
/* What was found in a process: reactors, with what each has, and coroutines.
   Addresses are the process's. */
#ifndef EVERT_PS_SCENE_H
#define EVERT_PS_SCENE_H

#include "map.h"
#include "target.h"

/* Lists are not followed for longer: they are damaged. */
enum { MOST_IN_A_LIST = 4000000 };

struct reactor {
	uint64_t address, place, thread, gathering;
	uint64_t slots, slot_count;
	int64_t now;
	size_t gathered; /* bytes */
	const char *state;
	size_t first_timer, timer_count;
	size_t first_watch, watch_count;
	size_t first_coroutine, coroutine_count; /* of its thread */
	uint64_t turn;
	bool shares_thread; /* with one that has them */
	bool damaged;
};

struct timer {
	uint64_t id, call, arg, place;
	int64_t when, now;
	uint64_t over; /* what a wait calls, or 0 */
};

/* A descriptor. */
struct watched {
	uint64_t address;
	uint64_t kind; /* a text; 0: a connection, of which is what follows */
	int fd;
	unsigned wanted;
	size_t queued; /* bytes */
	bool closing, ended;
	bool reading_ended, reading_paused, writing_paused, shut;
	char peer[128];
};

enum coroutine_state { RUNS, WAITS, READY, ENDED };

struct coroutine {
	uint64_t address, name, place, deferred, body;
	uint64_t awaited;	/* 0: nothing */
	uint64_t since;		/* which turn */
	uint64_t stack, frame, goes_on_at;
	enum coroutine_state state;
	bool shown;
	bool has_permit; /* on its stack */
};

/* A Deferred, where a list of all is kept. */
struct live {
	uint64_t address;
	uint64_t thread; /* that made it */
	bool awaited;
};

struct scene {
	struct target *target;
	struct memory *memory;
	struct reactor *reactors;
	struct timer *timers;
	struct watched *watches;
	struct coroutine *coroutines;
	struct live *deferreds;
	size_t reactor_count, timer_count, watch_count, coroutine_count;
	size_t deferred_count;
	bool damaged; /* a list is */
	bool reactors_damaged, deferreds_damaged;
	struct map coroutine_at, timeout_of, connection_over; /* by address of a
		coroutine, a Deferred, a transport: which one it is */
	struct map met; /* Deferreds that were shown */
	struct map lines, numbers; /* backlogs, and who stands where in them */
	bool permits_found;
};

/* Finds all. */
void scene_read(struct scene *scene, struct target *target);
void scene_free(struct scene *scene);

/* Its parts, for each reactor. */
void scene_read_timers(struct scene *scene, struct reactor *reactor);
void scene_read_watches(struct scene *scene, struct reactor *reactor);
void scene_read_coroutines(struct scene *scene, struct reactor *reactor);

/* Once, of all threads. */
void scene_read_deferreds(struct scene *scene);

/* ---- Lists ---- */

/* A ring of struct evert_list_node. */
struct ring {
	struct memory *memory;
	uint64_t head, node;
	struct map met;
	bool damaged; /* it ended before it came round */
};

void ring_begin(struct ring *ring, struct memory *memory, uint64_t head);
/* The next node; 0: there is none, and the ring is freed. */
uint64_t ring_next(struct ring *ring);

/* Room for one more, at the end of an array. */
void *scene_add(void *array, size_t *count, size_t size);

#endif
