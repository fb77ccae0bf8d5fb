/* SPDX-License-Identifier: MIT */
#include "torture.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct record *the_record;

enum {
	SIGNAL_OF_PATIENCE = SIGXCPU, /* asks where it hangs */
	PATIENCE_WITH_SEARCH = 60,    /* seconds, for leaks */
};

/* ---- The child ---- */

/* Whatever a sanitizer reports ends by SIGABRT, so that the stack is seen. */
#pragma GCC visibility push(default)
const char *__asan_default_options(void);
const char *__ubsan_default_options(void);
int __lsan_do_recoverable_leak_check(void) __attribute__((weak));
void __real___ubsan_handle_type_mismatch_v1_abort(void *data, void *pointer)
	__attribute__((weak)); /* not there without UBSan */
void __wrap___ubsan_handle_type_mismatch_v1_abort(void *data, void *pointer);

const char *__asan_default_options(void)
{
	return "abort_on_error=1:handle_segv=0:handle_sigbus=0:"
	       "handle_sigfpe=0:handle_sigill=0:handle_abort=0:"
	       "allocator_may_return_null=1:leak_check_at_exit=0:"
	       "strict_string_checks=1:print_suppressions=0:"
	       "use_sigaltstack=0";
}

const char *__ubsan_default_options(void)
{
	return "abort_on_error=1:print_stacktrace=0";
}
#pragma GCC visibility pop

/* UBSan is about to say so, perhaps where nobody reads it. */
void __wrap___ubsan_handle_type_mismatch_v1_abort(void *data, void *pointer)
{
	if (!is_forked())
		the_record->used_null = (uintptr_t)pointer < LOWEST_ADDRESS;
	__real___ubsan_handle_type_mismatch_v1_abort(data, pointer);
}

static void died(int number, siginfo_t *info, void *context)
{
	(void)context;
	if (!is_forked() && !the_record->signal) {
		the_record->signal = number;
		if (number == SIGSEGV || number == SIGBUS)
			the_record->used_null = (uintptr_t)info->si_addr <
						LOWEST_ADDRESS;
		stack_take(&the_record->end);
	}
	signal(number, SIG_DFL);
	raise(number);
}

static void watch_deaths(void)
{
	static const int fatal[] = {
		SIGSEGV,	   SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGPIPE,
		SIGNAL_OF_PATIENCE};
	static char memory[65536];
	stack_t stack = {.ss_sp = memory, .ss_size = sizeof(memory)};
	struct sigaction action = {
		.sa_sigaction = died,
		.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER,
	};
	size_t i;

	sigaltstack(&stack, NULL);
	for (i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
		sigaction(fatal[i], &action, NULL);
}

static size_t open_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	size_t count = 0;

	while (directory && readdir(directory))
		count++;
	if (directory)
		closedir(directory);
	return count;
}

void end_run(enum how how)
{
	if (!is_forked())
		the_record->how = how;
	_exit(how == HOW_PASSED ? 0 : 1);
}

static _Noreturn void be_the_child(const struct run *run)
{
	watch_deaths();
	faults_begin(run);
	test_run(run->test, NULL);
	the_record->live = faults_live();
	the_record->descriptors = open_descriptors();
	the_record->has_ended = true;
	/* A search takes long, so not where all was given back. */
	if (run->n && the_record->live > run->live &&
	    __lsan_do_recoverable_leak_check &&
	    __lsan_do_recoverable_leak_check())
		end_run(HOW_LEAKED);
	end_run(HOW_PASSED);
}

/* ---- The runner ---- */

static void await(struct run *run, struct child *child)
{
	run->hung = !child_ends_within(child, run->patience) &&
		    !(the_record->has_ended &&
		      child_ends_within(child, PATIENCE_WITH_SEARCH));
	if (run->hung) {
		kill(child->pid, SIGNAL_OF_PATIENCE);
		child_ends_within(child, 2);
	}
	run->status = child_end(child);
}

static void read_what_was_said(struct run *run, int output)
{
	ssize_t size = pread(output, run->said, sizeof(run->said) - 1, 0);

	run->said[size > 0 ? size : 0] = '\0';
}

void run_in_child(struct run *run, int output)
{
	double began = now();
	struct child child;

	if (!the_record)
		the_record = mmap(NULL, sizeof(*the_record),
				  PROT_READ | PROT_WRITE,
				  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	memset(the_record, 0, sizeof(*the_record));
	if (!child_begin(&child, output))
		be_the_child(run);
	await(run, &child);
	run->seconds = now() - began;
	read_what_was_said(run, output);
}
