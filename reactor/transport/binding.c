/* SPDX-License-Identifier: MIT */
#include "binding_internal.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "../../deferred/base/memory.h"
#include "../fork_internal.h"
#include "owner_internal.h"

struct evert_binding {
	dev_t device;
	ino_t inode;
	unsigned forks; /* of the process that has bound it */
	char path[sizeof(((struct sockaddr_un *)NULL)->sun_path) + 1];
};

/* Who is to have a path. */
struct holder {
	uid_t user;
	gid_t group;
};

static const struct holder nobody_else = { (uid_t)-1, (gid_t)-1 };

/* ---- Stale paths ---- */

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/*
 * Has nobody got the socket of that path? Asked by a datagram socket, so that
 * a server of streams notices nothing, and one that has bound it but does not
 * listen yet says that the kind is wrong, not that the connection is refused.
 * 0: nobody; -EADDRINUSE; or -errno: it can't be asked.
 */
static int find_dead(struct evert_system *system,
		     const struct evert_address *address)
{
	int fd = system->ops->socket(system, AF_UNIX, SOCK_DGRAM, 0);
	int error;

	if (fd < 0)
		return fd;
	error = system->ops->connect(system, fd, &address->as.any,
				     address->length);
	system->ops->close(system, fd);
	return error == -ECONNREFUSED ? 0 : -EADDRINUSE;
}

static bool is_socket(struct evert_system *system, const char *path,
		      struct stat *status)
{
	return !system->ops->lstat(system, path, status) &&
	       S_ISSOCK(status->st_mode);
}

/* Removes it, when it is a socket that nobody has got any more: 0; else
   -EADDRINUSE, or why that can't be said. */
static int remove_stale(struct evert_system *system, const char *path,
			const struct evert_address *address)
{
	struct stat before, after;
	int error = -EADDRINUSE;

	if (is_socket(system, path, &before))
		error = find_dead(system, address);
	if (error)
		return error;
	if (is_socket(system, path, &after) && is_same(&before, &after) &&
	    !system->ops->unlink(system, path))
		return 0;
	return -EADDRINUSE;
}

/* ---- Mode and owner ---- */

static int find_holder(struct holder *holder,
		       const struct evert_socket_options *options,
		       const char **what)
{
	int error = 0;

	*holder = nobody_else;
	if (options->owner) {
		*what = "owner";
		error = evert_owner_find(options->owner, &holder->user);
	}
	if (!error && options->group) {
		*what = "group";
		error = evert_owner_find_group(options->group, &holder->group);
	}
	if (!error)
		*what = NULL;
	return error;
}

/* The mode is mostly right by now, but for what umask(2) has taken away. */
static int change_mode(struct evert_system *system, const char *path,
		       mode_t mode, const struct stat *status,
		       const char **what)
{
	int error = 0;

	if (mode && (status->st_mode & 07777) != mode)
		error = system->ops->chmod(system, path, mode);
	if (error)
		*what = "mode";
	return error;
}

static int change_holder(struct evert_system *system, const char *path,
			 const struct holder *holder, const char **what)
{
	int error = 0;

	if (holder->user != nobody_else.user ||
	    holder->group != nobody_else.group)
		error = system->ops->chown(system, path, holder->user,
					   holder->group);
	if (error)
		*what = holder->user != nobody_else.user ? "owner" : "group";
	return error;
}

/* ---- Binding ---- */

static int bind_path(struct evert_system *system, int fd, const char *path,
		     const struct evert_address *address)
{
	int error = system->ops->bind(system, fd, &address->as.any,
				      address->length);

	if (error != -EADDRINUSE)
		return error;
	error = remove_stale(system, path, address);
	if (error)
		return error;
	return system->ops->bind(system, fd, &address->as.any,
				 address->length);
}

/* It is bound. */
static int take_path(struct evert_binding *b, struct evert_system *system,
		     const struct evert_socket_options *options,
		     const struct holder *holder, const char **what)
{
	struct stat status;
	int error = system->ops->lstat(system, b->path, &status);

	if (error)
		return error;
	b->device = status.st_dev;
	b->inode = status.st_ino;
	b->forks = evert_forks_now();
	error = change_mode(system, b->path, options->mode, &status, what);
	if (!error)
		error = change_holder(system, b->path, holder, what);
	return error;
}

/*
 * On Linux a path is made with the socket's own mode, less what umask(2) takes
 * away, so that not even a datagram comes in before it is set. Where a socket
 * has no mode, a stream is safe all the same: nobody can connect before listen.
 * To set umask instead would be to set it for every thread.
 */
static int bind_as(struct evert_binding *b, struct evert_system *system,
		   int fd, const struct evert_address *address,
		   const struct evert_socket_options *options,
		   const char **what)
{
	struct holder holder;
	int error = find_holder(&holder, options, what);

	if (error)
		return error;
	if (options->mode)
		system->ops->fchmod(system, fd, options->mode);
	error = bind_path(system, fd, b->path, address);
	if (error)
		return error;
	error = take_path(b, system, options, &holder, what);
	if (error && b->inode)
		system->ops->unlink(system, b->path);
	return error;
}

/* An abstract name, or an address of another family: neither has an owner. */
static int bind_only(struct evert_system *system, int fd,
		     const struct evert_address *address,
		     const struct evert_socket_options *options,
		     const char **what)
{
	*what = options->mode  ? "mode" :
		options->owner ? "owner" :
		options->group ? "group" :
				 NULL;
	if (*what)
		return -EAFNOSUPPORT;
	return system->ops->bind(system, fd, &address->as.any,
				 address->length);
}

int evert_binding_make(struct evert_binding **binding,
		       struct evert_system *system, int fd,
		       const struct evert_address *address,
		       const struct evert_socket_options *options,
		       const char **what)
{
	size_t length;
	const char *path = evert_address_path(address, &length);
	struct evert_binding *b;
	int error;

	*binding = NULL;
	if (!length || !*path)
		return bind_only(system, fd, address, options, what);
	b = evert_allocate(sizeof(*b));
	if (!b)
		return -ENOMEM;
	*b = (struct evert_binding){ .inode = 0 };
	memcpy(b->path, path, length);
	error = bind_as(b, system, fd, address, options, what);
	if (error)
		evert_free(b);
	else
		*binding = b;
	return error;
}

/* ---- The end ---- */

void evert_binding_end(struct evert_binding *b, struct evert_system *system)
{
	struct stat status;

	if (!b)
		return;
	if (b->forks == evert_forks_now() &&
	    is_socket(system, b->path, &status) &&
	    status.st_dev == b->device && status.st_ino == b->inode)
		system->ops->unlink(system, b->path);
	evert_free(b);
}
