/* SPDX-License-Identifier: MIT */
/*
 * The kernel, as far as threads meet in it: pipes, poll(2), threads, slow
 * lookups. A byte written to a pipe wakes who polls it; but nothing is taken
 * to happen before the read that was done before the write, as if the kernel
 * had no barriers: who needs that has to say so by atomics.
 */
#include "engine.h"
#include "meet.h"
#include "replaced.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>

#include "../../deferred/base/memory.h"
#include "../../deferred/live_internal.h"

enum { PIPES = 4, FIRST = 10, SIGNALS = 65 };

struct pipe_state {
	bool is_open[2];
	unsigned bytes;
};

static struct {
	struct pipe_state pipe[PIPES];
	unsigned pipes, pipe_size;
	int64_t now;
	struct sigaction action[SIGNALS];
} self;

void kernel_reset(void)
{
	for (unsigned i = 0; i < self.pipes; i++)
		if (self.pipe[i].is_open[0] || self.pipe[i].is_open[1])
			meet_fail("a descriptor is left open");
	self.pipes = 0;
	self.pipe_size = 65536;
	self.now = 1000000000;
}

void meet_set_pipe_size(unsigned bytes)
{
	self.pipe_size = bytes;
}

static void wait_turn(const char *what, const void *object, const void *at)
{
	struct step step = {
		.what = what,
		.at = at,
		.object = { object },
		.writes = { true },
		.objects = object ? 1 : 0,
	};

	step_wait(&step);
}

/* ---- Pipes ---- */

static struct pipe_state *pipe_at(int fd)
{
	struct pipe_state *pipe = &self.pipe[(fd - FIRST) / 2];

	if (fd < FIRST || fd >= FIRST + 2 * (int)self.pipes ||
	    !pipe->is_open[(fd - FIRST) % 2])
		meet_fail("descriptor %d is used, which is not open", fd);
	return pipe;
}

static int make_pipe(struct evert_system *system, int fds[2])
{
	(void)system;
	if (self.pipes == PIPES)
		return -EMFILE;
	self.pipe[self.pipes] = (struct pipe_state){
		.is_open = { true, true },
	};
	fds[0] = FIRST + 2 * (int)self.pipes;
	fds[1] = fds[0] + 1;
	self.pipes++;
	return 0;
}

static ssize_t write_pipe(struct evert_system *system, int fd,
			  const void *data, size_t size)
{
	struct pipe_state *pipe = pipe_at(fd);

	(void)system;
	(void)data;
	wait_turn("writes", pipe, __builtin_return_address(0));
	pipe_at(fd);
	if (pipe->bytes + size > self.pipe_size)
		return -EAGAIN;
	pipe->bytes += (unsigned)size;
	step_tell(pipe->bytes);
	return (ssize_t)size;
}

static ssize_t read_pipe(int fd, void *data, size_t size,
			 struct evert_system *system)
{
	struct pipe_state *pipe = pipe_at(fd);
	unsigned bytes;

	(void)system;
	(void)data;
	wait_turn("reads", pipe, __builtin_return_address(0));
	pipe_at(fd);
	bytes = pipe->bytes < size ? pipe->bytes : (unsigned)size;
	pipe->bytes -= bytes;
	step_tell(bytes);
	return bytes ? (ssize_t)bytes : -EAGAIN;
}

static int close_pipe(struct evert_system *system, int fd)
{
	struct pipe_state *pipe = pipe_at(fd);

	(void)system;
	wait_turn("closes", pipe, __builtin_return_address(0));
	pipe_at(fd);
	pipe->is_open[(fd - FIRST) % 2] = false;
	return 0;
}

/* ---- Polling ---- */

struct polled {
	const struct pollfd *fds;
	unsigned count;
};

static int look(struct pollfd *fds, unsigned count)
{
	int ready = 0;

	for (unsigned i = 0; i < count; i++) {
		fds[i].revents = pipe_at(fds[i].fd)->bytes ? POLLIN : 0;
		ready += fds[i].revents != 0;
	}
	return ready;
}

/* One that is to wait for a time may find that it is over. */
static bool may_return(const struct step *step)
{
	return step->number >= 0;
}

static bool is_ready(const struct step *step)
{
	const struct polled *polled = step->arg;

	for (unsigned i = 0; i < polled->count; i++)
		if (pipe_at(polled->fds[i].fd)->bytes)
			return true;
	return may_return(step);
}

static int poll_pipes(struct evert_system *system, struct pollfd *fds,
		      nfds_t count, int milliseconds)
{
	struct polled polled = { fds, (unsigned)count };
	struct step step = {
		.what = "polls",
		.at = __builtin_return_address(0),
		.objects = (unsigned)count,
		.ready = is_ready,
		.arg = &polled,
		.number = milliseconds,
	};
	int ready;

	(void)system;
	if (count > OBJECTS)
		meet_fail("the explorer's own: too many descriptors");
	for (unsigned i = 0; i < count; i++)
		step.object[i] = pipe_at(fds[i].fd);
	step_wait(&step);
	ready = look(fds, (unsigned)count);
	if (!ready && milliseconds > 0)
		self.now += (int64_t)milliseconds * 1000000;
	step_tell((unsigned)ready);
	return ready;
}

/* ---- Threads, names, time ---- */

struct beginning {
	void *(*run)(void *arg);
	void *arg;
};

static void begin(void *memory)
{
	struct beginning *beginning = memory, copy = *beginning;

	free(beginning);
	copy.run(copy.arg);
}

static int start_thread(struct evert_system *system, void *(*run)(void *arg),
			void *arg)
{
	struct beginning *beginning = malloc(sizeof(*beginning));

	(void)system;
	if (!beginning)
		abort();
	*beginning = (struct beginning){ run, arg };
	meet_start(begin, beginning);
	return 0;
}

/* One address; it takes its time. */
static int get_addresses(struct evert_system *system, const char *host,
			 const char *port, const struct addrinfo *hints,
			 struct addrinfo **addresses)
{
	struct addrinfo *info;
	struct sockaddr_in *address;

	(void)system;
	(void)host;
	(void)port;
	(void)hints;
	wait_turn("looks up", NULL, __builtin_return_address(0));
	info = evert_allocate(sizeof(*info) + sizeof(*address));
	address = (struct sockaddr_in *)(void *)(info + 1);
	*address = (struct sockaddr_in){ .sin_family = AF_INET };
	*info = (struct addrinfo){
		.ai_family = AF_INET,
		.ai_addr = (struct sockaddr *)(void *)address,
		.ai_addrlen = sizeof(*address),
	};
	*addresses = info;
	return 0;
}

int meet_clock_gettime(clockid_t clock, struct timespec *time)
{
	(void)clock;
	*time = (struct timespec){ .tv_sec = 1 };
	return 0;
}

static void free_addresses(struct evert_system *system,
			   struct addrinfo *addresses)
{
	(void)system;
	evert_free(addresses);
}

static int64_t now(struct evert_system *system)
{
	(void)system;
	return self.now;
}

static const struct evert_system_ops ops = {
	.pipe = make_pipe,
	.read = read_pipe,
	.write = write_pipe,
	.close = close_pipe,
	.poll = poll_pipes,
	.start_thread = start_thread,
	.getaddrinfo = get_addresses,
	.freeaddrinfo = free_addresses,
	.now = now,
};

struct evert_system *meet_system(void)
{
	static struct evert_system system = { &ops };

	return &system;
}

struct evert_reactor *meet_reactor(void)
{
	struct evert_reactor_options options = {
		.poller = "poll",
		.system = meet_system(),
	};

	/* It looks at the environment once: not in some interleaving. */
	evert_live_is_kept();
	return evert_reactor_create(&options);
}

/* ---- Signals ---- */

static void wait_turn_of_actions(const char *what, bool writes, const void *at)
{
	static const char all;
	struct step step = {
		.what = what,
		.at = at,
		.object = { &all },
		.writes = { writes },
		.objects = 1,
	};

	step_wait(&step);
}

int meet_sigaction(int number, const struct sigaction *action,
		   struct sigaction *before)
{
	wait_turn_of_actions("sigaction", action != NULL,
			     __builtin_return_address(0));
	if (before)
		*before = self.action[number];
	if (action)
		self.action[number] = *action;
	return 0;
}

void meet_raise(int number)
{
	struct sigaction action;

	wait_turn_of_actions("is signalled", false,
			     __builtin_return_address(0));
	action = self.action[number];
	if (action.sa_flags & SA_SIGINFO)
		action.sa_sigaction(number, NULL, NULL);
	else if (action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN)
		action.sa_handler(number);
}
