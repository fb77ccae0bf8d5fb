/* SPDX-License-Identifier: MIT */
/* System calls about paths. All programs are root's. */
#include <string.h>

#include "calls_internal.h"
#include "path_internal.h"
#include "unix_internal.h"

static void describe(struct stat *status, mode_t mode)
{
	memset(status, 0, sizeof(*status));
	status->st_mode = mode;
	status->st_nlink = 1;
}

/* Of a host without power nothing is changed any more. */
static struct evert_sim_path *path_at(struct evert_system *system,
				      const char *name, int *error)
{
	const struct evert_sim_host *host = evert_sim_host_from(system);
	struct evert_sim_path *path = evert_sim_path_find(host, name);

	*error = host->down ? -EIO : !path ? -ENOENT : 0;
	return *error ? NULL : path;
}

int evert_sim_call_lstat(struct evert_system *system, const char *name,
			 struct stat *status)
{
	int error;
	const struct evert_sim_path *path = path_at(system, name, &error);

	if (path) {
		describe(status, S_IFSOCK | path->mode);
		status->st_ino = path->number;
		status->st_uid = path->owner;
		status->st_gid = path->group;
	}
	return (int)evert_sim_call_outcome(system, "lstat", 0, error);
}

int evert_sim_call_chmod(struct evert_system *system, const char *name,
			 mode_t mode)
{
	int error;
	struct evert_sim_path *path = path_at(system, name, &error);

	if (path)
		path->mode = mode & 07777;
	return (int)evert_sim_call_outcome(system, "chmod", (int)mode, error);
}

int evert_sim_call_chown(struct evert_system *system, const char *name,
			 uid_t owner, gid_t group)
{
	int error;
	struct evert_sim_path *path = path_at(system, name, &error);

	if (path && owner != (uid_t)-1)
		path->owner = owner;
	if (path && group != (gid_t)-1)
		path->group = group;
	return (int)evert_sim_call_outcome(system, "chown", (int)owner, error);
}

int evert_sim_call_unlink(struct evert_system *system, const char *name)
{
	int error;
	struct evert_sim_path *path = path_at(system, name, &error);

	if (path)
		evert_sim_path_remove(path);
	return (int)evert_sim_call_outcome(system, "unlink", 0, error);
}

/* ---- By a descriptor ---- */

int evert_sim_call_fstat(struct evert_system *system, int fd,
			 struct stat *status)
{
	struct evert_sim_file *file = evert_sim_call_file(system, fd);
	const struct evert_sim_unix *sock;

	if (!file)
		return -EBADF;
	sock = evert_sim_unix_of(file);
	describe(status, sock		     ? S_IFSOCK | sock->mode
			 : file->ops->socket ? S_IFSOCK | 0777
					     : S_IFIFO | 0600);
	return 0;
}

/* The mode that its path will have; nothing else has one to be changed. */
int evert_sim_call_fchmod(struct evert_system *system, int fd, mode_t mode)
{
	struct evert_sim_file *file = evert_sim_call_file(system, fd);
	struct evert_sim_unix *sock = file ? evert_sim_unix_of(file) : NULL;

	if (sock)
		sock->mode = mode & 07777;
	return (int)evert_sim_call_outcome(system, "fchmod", fd,
					   file ? 0 : -EBADF);
}
