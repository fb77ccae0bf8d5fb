/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../reactor/reactor_internal.h"
#include "../support/death.h"
#include "../support/memory.h"
#include "../support/reactor.h"
#include "../support/system.h"

/* One end of a pair of sockets that is watched, the other is the test's. */
struct watched {
	struct evert_watch watch;
	int other;
	size_t told;
	unsigned ready; /* the latest */
	int unwatchable; /* an errno */
	size_t shut_down;
	void (*hook)(struct watched *watched);
};

static struct test_system system_for_test;
static struct evert_reactor *reactor;
static struct watched a, b, c;

static struct watched *from(struct evert_watch *watch)
{
	return evert_container_of(watch, struct watched, watch);
}

static void ready(struct evert_watch *watch, unsigned what)
{
	struct watched *watched = from(watch);

	watched->told++;
	watched->ready = what;
	if (watched->hook)
		watched->hook(watched);
}

static void unwatchable(struct evert_watch *watch, int error)
{
	from(watch)->unwatchable = error;
}

static void shut_down(struct evert_watch *watch)
{
	from(watch)->shut_down++;
}

static const struct evert_watch_ops ops = {
	.ready = ready,
	.unwatchable = unwatchable,
	.shut_down = shut_down,
};

static void watch(struct watched *watched, unsigned wanted)
{
	int pair[2];

	cr_assert(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) ==
		  0);
	watched->other = pair[1];
	cr_assert(eq(int,
		     evert_watch_add(&watched->watch, reactor, pair[0], &ops),
		     0));
	evert_watch_set(&watched->watch, EVERT_ATTACHED | wanted);
}

static void unwatch(struct watched *watched)
{
	evert_watch_remove(&watched->watch);
	close(watched->watch.fd);
	close(watched->other);
}

static void begin(void)
{
	test_system_init(&system_for_test);
	reactor = make_reactor(&system_for_test.base);
}

static void finish(void)
{
	evert_reactor_destroy(reactor);
}

TestSuite(watch, .init = begin, .fini = finish);
TestSuite(watch_without_memory);

static void write_to(const struct watched *watched)
{
	cr_assert(eq(sz, (size_t)write(watched->other, "x", 1), 1));
}

static size_t told_to_poller(void)
{
	return atomic_load(&system_for_test.plans[CALL_EPOLL_CTL].calls);
}

/* ---- What is told ---- */

Test(watch, tells_what_is_wanted_and_ready)
{
	watch(&a, EVERT_READ | EVERT_WRITE);
	write_to(&a);
	turn(reactor);
	cr_assert(eq(uint, a.ready, EVERT_READ | EVERT_WRITE));
	evert_watch_set(&a.watch, EVERT_ATTACHED | EVERT_READ);
	turn(reactor);
	cr_assert(eq(uint, a.ready, EVERT_READ));
	unwatch(&a);
}

Test(watch, does_not_tell_what_is_not_wanted)
{
	watch(&a, 0);
	write_to(&a);
	turn_until_idle(reactor);
	cr_assert(eq(sz, a.told, 0));
	unwatch(&a);
}

Test(watch, tells_of_a_hang_up_though_it_is_not_wanted)
{
	watch(&a, 0);
	cr_assert(eq(int, shutdown(a.watch.fd, SHUT_RDWR), 0));
	turn_until_count(reactor, &a.told, 1);
	cr_assert(eq(uint, a.ready & EVERT_HANGUP, EVERT_HANGUP));
	unwatch(&a);
}

Test(watch, tells_nothing_at_all_while_nothing_is_wanted)
{
	watch(&a, EVERT_READ);
	turn_until_idle(reactor);
	evert_watch_set(&a.watch, 0);
	cr_assert(eq(int, shutdown(a.watch.fd, SHUT_RDWR), 0));
	turn_until_idle(reactor);
	cr_assert(eq(sz, a.told, 0));
	evert_watch_set(&a.watch, EVERT_ATTACHED);
	turn_until_count(reactor, &a.told, 1);
	unwatch(&a);
}

static void want_nothing_more(struct watched *watched)
{
	(void)watched;
	evert_watch_set(&a.watch, EVERT_ATTACHED);
	evert_watch_set(&b.watch, EVERT_ATTACHED);
}

Test(watch, does_not_tell_what_is_wanted_no_more_since_earlier_in_the_turn)
{
	watch(&a, EVERT_READ);
	watch(&b, EVERT_READ);
	a.hook = b.hook = want_nothing_more;
	write_to(&a);
	write_to(&b);
	turn_until_idle(reactor);
	cr_assert(eq(sz, a.told + b.told, 1));
	unwatch(&a);
	unwatch(&b);
}

/* ---- Stale events ---- */

static struct watched *other_of(struct watched *watched)
{
	return watched == &a ? &b : &a;
}

static void remove_the_other(struct watched *watched)
{
	evert_watch_remove(&other_of(watched)->watch);
}

Test(watch, p47_removed_by_an_earlier_event_it_is_told_nothing)
{
	watch(&a, EVERT_READ);
	watch(&b, EVERT_READ);
	a.hook = b.hook = remove_the_other;
	write_to(&a);
	write_to(&b);
	turn(reactor);
	cr_assert(eq(sz, a.told + b.told, 1));
	unwatch(&a);
	unwatch(&b);
}

/* Closes the other's descriptor; a new watch gets its number. */
static void replace_the_other(struct watched *watched)
{
	struct watched *other = other_of(watched);
	int fd = other->watch.fd;

	unwatch(other);
	watch(&c, EVERT_READ);
	if (c.watch.fd != fd) {
		evert_watch_remove(&c.watch);
		cr_assert(eq(int, dup2(c.watch.fd, fd), fd));
		close(c.watch.fd);
		evert_watch_add(&c.watch, reactor, fd, &ops);
		evert_watch_set(&c.watch, EVERT_ATTACHED | EVERT_READ);
	}
	watched->hook = NULL;
}

Test(watch, p47_closed_and_its_number_reused_the_new_one_is_told_nothing)
{
	watch(&a, EVERT_READ);
	watch(&b, EVERT_READ);
	a.hook = b.hook = replace_the_other;
	write_to(&a);
	write_to(&b);
	turn(reactor);
	cr_assert(eq(sz, a.told + b.told, 1));
	cr_assert(eq(sz, c.told, 0));

	write_to(&c);
	turn_until_count(reactor, &c.told, 1);
	unwatch(a.told ? &a : &b);
	unwatch(&c);
}

static void remove_itself(struct watched *watched)
{
	evert_watch_remove(&watched->watch);
}

Test(watch, may_be_removed_when_it_is_told)
{
	watch(&a, EVERT_READ);
	a.hook = remove_itself;
	write_to(&a);
	turn_until_idle(reactor);
	cr_assert(eq(sz, a.told, 1));
	unwatch(&a);
}

Test(watch, removed_twice_is_harmless_and_so_is_what_it_wants_then)
{
	watch(&a, EVERT_READ);
	evert_watch_remove(&a.watch);
	evert_watch_remove(&a.watch);
	evert_watch_set(&a.watch, EVERT_ATTACHED | EVERT_READ);
	write_to(&a);
	turn_until_idle(reactor);
	cr_assert(eq(sz, a.told, 0));
	unwatch(&a);
}

/* While one of so many is told, who is told next is looked at. */
enum { HUNDREDS = 200 };
static struct watched hundreds[HUNDREDS];

static void remove_all(struct watched *watched)
{
	size_t i;

	(void)watched;
	for (i = 0; i < HUNDREDS; i++)
		evert_watch_remove(&hundreds[i].watch);
}

Test(watch, may_remove_hundreds_that_were_to_be_told)
{
	size_t i, told = 0;

	for (i = 0; i < HUNDREDS; i++) {
		hundreds[i].hook = remove_all;
		watch(&hundreds[i], EVERT_READ);
		write_to(&hundreds[i]);
	}
	turn_until_idle(reactor);
	for (i = 0; i < HUNDREDS; i++) {
		told += hundreds[i].told;
		unwatch(&hundreds[i]);
	}
	cr_assert(eq(sz, told, 1));
}

/* ---- What the poller hears ---- */

Test(watch, the_poller_hears_of_many_changes_once)
{
	size_t before;

	turn_until_idle(reactor);
	before = told_to_poller();
	watch(&a, EVERT_READ);
	evert_watch_set(&a.watch, EVERT_ATTACHED);
	evert_watch_set(&a.watch, EVERT_ATTACHED | EVERT_WRITE);
	evert_watch_set(&a.watch, EVERT_ATTACHED | EVERT_READ);
	turn_until_idle(reactor);
	cr_assert(le(sz, told_to_poller() - before, 1));
	unwatch(&a);
}

Test(watch, the_poller_hears_nothing_of_changes_that_were_undone)
{
	size_t before;

	watch(&a, EVERT_READ);
	turn_until_idle(reactor);
	before = told_to_poller();
	evert_watch_set(&a.watch, EVERT_ATTACHED);
	evert_watch_set(&a.watch, EVERT_ATTACHED | EVERT_READ);
	turn_until_idle(reactor);
	cr_assert(eq(sz, told_to_poller(), before));
	unwatch(&a);
}

Test(watch, the_poller_hears_nothing_of_one_that_came_and_went_in_a_turn)
{
	size_t before;

	turn_until_idle(reactor);
	before = told_to_poller();
	watch(&a, EVERT_READ);
	unwatch(&a);
	turn_until_idle(reactor);
	cr_assert(eq(sz, told_to_poller(), before));
}

Test(watch, the_kernel_forgets_what_is_closed_by_itself)
{
	size_t before;

	watch(&a, EVERT_READ);
	turn_until_idle(reactor);
	before = told_to_poller();
	evert_watch_close(&a.watch);
	cr_assert(eq(sz, told_to_poller(), before));
	close(a.other);
	turn_until_idle(reactor);
	cr_assert(zero(sz, a.told));
}

/* It may have the descriptor for as long as it lives (epoll(7)). */
Test(watch, p48_what_a_forked_child_has_as_well_is_taken_from_the_poller)
{
	size_t before;
	int gate[2];
	char byte;
	pid_t child;

	watch(&a, EVERT_READ);
	turn_until_idle(reactor);
	cr_assert(zero(int, pipe(gate)));
	child = fork();
	if (!child) {
		close(gate[1]);
		_exit((int)read(gate[0], &byte, 1));
	}
	before = told_to_poller();
	evert_watch_close(&a.watch);
	if (reactor->poller->ops->forgets_closed)
		cr_assert(eq(sz, told_to_poller(), before + 1));
	write_to(&a);
	evert_reactor_take_turn(reactor, 0);
	cr_assert(zero(u32, reactor->stray_turns));
	close(gate[1]);
	waitpid(child, NULL, 0);
	close(a.other);
}

static void ignore(void *told)
{
	*(bool *)told = true;
}

/* Where the poller can't be replaced: not by one that nobody could wake. */
Test(watch, a_new_poller_that_takes_nothing_is_not_taken)
{
	bool called = false;
	int turns, kept;

	watch(&a, EVERT_READ);
	turn_until_idle(reactor);
	kept = dup(a.watch.fd);
	evert_watch_close(&a.watch);
	write_to(&a);
	test_system_fail(&system_for_test, CALL_EPOLL_CTL, 1, ENOMEM, true);
	for (turns = 0; turns < 100; turns++)
		cr_assert(zero(int, evert_reactor_take_turn(reactor, 0)));
	evert_reactor_call_from_thread(reactor, ignore, &called);
	evert_reactor_take_turn(reactor, 0);
	cr_assert(called);
	close(kept);
	close(a.other);
}

/* As that of SIGCHLD. */
static const struct evert_watch_ops vital_ops = { .ready = ready };

Test(watch, a_new_poller_is_not_taken_without_what_the_reactor_needs)
{
	int fds[2], turns, kept;

	cr_assert(zero(int, socketpair(AF_UNIX, SOCK_STREAM, 0, fds)));
	cr_assert(zero(int, evert_watch_add(&b.watch, reactor, fds[0],
					    &vital_ops)));
	evert_watch_set(&b.watch, EVERT_ATTACHED | EVERT_READ);
	cr_assert(zero(int, evert_watch_tell_poller(&b.watch)));
	watch(&a, EVERT_READ);
	turn_until_idle(reactor);
	kept = dup(a.watch.fd);
	evert_watch_close(&a.watch);
	write_to(&a);
	/* The mailbox is taken, it is not. */
	test_system_fail(&system_for_test, CALL_EPOLL_CTL, 2, ENOMEM, true);
	for (turns = 0; turns < 100; turns++)
		cr_assert(zero(int, evert_reactor_take_turn(reactor, 0)));
	cr_assert(zero(sz, b.told));
	cr_assert(eq(int, (int)write(fds[1], "x", 1), 1));
	evert_reactor_take_turn(reactor, 0);
	cr_assert(eq(sz, b.told, 1));
	evert_watch_remove(&b.watch);
	close(fds[0]);
	close(fds[1]);
	close(kept);
	close(a.other);
}

Test(watch, no_new_poller_is_made_for_what_is_heard)
{
	size_t made = atomic_load(
		&system_for_test.plans[CALL_EPOLL_CREATE].calls);

	watch(&a, EVERT_READ);
	write_to(&a);
	turn_until_count(reactor, &a.told, 100);
	cr_assert(zero(u32, reactor->stray_turns));
	cr_assert(eq(sz,
		     atomic_load(&system_for_test.plans[CALL_EPOLL_CREATE]
					  .calls),
		     made));
	unwatch(&a);
}

Test(watch, what_somebody_else_has_as_well_does_not_keep_the_loop_awake)
{
	int turns, kept;

	watch(&a, EVERT_READ);
	watch(&b, EVERT_READ);
	turn_until_idle(reactor);
	kept = dup(a.watch.fd);
	evert_watch_close(&a.watch);
	write_to(&a);
	for (turns = 0; turns < 100; turns++)
		evert_reactor_take_turn(reactor, 0);
	cr_assert(zero(u32, reactor->stray_turns));
	cr_assert(zero(sz, a.told));
	/* The others are watched as before. */
	write_to(&b);
	turn_until_count(reactor, &b.told, 1);
	close(kept);
	close(a.other);
	unwatch(&b);
}

/* ---- What goes wrong ---- */

static int refuse(struct evert_poller *poller, int fd, unsigned before,
		  unsigned after, uint64_t tag)
{
	(void)poller, (void)fd, (void)before, (void)after, (void)tag;
	return -ENOMEM;
}

Test(watch, hears_when_it_can_t_be_watched)
{
	const struct evert_poller_ops *working = reactor->poller->ops;
	struct evert_poller_ops refusing = *working;

	turn_until_idle(reactor);
	refusing.set = refuse;
	reactor->poller->ops = &refusing;
	watch(&a, EVERT_READ);
	watch(&b, EVERT_READ);
	turn_until_idle(reactor);
	reactor->poller->ops = working;
	cr_assert(eq(int, a.unwatchable, ENOMEM));
	cr_assert(eq(int, b.unwatchable, ENOMEM));
	unwatch(&a);
	unwatch(&b);
}

Test(watch_without_memory, a_descriptor_beyond_the_table_is_refused)
{
	failing_allocator_start(0, false);
	begin();
	failing_allocator_fail(1, true);
	cr_assert(eq(int, evert_watch_add(&a.watch, reactor, 5000, &ops),
		     -ENOMEM));
	evert_watch_set(&a.watch, EVERT_ATTACHED | EVERT_READ);
	evert_watch_remove(&a.watch);
	failing_allocator_fail(0, false);
	finish();
	cr_assert(eq(sz, failing_allocator_stop().live, 0));
}

/* ---- When the reactor stops ---- */

static void remove_at_shutdown(struct evert_watch *watched)
{
	shut_down(watched);
	evert_watch_remove(watched);
}

/* And once more when the time for sending what is queued is over. */
Test(watch, is_shut_down_with_the_reactor)
{
	static const struct evert_watch_ops removing = {
		.ready = ready,
		.unwatchable = unwatchable,
		.shut_down = remove_at_shutdown,
	};
	static const struct evert_watch_ops staying = { .ready = ready };

	watch(&a, EVERT_READ);
	watch(&b, EVERT_READ);
	watch(&c, EVERT_READ);
	a.watch.ops = &removing;
	c.watch.ops = &staying;
	evert_reactor_stop(reactor);
	run_reactor(reactor);
	cr_assert(eq(sz, a.shut_down, 1));
	cr_assert(eq(sz, b.shut_down, 2));
	unwatch(&a);
	unwatch(&b);
	unwatch(&c);
}

/* ---- Bugs ---- */

static void close_behind_its_back(void *arg)
{
	(void)arg;
	begin();
	watch(&a, EVERT_READ);
	close(a.watch.fd);
	watch(&b, EVERT_READ); /* of the same number */
}

Test(watch_without_memory, a_descriptor_that_somebody_else_closed_is_a_bug)
{
	dies(close_behind_its_back, NULL, SIGABRT,
	     "which evert uses, was closed by somebody else");
}
