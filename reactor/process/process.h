/* SPDX-License-Identifier: MIT */
/*
 * Child processes (twisted.internet.interfaces.IReactorProcess,
 * IProcessTransport, IProcessProtocol). To run a command and have what it
 * says there is reactor/process/command.h; this is for talking with it:
 *
 *	struct counter {
 *		struct evert_process_protocol base;
 *		size_t bytes;
 *	};
 *
 *	static void counter_out_received(struct evert_process_protocol *base,
 *					 const char *data, size_t length)
 *	{
 *		counter_from(base)->bytes += length;
 *	}
 *
 *	static const struct evert_process_protocol_ops counter_ops = {
 *		.out_received = counter_out_received,
 *		.ended = counter_ended,
 *	};
 *
 *	struct counter counter = { { &counter_ops, NULL }, 0 };
 *
 *	process = evert_spawn_process(reactor, &counter.base, "sort",
 *				      EVERT_ARGV("sort", "-n"), NULL, NULL);
 *	evert_process_write(process, "2\n1\n", 4);
 *	evert_process_close_in(process);
 *
 * This process is not copied for it, however large it is; the call returns
 * when the child has become the program, or has failed to.
 *
 * Ownership: a process belongs to its reactor until `ended` has returned and
 * the turn has ended; its protocol to the process until `destroy`. Both exist
 * whether the child still runs or not: the child is reaped by evert alone, and
 * evert reaps no other. (Where the kernel has no pidfd, that is Linux before
 * 5.2, evert handles SIGCHLD while there are children, and calls the former
 * handler, too.)
 *
 * Fork: a child of fork has no children of ours; its copy of a process was left
 * running (EVERT_LEFT_RUNNING), its pipes are closed there, it takes no signals
 * (-ESRCH), and is not ended by the reactor's stop there.
 *
 * Thread rule: the reactor's thread. Every call is allowed from every
 * callback. Several threads may start processes at the same time, each by its
 * own reactor; the environment must not be changed meanwhile (setenv(3)).
 */
#ifndef EVERT_REACTOR_PROCESS_H
#define EVERT_REACTOR_PROCESS_H

#include "../../deferred/deferred.h"
#include "../reactor.h"
#include "../transport/transport.h"
#include "exit.h"
#include "process_options.h"

EVERT_BEGIN

struct evert_process;
struct evert_process_protocol;

/* What a protocol is told of a child. Every slot is optional; what nobody
   receives is dropped. */
struct evert_process_protocol_ops {
	/* Once, first, before evert_spawn_process returns. */
	void (*made)(struct evert_process_protocol *protocol);

	/* What the child wrote to 1, to 2. `data` is the reactor's, until the
	   call returns. */
	void (*out_received)(struct evert_process_protocol *protocol,
			     const char *data, size_t length);
	void (*err_received)(struct evert_process_protocol *protocol,
			     const char *data, size_t length);
	/* What it wrote to another descriptor, or one of these that has no
	   slot of its own. */
	void (*received)(struct evert_process_protocol *protocol, int fd,
			 const char *data, size_t length);

	/* What the child reads from 0 is closed, by whichever side; the pipe
	   from 1, from 2 has ended. */
	void (*in_closed)(struct evert_process_protocol *protocol);
	void (*out_ended)(struct evert_process_protocol *protocol);
	void (*err_ended)(struct evert_process_protocol *protocol);
	/* The same of another descriptor, or one that has no slot. */
	void (*closed)(struct evert_process_protocol *protocol, int fd);

	/* The child has ended and is reaped. There may be more to receive:
	   what is in the pipes, and what its own children write. Not called
	   for one that is left running. */
	void (*exited)(struct evert_process_protocol *protocol,
		       const struct evert_exit *exit);

	/* Once, last: exited, and all pipes are closed. As long as a child of
	   the child holds one open, this waits. */
	void (*ended)(struct evert_process_protocol *protocol,
		      const struct evert_exit *exit);

	/* What is queued for the child to read at 0 went over the high-water
	   mark; under the low-water mark again. */
	void (*pause_writing)(struct evert_process_protocol *protocol);
	void (*resume_writing)(struct evert_process_protocol *protocol);

	/* Releases the protocol, after `ended`, when the turn has ended. */
	void (*destroy)(struct evert_process_protocol *protocol);
};

/* The base of a protocol that is told of a child, its first member. */
struct evert_process_protocol {
	const struct evert_process_protocol_ops *ops; /* set by who makes it */
	struct evert_process *process;		      /* set by the process */
};

/*
 * evert_spawn_process(reactor, protocol, path, argv, env, options)
 *
 * Starts `path` (NULL: argv[0]) with `argv` and the environment `env` (NULL:
 * ours), both ended by NULL; to leave out argv[0] is a bug. A path without a
 * slash is looked for in PATH, of that environment (where it has none: in /bin
 * and /usr/bin).
 *
 * `protocol` may be NULL: nobody is told. `options` may be NULL.
 *
 * NULL and errno when that failed, at whichever step: of exec, ENOENT, EACCES,
 * ENOEXEC and the like; of what comes before, EAGAIN, ENOMEM, EMFILE; EINVAL
 * for descriptors that contradict each other; ESHUTDOWN when the reactor is
 * stopping. options->failure says it in words. The protocol then is still the
 * caller's, and was told nothing.
 */
#define evert_spawn_process(...) evert_spawn_process_at(__VA_ARGS__, EVERT_HERE)
struct evert_process *
evert_spawn_process_at(struct evert_reactor *reactor,
		       struct evert_process_protocol *protocol,
		       const char *path, char *const argv[], char *const env[],
		       const struct evert_process_options *options,
		       const char *place);

/* The child's number, also when it has ended. */
pid_t evert_process_pid(const struct evert_process *process);

/* How the child ended; NULL: it has not. */
const struct evert_exit *
evert_process_exit(const struct evert_process *process);

/*
 * The transport of a descriptor of the child: to write to what it reads, to
 * pause what it writes. NULL: it has none there, or that has ended.
 * evert_process_input is that of 0. A terminal is the transport of 0 and 1.
 * Its protocol is the process's own.
 */
struct evert_transport *
evert_process_transport(const struct evert_process *process, int fd);

static inline struct evert_transport *
evert_process_input(const struct evert_process *process)
{
	return evert_process_transport(process, 0);
}

/* Writes to what the child reads at 0: 0, or as evert_transport_write; -EPIPE
   when that is closed. */
int evert_process_write(struct evert_process *process, const void *data,
			size_t length);

/* Closes what the child reads at 0, when what is queued was written; does
   nothing where that is a terminal. */
void evert_process_close_in(struct evert_process *process);

/* Changes the size of the child's terminal, of which it is told by SIGWINCH: 0,
   or -ENOTTY where it has none any more. */
int evert_process_resize(struct evert_process *process, unsigned short rows,
			 unsigned short columns);

/* Sends a signal to the child: 0, or -ESRCH when it has ended, -EINVAL for
   what is no signal, -EPERM when it has changed its user. Never to another
   process that has its number now. */
int evert_process_signal(struct evert_process *process, int signal);

/* The same to its whole group; -EINVAL where that is ours. */
int evert_process_signal_group(struct evert_process *process, int signal);

/*
 * Ends the child, with its group where that is its own: gently, by SIGTERM,
 * and when `seconds` are over firmly, by SIGKILL (0: at once; negative: after
 * 2). When the child itself has ended before, what is left of its group is
 * killed then all the same. Called again, only what comes sooner counts. A
 * child that we may not kill, since it has changed its user, is left running
 * instead, and its pipes are closed.
 */
void evert_process_terminate(struct evert_process *process, double seconds);

/* A Deferred that fires with nothing when `ended` has returned. The caller
   owns the reading end; cancelling only ends the waiting. */
#define evert_process_ended(...) evert_process_ended_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *evert_process_ended_at(struct evert_process *process,
					      const char *place);

EVERT_END

#endif
