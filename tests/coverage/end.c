/* SPDX-License-Identifier: MIT */
/*
 * Linked into every program of `make coverage`: what a process has counted is
 * written also where it ends in another way than by exit. gcc writes it there,
 * and before an exec. The calls come here by the linker's --wrap.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/types.h>
#include <ucontext.h>
#include <unistd.h>

void __gcov_dump(void);
void __gcov_reset(void);

_Noreturn void __real_abort(void);
_Noreturn void __real__exit(int status);
int __real_raise(int signal);
int __real_kill(pid_t process, int signal);
int __real_fflush(FILE *file);

_Noreturn void __wrap_abort(void);
_Noreturn void __wrap__exit(int status);
int __wrap_raise(int signal);
int __wrap_kill(pid_t process, int signal);
int __wrap_fflush(FILE *file);

/* A dump is written once only; the process may live on. */
static void dump(void)
{
	__gcov_dump();
	__gcov_reset();
}

/* A coroutine's stack may be too small for it. */
static void write_down(void)
{
	static char stack[256 * 1024];
	static ucontext_t here, there;

	getcontext(&there);
	there.uc_stack.ss_sp = stack;
	there.uc_stack.ss_size = sizeof(stack);
	there.uc_link = &here;
	makecontext(&there, dump, 0);
	swapcontext(&here, &there);
}

/* Does it end whoever has no handler for it, by what is set here? */
static int is_deadly(int signal)
{
	struct sigaction now;

	return sigaction(signal, NULL, &now) == 0 &&
	       !(now.sa_flags & SA_SIGINFO) && now.sa_handler == SIG_DFL;
}

void __wrap_abort(void)
{
	write_down();
	__real_abort();
}

void __wrap__exit(int status)
{
	write_down();
	__real__exit(status);
}

int __wrap_raise(int signal)
{
	if (is_deadly(signal))
		write_down();
	return __real_raise(signal);
}

int __wrap_kill(pid_t process, int signal)
{
	if (process == getpid() && is_deadly(signal))
		write_down();
	return __real_kill(process, signal);
}

/* All files: a worker (protocols/worker/) may be killed at any time. */
int __wrap_fflush(FILE *file)
{
	if (!file)
		write_down();
	return __real_fflush(file);
}
