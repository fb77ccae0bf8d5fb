/* SPDX-License-Identifier: MIT */
/*
 * An operating system for tests: passes every operation on to the kernel, but
 * counts, makes the n-th call of one fail, cuts reads and sends short, and
 * can have a time of its own. Give `&system.base` to a reactor.
 *
 *	static struct test_system system;
 *
 *	test_system_init(&system);
 *	test_system_fail(&system, CALL_ACCEPT, 1, EMFILE, false);
 *	reactor = make_reactor(&system.base);
 *
 * To replace an operation altogether, copy the table:
 *
 *	ops = *system.base.ops;
 *	ops.connect = connect_to_nowhere;
 *	system.base.ops = &ops;
 */
#ifndef TESTS_SUPPORT_SYSTEM_H
#define TESTS_SUPPORT_SYSTEM_H

#include <stdatomic.h>

#include "../../reactor/system/system.h"

enum test_call {
	CALL_SOCKET,
	CALL_BIND,
	CALL_LISTEN,
	CALL_ACCEPT,
	CALL_CONNECT,
	CALL_READ,
	CALL_PEEK,
	CALL_SEND,
	CALL_SPLICE,
	CALL_SENDFILE,
	CALL_OPEN,
	CALL_PREAD,
	CALL_PWRITE,
	CALL_FSYNC,
	CALL_RENAME,
	CALL_UNACKNOWLEDGED,
	CALL_SHUTDOWN,
	CALL_CLOSE,
	CALL_DUP,
	CALL_FCNTL,
	CALL_GETSOCKOPT,
	CALL_SETSOCKOPT,
	CALL_GETSOCKNAME,
	CALL_GETPEERNAME,
	CALL_PIPE,
	CALL_WRITE,
	CALL_WRITEV,
	CALL_FSTAT,
	CALL_TCGETATTR,
	CALL_TCSETATTR,
	CALL_TTY_EXCLUSIVE,
	CALL_RECVMSG,
	CALL_SENDMSG,
	CALL_RECVMMSG,
	CALL_SENDMMSG,
	CALL_LSTAT,
	CALL_FCHMOD,
	CALL_CHMOD,
	CALL_CHOWN,
	CALL_UNLINK,
	CALL_EPOLL_CREATE,
	CALL_EPOLL_CTL,
	CALL_EPOLL_WAIT,
	CALL_POLL,
	CALL_EPOLL_BUSY_POLL,
	CALL_TIMERFD_CREATE,
	CALL_GETADDRINFO,
	CALL_START_THREAD,
	CALL_SOCKETPAIR,
	CALL_SPAWN,
	CALL_PIDFD, /* that a process has one, which only its failing tells */
	CALL_WAITID,
	CALL_PTY,
	CALL_PTY_SLAVE,
	CALL_PTY_NAME,
	CALL_KILL,
	CALL_PIDFD_SEND_SIGNAL,
	TEST_CALLS,
};

/* Read `calls` and `failed`; use test_system_fail for the rest. */
struct test_call_plan {
	atomic_size_t calls;  /* so far, those that failed included */
	atomic_size_t failed; /* of these, by plan */
	size_t fails_at;      /* a number of call; 0: none fails */
	int error;	      /* an errno */
	bool forever;	      /* so do all later ones */
};

struct test_system {
	struct evert_system base;
	struct test_call_plan plans[TEST_CALLS];
	/* At most so many bytes at a time; 0: as many as the kernel takes. Of
	   several messages at once only the first, whole. */
	size_t read_at_most, send_at_most;
	/*
	 * Time stands still, but when the loop waits and nothing is ready it
	 * moves by as much as the loop would have slept. Not while
	 * `threads_work`: then the loop really waits, for a thread to wake it.
	 */
	bool virtual_time;
	atomic_bool threads_work;
	int64_t now;   /* nanoseconds */
	int last_wait; /* how long the loop was ready to sleep, as poll(2) */
	/*
	 * Where it is not NULL, every name has these numeric addresses (NULL
	 * ends the list); none at all: EAI_NONAME. When the loop has taken
	 * them over, `threads_work` becomes false.
	 */
	const char *const *addresses;
	/* Lookups wait while it is set. */
	atomic_bool lookups_blocked;
};

/* Everything as the kernel does it. */
void test_system_init(struct test_system *system);

/* Virtual time from now on, for a reactor that is there: it never goes back. */
void test_system_stop_time(struct test_system *system);

/*
 * Lets the n-th call from now (from 1) fail with `error`, an errno; with
 * `forever` all later ones, too. 0 ends that. A close that fails has closed
 * the descriptor all the same, as on Linux; a getaddrinfo fails with
 * EAI_SYSTEM and that errno.
 */
void test_system_fail(struct test_system *system, enum test_call call, size_t n,
		      int error, bool forever);

/* How often the loop has waited, whatever the poller. */
size_t test_system_waits(const struct test_system *system);

/*
 * Runs `scenario(system)` without a failure, then again and again with the
 * first `call` failing with `error`, the second, ... until none is left to
 * fail: each time only that one, and that one and all that follow. Each run
 * gets a new system, which `prepare` (or NULL) may set up. Asserts that every
 * run leaves as many descriptors open as it found.
 */
void fail_every_call(enum test_call call, int error,
		     void (*prepare)(struct test_system *system),
		     void (*scenario)(struct test_system *system));

/* What is to fail, and with which errno. */
struct test_fault {
	enum test_call call;
	int error;
};

/* The same for each of the faults, up to the one whose error is 0. */
void fail_every_fault(const struct test_fault *faults,
		      void (*prepare)(struct test_system *system),
		      void (*scenario)(struct test_system *system));

/* The same, but allocations fail (fail_every_allocation, memory.h). */
void fail_every_allocation_on(void (*prepare)(struct test_system *system),
			      void (*scenario)(struct test_system *system));

/* How many descriptors the process has open. */
size_t count_descriptors(void);

#endif
