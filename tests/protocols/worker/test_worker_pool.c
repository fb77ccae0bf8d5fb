/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../protocols/framing/framing.h"
#include "../../../protocols/worker/worker_internal.h"
#include "../../../reactor/reason.h"
#include "../../support/child.h"
#include "../../support/death.h"
#include "../../support/reactor.h"
#include "../../support/system.h"

/* ---- In workers ---- */

static struct evert_result reverse(const char *bytes, size_t length)
{
	char *reversed = malloc(length + 1);
	struct evert_result result;
	size_t i;

	for (i = 0; i < length; i++)
		reversed[i] = bytes[length - 1 - i];
	result = evert_result_text(reversed, length);
	free(reversed);
	return result;
}

static struct evert_result nothing(const char *bytes, size_t length)
{
	(void)bytes;
	(void)length;
	return evert_result_none();
}

static struct evert_result refuse(const char *bytes, size_t length)
{
	return evert_result_fail(EVERT_ERROR, ENOENT, "no %.*s here",
				 (int)length, bytes);
}

static struct evert_result who(const char *bytes, size_t length)
{
	(void)bytes;
	(void)length;
	return evert_result_textf("%ld %d", (long)getpid(),
				  getpriority(PRIO_PROCESS, 0));
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

static struct evert_result die(const char *bytes, size_t length)
{
	(void)length;
	if (*bytes == 'e')
		exit(3);
	raise(SIGKILL);
	return evert_result_none();
}

/* 1 MiB for each byte. */
static struct evert_result grow(const char *bytes, size_t length)
{
	size_t size = length << 20;
	char *grown = malloc(size);
	struct evert_result result;

	memset(grown, *bytes, size);
	result = evert_result_text(grown, size);
	free(grown);
	return result;
}

/* More than a prefix of 32 bits can say; its memory is never touched. */
static struct evert_result overgrow(const char *bytes, size_t length)
{
	const size_t most = UINT32_MAX;
	struct evert_text_value *text = calloc(1, sizeof(*text) + most + 4);

	(void)bytes;
	(void)length;
	if (!text)
		return evert_result_no_memory();
	text->length = most + 4;
	return evert_result_of(&evert_type_text, text);
}

static void do_nothing(int signal)
{
	(void)signal;
}

enum { MUCH = 16 << 20 };

/* No place of it looks like another near by. */
static char much_at(size_t i)
{
	return (char)(i % 251);
}

/* From now on a signal comes every millisecond, and interrupts what waits. */
static struct evert_result be_disturbed(const char *bytes, size_t length)
{
	const struct itimerval often = { { 0, 1000 }, { 0, 1000 } };
	struct sigaction action = { .sa_handler = do_nothing };
	static char much[MUCH];
	size_t i;

	(void)bytes;
	(void)length;
	for (i = 0; i < MUCH; i++)
		much[i] = much_at(i);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	return evert_result_text(much, MUCH);
}

static void hang_at_exit(void)
{
	for (;;)
		pause();
}

/* It does not exit. */
static struct evert_result stay(const char *bytes, size_t length)
{
	(void)bytes;
	(void)length;
	atexit(hang_at_exit);
	return evert_result_none();
}

static void note_exit(int code, void *path)
{
	FILE *file = fopen(path, "w");

	fprintf(file, "code %d", code);
	fclose(file);
}

/* Its exit, in the file of that name. */
static struct evert_result note(const char *bytes, size_t length)
{
	static char path[64];

	snprintf(path, sizeof(path), "%.*s", (int)length, bytes);
	on_exit(note_exit, path);
	return evert_result_none();
}

/* And leaves behind who holds its connection open. */
static struct evert_result die_with_child(const char *bytes, size_t length)
{
	char byte;

	(void)bytes;
	(void)length;
	if (!fork()) {
		while (read(3, &byte, 1) > 0)
			;
		_exit(0);
	}
	raise(SIGKILL);
	return evert_result_none();
}

static struct evert_result interrupted(const char *bytes, size_t length)
{
	struct evert_result result = evert_result_text(bytes, length);

	errno = EINTR;
	return result;
}

static const evert_worker_function functions[] = {
	reverse, nothing, refuse, who,		  hang,	       die,
	grow,	 stay,	  note,	  die_with_child, interrupted, overgrow,
	be_disturbed, NULL,
};

/* Criterion has the main of this program. */
__attribute__((constructor)) static void begin_main(void)
{
	evert_worker_main(functions);
}

/* ---- Here ---- */

static struct evert_reactor *reactor;
static struct evert_worker_pool *pool;

static void begin(void)
{
	const struct evert_worker_pool_options options = { .workers = 2 };

	reactor = make_reactor(NULL);
	pool = evert_worker_pool_create(reactor, &options);
	cr_assert(pool != NULL);
}

static void finish(void)
{
	evert_worker_pool_destroy(pool);
	evert_reactor_destroy(reactor);
}

TestSuite(worker_pool, .init = begin, .fini = finish);

static struct evert_deferred *call(evert_worker_function function,
				   const char *text)
{
	struct evert_deferred *d =
		evert_worker_call(pool, function, text, strlen(text));

	cr_assert(d != NULL);
	return d;
}

static void gives(struct evert_deferred *d, const char *text)
{
	struct evert_result result = turn_until_fired(reactor, d);

	cr_assert(not(evert_result_is_failure(&result)), "%s",
		  evert_result_is_failure(&result)
			  ? evert_result_as_failure(&result)->message
			  : "");
	cr_assert(eq(str, (char *)evert_result_as_text(&result), text));
	evert_result_release(result);
}

static void fails(struct evert_deferred *d, const struct evert_error *kind,
		  const char *words)
{
	struct evert_result result = turn_until_fired(reactor, d);

	cr_assert(evert_result_failed_with(&result, kind));
	cr_assert(strstr(evert_result_as_failure(&result)->message, words) !=
			  NULL,
		  "%s", evert_result_as_failure(&result)->message);
	evert_result_release(result);
}

/* The process that takes the next call, when none runs. */
static pid_t worker(void)
{
	struct evert_result result = turn_until_fired(reactor, call(who, ""));
	pid_t pid = (pid_t)atol(evert_result_as_text(&result));

	evert_result_release(result);
	return pid;
}

static bool has_workers(unsigned count)
{
	return evert_worker_pool_workers(pool) == count;
}

static void until_workers(unsigned count)
{
	while (!has_workers(count))
		turn(reactor);
}

/* ---- Calls ---- */

Test(worker_pool, p79_gives_what_the_function_gave)
{
	gives(call(reverse, "stressed"), "desserts");
	gives(call(reverse, ""), "");
	gives(call(nothing, "much"), "");
}

Test(worker_pool, bytes_may_be_any)
{
	struct evert_result result = turn_until_fired(
		reactor, evert_worker_call(pool, reverse, "a\0b\xff", 4));

	cr_assert(eq(sz, evert_result_text_length(&result), 4));
	cr_assert(eq(int, memcmp(evert_result_as_text(&result), "\xff" "b\0a", 4),
		     0));
	evert_result_release(result);
}

Test(worker_pool, it_runs_in_another_process_that_serves_again)
{
	pid_t first = worker();

	cr_assert(ne(int, first, getpid()));
	cr_assert(eq(int, worker(), first));
	cr_assert(has_workers(1));
}

Test(worker_pool, a_failure_comes_back_in_words)
{
	fails(call(refuse, "dragons"), EVERT_WORKER_FAILED,
	      "no dragons here: No such file or directory");
	cr_assert(has_workers(1));
}

Test(worker_pool, one_that_said_no_or_nothing_serves_again)
{
	pid_t first = worker();

	fails(call(refuse, "dragons"), EVERT_WORKER_FAILED, "no dragons here");
	gives(call(nothing, "much"), "");
	cr_assert(eq(int, worker(), first));
}

Test(worker_pool, it_answers_once_whatever_errno_the_function_left)
{
	gives(call(interrupted, "first"), "first");
	gives(call(reverse, "no"), "on");
	cr_assert(has_workers(1));
}

Test(worker_pool, an_answer_of_megabytes_comes_whole)
{
	struct evert_result result =
		turn_until_fired(reactor, call(grow, "aaa"));

	cr_assert(eq(sz, evert_result_text_length(&result), 3 << 20));
	evert_result_release(result);
}

Test(worker_pool, calls_begin_in_order_and_no_more_at_once_than_workers)
{
	struct evert_deferred *calls[20];
	char text[8];
	int i;

	for (i = 0; i < 20; i++) {
		snprintf(text, sizeof(text), "%d", i + 10);
		calls[i] = call(reverse, text);
	}
	cr_assert(has_workers(2));
	cr_assert(eq(sz, evert_worker_pool_waiting(pool), 18));
	for (i = 0; i < 20; i++) {
		snprintf(text, sizeof(text), "%d%d", i % 10, i / 10 + 1);
		gives(calls[i], text);
	}
	cr_assert(has_workers(2));
}

/* As of a daemon. */
Test(worker_pool, works_where_the_standard_descriptors_are_closed)
{
	int kept = dup(STDERR_FILENO);

	close(STDIN_FILENO);
	close(STDERR_FILENO);
	gives(call(reverse, "no"), "on");
	dup2(kept, STDERR_FILENO);
	close(kept);
}

Test(worker_pool, works_in_an_empty_environment)
{
	clearenv();
	gives(call(reverse, "no"), "on");
}

/* ---- Deaths ---- */

Test(worker_pool, p79_a_worker_that_dies_fails_its_call_and_is_replaced)
{
	struct evert_deferred *killed = call(die, "killed"),
			      *exited = call(die, "exit");
	struct evert_deferred *after = call(reverse, "no");

	fails(killed, EVERT_WORKER_DIED, "was killed by SIGKILL");
	fails(exited, EVERT_WORKER_DIED, "ended with code 3");
	gives(after, "on");
}

Test(worker_pool, nothing_stays_open_of_one_that_has_died)
{
	size_t before;

	fails(call(die, "killed"), EVERT_WORKER_DIED, "was killed");
	turn_until_idle(reactor);
	before = count_descriptors();
	fails(call(die_with_child, ""), EVERT_WORKER_DIED, "was killed");
	turn_until_idle(reactor);
	cr_assert(eq(sz, count_descriptors(), before));
}

Test(worker_pool, an_idle_worker_that_is_killed_is_missed_by_nobody)
{
	kill(worker(), SIGKILL);
	until_workers(0);
	gives(call(reverse, "no"), "on");
}

/* It is not known yet how its process ended, nor that it has. */
Test(worker_pool, an_idle_worker_that_is_not_reached_any_more_is_replaced)
{
	struct evert_worker *idle;

	gives(call(reverse, "no"), "on");
	idle = evert_container_of(pool->idle.next, struct evert_worker, node);
	evert_transport_abort(idle->base.base.transport);
	gives(call(reverse, "no"), "on");
	until_workers(1);
}

/* ---- Cancelling ---- */

Test(worker_pool, p79_cancelled_while_it_waits_it_never_runs)
{
	struct evert_deferred *a = call(hang, ""), *b = call(hang, "");
	struct evert_deferred *c = call(die, "k");

	evert_deferred_cancel(c);
	fails(c, EVERT_CANCELLED, "");
	cr_assert(eq(sz, evert_worker_pool_waiting(pool), 0));
	evert_deferred_cancel(a);
	evert_deferred_cancel(b);
	fails(a, EVERT_CANCELLED, "");
	fails(b, EVERT_CANCELLED, "");
}

Test(worker_pool, p79_cancelled_while_it_runs_its_worker_is_replaced)
{
	pid_t first = worker();
	struct evert_deferred *d = call(hang, "");

	evert_deferred_cancel(d);
	fails(d, EVERT_CANCELLED, "");
	cr_assert(ne(int, worker(), first));
	until_workers(1);
}

Test(worker_pool, a_time_out_ends_the_worker)
{
	struct evert_deferred *d = call(hang, "");

	evert_deferred_add_timeout(d, 0.01, evert_reactor_clock(reactor));
	fails(d, EVERT_TIMED_OUT, "");
	until_workers(0);
}

/* ---- Limits ---- */

static void limit(size_t queue, size_t bytes)
{
	const struct evert_worker_pool_options options = {
		.workers = 1, .queue = queue, .limit = bytes,
	};

	evert_worker_pool_destroy(pool);
	pool = evert_worker_pool_create(reactor, &options);
}

Test(worker_pool, too_many_bytes_are_refused_there_and_back)
{
	limit(0, 1000);
	gives(call(reverse, "no"), "on");
	fails(evert_worker_call(pool, reverse, functions, 1001), EVERT_SYSTEM,
	      "1001 bytes for a worker, of at most 1000");
	fails(call(grow, "a"), EVERT_FRAME_REFUSED, "");
	gives(call(reverse, "no"), "on");
	fails(call(overgrow, ""), EVERT_FRAME_REFUSED, "");
	gives(call(reverse, "no"), "on");
}

Test(worker_pool, an_answer_that_a_signal_interrupts_goes_on)
{
	struct evert_result result;
	const char *text;
	size_t i = 0, length;
	pid_t pid;

	limit(0, 0);
	pid = worker();
	result = turn_until_fired(reactor, call(be_disturbed, ""));
	text = evert_result_as_text(&result);
	length = evert_result_text_length(&result);
	while (i < length && text[i] == much_at(i))
		i++;
	cr_assert(eq(sz, length, MUCH));
	cr_assert(eq(sz, i, MUCH));
	evert_result_release(result);
	cr_assert(worker() == pid, "and it says no more than that");
}

Test(worker_pool, a_full_queue_refuses)
{
	struct evert_deferred *a, *b;

	limit(1, 0);
	a = call(reverse, "ab");
	b = call(reverse, "cd");
	fails(call(reverse, "ef"), EVERT_QUEUE_OVERFLOW, "");
	gives(a, "ba");
	gives(b, "dc");
}

Test(worker_pool, options_that_are_none_are_refused)
{
	const struct evert_worker_pool_options wrong[] = {
		{ .idle_seconds = -1 },	      { .idle_seconds = INFINITY },
		{ .nice = -1 },		      { .nice = 20 },
		{ .limit = SIZE_MAX },
	};
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		errno = 0;
		cr_assert(evert_worker_pool_create(reactor, &wrong[i]) == NULL);
		cr_assert(eq(int, errno, EINVAL));
	}
}

Test(worker_pool, an_idle_worker_ends_after_a_while)
{
	const struct evert_worker_pool_options options = {
		.idle_seconds = 0.001,
	};

	evert_worker_pool_destroy(pool);
	pool = evert_worker_pool_create(reactor, &options);
	gives(call(reverse, "no"), "on");
	until_workers(0);
	gives(call(reverse, "no"), "on");
}

/* By itself, not by a signal. */
Test(worker_pool, an_idle_worker_exits_with_0)
{
	const struct evert_worker_pool_options options = {
		.idle_seconds = 0.001,
	};
	char path[] = "/tmp/evert-exit-XXXXXX", said[16] = "";
	int fd = mkstemp(path);

	evert_worker_pool_destroy(pool);
	pool = evert_worker_pool_create(reactor, &options);
	gives(call(note, path), "");
	until_workers(0);
	cr_assert(gt(int, (int)read(fd, said, sizeof(said) - 1), 0));
	cr_assert(eq(str, said, "code 0"));
	close(fd);
	unlink(path);
}

Test(worker_pool, an_idle_worker_that_does_not_exit_is_killed)
{
	const struct evert_worker_pool_options options = {
		.workers = 1,
		.idle_seconds = 1,
	};
	struct test_system kernel;
	struct evert_reactor *own;

	test_system_init(&kernel);
	kernel.virtual_time = true;
	atomic_store(&kernel.threads_work, true);
	own = make_reactor(&kernel.base);
	evert_worker_pool_destroy(pool);
	pool = evert_worker_pool_create(own, &options);
	evert_result_release(turn_until_fired(own, call(stay, "")));
	kernel.now += 1100000000;
	turn_until_idle(own);
	cr_assert(has_workers(1));
	kernel.now += 2100000000;
	while (!has_workers(0))
		turn(own);
	evert_worker_pool_destroy(pool);
	pool = NULL;
	evert_reactor_destroy(own);
}

Test(worker_pool, workers_may_be_of_lower_priority)
{
	const struct evert_worker_pool_options options = { .nice = 5 };
	struct evert_result result;

	evert_worker_pool_destroy(pool);
	pool = evert_worker_pool_create(reactor, &options);
	result = turn_until_fired(reactor, call(who, ""));
	cr_assert(eq(int,
		     atoi(strchr(evert_result_as_text(&result), ' ')),
		     getpriority(PRIO_PROCESS, 0) + 5));
	evert_result_release(result);
}

/* ---- Ends ---- */

static struct evert_result destroy_pool(struct evert_result *in, void *unused)
{
	(void)unused;
	evert_worker_pool_destroy(pool);
	pool = NULL;
	return *in;
}

Test(worker_pool, p79_destroying_it_fails_what_waits_and_what_runs)
{
	struct evert_deferred *calls[3];
	int i;

	for (i = 0; i < 3; i++)
		calls[i] = call(hang, "");
	evert_worker_pool_destroy(pool);
	pool = NULL;
	for (i = 0; i < 3; i++)
		fails(calls[i], EVERT_ABANDONED, "");
}

Test(worker_pool, p24_who_is_told_may_destroy_it)
{
	struct evert_deferred *a = call(reverse, "no"),
			      *b = call(reverse, "no");

	evert_deferred_add_both(a, destroy_pool, NULL);
	gives(a, "on");
	evert_result_release(turn_until_fired(reactor, b));
}

Test(worker_pool, p24_who_is_told_of_a_death_may_destroy_it)
{
	struct evert_deferred *a = call(die, "k"), *b = call(hang, "");
	struct evert_deferred *c = call(hang, "");

	evert_deferred_add_both(a, destroy_pool, NULL);
	fails(a, EVERT_WORKER_DIED, "");
	fails(b, EVERT_ABANDONED, "");
	fails(c, EVERT_ABANDONED, "");
}

Test(worker_pool, p24_who_is_cancelled_may_destroy_it)
{
	struct evert_deferred *a = call(hang, ""), *b = call(hang, "");

	evert_deferred_add_both(a, destroy_pool, NULL);
	evert_deferred_cancel(a);
	fails(a, EVERT_CANCELLED, "");
	fails(b, EVERT_ABANDONED, "");
}

static void stop(void *unused)
{
	(void)unused;
	evert_reactor_stop(reactor);
}

Test(worker_pool, p79_a_stop_fails_all_and_the_next_run_finds_it_again)
{
	struct evert_deferred *a = call(hang, ""), *b = call(hang, "");
	struct evert_deferred *c = call(hang, "");

	evert_reactor_call_later(reactor, 0, stop, NULL);
	run_reactor(reactor);
	fails(a, EVERT_REACTOR_STOPPED, "");
	fails(b, EVERT_REACTOR_STOPPED, "");
	fails(c, EVERT_REACTOR_STOPPED, "");
	gives(call(reverse, "no"), "on");
}

Test(worker_pool, p84_a_pool_may_outlive_its_reactor)
{
	struct evert_deferred *a = call(hang, "");

	evert_reactor_destroy(reactor);
	reactor = make_reactor(NULL);
	fails(a, EVERT_REACTOR_STOPPED, "");
	fails(call(reverse, "no"), EVERT_REACTOR_STOPPED, "");
}

/* ---- Forking ---- */

static struct evert_deferred *running, *waiting;

static bool goes_on_in_a_child(void)
{
	fails(running, EVERT_ABANDONED, "");
	gives(waiting, "on");
	evert_worker_pool_destroy(pool);
	evert_reactor_destroy(reactor);
	reactor = NULL;
	return true;
}

/* The child's end leaves our worker alone. */
Test(worker_pool, p81_in_a_child_what_waited_runs_and_what_ran_fails)
{
	pid_t pid;

	limit(0, 0);
	pid = worker();
	running = call(reverse, "mine");
	waiting = call(reverse, "no");
	cr_assert(child_exits(goes_on_in_a_child));
	gives(running, "enim");
	gives(waiting, "on");
	cr_assert(eq(int, worker(), pid));
}

/* ---- Bugs ---- */

static struct evert_result other(const char *bytes, size_t length)
{
	return evert_result_text(bytes, length);
}

static void call_another(void *unused)
{
	(void)unused;
	evert_deferred_release(evert_worker_call(pool, other, "", 0));
}

Test(worker_pool, a_function_that_main_did_not_name_stops_the_program)
{
	dies(call_another, NULL, SIGABRT,
	     "evert_worker_call was given a function that is not among those");
}

static void call_none(void *unused)
{
	(void)unused;
	evert_deferred_release(evert_worker_call(pool, NULL, "", 0));
}

Test(worker_pool, no_function_at_all_stops_the_program)
{
	dies(call_none, NULL, SIGABRT,
	     "evert_worker_call was given a function that is not among those");
}

static void create_without_main(void *unused)
{
	(void)unused;
	evert_worker_main(NULL); /* as if nobody had called it */
	evert_worker_pool_create(reactor, NULL);
}

Test(worker_pool, p83_without_evert_worker_main_a_pool_stops_the_program)
{
	dies(create_without_main, NULL, SIGABRT,
	     "main did not begin with evert_worker_main");
}

static void create_in_a_worker(void *unused)
{
	(void)unused;
	setenv(EVERT_WORKER_VARIABLE, "3", 1);
	evert_worker_pool_create(reactor, NULL);
}

Test(worker_pool, a_worker_whose_main_forgot_has_no_pool_of_its_own)
{
	dies(create_in_a_worker, NULL, SIGABRT,
	     "this process is a worker, but its main");
}

static void begin_as_if_in_a_worker(void *unused)
{
	(void)unused;
	setenv(EVERT_WORKER_VARIABLE, "1000", 1);
	evert_worker_main(functions);
}

Test(worker_pool, who_sets_the_workers_variable_is_told)
{
	dies(begin_as_if_in_a_worker, NULL, SIGABRT,
	     "EVERT_WORKER is in the environment, but no pool started");
}

static void call_the_last_of_257(void *unused)
{
	static evert_worker_function many[258];
	size_t i;

	(void)unused;
	for (i = 0; i < 256; i++)
		many[i] = functions[0];
	many[256] = other;
	evert_worker_main(many);
	evert_deferred_release(evert_worker_call(pool, other, "", 0));
}

Test(worker_pool, more_functions_than_a_byte_counts_stop_the_program)
{
	dies(call_the_last_of_257, NULL, SIGABRT,
	     "evert_worker_main was given more than 256 functions");
}
