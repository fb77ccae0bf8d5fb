/* SPDX-License-Identifier: MIT */
/* What happens at the end of a stack, for each way to guard it, and what
   becomes of other faults. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/coroutine/coroutine.h"
#include "../../../deferred/coroutine/coroutine_internal.h"
#include "../../support/death.h"
#include "../../support/stalled.h"
#include "../../support/unfired.h"

enum { STACK_SIZE = 32 * 1024 };

static const char message[] =
	"evert: coroutine deep (spawned at here.c:1) ran into the end of its "
	"stack of 32768 bytes; spawn it with a larger one\n";

/* Where nothing is mapped; not NULL, which UBSan would complain of. */
static char *volatile nowhere = (char *)64;

static struct evert_deferred *spawn_deep(evert_body body)
{
	struct evert_spawn_options options = { .stack_size = STACK_SIZE };

	return evert_spawn_at(body, NULL, &options, "deep", "here.c:1");
}

/* Calls itself until a frame is below `stop`. */
static int descend(const char *stop)
{
	volatile char frame[512];

	memset((char *)frame, 1, sizeof(frame));
	if ((char *)frame > stop)
		return descend(stop) + frame[1];
	return frame[0];
}

/* ---- Guards of pages ---- */

static struct evert_result descend_for_ever(void *arg)
{
	(void)arg;
	return evert_result_integer(descend(NULL));
}

static void overflow(void *arg)
{
	(void)arg;
	spawn_deep(descend_for_ever);
}

Test(overflow, p36_names_the_coroutine_and_the_size_of_its_stack)
{
	dies(overflow, NULL, SIGABRT, message);
}

static void *run_overflow(void *arg)
{
	overflow(arg);
	return NULL;
}

/* Not by dies(): ThreadSanitizer is confused by a thread in a forked child. */
Test(overflow, p36_on_any_thread, .signal = SIGABRT)
{
	pthread_t thread;

	cr_assert(freopen("/dev/null", "w", stderr) != NULL);
	pthread_create(&thread, NULL, run_overflow, NULL);
	pthread_join(thread, NULL);
}

Test(overflow, p92_stops_the_program_though_nobody_reads_the_message,
     .signal = SIGABRT, .timeout = 10)
{
	stall_stderr();
	overflow(NULL);
}

static void overflow_protected(void *arg)
{
	evert_guard_limit(EVERT_GUARD_PROTECTED);
	overflow(arg);
}

Test(overflow, p36_where_the_kernel_has_no_guard_regions)
{
	dies(overflow_protected, NULL, SIGABRT, message);
}

/* A frame that reaches most of the guard, and touches its lowest byte only. */
static struct evert_result use_large_frame(void *arg)
{
	static volatile char *volatile frame;

	(void)arg;
	frame = __builtin_alloca(STACK_SIZE + 60 * 1024);
	frame[0] = 1;
	return evert_result_none();
}

static void overflow_by_large_frame(void *arg)
{
	(void)arg;
	spawn_deep(use_large_frame);
}

Test(overflow, p36_a_large_frame_does_not_jump_over_the_guard)
{
	dies(overflow_by_large_frame, NULL, SIGABRT, message);
}

/* ---- Watched guards ---- */

static void descend_below_the_end(void)
{
	const char *low = evert_coroutine_current()->stack->low;

	descend(low - 4096);
}

static struct evert_result overflow_and_wait(void *arg)
{
	(void)arg;
	descend_below_the_end();
	return evert_await(unfired());
}

static struct evert_result overflow_and_end(void *arg)
{
	(void)arg;
	descend_below_the_end();
	return evert_result_none();
}

static void overflow_watched(void *body)
{
	evert_guard_limit(EVERT_GUARD_WATCHED);
	spawn_deep(*(evert_body *)body);
}

Test(overflow, p36_without_guarded_pages_is_found_when_it_waits)
{
	evert_body body = overflow_and_wait;

	dies(overflow_watched, &body, SIGABRT, message);
}

Test(overflow, p36_without_guarded_pages_is_found_when_it_ends)
{
	evert_body body = overflow_and_end;

	dies(overflow_watched, &body, SIGABRT, message);
}

/* ---- Other faults ---- */

static struct evert_result write_nowhere(void *arg)
{
	(void)arg;
	*(volatile char *)nowhere = 1;
	return evert_result_none();
}

static void fault_by_default(void *arg)
{
	signal(SIGSEGV, SIG_DFL);
	spawn_deep(write_nowhere);
	(void)arg;
}

Test(overflow, another_fault_ends_the_program_as_ever)
{
	dies(fault_by_default, NULL, SIGSEGV, "");
}

static void tell(int number)
{
	(void)number;
	if (write(STDERR_FILENO, "handler", 7) == 7)
		abort();
}

static void tell_more(int number, siginfo_t *info, void *context)
{
	(void)context;
	if (info->si_addr == nowhere)
		tell(number);
}

static void fault_with_handler(void *arg)
{
	(void)arg;
	signal(SIGSEGV, tell);
	spawn_deep(write_nowhere);
}

Test(overflow, another_fault_goes_to_the_handler_that_was_there)
{
	dies(fault_with_handler, NULL, SIGABRT, "handler");
}

static void fault_with_long_handler(void *arg)
{
	struct sigaction action = {
		.sa_sigaction = tell_more,
		.sa_flags = SA_SIGINFO,
	};

	(void)arg;
	sigaction(SIGSEGV, &action, NULL);
	spawn_deep(write_nowhere);
}

Test(overflow, a_handler_that_was_there_gets_what_it_asked_for)
{
	dies(fault_with_long_handler, NULL, SIGABRT, "handler");
}

static struct evert_result send_signal(void *arg)
{
	(void)arg;
	raise(SIGBUS);
	return evert_result_none();
}

static void send_by_default(void *arg)
{
	(void)arg;
	signal(SIGBUS, SIG_DFL);
	spawn_deep(send_signal);
}

Test(overflow, a_signal_that_was_sent_ends_the_program_as_ever)
{
	dies(send_by_default, NULL, SIGBUS, "");
}

/* ---- Threads ---- */

static struct evert_result do_nothing(void *arg)
{
	(void)arg;
	return evert_result_none();
}

static char own_memory[65536];

static void *spawn_with_signal_stack(void *arg)
{
	stack_t own = { .ss_sp = own_memory, .ss_size = sizeof(own_memory) };
	stack_t now, none = { .ss_flags = SS_DISABLE };

	(void)arg;
	sigaltstack(&own, NULL);
	evert_deferred_release(spawn_deep(do_nothing));
	sigaltstack(NULL, &now);
	sigaltstack(&none, NULL);
	return now.ss_sp;
}

Test(overflow, a_thread_keeps_the_signal_stack_it_has)
{
	void *after = NULL;
	pthread_t thread;

	pthread_create(&thread, NULL, spawn_with_signal_stack, NULL);
	pthread_join(thread, &after);
	cr_assert(eq(ptr, after, own_memory));
}
