/* SPDX-License-Identifier: MIT */
/* Workers where memory, descriptors or the kernel fail, and where bytes come
   one by one. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../protocols/worker/worker_pool.h"
#include "../../support/memory.h"
#include "../../support/reactor.h"
#include "../../support/system.h"

static struct evert_result echo(const char *bytes, size_t length)
{
	return evert_result_text(bytes, length);
}

/* Until it is killed. */
static struct evert_result hang(const char *bytes, size_t length)
{
	(void)bytes;
	(void)length;
	for (;;)
		pause();
	return evert_result_none();
}

static const evert_worker_function functions[] = { echo, hang, NULL };

__attribute__((constructor)) static void begin_main(void)
{
	evert_worker_main(functions);
}

/* ---- Several calls: each ends, somehow ---- */

struct work {
	struct evert_reactor *reactor;
	struct evert_worker_pool *pool;
	struct evert_deferred *hanging;
	size_t begun, done, answered;
};

static struct evert_result ended(struct evert_result *in, void *arg)
{
	struct work *work = arg;

	work->done++;
	if (!evert_result_is_failure(in)) {
		work->answered++;
		cr_assert(eq(str, (char *)evert_result_as_text(in), "hello"));
	}
	return evert_result_none();
}

static struct evert_deferred *call(struct work *work,
				   evert_worker_function function)
{
	struct evert_deferred *d =
		evert_worker_call(work->pool, function, "hello", 5);

	if (!d)
		return NULL;
	work->begun++;
	evert_deferred_add_both(d, ended, work);
	return d;
}

static void do_work(struct work *work)
{
	const struct evert_worker_pool_options options = { .workers = 2 };
	int i;

	work->pool = evert_worker_pool_create(work->reactor, &options);
	if (!work->pool)
		return;
	for (i = 0; i < 3; i++)
		evert_deferred_release(call(work, echo));
	turn_until_count(work->reactor, &work->done, work->begun);
	work->hanging = call(work, hang);
	evert_deferred_cancel(work->hanging);
	evert_deferred_release(work->hanging);
	evert_deferred_release(call(work, hang));
	evert_worker_pool_destroy(work->pool);
	cr_assert(eq(sz, work->done, work->begun));
}

/* Whom a failing waitid has left behind. */
static void reap_the_rest(void)
{
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

static bool without_pidfd;

static void scenario(struct test_system *system)
{
	struct evert_reactor_options options = { .system = &system->base };
	struct work work = { .reactor = evert_reactor_create(&options) };

	if (!work.reactor)
		return;
	if (without_pidfd)
		test_system_fail(system, CALL_PIDFD, 1, ENOSYS, true);
	do_work(&work);
	evert_reactor_destroy(work.reactor);
	reap_the_rest();
}

Test(worker_faults, p96_gives_all_back_when_memory_runs_out)
{
	fail_every_allocation_on(NULL, scenario);
}

static void fail_calls(void)
{
	static const struct test_fault faults[] = {
		{ CALL_SOCKETPAIR, EMFILE },   { CALL_SPAWN, EAGAIN },
		{ CALL_SPAWN, ENOMEM },	       { CALL_FCNTL, EBADF },
		{ CALL_CLOSE, EIO },	       { CALL_EPOLL_CTL, ENOSPC },
		{ CALL_EPOLL_CTL, ENOMEM },    { CALL_READ, ECONNRESET },
		{ CALL_RECVMSG, ECONNRESET },  { CALL_SEND, EPIPE },
		{ CALL_SENDMSG, EPIPE },
		{ .error = 0 },
	};

	fail_every_fault(faults, NULL, scenario);
}

Test(worker_faults, each_call_ends_when_the_kernel_refuses)
{
	fail_calls();
}

Test(worker_faults, each_call_ends_when_the_kernel_refuses_without_pidfd)
{
	without_pidfd = true;
	fail_calls();
}

Test(worker_faults, bytes_may_come_and_go_one_by_one)
{
	static struct test_system system;
	struct evert_reactor_options options = { .system = &system.base };
	struct work work = { .begun = 0 };

	test_system_init(&system);
	system.read_at_most = 1;
	system.send_at_most = 1;
	work.reactor = evert_reactor_create(&options);
	do_work(&work);
	evert_reactor_destroy(work.reactor);
	cr_assert(eq(sz, work.answered, 3));
}
