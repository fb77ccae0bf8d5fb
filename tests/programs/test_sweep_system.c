/* SPDX-License-Identifier: MIT */
/* A system call fails in the middle of a whole program: each call, with each
   error that its manual page names, at each position. */
#include <errno.h>
#include <stdio.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../support/memory.h"
#include "../support/scenario.h"

enum { MOST_ERRORS = 24 };

/* `lasting` may come for ever after, `passing` only once: the kernel does not
   say "try again" for ever. 0 ends a list. */
struct faults {
	const char *name;
	enum test_call call;
	int lasting[MOST_ERRORS];
	int passing[MOST_ERRORS];
};

/* One run; returns whether there was a call to fail. */
static bool run(enum test_call call, int error, size_t n, bool forever)
{
	static struct scenario scenario;
	struct memory_counts counts;
	size_t failed;

	scenario_init(&scenario);
	test_system_fail(&scenario.system, call, n, error, forever);
	failing_allocator_start(0, false);
	scenario_run(&scenario);
	counts = failing_allocator_stop();
	failed = atomic_load(&scenario.system.plans[call].failed);
	cr_assert(counts.live == 0, "%zu blocks leaked by errno %d at call %zu",
		  counts.live, error, n);
	if (!failed)
		scenario_expect_success(&scenario);
	return failed;
}

/* Returns at how many positions. */
static size_t fail_everywhere(enum test_call call, int error, bool forever)
{
	size_t n = 1;

	while (run(call, error, n, forever))
		n++;
	return n - 1;
}

static void sweep(const struct faults *faults)
{
	size_t errors = 0, runs = 0, positions = 0;
	const int *error;

	for (error = faults->lasting; *error; error++, errors++) {
		runs += fail_everywhere(faults->call, *error, true);
		runs += fail_everywhere(faults->call, *error, false);
	}
	for (error = faults->passing; *error; error++, errors++)
		runs += fail_everywhere(faults->call, *error, false);
	positions = fail_everywhere(faults->call, EINVAL, false);
	fprintf(stderr, "sweep: %s failed %zu times: %zu errors, %zu calls\n",
		faults->name, runs, errors, positions);
}

Test(sweep_system, survives_every_error_of_socket)
{
	static const struct faults faults = {
		.name = "socket",
		.call = CALL_SOCKET,
		.lasting = { EACCES, EAFNOSUPPORT, EINVAL, EMFILE, ENFILE,
			     ENOBUFS, ENOMEM, EPROTONOSUPPORT },
	};

	sweep(&faults);
}

Test(sweep_system, survives_every_error_of_bind)
{
	static const struct faults faults = {
		.name = "bind",
		.call = CALL_BIND,
		.lasting = { EACCES, EADDRINUSE, EADDRNOTAVAIL, EBADF, EINVAL,
			     ENOMEM, ENOTSOCK },
	};

	sweep(&faults);
}

Test(sweep_system, survives_every_error_of_listen)
{
	static const struct faults faults = {
		.name = "listen",
		.call = CALL_LISTEN,
		.lasting = { EADDRINUSE, EBADF, ENOTSOCK, EOPNOTSUPP },
	};

	sweep(&faults);
}

Test(sweep_system, survives_every_error_of_accept)
{
	static const struct faults faults = {
		.name = "accept",
		.call = CALL_ACCEPT,
		.lasting = { EBADF, EINVAL, EMFILE, ENFILE, ENOBUFS, ENOMEM,
			     ENOTSOCK, EOPNOTSUPP, EPERM, EPROTO, ENETDOWN,
			     ECONNABORTED },
		.passing = { EAGAIN, EINTR, ENOPROTOOPT, EHOSTDOWN, ENONET,
			     EHOSTUNREACH, ENETUNREACH, ETIMEDOUT },
	};

	sweep(&faults);
}

Test(sweep_system, survives_every_error_of_connect)
{
	static const struct faults faults = {
		.name = "connect",
		.call = CALL_CONNECT,
		.lasting = { EACCES, EPERM, EADDRINUSE, EADDRNOTAVAIL,
			     EAFNOSUPPORT, EAGAIN, EALREADY, EBADF,
			     ECONNREFUSED, EISCONN, ENETUNREACH, ENOTSOCK,
			     EPROTOTYPE, ETIMEDOUT },
		.passing = { EINTR, EINPROGRESS },
	};

	sweep(&faults);
}

Test(sweep_system, survives_every_error_of_read)
{
	static const struct faults faults = {
		.name = "read",
		.call = CALL_READ,
		.lasting = { EBADF, EINVAL, EIO, ECONNREFUSED, ECONNRESET,
			     ENOMEM, ENOTCONN, ETIMEDOUT },
		.passing = { EAGAIN, EINTR },
	};

	sweep(&faults);
}

Test(sweep_system, survives_every_error_of_send)
{
	static const struct faults faults = {
		.name = "send",
		.call = CALL_SEND,
		.lasting = { EACCES, EALREADY, EBADF, ECONNRESET,
			     EDESTADDRREQ, EINVAL, EISCONN, EMSGSIZE, ENOBUFS,
			     ENOMEM, ENOTCONN, ENOTSOCK, EOPNOTSUPP, EPIPE,
			     ETIMEDOUT },
		.passing = { EAGAIN, EINTR },
	};

	sweep(&faults);
}

Test(sweep_system, survives_every_error_of_shutdown_and_close)
{
	static const struct faults of_shutdown = {
		.name = "shutdown",
		.call = CALL_SHUTDOWN,
		.lasting = { EBADF, EINVAL, ENOTCONN, ENOTSOCK },
	};
	static const struct faults of_close = {
		.name = "close",
		.call = CALL_CLOSE,
		.lasting = { EIO, ENOSPC, EDQUOT },
		.passing = { EINTR },
	};

	sweep(&of_shutdown);
	sweep(&of_close);
}

Test(sweep_system, survives_every_error_of_getsockopt_and_setsockopt)
{
	static const struct faults of_getsockopt = {
		.name = "getsockopt",
		.call = CALL_GETSOCKOPT,
		.lasting = { EBADF, EINVAL, ENOPROTOOPT, ENOTSOCK },
	};
	static const struct faults of_setsockopt = {
		.name = "setsockopt",
		.call = CALL_SETSOCKOPT,
		.lasting = { EBADF, EINVAL, ENOPROTOOPT, ENOTSOCK, ENOMEM },
	};

	sweep(&of_getsockopt);
	sweep(&of_setsockopt);
}

Test(sweep_system, survives_every_error_of_getsockname_and_getpeername)
{
	static const struct faults of_getsockname = {
		.name = "getsockname",
		.call = CALL_GETSOCKNAME,
		.lasting = { EBADF, EINVAL, ENOBUFS, ENOTSOCK },
	};
	static const struct faults of_getpeername = {
		.name = "getpeername",
		.call = CALL_GETPEERNAME,
		.lasting = { EBADF, EINVAL, ENOBUFS, ENOTCONN, ENOTSOCK },
	};

	sweep(&of_getsockname);
	sweep(&of_getpeername);
}

/* And not of write, which only ever puts a byte in that pipe. */
Test(sweep_system, survives_every_error_of_pipe)
{
	static const struct faults faults = {
		.name = "pipe",
		.call = CALL_PIPE,
		.lasting = { EMFILE, ENFILE },
	};

	sweep(&faults);
}

/* Each poller has its own calls; those of the other are never made. */
Test(sweep_system, survives_every_error_of_the_pollers_calls)
{
	static const struct faults of_create = {
		.name = "epoll_create",
		.call = CALL_EPOLL_CREATE,
		.lasting = { EMFILE, ENFILE, ENOMEM },
	};
	static const struct faults of_ctl = {
		.name = "epoll_ctl",
		.call = CALL_EPOLL_CTL,
		.lasting = { EBADF, EEXIST, EINVAL, ELOOP, ENOENT, ENOMEM,
			     ENOSPC, EPERM },
	};

	sweep(&of_create);
	sweep(&of_ctl);
}

Test(sweep_system, survives_every_error_of_waiting)
{
	static const struct faults of_epoll_wait = {
		.name = "epoll_wait",
		.call = CALL_EPOLL_WAIT,
		.lasting = { EBADF, EFAULT, EINVAL },
		.passing = { EINTR },
	};
	/* Want of room, or of descriptors (EINVAL), is waited out: for ever,
	   if it has to be. */
	static const struct faults of_poll = {
		.name = "poll",
		.call = CALL_POLL,
		.lasting = { EFAULT },
		.passing = { EINTR, EINVAL, ENOMEM },
	};

	sweep(&of_epoll_wait);
	sweep(&of_poll);
}

Test(sweep_system, survives_every_error_of_recvmmsg)
{
	static const struct faults faults = {
		.name = "recvmmsg",
		.call = CALL_RECVMMSG,
		.lasting = { EBADF, EFAULT, EINVAL, ENOMEM, ENOSYS, ENOTSOCK,
			     EPERM },
		.passing = { EAGAIN, ECONNREFUSED, EHOSTUNREACH, EINTR,
			     ENETDOWN },
	};

	sweep(&faults);
}

Test(sweep_system, survives_every_error_of_sendmmsg)
{
	static const struct faults faults = {
		.name = "sendmmsg",
		.call = CALL_SENDMMSG,
		.lasting = { EACCES, EBADF, EINVAL, EMSGSIZE, ENETUNREACH,
			     ENOBUFS, ENOMEM, ENOSYS, ENOTSOCK, EPERM },
		.passing = { EAGAIN, ECONNREFUSED, EINTR },
	};

	sweep(&faults);
}

Test(sweep_system, survives_every_error_of_sendmsg)
{
	static const struct faults faults = {
		.name = "sendmsg",
		.call = CALL_SENDMSG,
		.lasting = { EACCES, EBADF, EINVAL, EMSGSIZE, ENETUNREACH,
			     ENOBUFS, ENOMEM, ENOTSOCK, EPERM },
		.passing = { EAGAIN, ECONNREFUSED, EINTR },
	};

	sweep(&faults);
}

Test(sweep_system, survives_every_error_of_recvmsg)
{
	static const struct faults faults = {
		.name = "recvmsg",
		.call = CALL_RECVMSG,
		.lasting = { EBADF, ECONNREFUSED, ECONNRESET, EFAULT, EINVAL,
			     EMFILE, ENOMEM, ENOTCONN, ENOTSOCK },
		.passing = { EAGAIN, EINTR },
	};

	sweep(&faults);
}

Test(sweep_system, survives_every_error_of_what_a_path_and_a_descriptor_need)
{
	static const struct faults faults[] = {
		{ .name = "dup",
		  .call = CALL_DUP,
		  .lasting = { EBADF, EMFILE } },
		{ .name = "lstat",
		  .call = CALL_LSTAT,
		  .lasting = { EACCES, ENOENT, ENOTDIR, ENOMEM } },
		{ .name = "fchmod",
		  .call = CALL_FCHMOD,
		  .lasting = { EPERM, EINVAL } },
		{ .name = "chmod",
		  .call = CALL_CHMOD,
		  .lasting = { EPERM, EROFS } },
		{ .name = "unlink",
		  .call = CALL_UNLINK,
		  .lasting = { EACCES, ENOENT, EROFS } },
	};
	size_t i;

	for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		sweep(&faults[i]);
}
