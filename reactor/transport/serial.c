/* SPDX-License-Identifier: MIT */
#include "serial.h"

#include <errno.h>
#include <fcntl.h>
#include <termios.h>

#include "pipe_internal.h"
#include "terminal_internal.h"

/* ---- Options as modes ---- */

static const struct {
	unsigned number;
	speed_t code;
} speeds[] = {
	{ 50, B50 },	       { 75, B75 },	      { 110, B110 },
	{ 134, B134 },	       { 150, B150 },	      { 200, B200 },
	{ 300, B300 },	       { 600, B600 },	      { 1200, B1200 },
	{ 1800, B1800 },       { 2400, B2400 },	      { 4800, B4800 },
	{ 9600, B9600 },       { 19200, B19200 },     { 38400, B38400 },
	{ 57600, B57600 },     { 115200, B115200 },   { 230400, B230400 },
	{ 460800, B460800 },   { 500000, B500000 },   { 576000, B576000 },
	{ 921600, B921600 },   { 1000000, B1000000 }, { 1152000, B1152000 },
	{ 1500000, B1500000 }, { 2000000, B2000000 }, { 2500000, B2500000 },
	{ 3000000, B3000000 }, { 3500000, B3500000 }, { 4000000, B4000000 },
};

/* 0, or -EINVAL. */
static int set_speed(struct termios *modes, unsigned number)
{
	size_t i;

	number = number ? number : 9600;
	for (i = 0; i < sizeof(speeds) / sizeof(*speeds); i++)
		if (speeds[i].number == number) {
			cfsetispeed(modes, speeds[i].code);
			cfsetospeed(modes, speeds[i].code);
			return 0;
		}
	return -EINVAL;
}

static void set_flag(tcflag_t *flags, tcflag_t flag, bool is)
{
	*flags = is ? *flags | flag : *flags & ~flag;
}

/* 0, or -EINVAL. */
static int set_options(struct termios *modes,
		       const struct evert_serial_options *options)
{
	static const tcflag_t sizes[] = { CS5, CS6, CS7, CS8 };
	unsigned bits = options->data_bits ? options->data_bits : 8;

	if (bits < 5 || bits > 8 || options->stop_bits > 2 ||
	    options->parity > EVERT_PARITY_ODD)
		return -EINVAL;
	evert_terminal_apply(EVERT_TERMINAL_RAW, modes);
	modes->c_cflag = (modes->c_cflag & ~(tcflag_t)CSIZE) | sizes[bits - 5];
	modes->c_cflag |= CLOCAL | CREAD;
	set_flag(&modes->c_cflag, PARENB, options->parity != EVERT_PARITY_NONE);
	set_flag(&modes->c_cflag, PARODD, options->parity == EVERT_PARITY_ODD);
	set_flag(&modes->c_cflag, CSTOPB, options->stop_bits == 2);
	set_flag(&modes->c_cflag, CRTSCTS, options->rts_cts);
	set_flag(&modes->c_iflag, IXON | IXOFF, options->xon_xoff);
	set_flag(&modes->c_iflag, IXANY | INPCK | IGNPAR, false);
	return set_speed(modes, options->speed);
}

/* ---- The line ---- */

struct line {
	struct evert_pipe_keeper keeper;
	struct evert_system *system;
	int fd;
	bool is_changed, is_exclusive, puts_back;
	struct termios found;
};

static void put_back(struct line *line)
{
	struct evert_system *system = line->system;

	if (line->is_exclusive)
		system->ops->tty_exclusive(system, line->fd, false);
	if (line->is_changed && line->puts_back)
		system->ops->tcsetattr(system, line->fd, &line->found);
}

static void let_go(struct evert_pipe_keeper *keeper)
{
	struct line *line = evert_container_of(keeper, struct line, keeper);

	put_back(line);
	evert_free(line);
}

/* tcsetattr(3) succeeds where it could do a part of it. */
static bool is_same(const struct termios *a, const struct termios *b)
{
	const tcflag_t flags = CSIZE | PARENB | PARODD | CSTOPB | CRTSCTS;

	return (a->c_cflag & flags) == (b->c_cflag & flags) &&
	       cfgetospeed(a) == cfgetospeed(b);
}

static int set_up(struct line *line, const struct evert_serial_options *options)
{
	struct evert_system *system = line->system;
	struct termios wanted, got;
	int error = system->ops->tcgetattr(system, line->fd, &line->found);

	wanted = line->found;
	if (!error)
		error = set_options(&wanted, options);
	if (!error && options->exclusive) {
		error = system->ops->tty_exclusive(system, line->fd, true);
		line->is_exclusive = !error;
	}
	if (error)
		return error;
	line->is_changed = true;
	error = system->ops->tcsetattr(system, line->fd, &wanted);
	if (!error)
		error = system->ops->tcgetattr(system, line->fd, &got);
	if (!error && !is_same(&wanted, &got))
		error = -EOPNOTSUPP;
	return error;
}

/* 0, or -errno; then it is as it was found. */
static int begin(struct evert_protocol **protocol,
		 struct evert_reactor *reactor, struct line *line,
		 struct evert_factory *factory,
		 const struct evert_serial_options *options)
{
	int error = evert_pipe_check(reactor, line->fd, line->fd);

	if (!error)
		error = set_up(line, options);
	line->puts_back = options->puts_back;
	if (!error)
		error = evert_pipe_begin(protocol, reactor, line->fd, line->fd,
					 factory, &line->keeper);
	if (!error)
		return 0;
	line->puts_back = true;
	put_back(line);
	line->system->ops->close(line->system, line->fd);
	return error;
}

static int open_line(struct evert_protocol **protocol,
		     struct evert_reactor *reactor, const char *path,
		     struct evert_factory *factory,
		     const struct evert_serial_options *options)
{
	struct evert_system *system = reactor->system;
	struct line *line = evert_allocate(sizeof(*line));
	int error;

	if (!line)
		return -ENOMEM;
	*line = (struct line){
		.keeper = { .let_go = let_go },
		.system = system,
		.fd = system->ops->open(system, path,
					O_RDWR | O_NOCTTY | O_NONBLOCK, 0),
	};
	error = line->fd < 0 ? line->fd :
			       begin(protocol, reactor, line, factory, options);
	if (error)
		evert_free(line);
	return error;
}

struct evert_protocol *
evert_serial_open(struct evert_reactor *reactor, const char *path,
		  struct evert_factory *factory,
		  const struct evert_serial_options *options)
{
	static const struct evert_serial_options none;
	struct evert_protocol *protocol;
	int error;

	evert_reactor_check_thread(reactor, "evert_serial_open");
	evert_factory_check(factory);
	error = open_line(&protocol, reactor, path, factory,
			  options ? options : &none);
	if (!error)
		return protocol;
	errno = -error;
	return NULL;
}
