/* SPDX-License-Identifier: MIT */
/*
 * Running a command for what it says, or for how it ends
 * (twisted.internet.utils, Python's subprocess):
 *
 *	d = evert_process_output(reactor, EVERT_ARGV("git", "log"), NULL);
 *
 * or in a coroutine
 *
 *	EVERT_TRY(log, evert_await(evert_process_output(...)));
 *	puts(evert_result_as_text(&log));
 *
 * The program is looked for as evert_spawn_process does. It has a process
 * group of its own, reads from /dev/null, or what it is given, and is ended,
 * with its group, when nobody waits for it any more: by cancelling the
 * Deferred, by a time-out, when it writes too much, or when the reactor stops.
 * First gently, by SIGTERM, and firmly after two seconds, by SIGKILL; then,
 * when it has ended, the Deferred fails. Cancelling once more kills it at
 * once. Where only children of its own still have its pipes, and it has ended
 * itself, the Deferred fails at once, and they are ended in the same way.
 *
 * All fail with EVERT_SPAWN_FAILED, EVERT_CANCELLED, EVERT_TIMED_OUT,
 * EVERT_OUTPUT_TOO_LONG, EVERT_REACTOR_STOPPED, EVERT_NO_MEMORY; or as each
 * says. The caller owns the reading end. NULL without memory.
 *
 * Thread rule: the reactor's thread.
 */
#ifndef EVERT_REACTOR_COMMAND_H
#define EVERT_REACTOR_COMMAND_H

#include "../../deferred/deferred.h"
#include "../reactor.h"
#include "exit.h"
#include "process_options.h"

EVERT_BEGIN

/* How a command is run. All zero is the default; NULL is that, too. What is
   pointed to is not needed after the call. */
struct evert_command_options {
	const char *path;  /* of the program; NULL: argv[0] */
	char *const *env;  /* its environment; NULL: ours */
	const void *input; /* that it reads, copied */
	size_t input_length;
	double timeout; /* in seconds; 0: none */
	/* How many bytes of output, and of error output, are collected at
	   most; 0: 64 MiB. */
	size_t most;
	/* More about it; but its descriptors, what becomes of it when the
	   reactor stops, and where failures go, are decided here. */
	const struct evert_process_options *process;
};

/*
 * Runs a command: fires with what it wrote to its standard output, a text, when
 * it exits with code 0. Else EVERT_PROCESS_FAILED (with its code) or
 * EVERT_PROCESS_KILLED (with the signal), in the words of its error output.
 */
#define evert_process_output(...) \
	evert_process_output_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *
evert_process_output_at(struct evert_reactor *reactor, char *const argv[],
			const struct evert_command_options *options,
			const char *place);

/* Runs a command: fires with its code, an integer, whatever it is;
   EVERT_PROCESS_KILLED where it has none. It writes where this process does. */
#define evert_process_status(...) \
	evert_process_status_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *
evert_process_status_at(struct evert_reactor *reactor, char *const argv[],
			const struct evert_command_options *options,
			const char *place);

/* What became of a command, all of it. */
struct evert_outcome {
	struct evert_exit exit;
	char *out, *err; /* a zero byte is appended */
	size_t out_length, err_length;
};

/* Runs a command: fires with its struct evert_outcome, however it ended. */
#define evert_process_communicate(...) \
	evert_process_communicate_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *
evert_process_communicate_at(struct evert_reactor *reactor, char *const argv[],
			     const struct evert_command_options *options,
			     const char *place);

/* The type of a result that owns a struct evert_outcome. */
extern const struct evert_type evert_type_outcome;

/* The outcome in such a result, as long as that lives. */
static inline const struct evert_outcome *
evert_result_as_outcome(const struct evert_result *result)
{
	return (const struct evert_outcome *)evert_result_as(
		result, &evert_type_outcome);
}

EVERT_END

#endif
