/* SPDX-License-Identifier: MIT */
#include "standard_io_state_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "../reactor_internal.h"
#include "terminal_internal.h"

enum { DESCRIPTORS = 2, SIGNALS = 6 };

static const int signals[SIGNALS] = {
	SIGHUP, SIGINT, SIGQUIT, SIGTERM, /* end the process */
	SIGTSTP,			  /* stops it */
	SIGCONT,
};

static struct {
	struct evert_system *system; /* NULL: nothing is kept */
	atomic_bool taken;
	atomic_bool changed; /* there is something to be put back */
	pid_t process;
	int flags[DESCRIPTORS]; /* as found; -1: not used */
	bool is_terminal, has_mode;
	struct termios found, wanted;
	struct sigaction before[SIGNALS];
} state;

/* ---- What signal handlers may call ---- */

static void set_flags(int added)
{
	int fd;

	for (fd = 0; fd < DESCRIPTORS; fd++)
		if (state.flags[fd] >= 0)
			fcntl(fd, F_SETFL, state.flags[fd] | added);
}

/* From the background the terminal would stop us. */
static void set_modes(const struct termios *modes)
{
	pid_t foreground;

	if (!state.has_mode)
		return;
	/* -1: it is not the terminal that would. */
	foreground = tcgetpgrp(STDIN_FILENO);
	if (foreground == -1 || foreground == getpgrp())
		tcsetattr(STDIN_FILENO, TCSANOW, modes);
}

static void put_back(void)
{
	if (!atomic_load(&state.changed) || state.process != getpid())
		return;
	set_modes(&state.found);
	set_flags(0);
}

static void do_again(void)
{
	if (!atomic_load(&state.changed) || state.process != getpid())
		return;
	set_flags(O_NONBLOCK);
	set_modes(&state.wanted);
}

/* Delivered when the handler returns. */
static void on_end(int number)
{
	put_back();
	signal(number, SIG_DFL);
	raise(number);
}

static void handle(int number, void (*handler)(int number))
{
	struct sigaction action = {
		.sa_handler = handler,
		.sa_flags = SA_RESTART,
	};

	sigemptyset(&action.sa_mask);
	sigaction(number, &action, NULL);
}

/* Stops in here, and goes on when SIGCONT comes. */
static void on_stop(int number)
{
	int saved = errno;
	sigset_t stop, before;

	put_back();
	signal(number, SIG_DFL);
	raise(number);
	sigemptyset(&stop);
	sigaddset(&stop, number);
	pthread_sigmask(SIG_UNBLOCK, &stop, &before);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	handle(number, on_stop);
	do_again();
	errno = saved;
}

static void on_continue(int number)
{
	int saved = errno;

	(void)number;
	do_again();
	errno = saved;
}

/* ---- Begin and end ---- */

static void (*handler_of(int number))(int number)
{
	return number == SIGTSTP ? on_stop :
	       number == SIGCONT ? on_continue :
				   on_end;
}

static void handle_signals(void)
{
	int i;

	for (i = 0; i < SIGNALS; i++) {
		sigaction(signals[i], NULL, &state.before[i]);
		if (state.before[i].sa_handler == SIG_DFL)
			handle(signals[i], handler_of(signals[i]));
	}
}

/* A handler that the program has set meanwhile stays. */
static void leave_signals(void)
{
	struct sigaction now;
	int i;

	for (i = 0; i < SIGNALS; i++) {
		sigaction(signals[i], NULL, &now);
		if (now.sa_handler == handler_of(signals[i]))
			sigaction(signals[i], &state.before[i], NULL);
	}
}

/* Is it open, and for that? `not`: what it would be open for only. */
static int flags_of(struct evert_system *system, int fd, int not)
{
	int flags = system->ops->fcntl(system, fd, F_GETFL, 0);

	return flags >= 0 && (flags & O_ACCMODE) != not ? flags : -1;
}

int evert_stdio_state_keep(struct evert_system *system, int fds[2])
{
	static atomic_bool at_exit;
	bool no = false;

	if (!atomic_compare_exchange_strong(&state.taken, &no, true))
		return -EBUSY;
	if (!atomic_exchange(&at_exit, true))
		atexit(put_back);
	state.system = system;
	state.process = getpid();
	state.flags[0] = flags_of(system, STDIN_FILENO, O_WRONLY);
	state.flags[1] = flags_of(system, STDOUT_FILENO, O_RDONLY);
	fds[0] = state.flags[0] >= 0 ? STDIN_FILENO : -1;
	fds[1] = state.flags[1] >= 0 ? STDOUT_FILENO : -1;
	state.has_mode = false;
	state.is_terminal = fds[0] >= 0 &&
			    !system->ops->tcgetattr(system, STDIN_FILENO,
						    &state.found);
	state.wanted = state.found;
	return 0;
}

int evert_stdio_state_begin(void)
{
	struct evert_system *system = state.system;
	int error = 0, fd;

	atomic_store(&state.changed, true);
	handle_signals();
	atomic_store(&evert_signals_last_words, put_back);
	for (fd = 0; fd < DESCRIPTORS && !error; fd++)
		if (state.flags[fd] >= 0)
			error = system->ops->fcntl(
				system, fd, F_SETFL,
				state.flags[fd] | O_NONBLOCK);
	return error;
}

void evert_stdio_state_end(void)
{
	if (atomic_load(&state.changed)) {
		put_back();
		atomic_store(&evert_signals_last_words, NULL);
		atomic_store(&state.changed, false);
		if (state.process == getpid())
			leave_signals();
	}
	state.system = NULL;
	atomic_store(&state.taken, false);
}

int evert_stdio_set_mode(enum evert_terminal_mode mode)
{
	struct evert_system *system = state.system;

	if (!system || !state.is_terminal)
		return -ENOTTY;
	state.wanted = state.found;
	evert_terminal_apply(mode, &state.wanted);
	state.has_mode = true;
	return system->ops->tcsetattr(system, STDIN_FILENO, &state.wanted);
}
