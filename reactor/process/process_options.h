/* SPDX-License-Identifier: MIT */
/* What a child process begins with. */
#ifndef EVERT_REACTOR_PROCESS_OPTIONS_H
#define EVERT_REACTOR_PROCESS_OPTIONS_H

#include <sys/resource.h>
#include <sys/types.h>

#include "../transport/protocol.h"

EVERT_BEGIN

/* A list of arguments, as execve(2) wants it, for one call. */
#ifndef __cplusplus
#define EVERT_ARGV(...) ((char *[]){ __VA_ARGS__, NULL })
#else
#define EVERT_ARGV(...) (evert_argv_of(__VA_ARGS__).list())

extern "C++" {
template <size_t count> struct evert_argv {
	const char *words[count + 1];

	char **list()
	{
		return const_cast<char **>(words);
	}
};

template <typename... Words>
inline evert_argv<sizeof...(Words)> evert_argv_of(Words... words)
{
	return { { words..., nullptr } };
}
}
#endif

/* What a descriptor of the child is. */
enum evert_child_use {
	EVERT_CHILD_READS,    /* a pipe that the child reads from */
	EVERT_CHILD_WRITES,   /* a pipe that it writes to */
	EVERT_CHILD_TALKS,    /* a socket, both ways */
	EVERT_CHILD_INHERITS, /* the same as `from` here; /dev/null where our
				 0, 1 or 2 is closed */
	EVERT_CHILD_SAME_AS,  /* the same as `from` in the child */
	EVERT_CHILD_NULL,     /* /dev/null */
};

/* A descriptor that the child is to have. */
struct evert_child_fd {
	int fd; /* its number in the child */
	enum evert_child_use use;
	int from; /* of EVERT_CHILD_INHERITS and EVERT_CHILD_SAME_AS */
	/* Of a pipe or socket: who builds a protocol of its own for it, as for
	   a connection, so that a child's lines, say, go to a line receiver.
	   NULL: it is the process protocol's. Must outlive the process. */
	struct evert_factory *factory;
};

/* The child's process group and session. */
enum evert_child_group {
	EVERT_CHILD_IN_OUR_GROUP, /* Ctrl-C reaches it as it reaches us */
	EVERT_CHILD_IN_OWN_GROUP,
	EVERT_CHILD_IN_OWN_SESSION, /* without a terminal */
};

/* What becomes of a child that still runs when the reactor stops. */
enum evert_child_at_stop {
	EVERT_CHILD_IS_LEFT,  /* its pipes are closed, it runs on */
	EVERT_CHILD_IS_ENDED, /* as evert_process_terminate does, and the
				 shutdown waits for it */
};

/* A bound on what the child may use. */
struct evert_child_limit {
	int resource; /* RLIMIT_... of setrlimit(2) */
	struct rlimit limit;
};

/*
 * How a child is started. All zero is the default. The steps are done in the
 * order of this structure, with the rights of this process until `user`; the
 * first that fails is named. Nothing of it is needed after the call.
 */
struct evert_process_options {
	/* The child's descriptors; it gets no others. NULL: it reads from a
	   pipe at 0, and writes to pipes at 1 and 2. */
	const struct evert_child_fd *fds;
	size_t fd_count;
	/*
	 * Instead of all these the child gets a terminal, its controlling one,
	 * as 0, 1 and 2, in a session of its own: what it writes there is told
	 * as its output, what is written for it is as if it were typed. EOF
	 * and Ctrl-C are characters then, "\4" and "\3". When this process
	 * closes its side, the child gets SIGHUP.
	 */
	bool has_terminal;
	unsigned short rows, columns; /* its size; 0: 24, 80 */
	enum evert_child_group group;
	const char *directory; /* to work in; NULL: ours */
	const mode_t *umask;   /* NULL: ours */
	int nice;	       /* lowers its priority by so much (1 to 19) */
	const struct evert_child_limit *limits;
	size_t limit_count;
	/* Supplementary groups; NULL: ours, but none at all where `user` or
	   `group_id` is set. */
	const gid_t *groups;
	size_t group_count;
	const gid_t *group_id; /* NULL: ours */
	const uid_t *user;     /* NULL: ours */
	/* It gets this signal when the thread that started it ends; 0: none
	   (prctl(2), PR_SET_PDEATHSIG). */
	int parent_death_signal;
	/* No signal is blocked in the child, and none ignored; except, as
	   nohup(1) and shells have it, that SIGHUP, SIGINT and SIGQUIT stay
	   ignored where we ignore them. Set: not even these. */
	bool resets_all_signals;

	enum evert_child_at_stop at_stop;

	/* Where it is not NULL, and no process could be started, it becomes
	   the failure that says why, EVERT_SPAWN_FAILED, which the caller then
	   owns. */
	struct evert_failure **failure;
};

EVERT_END

#endif
