/* SPDX-License-Identifier: MIT */
/* The paths of a host: of UNIX sockets, since there are no files. One stays
   when its socket was closed, until it is removed. There are no directories: a
   path is a name. */
#ifndef EVERT_REACTOR_SIM_PATH_INTERNAL_H
#define EVERT_REACTOR_SIM_PATH_INTERNAL_H

#include <sys/stat.h>

#include "world_internal.h"

struct evert_sim_unix;

struct evert_sim_path {
	struct evert_list_node node;
	struct evert_sim_unix *socket; /* NULL: it was closed */
	uint64_t number;	       /* of its inode */
	mode_t mode;
	uid_t owner;
	gid_t group;
	char name[sizeof(((struct sockaddr_un *)NULL)->sun_path) + 1];
};

/* NULL: there is none. */
struct evert_sim_path *evert_sim_path_find(const struct evert_sim_host *host,
					   const char *name);

/* A new one, at which `socket` is bound; `mode` less what umask(2) takes. */
struct evert_sim_path *evert_sim_path_make(struct evert_sim_host *host,
					   const char *name, mode_t mode,
					   struct evert_sim_unix *socket);

/* The socket, if there is one, keeps its name, but nobody finds it. */
void evert_sim_path_remove(struct evert_sim_path *path);

void evert_sim_paths_release(struct evert_sim_host *host);

#endif
