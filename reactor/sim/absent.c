/* SPDX-License-Identifier: MIT */
/* System calls that the simulated kernel does not have: for files, terminals,
   processes, threads, and for names. */
#include "absent_internal.h"

#include <errno.h>
#include <netdb.h>

int evert_sim_no_start_thread(struct evert_system *system,
			      void *(*run)(void *arg), void *arg)
{
	(void)system, (void)run, (void)arg;
	return -EAGAIN;
}

int evert_sim_no_getaddrinfo(struct evert_system *system, const char *host,
			     const char *port, const struct addrinfo *hints,
			     struct addrinfo **addresses)
{
	(void)system, (void)host, (void)port, (void)hints, (void)addresses;
	return EAI_FAIL;
}

void evert_sim_no_freeaddrinfo(struct evert_system *system,
			       struct addrinfo *addresses)
{
	(void)system, (void)addresses;
}

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
