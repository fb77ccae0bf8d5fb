/* SPDX-License-Identifier: MIT */
/* What a worker's process begins with. */
#include "worker_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "../../deferred/base/memory.h"

enum { DESCRIPTOR = 3 };

/* Ours, and what tells it that it is a worker. NULL without memory. */
static char **make_environment(void)
{
	static char variable[] = EVERT_WORKER_VARIABLE "=3";
	size_t count = 0;
	char **made;

	while (environ && environ[count])
		count++;
	made = evert_allocate((count + 2) * sizeof(*made));
	if (!made)
		return NULL;
	if (count)
		memcpy(made, environ, count * sizeof(*made));
	made[count] = variable;
	made[count + 1] = NULL;
	return made;
}

/* What a worker prints goes where ours does, if there is such a place. */
static struct evert_child_fd same_as_ours(struct evert_system *system, int fd)
{
	bool is_open = system->ops->fcntl(system, fd, F_GETFD, 0) >= 0;

	return (struct evert_child_fd){
		.fd = fd,
		.use = is_open ? EVERT_CHILD_INHERITS : EVERT_CHILD_NULL,
		.from = fd,
	};
}

/* It never outlives us. */
static struct evert_process *spawn(struct evert_worker *worker,
				   char **environment,
				   struct evert_failure **failure)
{
	struct evert_system *system = worker->pool->reactor->system;
	const struct evert_child_fd fds[] = {
		{ STDIN_FILENO, EVERT_CHILD_NULL, 0, NULL },
		same_as_ours(system, STDOUT_FILENO),
		same_as_ours(system, STDERR_FILENO),
		{ DESCRIPTOR, EVERT_CHILD_TALKS, 0, &worker->factory },
	};
	const struct evert_process_options options = {
		.fds = fds,
		.fd_count = sizeof(fds) / sizeof(*fds),
		.nice = worker->pool->options.nice,
		.parent_death_signal = SIGKILL,
		.at_stop = EVERT_CHILD_IS_ENDED,
		.failure = failure,
	};

	return evert_spawn_process(
		worker->pool->reactor, &worker->protocol, "/proc/self/exe",
		EVERT_ARGV(program_invocation_name, "(worker)"), environment,
		&options);
}

struct evert_process *evert_worker_spawn(struct evert_worker *worker,
					 struct evert_failure **failure)
{
	char **environment = make_environment();
	struct evert_process *process = NULL;

	if (environment)
		process = spawn(worker, environment, failure);
	evert_free(environment);
	return process;
}
