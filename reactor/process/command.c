/* SPDX-License-Identifier: MIT */
/* Commands are processes whose protocol collects, and fires a Deferred. */
#include "command_internal.h"

#include <errno.h>
#include <string.h>

#include "../../deferred/base/memory.h"
#include "../reason.h"
#include "process_internal.h"

enum { MOST = 64 << 20 };

static struct evert_command *command_from(struct evert_process_protocol *base)
{
	return evert_container_of(base, struct evert_command, base);
}

/* ---- Its end ---- */

static void fire(struct evert_command *command, const struct evert_exit *exit)
{
	struct evert_result result;

	if (!command->slot)
		return;
	evert_delayed_call_cancel(command->timer);
	if (!command->why && command->base.process->is_terminated)
		command->why = EVERT_REACTOR_STOPPED;
	result = command->why ?
			 evert_result_failure(evert_command_why(command)) :
			 command->outcome(command, exit);
	evert_deferred_fire(&command->slot, result);
}

static void let_go_of_pipe(struct evert_process *process, int fd)
{
	struct evert_transport *transport =
		evert_process_transport(process, fd);

	if (transport)
		evert_transport_abort(transport);
}

/* Of one that we end, nothing more is wanted, whoever has its pipes. */
static void give_up(struct evert_command *command,
		    const struct evert_exit *exit)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		let_go_of_pipe(command->base.process, fd);
	fire(command, exit);
}

/* It may have ended before, and its children have the pipes. */
static void end(struct evert_command *command, const struct evert_error *why)
{
	struct evert_process *process = command->base.process;
	const struct evert_exit *exit = evert_process_exit(process);

	if (command->why) {
		evert_process_terminate(process, 0);
		return;
	}
	command->why = why;
	evert_process_terminate(process, -1);
	if (exit)
		give_up(command, exit);
}

static bool cancelled(struct evert_deferred *deferred, void *arg)
{
	struct evert_command *command = arg;

	(void)deferred;
	end(command, EVERT_CANCELLED);
	return command->slot != NULL;
}

static void timed_out(void *arg)
{
	end(arg, EVERT_TIMED_OUT);
}

/* ---- The process protocol ---- */

static void collect(struct evert_command *command, struct evert_bytes *bytes,
		    const char *data, size_t length)
{
	if (command->why)
		return;
	if (length > command->most - bytes->length)
		end(command, EVERT_OUTPUT_TOO_LONG);
	else if (evert_bytes_add(bytes, data, length))
		end(command, EVERT_NO_MEMORY);
}

static void out_received(struct evert_process_protocol *base, const char *data,
			 size_t length)
{
	struct evert_command *command = command_from(base);

	collect(command, &command->out, data, length);
}

static void err_received(struct evert_process_protocol *base, const char *data,
			 size_t length)
{
	struct evert_command *command = command_from(base);

	collect(command, &command->err, data, length);
}

static void exited(struct evert_process_protocol *base,
		   const struct evert_exit *exit)
{
	struct evert_command *command = command_from(base);

	if (command->why || base->process->is_terminated)
		give_up(command, exit);
}

static void ended(struct evert_process_protocol *base,
		  const struct evert_exit *exit)
{
	fire(command_from(base), exit);
}

static void release(struct evert_command *command)
{
	evert_bytes_release(&command->out);
	evert_bytes_release(&command->err);
	evert_free(command);
}

static void destroy(struct evert_process_protocol *base)
{
	release(command_from(base));
}

static const struct evert_process_protocol_ops ops = {
	.out_received = out_received,
	.err_received = err_received,
	.exited = exited,
	.ended = ended,
	.destroy = destroy,
};

/* ---- The beginning ---- */

static const struct evert_command_options by_default;

static struct evert_command *
make(char *const argv[], const struct evert_command_options *options,
     const char *place)
{
	size_t size = strlen(argv[0]) + 1;
	struct evert_command *command =
		evert_allocate(sizeof(*command) + size);

	if (!command)
		return NULL;
	*command = (struct evert_command){
		.base.ops = &ops,
		.place = place,
		.most = options->most ? options->most : MOST,
		.timeout = options->timeout,
	};
	memcpy(command->name, argv[0], size);
	return command;
}

static void feed(struct evert_command *command,
		 const struct evert_command_options *options)
{
	struct evert_process *process = command->base.process;

	if (evert_process_write(process, options->input,
				options->input_length) == -ENOMEM)
		end(command, EVERT_NO_MEMORY);
	evert_process_close_in(process);
}

static void limit_time(struct evert_command *command,
		       struct evert_reactor *reactor)
{
	if (command->timeout == 0)
		return;
	command->timer = evert_reactor_call_later(reactor, command->timeout,
						  timed_out, command);
	if (!evert_delayed_call_active(command->timer))
		end(command, errno == ENOMEM ? EVERT_NO_MEMORY :
					       EVERT_TIMED_OUT);
}

/* NULL, or why it could not be started. */
static struct evert_failure *start(struct evert_command *command,
				   struct evert_reactor *reactor,
				   char *const argv[],
				   const struct evert_command_options *options,
				   enum evert_child_use writes)
{
	const struct evert_child_fd fds[] = {
		{ STDIN_FILENO,
		  options->input ? EVERT_CHILD_READS : EVERT_CHILD_NULL, 0,
		  NULL },
		{ STDOUT_FILENO, writes, STDOUT_FILENO, NULL },
		{ STDERR_FILENO, writes, STDERR_FILENO, NULL },
	};
	struct evert_process_options all = { .umask = NULL };
	struct evert_failure *failure = NULL;

	if (options->process)
		all = *options->process;
	all.has_terminal = false;
	all.fds = fds;
	all.fd_count = sizeof(fds) / sizeof(*fds);
	if (all.group == EVERT_CHILD_IN_OUR_GROUP)
		all.group = EVERT_CHILD_IN_OWN_GROUP;
	all.at_stop = EVERT_CHILD_IS_ENDED;
	all.failure = &failure;
	if (!evert_spawn_process_at(reactor, &command->base, options->path,
				    argv, options->env, &all, command->place))
		return failure;
	evert_process_keep_group(command->base.process);
	if (options->input)
		feed(command, options);
	limit_time(command, reactor);
	return NULL;
}

static struct evert_deferred *
run(struct evert_reactor *reactor, char *const argv[],
    const struct evert_command_options *options, const char *place,
    struct evert_result (*outcome)(struct evert_command *command,
				   const struct evert_exit *exit),
    enum evert_child_use writes)
{
	struct evert_deferred *deferred = NULL;
	struct evert_failure *failure;
	struct evert_command *command;

	evert_process_check(reactor, argv);
	if (!options)
		options = &by_default;
	command = make(argv, options, place);
	if (command)
		deferred = evert_deferred_create_at(&command->slot, place,
						    cancelled, command);
	if (!deferred) {
		evert_free(command);
		return NULL;
	}
	command->outcome = outcome;
	failure = start(command, reactor, argv, options, writes);
	if (failure) {
		evert_deferred_fire(&command->slot,
				    evert_result_failure(failure));
		release(command);
	}
	return deferred;
}

struct evert_deferred *
evert_process_output_at(struct evert_reactor *reactor, char *const argv[],
			const struct evert_command_options *options,
			const char *place)
{
	return run(reactor, argv, options, place, evert_command_output,
		   EVERT_CHILD_WRITES);
}

struct evert_deferred *
evert_process_status_at(struct evert_reactor *reactor, char *const argv[],
			const struct evert_command_options *options,
			const char *place)
{
	return run(reactor, argv, options, place, evert_command_status,
		   EVERT_CHILD_INHERITS);
}

struct evert_deferred *
evert_process_communicate_at(struct evert_reactor *reactor,
			     char *const argv[],
			     const struct evert_command_options *options,
			     const char *place)
{
	return run(reactor, argv, options, place, evert_command_whole,
		   EVERT_CHILD_WRITES);
}
