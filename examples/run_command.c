/* SPDX-License-Identifier: MIT */
/*
 * Runs a command and numbers what it writes, line by line: a child process
 * whose output goes to a line receiver, and whose error output to another.
 * Signals that are sent to this program are passed on; a terminal sends its
 * own (Ctrl-C, Ctrl-Z) to the command, too. Linux only, for signalfd(2).
 */
#include <evert.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/example.h"

/* As shells have it. */
enum { NOT_WRITTEN = 1, TIMED_OUT = 124, NOT_RUNNABLE = 126, NOT_FOUND = 127 };

/* ---- What it writes ---- */

enum { MOST_BYTES = 64 << 20 }; /* in a line */

struct printer {
	struct evert_line_receiver base;
};

static unsigned long lines;
static struct evert_factory out_factory, err_factory;

/* A command may well write all that it has to say as one. */
static void allow_long_lines(struct evert_line_receiver *base)
{
	evert_line_receiver_set_limit(base, MOST_BYTES);
}

static void print_line(struct evert_line_receiver *base, const char *line,
		       size_t length)
{
	FILE *to = base->base.factory == &out_factory ? stdout : stderr;

	fprintf(to, "%6lu  ", ++lines);
	fwrite(line, 1, length, to);
	putc('\n', to);
	fflush(to);
}

/* The last line may have no end. */
static void print_rest(struct evert_line_receiver *base,
		       const struct evert_failure *reason)
{
	size_t length;
	char *rest;

	(void)reason;
	if (evert_line_receiver_clear(base, &rest, &length))
		return;
	if (rest)
		print_line(base, rest, length);
	evert_free(rest);
}

static const struct evert_line_receiver_ops printer_ops = {
	.line_received = print_line,
	.line_too_long = print_line,
	.connection_made = allow_long_lines,
	.connection_lost = print_rest,
	.delimiter = EVERT_LINE_FEED,
};

static struct evert_factory out_factory =
	EVERT_LINE_FACTORY(struct printer, base, &printer_ops);
static struct evert_factory err_factory =
	EVERT_LINE_FACTORY(struct printer, base, &printer_ops);

/* ---- The command ---- */

struct command {
	struct evert_process_protocol base;
	struct evert_reactor *reactor;
	int status;
	bool timed_out;
};

static struct command *command_from(struct evert_process_protocol *base)
{
	return evert_container_of(base, struct command, base);
}

static void command_ended(struct evert_process_protocol *base,
			  const struct evert_exit *exit)
{
	struct command *command = command_from(base);

	command->status = command->timed_out ? TIMED_OUT :
					       evert_exit_status(exit);
	evert_reactor_stop(command->reactor);
}

static const struct evert_process_protocol_ops command_ops = {
	.ended = command_ended,
};

static void too_long(void *arg)
{
	struct command *command = arg;

	command->timed_out = true;
	evert_process_terminate(command->base.process, -1);
}

/* ---- Signals ---- */

static void fill(sigset_t *set)
{
	static const int passed[] = { SIGINT,  SIGTERM, SIGHUP,
				      SIGQUIT, SIGUSR1, SIGUSR2 };
	size_t i;

	sigemptyset(set);
	for (i = 0; i < sizeof(passed) / sizeof(*passed); i++)
		sigaddset(set, passed[i]);
}

/* What the kernel sends, for a terminal, the command has got itself. */
static void pass_on(struct evert_watcher *watcher, unsigned ready, void *arg)
{
	struct signalfd_siginfo info;
	struct command *command = arg;

	(void)ready;
	while (read(evert_watcher_fd(watcher), &info, sizeof(info)) ==
	       sizeof(info))
		if (info.ssi_code <= 0)
			evert_process_signal(command->base.process,
					     (int)info.ssi_signo);
}

/* Not where a closed standard input was: the command would get it for its
   own. */
static int open_signals(const sigset_t *set)
{
	int fd = signalfd(-1, set, SFD_NONBLOCK | SFD_CLOEXEC);
	int moved = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

	close(fd);
	return moved;
}

/* ---- */

/* A full disk, say: then what the command wrote is not all there. */
static int finish(int status)
{
	if (!ferror(stdout))
		return status;
	fprintf(stderr, "run_command: cannot write all of the output\n");
	return status ? status : NOT_WRITTEN;
}

static int why_not(const struct evert_failure *failure)
{
	example_complain(failure);
	return failure->error == ENOENT ? NOT_FOUND : NOT_RUNNABLE;
}

static int run(char **argv, const char *directory, double timeout)
{
	const struct evert_child_fd fds[] = {
		{ STDIN_FILENO, EVERT_CHILD_INHERITS, STDIN_FILENO, NULL },
		{ STDOUT_FILENO, EVERT_CHILD_WRITES, 0, &out_factory },
		{ STDERR_FILENO, EVERT_CHILD_WRITES, 0, &err_factory },
	};
	struct evert_failure *failure = NULL;
	const struct evert_process_options options = {
		.fds = fds,
		.fd_count = 3,
		.directory = directory,
		.failure = &failure,
	};
	struct command command = { .base.ops = &command_ops };
	struct evert_watcher *watcher;
	sigset_t set;
	int fd;

	fill(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = open_signals(&set);
	command.reactor = evert_reactor_create(NULL);
	if (!evert_spawn_process(command.reactor, &command.base, NULL, argv,
				 NULL, &options)) {
		command.status = why_not(failure);
		evert_failure_release(failure);
		evert_reactor_destroy(command.reactor);
		return command.status;
	}
	watcher = evert_watcher_create(command.reactor, fd, EVERT_READ,
				       pass_on, &command);
	if (timeout > 0)
		evert_reactor_call_later(command.reactor, timeout, too_long,
					 &command);
	evert_reactor_run(command.reactor);
	evert_watcher_destroy(watcher);
	evert_reactor_destroy(command.reactor);
	return finish(command.status);
}

int main(int argc, char **argv)
{
	const char *directory = NULL;
	double timeout = 0;
	const struct example_option options[] = {
		{ "--directory", "D", "where to run it (here)", &directory,
		  NULL },
		{ "--timeout", "SECONDS", "end it after (never), status 124",
		  NULL, &timeout },
		{ NULL, NULL, NULL, NULL, NULL },
	};
	const struct example example = {
		"Runs a command, numbers the lines that it writes, and exits "
		"as it does.",
		"CMD...", 1, argc, options,
	};
	int first = example_begin(&example, argc, argv);

	return run(argv + first, directory, timeout);
}
