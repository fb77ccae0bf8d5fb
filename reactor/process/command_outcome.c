/* SPDX-License-Identifier: MIT */
#include "command_internal.h"

#include <errno.h>

#include "../../deferred/base/memory.h"

enum { WORDS = 512 };

static struct evert_failure *failure_of(const struct evert_command *command,
					const struct evert_exit *exit)
{
	const struct evert_error *kind = exit->kind == EVERT_KILLED ?
						 EVERT_PROCESS_KILLED :
						 EVERT_PROCESS_FAILED;
	char how[EVERT_EXIT_WORDS], said[WORDS];
	struct evert_failure *failure;

	evert_bytes_words(&command->err, said, sizeof(said));
	failure = evert_failure_create_at(command->place, kind, 0,
					  "\"%s\" %s%s%s", command->name,
					  evert_exit_words(exit, how),
					  *said ? ": " : "", said);
	evert_failure_set_code(failure, exit->kind == EVERT_KILLED ?
						exit->signal :
						exit->code);
	return failure;
}

struct evert_result evert_command_output(struct evert_command *command,
				  const struct evert_exit *exit)
{
	if (!evert_exit_is_success(exit))
		return evert_result_failure(failure_of(command, exit));
	return evert_result_text(command->out.data ? command->out.data : "",
				 command->out.length);
}

struct evert_result evert_command_status(struct evert_command *command,
				  const struct evert_exit *exit)
{
	if (exit->kind != EVERT_EXITED)
		return evert_result_failure(failure_of(command, exit));
	return evert_result_integer(exit->code);
}

static void release_outcome(void *pointer)
{
	struct evert_outcome *outcome = pointer;

	evert_free(outcome->out);
	evert_free(outcome->err);
	evert_free(outcome);
}

const struct evert_type evert_type_outcome = {
	.name = "outcome of a command",
	.release = release_outcome,
};

struct evert_result evert_command_whole(struct evert_command *command,
				 const struct evert_exit *exit)
{
	struct evert_outcome *outcome = evert_allocate(sizeof(*outcome));

	if (!outcome)
		return evert_result_no_memory();
	*outcome = (struct evert_outcome){
		.exit = *exit,
		.out_length = command->out.length,
		.err_length = command->err.length,
	};
	outcome->out = evert_bytes_take(&command->out);
	outcome->err = evert_bytes_take(&command->err);
	if (outcome->out && outcome->err)
		return evert_result_of(&evert_type_outcome, outcome);
	release_outcome(outcome);
	return evert_result_no_memory();
}

struct evert_failure *evert_command_why(const struct evert_command *command)
{
	const char *place = command->place;
	struct evert_failure *failure;

	if (command->why == EVERT_OUTPUT_TOO_LONG)
		return evert_failure_create_at(
			place, command->why, 0,
			"\"%s\" wrote more than %zu bytes", command->name,
			command->most);
	if (command->why != EVERT_TIMED_OUT)
		return evert_failure_at(place, command->why);
	failure = evert_failure_create_at(place, EVERT_TIMED_OUT, 0,
					  "\"%s\" took longer than %g s",
					  command->name, command->timeout);
	evert_failure_set_error(failure, ETIMEDOUT);
	return failure;
}
