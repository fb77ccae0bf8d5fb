/* SPDX-License-Identifier: MIT */
/* What a worker's process begins with. */
#include "worker_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "../../deferred/base/memory.h"
#include "../../deferred/base/sanitizer_internal.h"

#if defined(EVERT_VALGRIND)
#include <valgrind/valgrind.h>
#endif

#define SELF "/proc/self/exe"

enum { DESCRIPTOR = 3 };

/* The kernel's link is right also when the file was replaced. Under Valgrind
   it is Valgrind that exec would start; but who reads it there is told of the
   program. */
static const char *this_program(char *path, size_t size)
{
#if defined(EVERT_VALGRIND)
	ssize_t length = RUNNING_ON_VALGRIND ? readlink(SELF, path, size) : 0;

	if (length > 0 && (size_t)length < size) {
		path[length] = '\0';
		return path;
	}
#else
	(void)path;
	(void)size;
#endif
	return SELF;
}

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
	char path[PATH_MAX];
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
		worker->pool->reactor, &worker->protocol,
		this_program(path, sizeof(path)),
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
