/* SPDX-License-Identifier: MIT */
#include "exit.h"

#include <signal.h>
#include <stdio.h>

const struct evert_error evert_error_spawn_failed =
	EVERT_ERROR_INIT(evert_error_spawn_failed, EVERT_ERROR, "SPAWN_FAILED",
			 "the process could not be started");
const struct evert_error evert_error_process_failed = EVERT_ERROR_INIT(
	evert_error_process_failed, EVERT_ERROR, "PROCESS_FAILED",
	"the process ended in failure");
const struct evert_error evert_error_process_killed = EVERT_ERROR_INIT(
	evert_error_process_killed, EVERT_PROCESS_FAILED, "PROCESS_KILLED",
	"the process was killed by a signal");
const struct evert_error evert_error_output_too_long =
	EVERT_ERROR_INIT(evert_error_output_too_long, EVERT_ERROR,
			 "OUTPUT_TOO_LONG", "the process wrote too much");

int evert_exit_status(const struct evert_exit *exit)
{
	if (exit->kind == EVERT_EXITED)
		return exit->code;
	return exit->kind == EVERT_KILLED ? 128 + exit->signal : 1;
}

#define NAME(signal) [signal] = #signal

/* Those of POSIX; the C library has no names for them that all have. */
static const char *const names[] = {
	NAME(SIGHUP),  NAME(SIGINT),	NAME(SIGQUIT), NAME(SIGILL),
	NAME(SIGTRAP), NAME(SIGABRT),	NAME(SIGBUS),  NAME(SIGFPE),
	NAME(SIGKILL), NAME(SIGUSR1),	NAME(SIGSEGV), NAME(SIGUSR2),
	NAME(SIGPIPE), NAME(SIGALRM),	NAME(SIGTERM), NAME(SIGCHLD),
	NAME(SIGCONT), NAME(SIGSTOP),	NAME(SIGTSTP), NAME(SIGTTIN),
	NAME(SIGTTOU), NAME(SIGURG),	NAME(SIGXCPU), NAME(SIGXFSZ),
	NAME(SIGPROF), NAME(SIGVTALRM), NAME(SIGSYS),
};

static const char *name_of(int signal, char *room, size_t size)
{
	const size_t count = sizeof(names) / sizeof(*names);

	if ((size_t)signal < count && names[signal])
		return names[signal];
	snprintf(room, size, "signal %d", signal);
	return room;
}

const char *evert_exit_words(const struct evert_exit *exit,
			     char words[EVERT_EXIT_WORDS])
{
	char room[24];

	switch (exit->kind) {
	case EVERT_EXITED:
		snprintf(words, EVERT_EXIT_WORDS, "ended with code %d",
			 exit->code);
		break;
	case EVERT_KILLED:
		snprintf(words, EVERT_EXIT_WORDS, "was killed by %s%s",
			 name_of(exit->signal, room, sizeof(room)),
			 exit->dumped_core ? " (core dumped)" : "");
		break;
	default:
		snprintf(words, EVERT_EXIT_WORDS, "%s",
			 exit->kind == EVERT_LEFT_RUNNING ? "was left running" :
							    "ended unseen");
	}
	return words;
}
