/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/reactor_internal.h"
#include "../../../reactor/transport/pipe.h"
#include "../../support/memory.h"
#include "../../support/reactor.h"
#include "../../support/system.h"

static struct test_system kernel;
static struct evert_reactor *reactor;
static struct recorder_factory factory;
static size_t descriptors;
static int write_error;

static void note_error(struct recorder *recorder, int error)
{
	(void)recorder;
	write_error = error;
}

static void stay(struct recorder *recorder)
{
	(void)recorder;
}

static const struct recorder_hooks staying = {
	.ended = stay,
	.write_lost = note_error,
};

static void begin(void)
{
	descriptors = count_descriptors();
	test_system_init(&kernel);
	reactor = make_reactor(&kernel.base);
	recorder_factory_init(&factory, NULL, NULL);
	write_error = 0;
}

static void finish(void)
{
	evert_reactor_destroy(reactor);
	cr_assert(eq(sz, count_descriptors(), descriptors));
}

TestSuite(pipe, .init = begin, .fini = finish);

/* ---- Both ends ---- */

/* What it reads from, what it writes to: our ends; -1: none. */
struct ends {
	struct recorder *recorder;
	int to, from;
};

static struct recorder *open_on(int read_fd, int write_fd)
{
	struct evert_protocol *protocol =
		evert_pipe_open(reactor, read_fd, write_fd, &factory.base);

	cr_assert(protocol != NULL, "%s", strerror(errno));
	return recorder_from(protocol);
}

static struct ends open_pipes(void)
{
	int in[2], out[2];

	cr_assert(pipe(in) == 0 && pipe(out) == 0);
	return (struct ends){ open_on(in[0], out[1]), in[1], out[0] };
}

static void feed(int fd, const char *text)
{
	cr_assert(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
}

/* What there is; the empty string at the end. */
static char *take(int fd)
{
	static char text[RECORDED_BYTES];
	ssize_t size = read(fd, text, sizeof(text) - 1);

	cr_assert(size >= 0, "%s", strerror(errno));
	text[size] = '\0';
	return text;
}

static void expect_events(const struct recorder *recorder, const char *events)
{
	cr_assert(eq(str, (char *)recorder->events, (char *)events));
}

/* It ended in order; with what happened before, a letter each. */
static void expect_done(const struct recorder *recorder, const char *events)
{
	turn_until_count(reactor, &recorder->destroyed, 1);
	expect_events(recorder, events);
	cr_assert(recorder->lost_kind == EVERT_CONNECTION_DONE);
}

static void expect_lost(const struct recorder *recorder, int error)
{
	turn_until_count(reactor, &recorder->lost, 1);
	cr_assert(recorder->lost_kind == EVERT_CONNECTION_LOST);
	cr_assert(eq(int, recorder->lost_error, error));
}

/* The loop would sleep now: nothing is ready, nothing planned. */
static void expect_sleep(void)
{
	struct evert_event events[8];

	turn_until_idle(reactor);
	cr_assert(evert_list_is_empty(&reactor->tasks));
	cr_assert(eq(int,
		     reactor->poller->ops->wait(reactor->poller, events, 8, 0),
		     0));
}

/* ---- Reading and writing ---- */

Test(pipe, reads_from_one_descriptor_and_writes_to_another)
{
	struct ends ends = open_pipes();

	expect_events(ends.recorder, "M");
	feed(ends.to, "in");
	turn_until_count(reactor, &ends.recorder->received, 2);
	cr_assert(eq(str, ends.recorder->data, "in"));
	recorder_write(ends.recorder, "out");
	turn(reactor);
	cr_assert(eq(str, take(ends.from), "out"));
	expect_sleep();
	close(ends.to);
	expect_done(ends.recorder, "MDLX");
	cr_assert(eq(str, take(ends.from), ""));
	close(ends.from);
}

static void answer(struct recorder *recorder, const char *data, size_t length)
{
	(void)data;
	(void)length;
	recorder_write(recorder, "an");
	recorder_write(recorder, "swer");
}

static const struct recorder_hooks answering = { .received = answer };

Test(pipe, p49_what_is_written_in_a_turn_is_one_system_call)
{
	struct ends ends;

	factory.hooks = &answering;
	ends = open_pipes();
	feed(ends.to, "question");
	turn(reactor);
	cr_assert(eq(str, take(ends.from), "answer"));
	cr_assert(eq(sz, kernel.plans[CALL_WRITEV].calls, 1));
	close(ends.to);
	close(ends.from);
}

Test(pipe, p56_data_before_the_writer_went_away_is_delivered_first)
{
	struct ends ends = open_pipes();

	feed(ends.to, "last words");
	close(ends.to);
	expect_done(ends.recorder, "MDLX");
	cr_assert(eq(str, ends.recorder->data, "last words"));
	close(ends.from);
}

Test(pipe, p52_after_the_end_of_what_is_read_it_may_write_on)
{
	struct ends ends;

	factory.hooks = &staying;
	ends = open_pipes();
	close(ends.to);
	turn_until_count(reactor, &ends.recorder->ended, 1);
	expect_sleep();
	recorder_write(ends.recorder, "more");
	evert_transport_lose_connection(ends.recorder->base.transport);
	expect_done(ends.recorder, "MELX");
	cr_assert(eq(str, take(ends.from), "more"));
	close(ends.from);
}

Test(pipe, p52_lose_write_closes_what_it_writes_to_and_reads_on)
{
	struct ends ends = open_pipes();
	struct evert_transport *transport = ends.recorder->base.transport;

	recorder_write(ends.recorder, "all");
	cr_assert(eq(int, evert_transport_lose_write(transport), 0));
	cr_assert(eq(int, evert_transport_write(transport, "x", 1), -EPIPE));
	turn(reactor);
	cr_assert(eq(str, take(ends.from), "all"));
	cr_assert(eq(str, take(ends.from), ""));
	close(ends.from);
	feed(ends.to, "read");
	turn_until_count(reactor, &ends.recorder->received, 4);
	close(ends.to);
	expect_done(ends.recorder, "MDLX");
}

Test(pipe, p54_paused_it_reads_nothing_and_does_not_spin_when_the_writer_goes)
{
	struct ends ends = open_pipes();

	evert_transport_pause_reading(ends.recorder->base.transport);
	feed(ends.to, "kept");
	close(ends.to);
	expect_sleep();
	expect_events(ends.recorder, "M");
	evert_transport_resume_reading(ends.recorder->base.transport);
	expect_done(ends.recorder, "MDLX");
	cr_assert(eq(str, ends.recorder->data, "kept"));
	close(ends.from);
}

Test(pipe, one_that_only_reads_refuses_to_write_and_ends_when_that_ends)
{
	struct recorder *recorder;
	int in[2];

	cr_assert(pipe(in) == 0);
	recorder = open_on(in[0], -1);
	cr_assert(eq(int,
		     evert_transport_write(recorder->base.transport, "x", 1),
		     -EPIPE));
	feed(in[1], "data");
	close(in[1]);
	expect_done(recorder, "MDLX");
}

Test(pipe, one_that_only_writes_lasts_until_it_is_closed)
{
	struct recorder *recorder;
	int out[2];

	cr_assert(pipe(out) == 0);
	recorder = open_on(-1, out[1]);
	recorder_write(recorder, "data");
	expect_sleep();
	cr_assert(eq(int, evert_transport_lose_write(recorder->base.transport),
		     0));
	expect_done(recorder, "MLX");
	cr_assert(eq(str, take(out[0]), "data"));
	close(out[0]);
}

/* ---- Who reads what is written has gone ---- */

Test(pipe, who_does_not_ask_hears_of_a_lost_reader_when_he_writes)
{
	struct ends ends = open_pipes();

	close(ends.from);
	expect_sleep();
	feed(ends.to, "still read");
	turn_until_count(reactor, &ends.recorder->received, 10);
	recorder_write(ends.recorder, "x");
	expect_lost(ends.recorder, EPIPE);
	close(ends.to);
}

Test(pipe, who_asks_hears_of_a_lost_reader_at_once_and_reads_on)
{
	struct ends ends;

	factory.hooks = &staying;
	ends = open_pipes();
	close(ends.from);
	turn(reactor);
	turn(reactor);
	expect_events(ends.recorder, "MW");
	cr_assert(eq(int, write_error, EPIPE));
	expect_sleep();
	cr_assert(eq(int,
		     evert_transport_write(ends.recorder->base.transport, "x",
					   1),
		     -EPIPE));
	feed(ends.to, "read");
	close(ends.to);
	expect_done(ends.recorder, "MWDELX");
}

static void fill(struct recorder *recorder, size_t size)
{
	char *data = calloc(1, size);

	cr_assert(data != NULL);
	cr_assert(eq(int,
		     evert_transport_write(recorder->base.transport, data,
					   size),
		     0));
	free(data);
}

Test(pipe, a_reader_that_goes_while_the_pipe_is_full_is_told)
{
	struct ends ends;

	factory.hooks = &staying;
	ends = open_pipes();
	fill(ends.recorder, 1 << 20);
	turn_until_idle(reactor);
	expect_events(ends.recorder, "MP");
	close(ends.from);
	turn(reactor);
	turn(reactor);
	cr_assert(eq(int, write_error, EPIPE));
	cr_assert(eq(sz, evert_transport_queued(ends.recorder->base.transport),
		     0));
	expect_sleep();
	close(ends.to);
	turn_until_count(reactor, &ends.recorder->lost, 1);
}

Test(pipe, p49_who_closes_in_the_turn_of_a_lost_reader_hears_of_the_end_only)
{
	struct ends ends;

	factory.hooks = &staying;
	ends = open_pipes();
	close(ends.from);
	fill(ends.recorder, 100000);
	evert_transport_lose_connection(ends.recorder->base.transport);
	expect_lost(ends.recorder, EPIPE);
	expect_events(ends.recorder, "MLX");
	close(ends.to);
}

Test(pipe, p44_the_end_of_one_that_only_writes_waits_for_nobody)
{
	struct recorder *recorder;
	int out[2];

	cr_assert(pipe(out) == 0);
	recorder = open_on(-1, out[1]);
	recorder->base.transport->held = true;
	evert_transport_lose_write(recorder->base.transport);
	expect_done(recorder, "MLX");
	close(out[0]);
}

Test(pipe, a_lost_reader_does_not_end_the_program_by_sigpipe)
{
	struct ends ends = open_pipes();

	cr_assert(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
	close(ends.from);
	fill(ends.recorder, 100);
	expect_lost(ends.recorder, EPIPE);
	close(ends.to);
}

Test(pipe, p55_more_than_a_pipe_takes_pauses_the_protocol_until_it_is_read)
{
	struct ends ends = open_pipes();
	size_t got = 0;
	ssize_t size;
	char data[8192];

	fill(ends.recorder, 300000);
	expect_events(ends.recorder, "MP");
	while (got < 300000) {
		size = read(ends.from, data, sizeof(data));
		cr_assert(size > 0);
		got += (size_t)size;
		turn_until_idle(reactor);
	}
	expect_events(ends.recorder, "MPR");
	close(ends.to);
	close(ends.from);
}

Test(pipe, p50_lose_connection_sends_what_is_queued_first)
{
	struct ends ends = open_pipes();
	size_t got = 0;
	ssize_t size;
	char data[8192];

	fill(ends.recorder, 3000000);
	evert_transport_lose_connection(ends.recorder->base.transport);
	while ((size = read(ends.from, data, sizeof(data))) > 0) {
		got += (size_t)size;
		turn_until_idle(reactor);
	}
	cr_assert(eq(sz, got, 3000000));
	expect_done(ends.recorder, "MPLX");
	close(ends.to);
	close(ends.from);
}

Test(pipe, p51_abort_drops_what_is_queued)
{
	struct ends ends = open_pipes();

	fill(ends.recorder, 300000);
	evert_transport_abort(ends.recorder->base.transport);
	turn_until_count(reactor, &ends.recorder->lost, 1);
	cr_assert(ends.recorder->lost_kind == EVERT_CONNECTION_ABORTED);
	close(ends.to);
	close(ends.from);
}

/* ---- Files and devices, which epoll refuses ---- */

static int file_of(const char *text)
{
	FILE *file = tmpfile();
	int fd = dup(fileno(file));

	feed(fd, text);
	cr_assert(lseek(fd, 0, SEEK_SET) == 0);
	fclose(file);
	return fd;
}

Test(pipe, reads_a_file_to_its_end)
{
	struct recorder *recorder = open_on(file_of("all of it"), -1);

	expect_done(recorder, "MDLX");
	cr_assert(eq(str, recorder->data, "all of it"));
}

Test(pipe, reads_nothing_of_a_file_while_it_is_paused)
{
	struct recorder *recorder = open_on(file_of("later"), -1);

	evert_transport_pause_reading(recorder->base.transport);
	expect_sleep();
	expect_events(recorder, "M");
	evert_transport_resume_reading(recorder->base.transport);
	expect_done(recorder, "MDLX");
	cr_assert(eq(str, recorder->data, "later"));
}

Test(pipe, writes_a_file)
{
	int fd = file_of("");
	int kept = dup(fd);
	struct recorder *recorder = open_on(-1, fd);

	recorder_write(recorder, "writ");
	turn_until_idle(reactor);
	recorder_write(recorder, "ten");
	evert_transport_lose_connection(recorder->base.transport);
	expect_done(recorder, "MLX");
	cr_assert(lseek(kept, 0, SEEK_SET) == 0);
	cr_assert(eq(str, take(kept), "written"));
	close(kept);
}

/* No poller tells when it would. */
Test(pipe, a_file_that_takes_nothing_is_asked_again)
{
	int fd = file_of("");
	struct recorder *recorder = open_on(-1, fd);

	test_system_fail(&kernel, CALL_WRITEV, 1, EAGAIN, false);
	recorder_write(recorder, "written");
	evert_transport_lose_connection(recorder->base.transport);
	expect_done(recorder, "MLX");
	cr_assert(eq(sz, atomic_load(&kernel.plans[CALL_WRITEV].calls), 2));
}

Test(pipe, dev_null_ends_at_once_and_takes_everything)
{
	struct recorder *recorder = open_on(open("/dev/null", O_RDWR), -1);

	expect_done(recorder, "MLX");
	recorder = open_on(-1, open("/dev/null", O_RDWR));
	fill(recorder, 1000000);
	expect_sleep();
	evert_transport_lose_connection(recorder->base.transport);
	expect_done(recorder, "MLX");
}

/* One that is always ready is given a piece of each turn. */
Test(pipe, an_endless_file_starves_nobody)
{
	struct recorder *endless = open_on(open("/dev/zero", O_RDWR), -1);
	struct ends ends = open_pipes();

	feed(ends.to, "heard");
	turn_until_count(reactor, &ends.recorder->received, 5);
	cr_assert(endless->received < 10 << 20);
	evert_transport_lose_connection(endless->base.transport);
	turn_until_count(reactor, &endless->lost, 1);
	close(ends.to);
	close(ends.from);
}

Test(pipe, a_full_disk_is_told)
{
	struct recorder *recorder = open_on(-1, open("/dev/full", O_RDWR));

	recorder_write(recorder, "x");
	expect_lost(recorder, ENOSPC);
}

Test(pipe, a_full_disk_is_told_to_who_hears_of_lost_writing)
{
	struct recorder *recorder;

	factory.hooks = &staying;
	recorder = open_on(-1, open("/dev/full", O_RDWR));
	recorder_write(recorder, "x");
	turn_until_count(reactor, &recorder->lost, 1);
	cr_assert(eq(int, write_error, ENOSPC));
	cr_assert(recorder->lost_kind == EVERT_CONNECTION_DONE);
}

/* ---- Terminals ---- */

struct pty {
	struct recorder *recorder;
	int slave;
};

static struct pty open_master(void)
{
	struct pty pty;
	int master;

	cr_assert(openpty(&master, &pty.slave, NULL, NULL, NULL) == 0);
	pty.recorder = open_on(master, master);
	return pty;
}

Test(pipe, the_master_of_a_pty_is_read_and_written_by_one_descriptor)
{
	struct pty pty = open_master();

	recorder_write(pty.recorder, "typed\n");
	turn_until_idle(reactor);
	cr_assert(eq(str, take(pty.slave), "typed\n"));
	feed(pty.slave, "printed");
	turn_until_count(reactor, &pty.recorder->received, 14);
	cr_assert(eq(str, pty.recorder->data, "typed\r\nprinted"));
	close(pty.slave);
	expect_done(pty.recorder, "MDLX");
}

Test(pipe, eio_of_a_ptys_master_is_its_end_behind_the_data)
{
	struct pty pty = open_master();

	feed(pty.slave, "last");
	close(pty.slave);
	expect_done(pty.recorder, "MDLX");
	cr_assert(eq(str, pty.recorder->data, "last"));
}

Test(pipe, a_ptys_master_may_write_when_the_slave_is_closed)
{
	struct pty pty;

	factory.hooks = &staying;
	pty = open_master();
	close(pty.slave);
	turn_until_count(reactor, &pty.recorder->ended, 1);
	expect_sleep();
	recorder_write(pty.recorder, "unread\n");
	expect_sleep();
	evert_transport_lose_connection(pty.recorder->base.transport);
	expect_done(pty.recorder, "MELX");
}

Test(pipe, a_ptys_master_that_is_full_when_the_slave_closes_gives_up)
{
	struct pty pty;

	factory.hooks = &staying;
	pty = open_master();
	fill(pty.recorder, 1000000);
	turn_until_idle(reactor);
	close(pty.slave);
	turn_until_count(reactor, &pty.recorder->ended, 1);
	expect_lost(pty.recorder, EIO);
}

Test(pipe, reads_and_writes_a_terminal_and_ends_when_it_hangs_up)
{
	int master, slave;
	struct recorder *recorder;
	struct termios raw; /* no echo */

	cr_assert(openpty(&master, &slave, NULL, NULL, NULL) == 0);
	cr_assert(tcgetattr(slave, &raw) == 0);
	cfmakeraw(&raw);
	cr_assert(tcsetattr(slave, TCSANOW, &raw) == 0);
	recorder = open_on(slave, slave);
	feed(master, "line\n");
	turn_until_count(reactor, &recorder->received, 5);
	recorder_write(recorder, "out");
	turn_until_idle(reactor);
	cr_assert(eq(str, take(master), "out"));
	close(master);
	expect_done(recorder, "MDLX");
}

static void hold(struct recorder *recorder, const char *data, size_t length)
{
	(void)data;
	(void)length;
	recorder->base.transport->held = true;
}

static const struct recorder_hooks holding = { .received = hold };

/* Ctrl-D is read once: it is kept for who holds data. */
Test(pipe, the_end_of_what_is_typed_waits_for_who_holds_data)
{
	int master, slave;
	struct recorder *recorder;

	factory.hooks = &holding;
	cr_assert(openpty(&master, &slave, NULL, NULL, NULL) == 0);
	recorder = open_on(slave, slave);
	feed(master, "line\n\004");
	turn_until_count(reactor, &recorder->received, 5);
	turn_until_idle(reactor);
	expect_events(recorder, "MD");
	recorder->base.transport->held = false;
	evert_transport_resume_reading(recorder->base.transport);
	expect_done(recorder, "MDLX");
	close(master);
}

/* ---- Sockets ---- */

Test(pipe, a_socket_for_both_is_a_connection)
{
	struct recorder *recorder;
	int pair[2];

	cr_assert(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	recorder = open_on(pair[0], pair[0]);
	recorder_write(recorder, "out");
	turn_until_idle(reactor);
	cr_assert(eq(str, take(pair[1]), "out"));
	cr_assert(eq(sz, kernel.plans[CALL_WRITEV].calls, 0));
	close(pair[1]);
	expect_done(recorder, "MLX");
}

Test(pipe, a_socket_of_two_descriptors_hears_of_the_end_of_writing)
{
	struct recorder *recorder;
	int pair[2];

	cr_assert(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	recorder = open_on(pair[0], dup(pair[0]));
	recorder_write(recorder, "out");
	evert_transport_lose_write(recorder->base.transport);
	turn_until_idle(reactor);
	cr_assert(eq(str, take(pair[1]), "out"));
	cr_assert(eq(str, take(pair[1]), ""));
	feed(pair[1], "in");
	close(pair[1]);
	expect_done(recorder, "MDLX");
}

/* ---- Opening ---- */

static void expect_refused(int read_fd, int write_fd, int error)
{
	cr_assert(evert_pipe_open(reactor, read_fd, write_fd, &factory.base) ==
		  NULL);
	cr_assert(eq(int, errno, error));
}

Test(pipe, refuses_what_it_cannot_use_and_leaves_it_to_the_caller)
{
	int in[2], out[2];

	cr_assert(pipe(in) == 0 && pipe(out) == 0);
	expect_refused(-1, -1, EBADF);
	expect_refused(in[0], 1000, EBADF);
	expect_refused(in[1], out[1], EBADF);
	expect_refused(in[0], out[0], EBADF);
	factory.refuses = true;
	expect_refused(in[0], out[1], ECONNABORTED);
	factory.refuses = false;
	open_on(in[0], out[1]);
	expect_refused(in[0], -1, EEXIST);
	close(in[1]);
	close(out[0]);
}

Test(pipe, each_call_that_fails_leaves_both_to_the_caller)
{
	int in[2], out[2];
	size_t i;

	cr_assert(pipe(in) == 0 && pipe(out) == 0);
	for (i = 0; i < 8; i++) {
		test_system_fail(&kernel, CALL_FCNTL, i + 1, EIO, false);
		expect_refused(in[0], out[1], EIO);
		test_system_fail(&kernel, CALL_FCNTL, 0, 0, false);
	}
	close(in[0]);
	close(in[1]);
	close(out[0]);
	close(out[1]);
}

static void expect_no_socket(struct evert_transport *transport)
{
	struct evert_address address;

	cr_assert(eq(int, evert_transport_peer(transport, &address),
		     -ENOTSOCK));
	cr_assert(eq(int, evert_transport_host(transport, &address),
		     -ENOTSOCK));
	cr_assert(eq(int, evert_transport_set_no_delay(transport, true),
		     -EOPNOTSUPP));
}

Test(pipe, its_peer_has_no_address_and_it_has_no_socket_options)
{
	struct ends ends = open_pipes();

	expect_no_socket(ends.recorder->base.transport);
	close(ends.to);
	close(ends.from);
}

Test(pipe, nor_has_one_that_only_writes)
{
	struct recorder *recorder;
	int out[2];

	cr_assert(pipe(out) == 0);
	recorder = open_on(-1, out[1]);
	expect_no_socket(recorder->base.transport);
	close(out[0]);
}

/* ---- The reactor ---- */

static void stop(struct recorder *recorder)
{
	fill(recorder, 100000);
	evert_reactor_stop(reactor);
}

static const struct recorder_hooks stopping = { .made = stop };

Test(pipe, p44_a_reactor_that_stops_sends_what_is_queued_and_tells_the_end)
{
	struct ends ends;
	char data[60000];

	factory.hooks = &stopping;
	ends = open_pipes();
	cr_assert(read(ends.from, data, sizeof(data)) == sizeof(data));
	run_reactor(reactor);
	cr_assert(eq(sz, ends.recorder->lost, 1));
	cr_assert(ends.recorder->lost_kind == EVERT_REACTOR_STOPPED);
	cr_assert(read(ends.from, data, sizeof(data)) == 40000);
	close(ends.to);
	close(ends.from);
}
