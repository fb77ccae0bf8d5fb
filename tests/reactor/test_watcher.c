/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../reactor/watch.h"
#include "../support/memory.h"
#include "../support/reactor.h"
#include "../support/system.h"

static struct test_system system_for_test;
static struct evert_reactor *reactor;
static int ends[2]; /* of a pair of sockets; the first is watched */

static void begin(void)
{
	test_system_init(&system_for_test);
	reactor = make_reactor(&system_for_test.base);
	cr_assert(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) ==
		  0);
}

static void finish(void)
{
	evert_reactor_destroy(reactor);
	close(ends[0]);
	close(ends[1]);
}

TestSuite(watcher, .init = begin, .fini = finish);

/* What one watcher was told. */
struct told {
	struct evert_watcher *watcher;
	size_t count;
	unsigned ready; /* the latest */
	int error;
	void (*hook)(struct told *told);
	struct told *other;
	void (*at_end)(struct told *told);
};

static void note(struct evert_watcher *watcher, unsigned ready, void *arg)
{
	struct told *told = arg;

	cr_assert(eq(ptr, watcher, told->watcher));
	told->count++;
	told->ready = ready;
	if (told->hook)
		told->hook(told);
}

static void note_end(struct evert_watcher *watcher, int error, void *arg)
{
	struct told *told = arg;

	(void)watcher;
	told->error = error;
	if (told->at_end)
		told->at_end(told);
}

static void watch_fd(struct told *told, int fd, unsigned wanted)
{
	told->watcher = evert_watcher_create(reactor, fd, wanted, note, told);
	cr_assert(ne(ptr, told->watcher, NULL));
	evert_watcher_on_end(told->watcher, note_end);
}

static void watch(struct told *told, unsigned wanted)
{
	watch_fd(told, ends[0], wanted);
}

static void drop(struct told *told)
{
	evert_watcher_destroy(told->watcher);
	told->watcher = NULL;
}

static void give(void)
{
	cr_assert(eq(sz, (size_t)write(ends[1], "x", 1), 1));
}

static struct told a, b;

/* ---- What is told ---- */

Test(watcher, tells_what_is_wanted_and_ready)
{
	watch(&a, EVERT_READ | EVERT_WRITE);
	give();
	turn(reactor);
	cr_assert(eq(uint, a.ready, EVERT_READ | EVERT_WRITE));
	cr_assert(eq(int, evert_watcher_want(a.watcher, EVERT_READ), 0));
	turn(reactor);
	cr_assert(eq(uint, a.ready, EVERT_READ));
	drop(&a);
}

Test(watcher, tells_nothing_while_nothing_is_wanted)
{
	watch(&a, 0);
	give();
	shutdown(ends[1], SHUT_RDWR);
	turn_until_idle(reactor);
	cr_assert(eq(sz, a.count, 0));
	cr_assert(eq(int, evert_watcher_want(a.watcher, EVERT_READ), 0));
	turn(reactor);
	cr_assert(eq(sz, a.count, 1));
	drop(&a);
}

Test(watcher, an_end_is_ready_to_read_and_to_write)
{
	int fds[2];

	cr_assert(eq(int, pipe(fds), 0));
	watch_fd(&a, fds[0], EVERT_READ);
	watch_fd(&b, fds[1], EVERT_WRITE);
	close(fds[1]);
	drop(&b);
	turn(reactor);
	cr_assert(eq(uint, a.ready, EVERT_READ | EVERT_HANGUP));
	drop(&a);
	close(fds[0]);

	cr_assert(eq(int, pipe(fds), 0));
	watch_fd(&b, fds[1], EVERT_WRITE);
	close(fds[0]);
	turn(reactor);
	cr_assert(eq(uint, b.ready, EVERT_WRITE | EVERT_BROKEN));
	drop(&b);
	close(fds[1]);
}

Test(watcher, two_for_one_descriptor_want_each_its_own)
{
	watch(&a, EVERT_READ);
	watch(&b, EVERT_WRITE);
	turn(reactor);
	cr_assert(eq(sz, a.count, 0));
	cr_assert(eq(uint, b.ready, EVERT_WRITE));
	give();
	turn(reactor);
	cr_assert(eq(uint, a.ready, EVERT_READ));
	drop(&b);
	turn(reactor);
	cr_assert(eq(sz, a.count, 2));
	cr_assert(eq(sz, b.count, 2));
	drop(&a);
}

static void read_byte(struct told *told)
{
	char byte;

	(void)told;
	cr_assert(eq(sz, (size_t)read(ends[0], &byte, 1), 1));
}

static size_t waits(void)
{
	return test_system_waits(&system_for_test);
}

/* Promise 94: on every poller. */
Test(watcher, a_regular_file_is_always_ready)
{
	int fd = open("/proc/self/exe", O_RDONLY);
	size_t before;

	watch_fd(&a, fd, EVERT_READ);
	watch_fd(&b, fd, EVERT_WRITE);
	turn(reactor);
	turn(reactor);
	cr_assert(eq(uint, a.ready, EVERT_READ));
	cr_assert(eq(uint, b.ready, EVERT_WRITE));
	cr_assert(a.count >= 1 && a.count <= 2);
	drop(&b);
	cr_assert(eq(int, evert_watcher_want(a.watcher, 0), 0));
	before = waits();
	a.count = 0;
	turn_until_idle(reactor);
	cr_assert(eq(sz, a.count, 0));
	cr_assert(waits() - before < 10, "it does not sleep");
	drop(&a);
	close(fd);
}

/* ---- From inside callbacks ---- */

static void drop_both(struct told *told)
{
	if (told->other->watcher)
		drop(told->other);
	drop(told);
}

Test(watcher, one_that_destroys_all_is_the_only_one_told)
{
	a = (struct told){ .hook = drop_both, .other = &b };
	b = (struct told){ .hook = drop_both, .other = &a };
	watch(&a, EVERT_READ);
	watch(&b, EVERT_READ);
	give();
	turn(reactor);
	cr_assert(eq(sz, a.count + b.count, 1));
	turn_until_idle(reactor);
}

static void begin_anew(struct told *told)
{
	if (told->count > 1)
		return;
	drop(told);
	watch(told, EVERT_READ);
	watch(told->other, EVERT_READ);
}

Test(watcher, ones_made_in_a_callback_are_told_in_the_next_turn)
{
	a = (struct told){ .hook = begin_anew, .other = &b };
	watch(&a, EVERT_READ);
	give();
	turn(reactor);
	cr_assert(eq(sz, a.count, 1));
	cr_assert(eq(sz, b.count, 0));
	turn(reactor);
	cr_assert(eq(sz, a.count, 2));
	cr_assert(eq(sz, b.count, 1));
	drop(&a);
	drop(&b);
}

static void want_no_more(struct told *told)
{
	evert_watcher_want(told->other->watcher, 0);
}

Test(watcher, what_is_no_longer_wanted_is_not_told)
{
	a = (struct told){ .hook = want_no_more, .other = &b };
	watch(&a, EVERT_READ);
	watch(&b, EVERT_READ);
	give();
	turn(reactor);
	cr_assert(eq(sz, a.count, 1));
	cr_assert(eq(sz, b.count, 0));
	drop(&a);
	drop(&b);
}

enum { MANY = 300 };
static struct told many[MANY];
static int many_fds[MANY];
static size_t begun;

static void watch_more(struct told *told)
{
	evert_watcher_want(told->watcher, 0);
	while (begun < MANY) {
		many_fds[begun] = dup(ends[0]);
		watch_fd(&many[begun], many_fds[begun], EVERT_READ);
		begun++;
	}
}

/* The table of descriptors moves meanwhile. */
Test(watcher, a_callback_may_add_hundreds)
{
	size_t i;

	a = (struct told){ .hook = watch_more };
	b = (struct told){ .hook = read_byte };
	watch(&a, EVERT_READ);
	give();
	turn(reactor);
	turn(reactor);
	for (i = 0; i < MANY; i++) {
		cr_assert(eq(sz, many[i].count, i < 256));
		drop(&many[i]);
		close(many_fds[i]);
	}
	drop(&a);
}

/* ---- Descriptors closed too early ---- */

static void close_other(struct told *told)
{
	int fd = evert_watcher_fd(told->other->watcher);
	int fds[2];

	drop(told->other);
	close(fd);
	cr_assert(eq(int, pipe(fds), 0));
	cr_assert(eq(int, dup2(fds[0], fd), fd));
	watch_fd(told->other, fd, EVERT_READ);
	if (fds[0] != fd)
		close(fds[0]);
	many_fds[0] = fds[1];
}

/* Promise 47. Whichever of the two is told first. */
Test(watcher, a_number_used_again_gets_no_stale_event)
{
	int fds[2] = { dup(ends[0]), dup(ends[0]) };

	a = (struct told){ .hook = close_other, .other = &b };
	b = (struct told){ .hook = close_other, .other = &a };
	watch_fd(&a, fds[0], EVERT_READ);
	watch_fd(&b, fds[1], EVERT_READ);
	give();
	turn(reactor);
	cr_assert(eq(sz, a.count + b.count, 1));
	drop(&a);
	drop(&b);
	close(fds[0]);
	close(fds[1]);
	close(many_fds[0]);
}

Test(watcher, a_descriptor_that_is_not_open_is_refused)
{
	int fd = dup(ends[0]);

	close(fd);
	errno = 0;
	cr_assert(eq(ptr, evert_watcher_create(reactor, fd, 0, note, &a),
		     NULL));
	cr_assert(eq(int, errno, EBADF));
	cr_assert(eq(ptr, evert_watcher_create(reactor, -1, 0, note, &a),
		     NULL));
	cr_assert(eq(int, errno, EBADF));
	cr_assert(eq(ptr, evert_watcher_create(reactor, ends[0], 0x4000, note,
					       &a),
		     NULL));
	cr_assert(eq(int, errno, EINVAL));
}

/* Closed and replaced without a word: it goes by the number. */
Test(watcher, a_second_watcher_finds_the_new_descriptor_of_the_number)
{
	int fd = dup(ends[0]), fds[2];

	watch_fd(&a, fd, EVERT_READ);
	turn_until_idle(reactor);
	close(fd);
	cr_assert(eq(int, pipe(fds), 0));
	cr_assert(eq(int, dup2(fds[0], fd), fd));
	watch_fd(&b, fd, EVERT_READ);
	cr_assert(eq(sz, (size_t)write(fds[1], "x", 1), 1));
	turn(reactor);
	cr_assert(eq(sz, b.count, 1));
	drop(&a);
	drop(&b);
	if (fds[0] != fd)
		close(fds[0]);
	close(fd);
	close(fds[1]);
}

static void nothing(struct evert_deferred *d)
{
	evert_deferred_release(d);
}

/* A listening port gets the number of a descriptor that was closed. */
Test(watcher, is_told_when_evert_gets_the_number)
{
	struct recorder_factory factory;
	struct evert_port *port;
	int fd = dup(ends[0]);

	recorder_factory_init(&factory, NULL, NULL);
	watch_fd(&a, fd, EVERT_READ);
	close(fd);
	port = listen_here(reactor, &factory);
	turn_until_idle(reactor);
	cr_assert(eq(int, a.error, EBADF));
	cr_assert(eq(int, evert_watcher_want(a.watcher, EVERT_READ), -EBADF));
	errno = 0;
	cr_assert(eq(ptr, evert_watcher_create(reactor, fd, 0, note, &b),
		     NULL));
	cr_assert(eq(int, errno, EEXIST));
	drop(&a);
	nothing(evert_port_stop_listening(port));
	turn_until_idle(reactor);
}

/* ---- Who goes first tells ---- */

/* Promise 85. */
Test(watcher, ends_when_the_reactor_stops)
{
	watch(&a, EVERT_READ);
	watch(&b, EVERT_WRITE);
	evert_reactor_stop(reactor);
	run_reactor(reactor);
	cr_assert(eq(int, a.error, ESHUTDOWN));
	cr_assert(eq(int, b.error, ESHUTDOWN));
	cr_assert(eq(int, evert_watcher_want(a.watcher, EVERT_READ),
		     -ESHUTDOWN));
	drop(&b);
	watch(&b, EVERT_READ);
	give();
	turn(reactor);
	cr_assert(eq(sz, a.count, 0));
	cr_assert(eq(uint, b.ready, EVERT_READ));
	drop(&a);
	drop(&b);
}

static void drop_other_at_end(struct told *told)
{
	if (told->other->watcher)
		drop(told->other);
	cr_assert(eq(ptr, evert_watcher_create(reactor, ends[0], 0, note, told),
		     NULL));
	cr_assert(eq(int, errno, ESHUTDOWN));
	drop(told);
}

Test(watcher, may_be_destroyed_when_it_is_told_of_the_end)
{
	a = (struct told){ .at_end = drop_other_at_end, .other = &b };
	b = (struct told){ .at_end = drop_other_at_end, .other = &a };
	watch(&a, EVERT_READ);
	watch(&b, EVERT_READ);
	evert_reactor_destroy(reactor);
	cr_assert(eq(int, a.error + b.error, ESHUTDOWN));
	reactor = NULL;
}

Test(watcher, outlives_its_reactor)
{
	watch(&a, EVERT_READ);
	evert_reactor_destroy(reactor);
	reactor = NULL;
	cr_assert(eq(int, a.error, ESHUTDOWN));
	drop(&a);
}

/* ---- Without memory ---- */

static struct evert_result discard(struct evert_result *in, void *arg)
{
	(void)in;
	*(bool *)arg = true;
	return evert_result_none();
}

static void ignore(struct evert_watcher *watcher, unsigned what, void *arg)
{
	(void)watcher;
	(void)what;
	(void)arg;
}

static void watch_twice_and_wait(void *arg)
{
	struct evert_reactor *own = evert_reactor_create(NULL);
	struct evert_watcher *first, *second;
	struct evert_deferred *d;
	bool fired = false;

	(void)arg;
	if (!own)
		return;
	first = evert_watcher_create(own, ends[0], EVERT_READ, ignore, NULL);
	second = evert_watcher_create(own, ends[0], EVERT_WRITE, ignore, NULL);
	d = evert_reactor_wait_readable(own, ends[0]);
	evert_deferred_add_both(d, discard, &fired);
	evert_deferred_release(d);
	evert_watcher_destroy(first);
	evert_reactor_destroy(own);
	cr_assert(fired);
	evert_watcher_destroy(second);
}

Test(watcher, what_began_ends_without_memory)
{
	finish();
	reactor = NULL;
	cr_assert(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) ==
		  0);
	fail_every_allocation(watch_twice_and_wait, NULL);
}

/* ---- As a Deferred ---- */

Test(watcher, a_wait_fires_when_it_is_readable)
{
	struct evert_deferred *d = evert_reactor_wait_readable(reactor,
							       ends[0]);

	turn_until_idle(reactor);
	cr_assert(not(evert_deferred_has_fired(d)));
	give();
	evert_result_release(turn_until_fired(reactor, d));
}

Test(watcher, waits_work_beside_a_watcher_of_the_same_descriptor)
{
	struct evert_deferred *reading, *writing;

	a = (struct told){ .hook = read_byte };
	reading = evert_reactor_wait_readable(reactor, ends[0]);
	watch(&a, EVERT_READ);
	writing = evert_reactor_wait_writable(reactor, ends[0]);
	evert_result_release(turn_until_fired(reactor, writing));
	cr_assert(not(evert_deferred_has_fired(reading)));
	give();
	evert_result_release(turn_until_fired(reactor, reading));
	turn_until_count(reactor, &a.count, 1);
	drop(&a);
}

/* Promise 24. */
Test(watcher, a_cancelled_wait_watches_no_more)
{
	struct evert_deferred *d = evert_reactor_wait_readable(reactor,
							       ends[0]);

	evert_deferred_cancel(d);
	cr_assert(eq(ptr, (void *)turn_until_failed(reactor, d),
		     (void *)EVERT_CANCELLED));
	give();
	turn_until_idle(reactor);
}

/* Promise 85. */
Test(watcher, a_wait_fails_when_the_reactor_stops)
{
	struct evert_deferred *d = evert_reactor_wait_readable(reactor,
							       ends[0]);

	evert_reactor_stop(reactor);
	run_reactor(reactor);
	cr_assert(eq(ptr, (void *)turn_until_failed(reactor, d),
		     (void *)EVERT_REACTOR_STOPPED));
}

Test(watcher, a_wait_for_what_is_not_open_fails_at_once)
{
	struct evert_deferred *d = evert_reactor_wait_readable(reactor, -1);

	cr_assert(evert_deferred_has_fired(d));
	cr_assert(eq(ptr, (void *)turn_until_failed(reactor, d),
		     (void *)EVERT_SYSTEM));
}
