/* SPDX-License-Identifier: MIT */
/* How a child process ended, and why one could not be had. */
#ifndef EVERT_REACTOR_EXIT_H
#define EVERT_REACTOR_EXIT_H

#include <sys/resource.h>

#include "../../deferred/failure.h"

EVERT_BEGIN

/* In which way a child ended. */
enum evert_exit_kind {
	EVERT_EXITED,	    /* with a code */
	EVERT_KILLED,	    /* by a signal */
	EVERT_EXIT_UNKNOWN, /* it has ended, but somebody else reaped it */
	EVERT_LEFT_RUNNING, /* when the reactor stopped; or we may not kill it */
};

/* How a child ended, all of it. */
struct evert_exit {
	enum evert_exit_kind kind;
	int code;	  /* of EVERT_EXITED, 0 to 255; else -1 */
	int signal;	  /* of EVERT_KILLED; else 0 */
	bool dumped_core; /* then */
	/* What it and those of its children that it waited for have used, as
	   getrusage(2); of EVERT_EXITED and EVERT_KILLED. */
	struct rusage usage;
};

/* Did the child exit with code 0? */
static inline bool evert_exit_is_success(const struct evert_exit *exit)
{
	return exit->kind == EVERT_EXITED && exit->code == 0;
}

/* What a shell's $? has: the code, or 128 and the signal's number; 1 where it
   is not known. */
int evert_exit_status(const struct evert_exit *exit);

/* Room for all that evert_exit_words writes. */
enum { EVERT_EXIT_WORDS = 64 };

/* How a child ended, in words: "ended with code 3", "was killed by SIGSEGV
   (core dumped)", "ended unseen", "was left running". Returns `words`. */
const char *evert_exit_words(const struct evert_exit *exit,
			     char words[EVERT_EXIT_WORDS]);

/* A process could not be started: the message names the program and the step
   that failed, `error` says why. */
extern const struct evert_error evert_error_spawn_failed;
#define EVERT_SPAWN_FAILED (&evert_error_spawn_failed)

/* A process ended otherwise than with code 0: `code` of the failure is its
   code, of EVERT_PROCESS_KILLED, which is below it, the signal. */
extern const struct evert_error evert_error_process_failed;
#define EVERT_PROCESS_FAILED (&evert_error_process_failed)
extern const struct evert_error evert_error_process_killed;
#define EVERT_PROCESS_KILLED (&evert_error_process_killed)

/* A process wrote more than was to be collected. */
extern const struct evert_error evert_error_output_too_long;
#define EVERT_OUTPUT_TOO_LONG (&evert_error_output_too_long)

EVERT_END

#endif
