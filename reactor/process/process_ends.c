/* SPDX-License-Identifier: MIT */
/* The two ends of what leads to a child: pipes, sockets, a terminal. */
#include "process_internal.h"

#include <fcntl.h>

static void close_end(struct evert_process *process, int *fd)
{
	struct evert_system *system = evert_process_reactor(process)->system;

	if (*fd >= 0)
		system->ops->close(system, *fd);
	*fd = -1;
}

void evert_process_close_theirs(struct evert_process *process)
{
	size_t i;

	for (i = 0; i < process->pipe_count; i++)
		close_end(process, &process->pipes[i].theirs);
}

void evert_process_close_pipes(struct evert_process *process)
{
	size_t i;

	for (i = 0; i < process->pipe_count; i++)
		close_end(process, &process->pipes[i].ours);
	evert_process_close_theirs(process);
}

/* 0, or -errno. */
static int make_terminal(const struct evert_process *process, int fds[2])
{
	struct evert_system *system = evert_process_reactor(process)->system;

	fds[0] = system->ops->pty(system, process->rows, process->columns);
	if (fds[0] < 0)
		return fds[0];
	fds[1] = system->ops->pty_slave(system, fds[0]);
	if (fds[1] >= 0)
		return 0;
	system->ops->close(system, fds[0]);
	return fds[1];
}

/* Puts our end first. 0, or -errno. */
static int make_ends(struct evert_process *process, enum evert_child_use use,
		     int fds[2])
{
	struct evert_system *system = evert_process_reactor(process)->system;
	int error, end;

	if (use == EVERT_CHILD_TERMINAL)
		return make_terminal(process, fds);
	if (use == EVERT_CHILD_TALKS)
		return system->ops->socketpair(system, fds);
	error = system->ops->pipe(system, fds);
	if (!error && use == EVERT_CHILD_READS) {
		end = fds[0];
		fds[0] = fds[1];
		fds[1] = end;
	}
	return error;
}

/* A child expects its descriptors to block. 0, or -errno. */
static int open_ends(struct evert_process *process,
		     struct evert_process_pipe *pipe)
{
	struct evert_system *system = evert_process_reactor(process)->system;
	int fds[2], error = make_ends(process, pipe->use, fds);

	if (error)
		return error;
	pipe->ours = fds[0];
	pipe->theirs = fds[1];
	return pipe->use == EVERT_CHILD_TERMINAL ?
		       0 :
		       system->ops->fcntl(system, pipe->theirs, F_SETFL, 0);
}

int evert_process_open_pipes(struct evert_process *process,
			     const struct evert_process_map *map)
{
	const struct evert_child_fd *entry = map->fds;
	struct evert_process_pipe *pipe = process->pipes;
	int error = 0;

	for (; !error && entry < map->fds + map->count; entry++) {
		if (!evert_child_use_is_pipe(entry->use))
			continue;
		*pipe = (struct evert_process_pipe){
			.process = process,
			.factory = entry->factory,
			.use = entry->use,
			.fd = entry->fd,
			.ours = -1,
			.theirs = -1,
		};
		process->pipe_count++;
		error = open_ends(process, pipe++);
	}
	if (error)
		evert_process_close_pipes(process);
	return error;
}
