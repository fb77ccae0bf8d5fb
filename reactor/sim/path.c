/* SPDX-License-Identifier: MIT */
#include "path_internal.h"

#include <string.h>

#include "unix_internal.h"

enum {
	UMASK = 022
};

static struct evert_sim_path *path_at(const struct evert_list_node *node)
{
	return evert_container_of((struct evert_list_node *)node,
				  struct evert_sim_path, node);
}

struct evert_sim_path *evert_sim_path_find(const struct evert_sim_host *host,
					   const char *name)
{
	const struct evert_list_node *node;

	for (node = host->paths.next; node != &host->paths; node = node->next)
		if (!strcmp(path_at(node)->name, name))
			return path_at(node);
	return NULL;
}

struct evert_sim_path *evert_sim_path_make(struct evert_sim_host *host,
					   const char *name, mode_t mode,
					   struct evert_sim_unix *socket)
{
	struct evert_sim_path *path = evert_sim_allocate(sizeof(*path));

	strcpy(path->name, name);
	path->socket = socket;
	path->number = ++host->paths_made;
	path->mode = mode & ~(mode_t)UMASK;
	evert_list_append(&host->paths, &path->node);
	return path;
}

void evert_sim_path_remove(struct evert_sim_path *path)
{
	if (path->socket)
		path->socket->path = NULL;
	evert_list_remove(&path->node);
	evert_sim_free(path);
}

void evert_sim_paths_release(struct evert_sim_host *host)
{
	while (!evert_list_is_empty(&host->paths))
		evert_sim_path_remove(path_at(host->paths.next));
}
