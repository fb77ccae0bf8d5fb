/* SPDX-License-Identifier: MIT */
/*
 * Sockets that there are twice: of the real kernel and of the simulated one.
 * What is done with one is done with both, and what comes of it must agree, and
 * what each is ready for afterwards. Where it does not, the simulation fails,
 * and tells all that was done.
 */
#ifndef TESTS_SIM_COMMON_TWINS_H
#define TESTS_SIM_COMMON_TWINS_H

#include <evert.h>

enum {
	TWINS = 8,
	TWIN_MOST_BYTES = 3000,
	REAL = 0,
	SIMULATED = 1,
};

struct twin {
	bool open, bound, listens, connected, shut;
	int domain, type; /* of the socket; type 0: a pipe */
	int fd[2];
	struct evert_address at[2]; /* where it is bound */
};

extern struct twin twins[TWINS];
extern struct evert_sim *twin_sim;
extern struct evert_system *twin_systems[2];

/* A host that has none, on a network where nothing is cut or full. */
void twins_begin(struct evert_sim *sim);

/* For each of the two, into `results`; `call` knows `which`, and `system`. */
#define TWIN_BOTH(call) \
	do { \
		struct evert_system *system; \
		int which; \
		for (which = 0; which < 2; which++) { \
			system = twin_systems[which]; \
			results[which] = system->ops->call; \
		} \
	} while (0)

/* Writes down what is done; twin_says begins with which. */
void twin_tell(const char *format, ...) EVERT_PRINTF(1, 2);
void twin_says(const struct twin *twin, const char *format, ...)
	EVERT_PRINTF(2, 3);

EVERT_NORETURN void twin_differ(const char *what, long real, long simulated);

/* Writes down the result, which must be the same; returns it. */
long twin_agree(const long results[2]);

/* What each is ready for must be the same; the real one may need a moment. */
void twins_compare(void);

/* One that is not open yet, or NULL; any. */
struct twin *twin_unused(void);
struct twin *twin_any(void);

/* Opens one with these descriptors, both of which there must be. */
void twin_take(struct twin *twin, int domain, int type, const long fds[2]);

/* ---- What is done with any of them ---- */

void twin_open(struct twin *twin, int domain, int type);
/* As another that was not open. */
void twin_accept(struct twin *twin);
void twin_send(struct twin *twin, size_t most);
void twin_read(struct twin *twin, bool peek);
void twin_shut(struct twin *twin);
void twin_ask(struct twin *twin);
void twin_reset_on_close(struct twin *twin);
void twin_close(struct twin *twin);
void twins_close(void);

#endif
