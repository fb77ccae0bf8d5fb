/* SPDX-License-Identifier: MIT */
#ifndef EVERT_REACTOR_SIM_ABSENT_INTERNAL_H
#define EVERT_REACTOR_SIM_ABSENT_INTERNAL_H

#include "../system/system.h"

int evert_sim_no_start_thread(struct evert_system *system,
			      void *(*run)(void *arg), void *arg);
int evert_sim_no_getaddrinfo(struct evert_system *system, const char *host,
			     const char *port, const struct addrinfo *hints,
			     struct addrinfo **addresses);
void evert_sim_no_freeaddrinfo(struct evert_system *system,
			       struct addrinfo *addresses);
int evert_sim_no_tcgetattr(struct evert_system *system, int fd,
			   struct termios *modes);
int evert_sim_no_tcsetattr(struct evert_system *system, int fd,
			   const struct termios *modes);
int evert_sim_no_tty_exclusive(struct evert_system *system, int fd, bool is);
int evert_sim_no_open(struct evert_system *system, const char *path, int flags,
		      mode_t mode);
ssize_t evert_sim_no_pread(struct evert_system *system, int fd, void *data,
			   size_t size, off_t offset);
ssize_t evert_sim_no_pwrite(struct evert_system *system, int fd,
			    const void *data, size_t size, off_t offset);
int evert_sim_no_fsync(struct evert_system *system, int fd);
int evert_sim_no_rename(struct evert_system *system, const char *from,
			const char *to);
pid_t evert_sim_no_spawn(struct evert_system *system, int (*child)(void *arg),
			 void *arg, int *pidfd);
int evert_sim_no_waitid(struct evert_system *system, pid_t pid, int options,
			int *code, int *status, struct rusage *usage);
int evert_sim_no_pty(struct evert_system *system, unsigned short rows,
		     unsigned short columns);
int evert_sim_no_pty_resize(struct evert_system *system, int terminal,
			    unsigned short rows, unsigned short columns);
int evert_sim_no_pty_slave(struct evert_system *system, int master);
int evert_sim_no_pty_name(struct evert_system *system, int master, char *name,
			  size_t size);
int evert_sim_no_kill(struct evert_system *system, pid_t pid, int signal);
int evert_sim_no_pidfd_send_signal(struct evert_system *system, int pidfd,
				   int signal);

#endif
