/* SPDX-License-Identifier: MIT */
/* Pseudo-terminals, without a name to be opened by: Linux 4.13. */
#include "processes_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../../deferred/base/descriptor_internal.h"

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif

int evert_system_pty_resize(struct evert_system *system, int master,
			    unsigned short rows, unsigned short columns)
{
	const struct winsize size = { .ws_row = rows, .ws_col = columns };

	(void)system;
	return ioctl(master, TIOCSWINSZ, &size) < 0 ? -errno : 0;
}

/* The slave, or -1 and errno. */
static int open_slave(int master)
{
	int locked = 0;

	if (ioctl(master, TIOCSPTLCK, &locked) < 0)
		return -1;
	return evert_descriptor_beyond_stderr(
		ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
}

int evert_system_pty(struct evert_system *system, int fds[2],
		     unsigned short rows, unsigned short columns)
{
	int error;

	fds[0] = evert_descriptor_beyond_stderr(
		open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK));
	if (fds[0] < 0)
		return -errno;
	fds[1] = open_slave(fds[0]);
	error = fds[1] < 0 ? -errno :
			     evert_system_pty_resize(system, fds[0], rows,
						     columns);
	if (!error)
		return 0;
	close(fds[0]);
	if (fds[1] >= 0)
		close(fds[1]);
	return error;
}
