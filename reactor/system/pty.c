/* SPDX-License-Identifier: MIT */
/* Pseudo-terminals; the slave without a name to be opened by: Linux 4.13. */
#include "processes_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../../deferred/base/descriptor_internal.h"

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif

int evert_system_pty_resize(struct evert_system *system, int terminal,
			    unsigned short rows, unsigned short columns)
{
	const struct winsize size = { .ws_row = rows, .ws_col = columns };

	(void)system;
	return ioctl(terminal, TIOCSWINSZ, &size) < 0 ? -errno : 0;
}

int evert_system_pty(struct evert_system *system, unsigned short rows,
		     unsigned short columns)
{
	int locked = 0, error;
	int master = evert_descriptor_beyond_stderr(
		open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK));

	if (master < 0)
		return -errno;
	error = ioctl(master, TIOCSPTLCK, &locked) < 0 ?
			-errno :
			evert_system_pty_resize(system, master, rows, columns);
	if (!error)
		return master;
	close(master);
	return error;
}

int evert_system_pty_slave(struct evert_system *system, int master)
{
	int slave = evert_descriptor_beyond_stderr(
		ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));

	(void)system;
	return slave < 0 ? -errno : slave;
}

int evert_system_pty_name(struct evert_system *system, int master, char *name,
			  size_t size)
{
	(void)system;
	return -ptsname_r(master, name, size);
}
