/* SPDX-License-Identifier: MIT */
/* The kernel's busy polling, on a kernel that writes down what it is asked. */
#include <errno.h>
#include <math.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../reactor/reactor.h"
#include "../support/child.h"
#include "../support/system.h"

static struct test_system kernel;
static struct evert_system_ops ops;
static struct evert_reactor *reactor;
static struct {
	size_t calls;
	int epoll, answer;
	uint32_t microseconds;
	uint16_t budget;
	bool prefers;
} asked;

static int note(struct evert_system *system, int epoll, uint32_t microseconds,
		uint16_t budget, bool prefers)
{
	(void)system;
	asked.calls++;
	asked.epoll = epoll;
	asked.microseconds = microseconds;
	asked.budget = budget;
	asked.prefers = prefers;
	return asked.answer;
}

static void make(const char *poller)
{
	struct evert_reactor_options options = { .poller = poller,
						 .system = &kernel.base };

	reactor = evert_reactor_create(&options);
	cr_assert(ne(ptr, reactor, NULL));
}

static void begin(void)
{
	test_system_init(&kernel);
	ops = *kernel.base.ops;
	ops.epoll_busy_poll = note;
	kernel.base.ops = &ops;
	make("epoll");
}

static void finish(void)
{
	evert_reactor_destroy(reactor);
}

TestSuite(busy_poll, .init = begin, .fini = finish);

static int set(struct evert_busy_poll how)
{
	return evert_reactor_set_busy_poll(reactor, &how);
}

Test(busy_poll, the_kernel_is_not_asked_for_it_of_itself)
{
	cr_assert(zero(int, evert_reactor_turn(reactor, 0)));
	cr_assert(zero(sz, asked.calls));
}

Test(busy_poll, what_is_wanted_is_what_the_kernel_is_told)
{
	cr_assert(zero(int, set((struct evert_busy_poll){
				 .seconds = 200e-6,
				 .budget = 64,
				 .prefer = true,
			 })));
	cr_assert(eq(sz, asked.calls, 1));
	cr_assert(eq(u32, asked.microseconds, 200));
	cr_assert(eq(u16, asked.budget, 64));
	cr_assert(asked.prefers);
	cr_assert(zero(int, set((struct evert_busy_poll){ 0 })));
	cr_assert(zero(u32, asked.microseconds));
	cr_assert(zero(u16, asked.budget));
	cr_assert(not(asked.prefers));
}

Test(busy_poll, the_least_time_is_a_microsecond)
{
	cr_assert(zero(int, set((struct evert_busy_poll){ .seconds = 1e-8 })));
	cr_assert(eq(u32, asked.microseconds, 1));
	cr_assert(zero(int, set((struct evert_busy_poll){ .seconds = 2000 })));
	cr_assert(eq(u32, asked.microseconds, 2000000000));
}

Test(busy_poll, a_kernel_that_does_not_know_it_says_so)
{
	asked.answer = -ENOTTY;
	cr_assert(eq(int, set((struct evert_busy_poll){ .seconds = 1e-6 }),
		     -ENOTSUP));
	asked.answer = -EOPNOTSUPP;
	cr_assert(eq(int, set((struct evert_busy_poll){ .seconds = 1e-6 }),
		     -ENOTSUP));
}

Test(busy_poll, what_is_not_allowed_is_told)
{
	asked.answer = -EPERM;
	cr_assert(eq(int, set((struct evert_busy_poll){ .seconds = 1e-6,
							.budget = 65 }),
		     -EPERM));
}

Test(busy_poll, what_makes_no_sense_is_not_asked_for)
{
	cr_assert(eq(int, set((struct evert_busy_poll){ .seconds = -1 }),
		     -EINVAL));
	cr_assert(eq(int, set((struct evert_busy_poll){ .seconds = NAN }),
		     -EINVAL));
	cr_assert(eq(int, set((struct evert_busy_poll){ .seconds = 2001 }),
		     -EINVAL));
	cr_assert(eq(int, set((struct evert_busy_poll){ .seconds = 1e-6,
							.budget = 65536 }),
		     -EINVAL));
	cr_assert(zero(sz, asked.calls));
}

Test(busy_poll, a_system_without_it_and_poll_have_no_such_thing)
{
	ops.epoll_busy_poll = NULL;
	cr_assert(eq(int, set((struct evert_busy_poll){ .seconds = 1e-6 }),
		     -ENOTSUP));
	evert_reactor_destroy(reactor);
	make("poll");
	cr_assert(eq(int, set((struct evert_busy_poll){ .seconds = 1e-6 }),
		     -ENOTSUP));
}

/* The real one: it knows, or says that it does not. */
Test(busy_poll, this_kernel_takes_it_or_has_no_such_thing)
{
	int error;

	ops.epoll_busy_poll = evert_system_real()->ops->epoll_busy_poll;
	error = set((struct evert_busy_poll){ .seconds = 50e-6 });
	cr_assert(error == 0 || error == -ENOTSUP, "%d", error);
	cr_assert(zero(int, evert_reactor_turn(reactor, 0)));
}

static bool childs_is_asked_for_the_same(void)
{
	int parents = asked.epoll;

	asked.calls = 0;
	return !evert_reactor_turn(reactor, 0) && asked.calls == 1 &&
	       asked.microseconds == 70 && asked.budget == 9 &&
	       asked.epoll != parents;
}

Test(busy_poll, a_forked_childs_own_has_it_too)
{
	cr_assert(zero(int, set((struct evert_busy_poll){ .seconds = 70e-6,
							  .budget = 9 })));
	cr_assert(child(childs_is_asked_for_the_same));
}

static bool child_turns(void)
{
	return !evert_reactor_turn(reactor, 0);
}

Test(busy_poll, a_child_that_may_not_goes_on_without)
{
	cr_assert(zero(int, set((struct evert_busy_poll){ .seconds = 70e-6,
							  .budget = 65 })));
	asked.answer = -EPERM;
	cr_assert(child(child_turns));
}
