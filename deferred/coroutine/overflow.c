/* SPDX-License-Identifier: MIT */
#include "overflow_internal.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "../base/handler_text_internal.h"
#include "../base/trace_internal.h"

enum {
	/* The handler that was there before may need a lot. */
	SIGNAL_STACK_SIZE = 64 * 1024,
};

/* Which signal tells of a guard depends on the system. */
static struct {
	int signal;
	struct sigaction before;
} faults[] = { { .signal = SIGSEGV }, { .signal = SIGBUS } };

/* Of this thread; NULL: it had one, or there was no memory. */
static _Thread_local void *signal_stack;

void evert_overflow_stop(const struct evert_coroutine *coroutine)
{
	struct evert_handler_text text = { .length = 0 };

	evert_handler_text_add(&text, "evert: coroutine ");
	evert_handler_text_add(&text, coroutine->name);
	evert_handler_text_add(&text, " (spawned at ");
	evert_handler_text_add(&text, evert_coroutine_place(coroutine));
	evert_handler_text_add(&text, ") ran into the end of its stack of ");
	evert_handler_text_add_number(&text,
				      evert_stack_size(coroutine->stack));
	evert_handler_text_add(&text,
			       " bytes; spawn it with a larger one\n");
	evert_handler_text_say(&text);
	evert_trace_save();
	abort();
}

/* ---- The handler ---- */

/* What would have happened without us. */
static void pass_on(const struct sigaction *before, int signal,
		    siginfo_t *info, void *context)
{
	if (before->sa_flags & SA_SIGINFO) {
		before->sa_sigaction(signal, info, context);
	} else if (before->sa_handler != SIG_DFL &&
		   before->sa_handler != SIG_IGN) {
		before->sa_handler(signal);
	} else {
		/* The fault happens again when we return; a signal that was
		   sent does not. */
		sigaction(signal, before, NULL);
		if (info->si_code <= 0)
			raise(signal);
	}
}

static void handle(int signal, siginfo_t *info, void *context)
{
	const struct evert_coroutine *c = evert_coroutine_current();
	size_t i;

	if (c && evert_guard_holds(c->stack->low, info->si_addr))
		evert_overflow_stop(c);
	for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		if (faults[i].signal == signal)
			pass_on(&faults[i].before, signal, info, context);
}

static void install_handlers(void)
{
	struct sigaction action = {
		.sa_sigaction = handle,
		.sa_flags = SA_SIGINFO | SA_ONSTACK,
	};
	size_t i;

	sigemptyset(&action.sa_mask);
	for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		sigaction(faults[i].signal, &action, &faults[i].before);
}

/* ---- Threads ---- */

static void install_signal_stack(void)
{
	stack_t stack = { .ss_size = SIGNAL_STACK_SIZE };
	stack_t before;

	if (sigaltstack(NULL, &before) != 0 ||
	    !(before.ss_flags & SS_DISABLE))
		return;
	stack.ss_sp = mmap(NULL, stack.ss_size, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (stack.ss_sp == MAP_FAILED)
		return; /* an overflow stops the program without a message */
	sigaltstack(&stack, NULL);
	signal_stack = stack.ss_sp;
}

void evert_overflow_start_thread(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, install_handlers);
	install_signal_stack();
}

void evert_overflow_end_thread(void)
{
	stack_t none = { .ss_flags = SS_DISABLE };
	stack_t now;

	if (!signal_stack)
		return;
	if (sigaltstack(NULL, &now) == 0 && now.ss_sp == signal_stack)
		sigaltstack(&none, NULL);
	munmap(signal_stack, SIGNAL_STACK_SIZE);
	signal_stack = NULL;
}
