/* SPDX-License-Identifier: MIT */
/* System calls that the simulated kernel does not have: for files, terminals
   and processes. */
#include "absent_internal.h"

#include <errno.h>

int evert_sim_no_tcgetattr(struct evert_system *system, int fd,
			   struct termios *modes)
{
	(void)system, (void)fd, (void)modes;
	return -ENOSYS;
}

int evert_sim_no_tcsetattr(struct evert_system *system, int fd,
			   const struct termios *modes)
{
	(void)system, (void)fd, (void)modes;
	return -ENOSYS;
}

int evert_sim_no_tty_exclusive(struct evert_system *system, int fd, bool is)
{
	(void)system, (void)fd, (void)is;
	return -ENOSYS;
}

int evert_sim_no_open(struct evert_system *system, const char *path, int flags,
		      mode_t mode)
{
	(void)system, (void)path, (void)flags, (void)mode;
	return -ENOSYS;
}

ssize_t evert_sim_no_pread(struct evert_system *system, int fd, void *data,
			   size_t size, off_t offset)
{
	(void)system, (void)fd, (void)data, (void)size, (void)offset;
	return -ENOSYS;
}

ssize_t evert_sim_no_pwrite(struct evert_system *system, int fd,
			    const void *data, size_t size, off_t offset)
{
	(void)system, (void)fd, (void)data, (void)size, (void)offset;
	return -ENOSYS;
}

int evert_sim_no_fsync(struct evert_system *system, int fd)
{
	(void)system, (void)fd;
	return -ENOSYS;
}

int evert_sim_no_rename(struct evert_system *system, const char *from,
			const char *to)
{
	(void)system, (void)from, (void)to;
	return -ENOSYS;
}

int evert_sim_no_lstat(struct evert_system *system, const char *path,
		       struct stat *status)
{
	(void)system, (void)path, (void)status;
	return -ENOSYS;
}

int evert_sim_no_fchmod(struct evert_system *system, int fd, mode_t mode)
{
	(void)system, (void)fd, (void)mode;
	return -ENOSYS;
}

int evert_sim_no_chmod(struct evert_system *system, const char *path,
		       mode_t mode)
{
	(void)system, (void)path, (void)mode;
	return -ENOSYS;
}

int evert_sim_no_chown(struct evert_system *system, const char *path,
		       uid_t owner, gid_t group)
{
	(void)system, (void)path, (void)owner, (void)group;
	return -ENOSYS;
}

int evert_sim_no_unlink(struct evert_system *system, const char *path)
{
	(void)system, (void)path;
	return -ENOSYS;
}

pid_t evert_sim_no_spawn(struct evert_system *system, int (*child)(void *arg),
			 void *arg, int *pidfd)
{
	(void)system, (void)child, (void)arg, (void)pidfd;
	return -ENOSYS;
}

int evert_sim_no_waitid(struct evert_system *system, pid_t pid, int options,
			int *code, int *status, struct rusage *usage)
{
	(void)system, (void)pid, (void)options, (void)code, (void)status,
		(void)usage;
	return -ENOSYS;
}

int evert_sim_no_pty(struct evert_system *system, unsigned short rows,
		     unsigned short columns)
{
	(void)system, (void)rows, (void)columns;
	return -ENOSYS;
}

int evert_sim_no_pty_resize(struct evert_system *system, int terminal,
			    unsigned short rows, unsigned short columns)
{
	(void)system, (void)terminal, (void)rows, (void)columns;
	return -ENOSYS;
}

int evert_sim_no_pty_slave(struct evert_system *system, int master)
{
	(void)system, (void)master;
	return -ENOSYS;
}

int evert_sim_no_pty_name(struct evert_system *system, int master, char *name,
			  size_t size)
{
	(void)system, (void)master, (void)name, (void)size;
	return -ENOSYS;
}

int evert_sim_no_kill(struct evert_system *system, pid_t pid, int signal)
{
	(void)system, (void)pid, (void)signal;
	return -ENOSYS;
}

int evert_sim_no_pidfd_send_signal(struct evert_system *system, int pidfd,
				   int signal)
{
	(void)system, (void)pidfd, (void)signal;
	return -ENOSYS;
}
