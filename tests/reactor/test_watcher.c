/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <limits.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../deferred/coroutine/coroutine.h"
#include "../../reactor/reason.h"
#include "../../reactor/watch.h"
#include "../support/child.h"
#include "../support/death.h"
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

/* The poller, that it can't be watched. */
Test(watcher, a_regular_file_is_refused_once)
{
	atomic_size_t *told = &system_for_test.plans[CALL_EPOLL_CTL].calls;
	int fd = open("/proc/self/exe", O_RDONLY);
	size_t before = atomic_load(told);

	watch_fd(&a, fd, EVERT_READ);
	turn(reactor);
	turn(reactor);
	cr_assert(le(sz, atomic_load(told), before + 1));
	drop(&a);
	close(fd);
}

/* Of any kind: one that is readable at once, and what makes it so. */

static void is_told_of(int fd)
{
	cr_assert(fd >= 0);
	a.count = 0;
	watch_fd(&a, fd, EVERT_READ);
	turn(reactor);
	cr_assert(eq(sz, a.count, 1));
	drop(&a);
	close(fd);
}

Test(watcher, watches_an_eventfd)
{
	is_told_of(eventfd(1, EFD_NONBLOCK));
}

Test(watcher, watches_a_pseudo_terminal)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY), slave;

	cr_assert(grantpt(master) == 0 && unlockpt(master) == 0);
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	cr_assert(eq(sz, (size_t)write(master, "a line\n", 7), 7));
	is_told_of(slave);
	close(master);
}

Test(watcher, watches_inotify)
{
	char folder[] = "/tmp/evert-watch-XXXXXX";
	int fd = inotify_init1(IN_NONBLOCK);

	cr_assert(ne(ptr, mkdtemp(folder), NULL));
	cr_assert(inotify_add_watch(fd, folder, IN_DELETE_SELF) >= 0);
	cr_assert(eq(int, rmdir(folder), 0));
	is_told_of(fd);
}

Test(watcher, watches_a_datagram_socket)
{
	int pair[2];

	cr_assert(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == 0);
	cr_assert(eq(sz, (size_t)write(pair[1], "", 0), 0));
	is_told_of(pair[0]);
	close(pair[1]);
}

Test(watcher, tells_of_urgent_data)
{
	struct sockaddr_in here = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t length = sizeof(here);
	int listening = socket(AF_INET, SOCK_STREAM, 0);
	int from = socket(AF_INET, SOCK_STREAM, 0), to;

	cr_assert(eq(int, bind(listening, (struct sockaddr *)&here, length),
		     0));
	cr_assert(eq(int, listen(listening, 1), 0));
	getsockname(listening, (struct sockaddr *)&here, &length);
	cr_assert(eq(int, connect(from, (struct sockaddr *)&here, length), 0));
	to = accept(listening, NULL, NULL);
	watch_fd(&a, to, EVERT_URGENT);
	cr_assert(eq(sz, (size_t)send(from, "!", 1, MSG_OOB), 1));
	turn(reactor);
	cr_assert(eq(uint, a.ready, EVERT_URGENT));
	drop(&a);
	close(to);
	close(from);
	close(listening);
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
	/* It takes no memory for all the numbers below. */
	cr_assert(eq(ptr, evert_watcher_create(reactor, INT_MAX, 0, note, &a),
		     NULL));
	cr_assert(eq(int, errno, EBADF));
	cr_assert(eq(ptr, evert_watcher_create(reactor, ends[0], 0x4000, note,
					       &a),
		     NULL));
	cr_assert(eq(int, errno, EINVAL));
}

Test(watcher, what_can_t_be_wanted_is_refused_and_changes_nothing)
{
	watch(&a, EVERT_READ);
	cr_assert(eq(int, evert_watcher_want(a.watcher, 0x4000), -EINVAL));
	give();
	turn(reactor);
	cr_assert(eq(uint, a.ready, EVERT_READ));
	drop(&a);
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

/* poll says so, epoll says nothing; neither spins. */
Test(watcher, one_that_was_closed_without_a_word_does_no_harm)
{
	int fd = dup(ends[0]);
	size_t before;

	watch_fd(&a, fd, EVERT_READ);
	turn_until_idle(reactor);
	close(fd);
	before = waits();
	turn_until_idle(reactor);
	turn_until_idle(reactor);
	cr_assert(waits() - before < 20);
	cr_assert(eq(sz, a.count, 0));
	if (!strcmp(getenv("EVERT_POLLER"), "poll"))
		cr_assert(eq(int, a.error, EBADF));
	drop(&a);
}

/* ---- Whatever callbacks do ---- */

enum { PLAYERS = 40, PIPES = 8, ROUNDS = 3000 };

/* Each watches the read end of one of the pipes, which all have a byte. */
static struct player {
	struct evert_watcher *watcher; /* NULL: none */
	unsigned wanted;
} players[PLAYERS];
static int pipes[PIPES][2];
static unsigned random_state;
static size_t moves;

static unsigned pick(unsigned below)
{
	random_state = random_state * 1103515245 + 12345;
	return (random_state >> 16) % below;
}

static void open_pipe(int *ends_of_pipe)
{
	cr_assert(eq(int, pipe(ends_of_pipe), 0));
	cr_assert(eq(sz, (size_t)write(ends_of_pipe[1], "x", 1), 1));
}

/* Whoever watched it is not told: its number may come back at once. */
static void replace_pipe(int *ends_of_pipe)
{
	int i;

	for (i = 0; i < PLAYERS; i++) {
		if (!players[i].watcher || evert_watcher_fd(
			players[i].watcher) != ends_of_pipe[0])
			continue;
		evert_watcher_destroy(players[i].watcher);
		players[i].watcher = NULL;
	}
	close(ends_of_pipe[0]);
	close(ends_of_pipe[1]);
	open_pipe(ends_of_pipe);
}

static void play(struct evert_watcher *watcher, unsigned ready, void *arg);

static void move_player(struct player *player)
{
	unsigned wanted = pick(3) ? EVERT_READ : 0;

	if (!player->watcher)
		player->watcher = evert_watcher_create(
			reactor, pipes[pick(PIPES)][0], wanted, play, player);
	else if (pick(2))
		cr_assert(eq(int, evert_watcher_want(player->watcher, wanted),
			     0));
	else {
		evert_watcher_destroy(player->watcher);
		player->watcher = NULL;
	}
	player->wanted = wanted;
}

static void play(struct evert_watcher *watcher, unsigned ready, void *arg)
{
	struct player *player = arg;
	unsigned n;

	cr_assert(eq(ptr, player->watcher, watcher));
	cr_assert(eq(uint, ready, EVERT_READ));
	cr_assert(eq(uint, player->wanted, EVERT_READ));
	moves++;
	for (n = pick(3); n; n--)
		move_player(&players[pick(PLAYERS)]);
	if (!pick(50))
		replace_pipe(pipes[pick(PIPES)]);
}

/* Promise 47; adding and removing in the middle of every walk. */
Test(watcher, survives_whatever_callbacks_do)
{
	int i, n;

	for (i = 0; i < PIPES; i++)
		open_pipe(pipes[i]);
	for (n = 0; n < ROUNDS; n++) {
		move_player(&players[pick(PLAYERS)]);
		cr_assert(eq(int, evert_reactor_turn(reactor, 0), 0));
	}
	cr_assert(moves > ROUNDS);
	for (i = 0; i < PLAYERS; i++)
		evert_watcher_destroy(players[i].watcher);
	for (i = 0; i < PIPES; i++) {
		close(pipes[i][0]);
		close(pipes[i][1]);
	}
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
	const struct evert_reactor_options options = { .system = arg };
	struct evert_reactor *own = evert_reactor_create(&options);
	struct evert_watcher *first, *second;
	struct evert_deferred *d;
	bool fired = false;

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

static void watch_on(struct test_system *system)
{
	watch_twice_and_wait(&system->base);
}

/* Promise 94. */
Test(watcher, what_began_ends_though_the_poller_fails)
{
	fail_every_call(CALL_EPOLL_CTL, ENOSPC, NULL, watch_on);
}

/* ---- In a fork's child ---- */

static bool all_are_told(void)
{
	int file = open("/proc/self/exe", O_RDONLY);
	struct told late = { 0 };

	watch_fd(&late, file, EVERT_READ);
	give();
	turn(reactor);
	turn(reactor);
	return a.count && b.count && late.count;
}

/* Promise 81: what was watched before, and before the child adopts it. */
Test(watcher, goes_on_in_a_child)
{
	int file = open("/proc/self/exe", O_RDONLY);
	char byte;

	watch(&a, EVERT_READ);
	watch_fd(&b, file, EVERT_READ);
	cr_assert(child(all_are_told));
	a.count = 0;
	cr_assert(eq(sz, (size_t)read(ends[0], &byte, 1), 1));
	turn(reactor);
	cr_assert(eq(sz, a.count, 0));
	give();
	turn(reactor);
	cr_assert(eq(sz, a.count, 1));
	drop(&a);
	drop(&b);
	close(file);
}

/* Exits with 0 if it is refused. */
static void give_up(struct told *told)
{
	int status;

	if (!fork()) {
		evert_reactor_destroy(reactor);
		errno = 0;
		evert_watcher_destroy(evert_watcher_create(
			reactor, ends[1], EVERT_READ, note, &b));
		/* The loop goes on for what is left, and then says so. */
		told->error = errno;
		return;
	}
	wait(&status);
	cr_assert(eq(int, status, 0));
	evert_reactor_stop(reactor);
}

Test(watcher, is_refused_where_a_child_gave_the_reactor_up)
{
	pid_t parent = getpid();

	a = (struct told){ .hook = give_up };
	watch(&a, EVERT_READ);
	watch(&b, EVERT_READ);
	give();
	evert_reactor_run(reactor);
	if (getpid() != parent)
		_exit(a.error != ECHILD || b.count);
	cr_assert(eq(sz, b.count, 1));
	drop(&a);
	drop(&b);
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

/* In a coroutine. */

static int timer;

static struct evert_result wait_for_timer(void *arg)
{
	struct itimerspec soon = { .it_value.tv_nsec = 1000000 };
	struct evert_result outcome;

	timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
	cr_assert(eq(int, timerfd_settime(timer, 0, &soon, NULL), 0));
	outcome = evert_await(evert_wait_readable(timer));
	close(timer);
	a.count++;
	evert_reactor_stop(arg);
	return outcome;
}

static void spawn(void *arg)
{
	evert_deferred_release(evert_spawn(wait_for_timer, arg));
}

Test(watcher, a_coroutine_waits_for_a_timer_of_its_own)
{
	evert_reactor_call_later(reactor, 0, spawn, reactor);
	run_reactor(reactor);
	cr_assert(eq(sz, a.count, 1));
}

static struct evert_result wait_for_ever(void *arg)
{
	struct evert_result outcome = evert_await(evert_wait_readable(ends[0]));

	a.count++;
	cr_assert(evert_result_failed_with(&outcome, EVERT_REACTOR_STOPPED));
	evert_result_release(outcome);
	(void)arg;
	return evert_result_none();
}

static void spawn_and_stop(void *arg)
{
	evert_deferred_release(evert_spawn(wait_for_ever, NULL));
	evert_reactor_stop(arg);
}

/* Promise 85. */
Test(watcher, a_coroutine_that_waits_is_told_that_the_reactor_stops)
{
	evert_reactor_call_later(reactor, 0, spawn_and_stop, reactor);
	run_reactor(reactor);
	cr_assert(eq(sz, a.count, 1));
}

static void wait_outside(void *arg)
{
	(void)arg;
	evert_deferred_release(evert_wait_writable(ends[0]));
}

Test(watcher, to_wait_while_no_reactor_runs_is_a_bug)
{
	dies(wait_outside, NULL, SIGABRT, "evert_wait_writable at tests/");
}

Test(watcher, a_wait_for_what_is_not_open_fails_at_once)
{
	struct evert_deferred *d = evert_reactor_wait_readable(reactor, -1);

	cr_assert(evert_deferred_has_fired(d));
	cr_assert(eq(ptr, (void *)turn_until_failed(reactor, d),
		     (void *)EVERT_SYSTEM));
}
