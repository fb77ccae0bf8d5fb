/* SPDX-License-Identifier: MIT */
/* What happened: a digest of all of it, and the last events. Plain data, so
   that it can lie in memory that is shared with another process. */
#ifndef EVERT_REACTOR_SIM_TRACE_INTERNAL_H
#define EVERT_REACTOR_SIM_TRACE_INTERNAL_H

#include <stdarg.h>
#include <sys/types.h>

#include "../../deferred/base/base.h"

enum {
	EVERT_SIM_KEPT = 64,
	EVERT_SIM_NAME_SIZE = 24
};

struct evert_sim_happening {
	int64_t at; /* nanoseconds since the beginning */
	long number, result;
	char host[EVERT_SIM_NAME_SIZE], what[EVERT_SIM_NAME_SIZE];
};

struct evert_sim_trace {
	uint64_t seed, steps, hash;
	int64_t now; /* since the beginning */
	bool told;   /* of a failure */
	uint64_t failure; /* a digest of its message, 0: none */
	struct evert_sim_happening last[EVERT_SIM_KEPT];
};

/* An event on `host` (its name), of the descriptor or the like `number`. */
void evert_sim_trace_add(struct evert_sim_trace *trace, const char *host,
			 const char *what, long number, long result);

/* Makes these bytes count in the digest. */
void evert_sim_trace_mix(struct evert_sim_trace *trace, const void *data,
			 size_t length);

/* A failure: says what it is, and the same as below; then aborts. */
EVERT_NORETURN void evert_sim_trace_fail(struct evert_sim_trace *trace,
					 const char *format, ...)
	EVERT_PRINTF(2, 3);
EVERT_NORETURN void evert_sim_trace_fail_list(struct evert_sim_trace *trace,
					      const char *format, va_list args)
	EVERT_PRINTF(2, 0);

/* Says seed, step, time and the last events on stderr. */
void evert_sim_trace_tell(struct evert_sim_trace *trace);

/* The one for the next world that is made, or NULL: one of its own. */
extern struct evert_sim_trace *evert_sim_trace_shared;

#endif
