/* SPDX-License-Identifier: MIT */
/* The kernel's operations for child processes, as system.h says. */
#ifndef EVERT_REACTOR_PROCESSES_INTERNAL_H
#define EVERT_REACTOR_PROCESSES_INTERNAL_H

#include "system.h"

pid_t evert_system_spawn(struct evert_system *system, int (*child)(void *arg),
			 void *arg, int *pidfd);
int evert_system_waitid(struct evert_system *system, pid_t pid, int options,
			int *code, int *status, struct rusage *usage);
int evert_system_pty(struct evert_system *system, unsigned short rows,
		     unsigned short columns);
int evert_system_pty_resize(struct evert_system *system, int terminal,
			    unsigned short rows, unsigned short columns);
int evert_system_pty_slave(struct evert_system *system, int master);
int evert_system_pty_name(struct evert_system *system, int master, char *name,
			  size_t size);
int evert_system_kill(struct evert_system *system, pid_t pid, int signal);
int evert_system_pidfd_send_signal(struct evert_system *system, int pidfd,
				   int signal);

#endif
