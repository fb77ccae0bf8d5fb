/* SPDX-License-Identifier: MIT */
/*
 * Binding a socket to an address, and for a UNIX socket all that its path
 * needs: a stale one is removed, mode and owner are set, and in the end it is
 * removed by whoever bound it.
 *
 * Races that are left, all of them with somebody who may write to the
 * directory: two who find the same stale path at the same moment may each bind
 * it, and the second one has it (a path that somebody has bound but does not
 * listen on yet is not stale); a path that is replaced between two system
 * calls is taken for what it was before. Nothing that a symbolic link points
 * to is ever changed.
 */
#ifndef EVERT_REACTOR_BINDING_INTERNAL_H
#define EVERT_REACTOR_BINDING_INTERNAL_H

#include "../address.h"
#include "../system/system.h"
#include "socket_options.h"

struct evert_binding;

/*
 * Binds `fd` as `options` ask for: 0, or -errno, and in `*what` the option that
 * could not be set, or NULL. `*binding` is what evert_binding_end is to be
 * called with; NULL: there is nothing to be done in the end.
 */
int evert_binding_make(struct evert_binding **binding,
		       struct evert_system *system, int fd,
		       const struct evert_address *address,
		       const struct evert_socket_options *options,
		       const char **what);

/*
 * Removes the path, if it is still the socket that was bound, and this is the
 * process that did it, no fork of it. To be called before the socket is closed:
 * until then nobody else's can have its inode number. A relative path is found
 * only from the directory that it was bound in.
 */
void evert_binding_end(struct evert_binding *binding,
		       struct evert_system *system);

#endif
