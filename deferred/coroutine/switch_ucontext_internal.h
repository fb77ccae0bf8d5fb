/* SPDX-License-Identifier: MIT */
/* The portable switch, which also saves the signal mask: two system calls. */
#ifndef EVERT_DEFERRED_SWITCH_UCONTEXT_INTERNAL_H
#define EVERT_DEFERRED_SWITCH_UCONTEXT_INTERNAL_H

#include <ucontext.h>

struct evert_context {
	ucontext_t inside, outside;
	void (*run)(struct evert_context *context);
};

struct evert_context *
evert_context_start(struct evert_context *context, char *low,
		    void (*run)(struct evert_context *context));
struct evert_context *evert_context_enter(struct evert_context *context);
struct evert_context *evert_context_leave(struct evert_context *context);
EVERT_NORETURN void evert_context_end(struct evert_context *context);

#endif
