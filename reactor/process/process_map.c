/* SPDX-License-Identifier: MIT */
#include "process_internal.h"

#include <errno.h>

static const struct evert_child_fd standard[] = {
	{ 0, EVERT_CHILD_READS, -1, NULL },
	{ 1, EVERT_CHILD_WRITES, -1, NULL },
	{ 2, EVERT_CHILD_WRITES, -1, NULL },
};

static const struct evert_child_fd terminal[] = {
	{ 0, EVERT_CHILD_SAME_AS, 1, NULL },
	{ 1, EVERT_CHILD_TERMINAL, -1, NULL },
	{ 2, EVERT_CHILD_SAME_AS, 1, NULL },
};

/* The entry for a descriptor of the child, or NULL. */
static const struct evert_child_fd *
find(const struct evert_process_map *map, int fd)
{
	size_t i;

	for (i = 0; i < map->count; i++)
		if (map->fds[i].fd == fd)
			return &map->fds[i];
	return NULL;
}

/* The same as one that is the same as another would be a riddle. */
static bool makes_sense(const struct evert_process_map *map,
			const struct evert_child_fd *entry)
{
	const struct evert_child_fd *other;

	if (entry->fd < 0 || find(map, entry->fd) != entry ||
	    (unsigned)entry->use > EVERT_CHILD_NULL ||
	    (entry->factory && !evert_child_use_is_pipe(entry->use)))
		return false;
	if (entry->use == EVERT_CHILD_INHERITS)
		return entry->from >= 0;
	if (entry->use != EVERT_CHILD_SAME_AS)
		return true;
	other = find(map, entry->from);
	return other && other->use != EVERT_CHILD_SAME_AS;
}

static void set(struct evert_process_map *map, const struct evert_child_fd *fds,
		size_t count, size_t pipes)
{
	*map = (struct evert_process_map){ fds, count, pipes };
}

int evert_process_map(struct evert_process_map *map,
		      const struct evert_process_options *options)
{
	size_t i;

	if (options->has_terminal) {
		set(map, terminal, 3, 1);
		return options->fds ? -EINVAL : 0;
	}
	if (!options->fds) {
		set(map, standard, 3, 3);
		return 0;
	}
	set(map, options->fds, options->fd_count, 0);
	for (i = 0; i < map->count; i++) {
		if (!makes_sense(map, &map->fds[i]))
			return -EINVAL;
		map->pipes += evert_child_use_is_pipe(map->fds[i].use);
	}
	return 0;
}

static int their_end(const struct evert_process *process, int fd)
{
	size_t i = 0;

	while (process->pipes[i].fd != fd)
		i++;
	return process->pipes[i].theirs;
}

static int source_of(const struct evert_process_map *map,
		     const struct evert_process *process,
		     const struct evert_child_fd *entry)
{
	if (entry->use == EVERT_CHILD_SAME_AS)
		entry = find(map, entry->from);
	if (entry->use == EVERT_CHILD_INHERITS)
		return entry->from;
	return entry->use == EVERT_CHILD_NULL ? EVERT_FROM_NULL :
						their_end(process, entry->fd);
}

/* Few: by insertion. */
void evert_process_sources(const struct evert_process_map *map,
			   const struct evert_process *process,
			   struct evert_child_source *sources)
{
	size_t i, at;

	for (i = 0; i < map->count; i++) {
		for (at = i; at && sources[at - 1].to > map->fds[i].fd; at--)
			sources[at] = sources[at - 1];
		sources[at].from = source_of(map, process, &map->fds[i]);
		sources[at].to = map->fds[i].fd;
	}
}
