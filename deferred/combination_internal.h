/* SPDX-License-Identifier: MIT */
/* What a combinator waits for. evert-ps reads it, too. */
#ifndef EVERT_DEFERRED_COMBINATION_INTERNAL_H
#define EVERT_DEFERRED_COMBINATION_INTERNAL_H

#include "combine.h"
#include "deferred_internal.h"

struct evert_combined {
	struct evert_waiter waiter;
	struct evert_combination *combination;
	const char *place; /* of its Deferred, for reports */
};

struct evert_combination {
	struct evert_firing *outcome; /* our firing end */
	struct evert_list *list;	/* what came in; NULL once it fired */
	struct evert_indexed *first;	/* kept ready for a first value */
	const char *place;
	unsigned options;
	bool open;	/* not settled, and all inputs are waited for */
	bool cancelled; /* by the caller */
	bool walking;	/* the inputs are being cancelled one by one */
	const void *walker; /* the flow that does */
	size_t count;
	size_t awaited;	    /* inputs that have not delivered */
	size_t decider;	    /* the input that fired it early */
	size_t uncancelled; /* the first input that cancel_rest has to see */
	size_t busy;	    /* functions on the stack that use it */
	struct evert_combined inputs[];
};

#endif
