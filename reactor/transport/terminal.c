/* SPDX-License-Identifier: MIT */
#include "terminal_internal.h"

#include <errno.h>

#include "pipe_internal.h"

void evert_terminal_apply(enum evert_terminal_mode mode, struct termios *modes)
{
	if (mode == EVERT_TERMINAL_NO_ECHO)
		modes->c_lflag &= ~(tcflag_t)ECHO;
	else if (mode == EVERT_TERMINAL_RAW)
		cfmakeraw(modes);
}

/* ---- Opening ---- */

/* At the master they are the slave's. */
static int set_mode(struct evert_system *system, int fd,
		    enum evert_terminal_mode mode)
{
	struct termios modes;
	int error;

	if (mode == EVERT_TERMINAL_AS_FOUND)
		return 0;
	error = system->ops->tcgetattr(system, fd, &modes);
	if (error)
		return error;
	evert_terminal_apply(mode, &modes);
	return system->ops->tcsetattr(system, fd, &modes);
}

struct evert_protocol *evert_pty_open(struct evert_reactor *reactor,
				      struct evert_factory *factory,
				      const struct evert_pty_options *options)
{
	static const struct evert_pty_options none;
	struct evert_system *system = reactor->system;
	struct evert_protocol *protocol = NULL;
	int master, error;

	evert_reactor_check_thread(reactor, "evert_pty_open");
	options = options ? options : &none;
	master = system->ops->pty(system, options->rows ? options->rows : 24,
				  options->columns ? options->columns : 80);
	error = master < 0 ? master : set_mode(system, master, options->mode);
	if (!error)
		protocol = evert_pipe_open(reactor, master, master, factory);
	if (protocol)
		return protocol;
	error = error ? error : -errno;
	if (master >= 0)
		system->ops->close(system, master);
	errno = -error;
	return NULL;
}

/* ---- While it is open ---- */

/* A descriptor that may be a terminal, or -ENOTTY. */
static int descriptor_of(const struct evert_transport *transport)
{
	const struct evert_connection *c;

	if (transport->ops != &evert_connection_plain_ops)
		return -ENOTTY;
	c = evert_connection_from(transport);
	return c->watch.fd < 0 ? -ENOTTY : c->watch.fd;
}

int evert_pty_name(const struct evert_transport *transport, char *name,
		   size_t size)
{
	int fd = descriptor_of(transport);
	struct evert_system *system;

	if (fd < 0)
		return fd;
	system = evert_connection_system(evert_connection_from(transport));
	return system->ops->pty_name(system, fd, name, size);
}

int evert_pty_resize(const struct evert_transport *transport,
		     unsigned short rows, unsigned short columns)
{
	int fd = descriptor_of(transport);
	struct evert_system *system;

	if (fd < 0)
		return fd;
	system = evert_connection_system(evert_connection_from(transport));
	return system->ops->pty_resize(system, fd, rows, columns);
}
