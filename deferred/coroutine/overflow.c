/* SPDX-License-Identifier: MIT */
#include "overflow_internal.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../base/say_internal.h"

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

/* ---- The message, without stdio: the fault may be inside it ---- */

struct text {
	char bytes[1024];
	size_t length;
};

static void add(struct text *text, const char *more)
{
	size_t room = sizeof(text->bytes) - text->length;
	size_t length = strlen(more);

	if (length > room)
		length = room;
	memcpy(text->bytes + text->length, more, length);
	text->length += length;
}

static void add_number(struct text *text, size_t number)
{
	char digits[24];
	size_t at = sizeof(digits) - 1;

	digits[at] = '\0';
	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	add(text, digits + at);
}

void evert_overflow_stop(const struct evert_coroutine *coroutine)
{
	struct text text = { .length = 0 };

	add(&text, "evert: coroutine ");
	add(&text, coroutine->name);
	add(&text, " (spawned at ");
	add(&text, evert_coroutine_place(coroutine));
	add(&text, ") ran into the end of its stack of ");
	add_number(&text, evert_stack_size(coroutine->stack));
	add(&text, " bytes; spawn it with a larger one\n");
	evert_say_whole(text.bytes, text.length);
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
