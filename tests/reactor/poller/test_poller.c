/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/reactor_internal.h"
#include "../../support/memory.h"
#include "../../support/reactor.h"
#include "../../support/system.h"

enum { PAIRS = 8, MOST = 16 };

static struct test_system system_for_test;
static struct evert_reactor *reactor;
static struct evert_poller *poller; /* the reactor's, which it does not use */
static int pairs[PAIRS][2];
static struct evert_event events[MOST];

static void begin(void)
{
	int i;

	test_system_init(&system_for_test);
	reactor = make_reactor(&system_for_test.base);
	poller = reactor->poller;
	for (i = 0; i < PAIRS; i++)
		cr_assert(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
				     pairs[i]) == 0);
}

static void finish(void)
{
	int i;

	evert_reactor_destroy(reactor);
	for (i = 0; i < PAIRS; i++) {
		close(pairs[i][0]);
		close(pairs[i][1]);
	}
}

TestSuite(poller, .init = begin, .fini = finish);
TestSuite(poll_poller);
TestSuite(epoll_poller);

static void set(int pair, unsigned before, unsigned after)
{
	cr_assert(eq(int,
		     poller->ops->set(poller, pairs[pair][0], before, after,
				      (uint64_t)pair + 100),
		     0));
}

static void write_to(int pair)
{
	cr_assert(eq(sz, (size_t)write(pairs[pair][1], "x", 1), 1));
}

/* What is ready at this moment. */
static int wait_for(int most)
{
	return poller->ops->wait(poller, events, most, 0);
}

static bool has(unsigned what)
{
	return events[0].ready & what;
}

Test(poller, reports_what_is_ready_with_its_tag)
{
	set(0, 0, EVERT_ATTACHED | EVERT_READ);
	set(1, 0, EVERT_ATTACHED | EVERT_READ);
	cr_assert(eq(int, wait_for(MOST), 0));
	write_to(1);
	cr_assert(eq(int, wait_for(MOST), 1));
	cr_assert(eq(u64, events[0].tag, 101));
	cr_assert(eq(uint, events[0].ready, EVERT_READ));
}

Test(poller, reports_it_for_as_long_as_it_lasts)
{
	set(0, 0, EVERT_ATTACHED | EVERT_READ);
	write_to(0);
	cr_assert(eq(int, wait_for(MOST), 1));
	cr_assert(eq(int, wait_for(MOST), 1));
	cr_assert(eq(sz, (size_t)read(pairs[0][0], (char[1]){ 0 }, 1), 1));
	cr_assert(eq(int, wait_for(MOST), 0));
}

Test(poller, reports_room_to_write)
{
	set(0, 0, EVERT_ATTACHED | EVERT_WRITE);
	cr_assert(eq(int, wait_for(MOST), 1));
	cr_assert(eq(uint, events[0].ready, EVERT_WRITE));
}

Test(poller, reports_a_hang_up_of_whatever_is_attached)
{
	set(0, 0, EVERT_ATTACHED);
	cr_assert(eq(int, wait_for(MOST), 0));
	close(pairs[0][1]);
	pairs[0][1] = open("/dev/null", O_RDONLY);
	cr_assert(eq(int, wait_for(MOST), 1));
	cr_assert(has(EVERT_HANGUP));
}

Test(poller, reports_an_error_of_whatever_is_attached)
{
	int pipe_ends[2];

	cr_assert(eq(int, pipe(pipe_ends), 0));
	cr_assert(eq(int,
		     poller->ops->set(poller, pipe_ends[1], 0, EVERT_ATTACHED,
				      7),
		     0));
	close(pipe_ends[0]);
	cr_assert(eq(int, wait_for(MOST), 1));
	cr_assert(has(EVERT_BROKEN));
	poller->ops->set(poller, pipe_ends[1], EVERT_ATTACHED, 0, 7);
	close(pipe_ends[1]);
}

Test(poller, can_be_told_something_else)
{
	set(0, 0, EVERT_ATTACHED | EVERT_WRITE);
	set(0, EVERT_ATTACHED | EVERT_WRITE, EVERT_ATTACHED | EVERT_READ);
	cr_assert(eq(int, wait_for(MOST), 0));
	write_to(0);
	cr_assert(eq(int, wait_for(MOST), 1));
	cr_assert(eq(uint, events[0].ready, EVERT_READ));
}

Test(poller, reports_nothing_of_what_it_watches_no_more)
{
	int i;

	for (i = 0; i < PAIRS; i++) {
		set(i, 0, EVERT_ATTACHED | EVERT_READ);
		write_to(i);
	}
	for (i = 0; i < PAIRS; i += 2)
		set(i, EVERT_ATTACHED | EVERT_READ, 0);
	cr_assert(eq(int, wait_for(MOST), PAIRS / 2));
	for (i = 0; i < PAIRS / 2; i++)
		cr_assert(eq(u64, events[i].tag % 2, 1));
}

Test(poller, reports_it_again_when_it_watches_it_again)
{
	set(0, 0, EVERT_ATTACHED | EVERT_READ);
	set(0, EVERT_ATTACHED | EVERT_READ, 0);
	write_to(0);
	set(0, 0, EVERT_ATTACHED | EVERT_READ);
	cr_assert(eq(int, wait_for(MOST), 1));
}

Test(poller, each_has_its_turn_when_more_are_ready_than_are_asked_for)
{
	bool seen[PAIRS] = { false };
	int i, waits;

	for (i = 0; i < PAIRS; i++) {
		set(i, 0, EVERT_ATTACHED | EVERT_READ);
		write_to(i);
	}
	for (waits = 0; waits < 3; waits++) {
		cr_assert(eq(int, wait_for(3), 3));
		for (i = 0; i < 3; i++)
			seen[events[i].tag - 100] = true;
	}
	for (i = 0; i < PAIRS; i++)
		cr_assert(seen[i], "%d had no turn", i);
}

Test(poller, waits_no_longer_than_it_is_told)
{
	set(0, 0, EVERT_ATTACHED | EVERT_READ);
	cr_assert(eq(int, poller->ops->wait(poller, events, MOST, 1), 0));
}

Test(poller, passes_on_why_waiting_failed)
{
	test_system_fail(&system_for_test, CALL_EPOLL_WAIT, 1, EINTR, false);
	test_system_fail(&system_for_test, CALL_POLL, 1, EINTR, false);
	cr_assert(eq(int, wait_for(MOST), -EINTR));
}

Test(poller, watches_a_descriptor_of_any_number)
{
	int high = 3000;

	cr_assert(eq(int, dup2(pairs[0][0], high), high));
	cr_assert(eq(int,
		     poller->ops->set(poller, high, 0,
				      EVERT_ATTACHED | EVERT_READ, 5),
		     0));
	write_to(0);
	cr_assert(eq(int, wait_for(MOST), 1));
	cr_assert(eq(u64, events[0].tag, 5));
	close(high);
}

/* ---- What goes wrong ---- */

static void limit_descriptors(rlim_t most)
{
	struct rlimit limit;

	cr_assert(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	limit.rlim_cur = most;
	cr_assert(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

static void attach_all(void)
{
	int i;

	for (i = 0; i < PAIRS; i++)
		set(i, 0, EVERT_ATTACHED | EVERT_READ);
}

/* The limit was lowered when they were open. */
static void reports_all_with_limit(rlim_t most)
{
	attach_all();
	limit_descriptors(most);
	cr_assert(eq(int, poller->ops->wait(poller, events, MOST, 1), 0));
	write_to(0);
	write_to(3);
	write_to(PAIRS - 1);
	cr_assert(eq(int, wait_for(MOST), 3));
	cr_assert(eq(uint, events[2].ready, EVERT_READ));
	limit_descriptors(256);
	cr_assert(eq(int, wait_for(MOST), 3));
}

Test(poller, p94_watches_more_descriptors_than_may_be_open_now)
{
	reports_all_with_limit(5);
}

Test(poller, p94_watches_them_if_one_may_be_open)
{
	reports_all_with_limit(1);
}

Test(poller, p94_fails_in_nothing_if_none_may_be_open)
{
	int ready;

	attach_all();
	write_to(0);
	limit_descriptors(0);
	ready = poller->ops->wait(poller, events, MOST, -1);
	cr_assert(ready == 0 || ready == 1);
	limit_descriptors(256);
	cr_assert(eq(int, wait_for(MOST), 1));
}

Test(poller, p94_goes_on_when_there_was_no_memory_to_wait)
{
	attach_all();
	write_to(0);
	test_system_fail(&system_for_test, CALL_POLL, 1, ENOMEM, false);
	cr_assert(eq(int, wait_for(MOST), 1));
	test_system_fail(&system_for_test, CALL_POLL, 1, ENOMEM, true);
	cr_assert(ge(int, wait_for(MOST), 0));
	test_system_fail(&system_for_test, CALL_POLL, 0, 0, false);
	cr_assert(eq(int, wait_for(MOST), 1));
}

/* A reactor's own watches something besides. */
Test(poll_poller, p94_goes_on_with_a_single_one_without_memory)
{
	struct evert_poller *poll_poller;
	int ends[2];

	test_system_init(&system_for_test);
	poll_poller = evert_poller_poll.create(&system_for_test.base);
	cr_assert(zero(int, pipe(ends)));
	cr_assert(eq(int, (int)write(ends[1], "x", 1), 1));
	poll_poller->ops->set(poll_poller, ends[0], 0,
			      EVERT_ATTACHED | EVERT_READ, 1);
	test_system_fail(&system_for_test, CALL_POLL, 1, ENOMEM, false);
	cr_assert(eq(int, poll_poller->ops->wait(poll_poller, events, 1, 0),
		     1));
	poll_poller->ops->destroy(poll_poller);
	close(ends[0]);
	close(ends[1]);
}

Test(poll_poller, reports_a_descriptor_that_is_not_open_as_broken)
{
	struct evert_poller *poll_poller;
	int closed = dup(0);

	test_system_init(&system_for_test);
	poll_poller = evert_poller_poll.create(&system_for_test.base);
	poll_poller->ops->set(poll_poller, closed, 0,
			      EVERT_ATTACHED | EVERT_READ, 1);
	close(closed);
	cr_assert(eq(int, poll_poller->ops->wait(poll_poller, events, 1, 0),
		     1));
	cr_assert(has(EVERT_BROKEN));
	poll_poller->ops->destroy(poll_poller);
}

Test(epoll_poller, refuses_a_file_that_is_always_ready)
{
	struct evert_poller *epoll_poller;
	int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	test_system_init(&system_for_test);
	epoll_poller = evert_poller_epoll.create(&system_for_test.base);
	cr_assert(eq(int,
		     epoll_poller->ops->set(epoll_poller, file, 0,
					    EVERT_ATTACHED | EVERT_READ, 1),
		     -EPERM));
	epoll_poller->ops->destroy(epoll_poller);
	close(file);
}

Test(epoll_poller, is_not_made_when_descriptors_run_out)
{
	test_system_init(&system_for_test);
	test_system_fail(&system_for_test, CALL_EPOLL_CREATE, 1, EMFILE,
			 false);
	cr_assert(evert_poller_epoll.create(&system_for_test.base) == NULL);
	cr_assert(eq(int, errno, EMFILE));
}

/* Watches as many descriptors as it has memory for. */
static void fill_and_destroy(void *arg)
{
	struct evert_poller *made =
		evert_poller_create(&system_for_test.base, NULL);
	int i, error;

	(void)arg;
	if (!made) {
		cr_assert(eq(int, errno, ENOMEM));
		return;
	}
	for (i = 0; i < 2 * PAIRS; i++) {
		error = made->ops->set(made, pairs[i / 2][i % 2], 0,
				       EVERT_ATTACHED | EVERT_WRITE, 1);
		cr_assert(error == 0 || error == -ENOMEM);
	}
	cr_assert(ge(int, made->ops->wait(made, events, MOST, 0), 0));
	made->ops->destroy(made);
}

Test(poller, gives_all_memory_back_when_some_is_missing)
{
	fail_every_allocation(fill_and_destroy, NULL);
}
