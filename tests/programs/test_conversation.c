/* SPDX-License-Identifier: MIT */
/*
 * Whole conversations: a client and a server of streams in one program, and
 * what cancelling, timeouts and want of memory do to them at every step; and
 * coroutines together with everything else that waits.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/redirect.h>

#include "../../deferred/combine.h"
#include "../../deferred/lock.h"
#include "../../deferred/queue.h"
#include "../../deferred/coroutine/scope.h"
#include "../../deferred/coroutine/shield.h"
#include "../../protocols/stream/server.h"
#include "../../reactor/run.h"
#include "../support/diary.h"
#include "../support/memory.h"
#include "../support/program.h"
#include "../support/reactor.h"
#include "../support/stream.h"
#include "../support/system.h"

static struct test_system kernel;

static void begin(void)
{
	test_system_init(&kernel);
	kernel.virtual_time = true;
	diary_unhandled();
}

TestSuite(conversation, .init = begin);

static char endpoint[64]; /* of the server */

static struct evert_result await_server(evert_stream_body body)
{
	struct evert_result r =
		evert_await(evert_serve("tcp:127.0.0.1:0", body, NULL));

	if (!evert_result_is_failure(&r))
		snprintf(endpoint, sizeof(endpoint), "%s",
			 endpoint_of(evert_server_port(
				 evert_result_as(&r, &evert_type_server))));
	return r;
}

/* ---- Ten steps ---- */

enum {
	STEPS = 10,
	BULK = 20000, /* bytes: more than the system takes at a time */
	SENT_AT_A_TIME = 1000,
};

/* What happens to a step of the client, one turn after it has begun, or before
   it is awaited. */
enum fate {
	NO_FATE,
	ITS_DEFERRED_IS_CANCELLED_AT_ONCE,
	ITS_DEFERRED_IS_CANCELLED,
	THE_COROUTINE_IS_CANCELLED,
	IT_TIMES_OUT,
};

static struct {
	enum fate fate;
	int step;    /* that it happens to */
	bool resumes; /* the client then does the step again */
	int now_at;  /* the step it is at */
	bool happened;
	struct evert_deferred *victim;
	struct evert_stream *stream;
	char read[256];		       /* by the client */
	const struct evert_error *end; /* that the server saw; NULL: none */
} talk;

static char bulk[BULK];

/* The server: it says everything in two pieces, a second apart. */

static struct evert_result pause_and_say(struct evert_stream *stream,
					 const char *text)
{
	struct evert_result r = evert_await(evert_sleep(1));

	if (!evert_result_is_failure(&r))
		evert_stream_write(stream, text, strlen(text));
	return r;
}

static struct evert_result hear_bulk(struct evert_stream *stream)
{
	return evert_await(evert_stream_read_exactly(stream, BULK));
}

/* Each word is said; an empty one stands for something to hear. */
static struct evert_result say_and_hear(struct evert_stream *stream)
{
	static const char *const words[] = {
		"220 re", "ady\r\n", "",    "1234", "5678", "name=va",
		"lue--",  "some",    "",    "by",   "e\r\n",
	};
	struct evert_result r = evert_result_none();
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		evert_result_release(r);
		r = *words[i] ? pause_and_say(stream, words[i]) :
				hear_bulk(stream);
		if (evert_result_is_failure(&r))
			return r;
	}
	evert_result_release(r);
	return evert_await(evert_stream_read(stream, 1));
}

static struct evert_result serve_talk(struct evert_stream *stream, void *arg)
{
	struct evert_result r = say_and_hear(stream);

	(void)arg;
	cr_assert(evert_result_is_failure(&r));
	talk.end = evert_result_as_failure(&r)->kind;
	evert_result_release(r);
	return evert_result_none();
}

/* The client's steps. */

static struct evert_deferred *begin_connect(void)
{
	return evert_stream_connect(endpoint);
}

static struct evert_deferred *begin_line(void)
{
	return evert_stream_read_line(talk.stream);
}

static struct evert_deferred *begin_drain(void)
{
	return evert_stream_drain(talk.stream);
}

static struct evert_deferred *begin_exactly(void)
{
	return evert_stream_read_exactly(talk.stream, 8);
}

static struct evert_deferred *begin_until(void)
{
	return evert_stream_read_until(talk.stream, "--", 2);
}

static struct evert_deferred *begin_some(void)
{
	return evert_stream_read(talk.stream, 100);
}

static struct evert_deferred *begin_sleep(void)
{
	return evert_sleep(1);
}

static struct evert_deferred *begin_close(void)
{
	return evert_stream_wait_closed(talk.stream);
}

static void cancel_victim(void *arg)
{
	(void)arg;
	evert_deferred_cancel(talk.victim);
}

static struct evert_deferred *client;

/* The coroutine is known when evert_spawn has returned it. */
static struct evert_result wait_to_be_known(void)
{
	return evert_await(evert_sleep(0));
}

/* Lets the fate take its course. */
static struct evert_deferred *doom(struct evert_deferred *d)
{
	if (talk.happened || talk.now_at != talk.step)
		return d;
	talk.happened = true;
	if (talk.fate == IT_TIMES_OUT)
		return evert_timeout(0, d);
	if (talk.fate == ITS_DEFERRED_IS_CANCELLED_AT_ONCE) {
		evert_deferred_cancel(d);
		return d;
	}
	talk.victim = talk.fate == ITS_DEFERRED_IS_CANCELLED ? d : client;
	evert_reactor_call_later(evert_reactor_current(), 0, cancel_victim,
				 NULL);
	return d;
}

static bool was_doomed(const struct evert_result *r)
{
	return evert_result_failed_with(r, EVERT_CANCELLED) ||
	       evert_result_failed_with(r, EVERT_TIMED_OUT);
}

static struct evert_result step(struct evert_deferred *(*begin_step)(void))
{
	struct evert_result r;

	talk.now_at++;
	r = evert_await(doom(begin_step()));
	if (talk.resumes && was_doomed(&r)) {
		evert_result_release(r);
		r = evert_await(begin_step());
	}
	if (r.type == &evert_type_text) {
		strcat(talk.read, evert_result_as_text(&r));
		strcat(talk.read, "|");
	}
	return r;
}

/* Connected already: nine more. */
static struct evert_result talk_on(void)
{
	struct evert_deferred *(*const steps[])(void) = {
		begin_line,  begin_drain, begin_exactly, begin_until,
		begin_some,  begin_sleep, begin_drain,	 begin_line,
		begin_close,
	};
	struct evert_result r = evert_result_none();
	size_t i;

	for (i = 0; i < STEPS - 1 && !evert_result_is_failure(&r); i++) {
		evert_result_release(r);
		if (steps[i] == begin_drain)
			evert_stream_write(talk.stream, bulk, BULK);
		r = step(steps[i]);
	}
	return r;
}

static struct evert_result be_client(void *arg)
{
	struct evert_result r = wait_to_be_known();

	(void)arg;
	evert_result_release(r);
	r = step(begin_connect);
	if (evert_result_is_failure(&r))
		return r;
	talk.stream = evert_stream_take(&r);
	evert_transport_set_write_marks(evert_stream_transport(talk.stream),
					0, 0);
	r = talk_on();
	evert_stream_destroy(talk.stream);
	return r;
}

static struct evert_result wait_for_connections(struct evert_server *server)
{
	struct evert_result r = evert_result_none();

	while (evert_server_connections(server) &&
	       !evert_result_is_failure(&r))
		r = evert_await(evert_sleep(1));
	return r;
}

static struct evert_result serve_and_talk(void *arg)
{
	struct evert_result r = await_server(serve_talk), waited;
	struct evert_server *server;

	(void)arg;
	if (evert_result_is_failure(&r))
		return r;
	server = evert_server_take(&r);
	client = evert_spawn(be_client, NULL);
	r = evert_await(client);
	waited = wait_for_connections(server);
	evert_result_release(waited);
	waited = evert_await(evert_server_stop(server));
	evert_result_release(waited);
	return r;
}

static void prepare(struct test_system *system)
{
	system->virtual_time = true;
	system->send_at_most = SENT_AT_A_TIME;
}

static void begin_talk(enum fate fate, int doomed_step, bool resumes)
{
	memset(&talk, 0, sizeof(talk));
	talk.fate = fate;
	talk.step = doomed_step;
	talk.resumes = resumes;
	test_system_init(&kernel);
	prepare(&kernel);
}

/* Runs a talk; asserts that nothing is left of it. */
static struct evert_result run_talk(enum fate fate, int doomed_step,
				    bool resumes)
{
	size_t before = count_descriptors();
	struct evert_result r;

	begin_talk(fate, doomed_step, resumes);
	failing_allocator_start(0, false);
	r = run_program(&kernel.base, serve_and_talk, NULL);
	cr_assert(eq(sz, count_descriptors(), before));
	return r;
}

static void end_talk(void)
{
	cr_assert(eq(sz, failing_allocator_stop().live, 0));
	cr_assert(eq(str, diary, ""));
}

static const char WHOLE[] = "220 ready|12345678|name=value--|some|bye|";

Test(conversation, of_ten_steps_goes_well)
{
	expect_nothing(run_talk(NO_FATE, 0, false));
	cr_assert(eq(str, talk.read, (char *)WHOLE));
	cr_assert(eq(int, talk.now_at, STEPS));
	cr_assert(talk.end == EVERT_STREAM_END);
	end_talk();
}

/* The first step, connecting, takes no longer than one turn here: see the
   tests of that alone. */
static void end_at_every_step(enum fate fate, const struct evert_error *kind)
{
	int doomed_step;

	for (doomed_step = 2; doomed_step <= STEPS; doomed_step++) {
		expect_failure(run_talk(fate, doomed_step, false), kind);
		cr_assert(eq(int, talk.now_at, doomed_step));
		/* What the client had read is the beginning of all, and the
		   peer has seen the connection closed in order. */
		cr_assert(strncmp(talk.read, WHOLE, strlen(talk.read)) == 0,
			  "%s", talk.read);
		cr_assert(talk.end == EVERT_STREAM_END, "step %d: %s",
			  doomed_step, talk.end ? talk.end->name : "no end");
		end_talk();
	}
}

Test(conversation, p24_cancelled_at_every_await_it_ends_and_leaves_nothing)
{
	end_at_every_step(ITS_DEFERRED_IS_CANCELLED_AT_ONCE, EVERT_CANCELLED);
	end_at_every_step(ITS_DEFERRED_IS_CANCELLED, EVERT_CANCELLED);
}

Test(conversation, p33_its_coroutine_cancelled_at_every_await_it_ends)
{
	end_at_every_step(THE_COROUTINE_IS_CANCELLED, EVERT_CANCELLED);
}

Test(conversation, p23_timed_out_at_every_await_it_ends_and_leaves_nothing)
{
	end_at_every_step(IT_TIMES_OUT, EVERT_TIMED_OUT);
}

static void go_on_at_every_step(enum fate fate)
{
	int doomed_step;

	for (doomed_step = 2; doomed_step <= STEPS; doomed_step++) {
		expect_nothing(run_talk(fate, doomed_step, true));
		cr_assert(talk.happened);
		cr_assert(eq(str, talk.read, (char *)WHOLE));
		cr_assert(talk.end == EVERT_STREAM_END);
		end_talk();
	}
}

Test(conversation, p24_goes_on_after_a_cancel_at_every_await_and_loses_no_byte)
{
	go_on_at_every_step(ITS_DEFERRED_IS_CANCELLED_AT_ONCE);
	go_on_at_every_step(ITS_DEFERRED_IS_CANCELLED);
}

Test(conversation, p33_goes_on_after_its_coroutine_was_cancelled_at_every_await)
{
	go_on_at_every_step(THE_COROUTINE_IS_CANCELLED);
}

Test(conversation, p23_goes_on_after_a_timeout_at_every_await_and_loses_no_byte)
{
	go_on_at_every_step(IT_TIMES_OUT);
}

/* ---- Cut short while connecting ---- */

/* A port where a connect waits: as many wait there as may. */
struct busy_port {
	int listener, waiting;
	char endpoint[64];
};

static void open_busy_port(struct busy_port *port)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t length = sizeof(at);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	port->listener = socket(AF_INET, SOCK_STREAM, 0);
	port->waiting = socket(AF_INET, SOCK_STREAM, 0);
	cr_assert(bind(port->listener, (struct sockaddr *)&at, length) == 0);
	cr_assert(listen(port->listener, 0) == 0);
	cr_assert(getsockname(port->listener, (struct sockaddr *)&at,
			      &length) == 0);
	cr_assert(connect(port->waiting, (struct sockaddr *)&at, length) == 0);
	snprintf(port->endpoint, sizeof(port->endpoint), "tcp:127.0.0.1:%d",
		 ntohs(at.sin_port));
}

static void close_busy_port(struct busy_port *port)
{
	close(port->listener);
	close(port->waiting);
}

static struct evert_result connect_in_vain(void *busy)
{
	struct busy_port *port = busy;

	evert_result_release(wait_to_be_known());
	talk.now_at++;
	return evert_await(doom(evert_stream_connect(port->endpoint)));
}

static struct evert_result doomed_connect(void *busy)
{
	client = evert_spawn(connect_in_vain, busy);
	return evert_await(client);
}

static void expect_vain(enum fate fate, const struct evert_error *kind)
{
	size_t before = count_descriptors();
	struct busy_port port;

	open_busy_port(&port);
	begin_talk(fate, 1, false);
	failing_allocator_start(0, false);
	expect_failure(run_program(&kernel.base, doomed_connect, &port), kind);
	close_busy_port(&port);
	cr_assert(eq(sz, count_descriptors(), before));
	end_talk();
}

Test(conversation, p61_cancelled_while_connecting_leaves_nothing)
{
	expect_vain(ITS_DEFERRED_IS_CANCELLED_AT_ONCE, EVERT_CANCELLED);
	expect_vain(ITS_DEFERRED_IS_CANCELLED, EVERT_CANCELLED);
}

Test(conversation, p61_its_coroutine_cancelled_while_connecting_leaves_nothing)
{
	expect_vain(THE_COROUTINE_IS_CANCELLED, EVERT_CANCELLED);
}

Test(conversation, p61_timed_out_while_connecting_leaves_nothing)
{
	expect_vain(IT_TIMES_OUT, EVERT_TIMED_OUT);
}

/* ---- When things fail ---- */

static void talk_with_little_memory(void *arg)
{
	(void)arg;
	begin_talk(NO_FATE, 0, false);
	run_program_anyhow(&kernel.base, serve_and_talk, NULL);
	diary_clear();
}

Test(conversation, p17_survives_every_lack_of_memory)
{
	size_t before;

	cr_redirect_stderr();
	before = count_descriptors();
	fail_every_allocation(talk_with_little_memory, NULL);
	cr_assert(eq(sz, count_descriptors(), before));
}

/* A server that can accept nothing would let the client wait for ever. */
static struct evert_result talk_for_half_a_minute(void *arg)
{
	return evert_await(
		evert_timeout(30, evert_spawn(serve_and_talk, arg)));
}

static void talk_on_system(struct test_system *system)
{
	memset(&talk, 0, sizeof(talk));
	run_program_anyhow(&system->base, talk_for_half_a_minute, NULL);
	diary_clear();
}

static void fail_calls(enum test_call call, int error)
{
	cr_redirect_stderr();
	failing_allocator_start(0, false);
	fail_every_call(call, error, prepare, talk_on_system);
	cr_assert(eq(sz, failing_allocator_stop().live, 0));
}

Test(conversation, survives_every_read_that_fails)
{
	fail_calls(CALL_READ, ECONNRESET);
}

Test(conversation, survives_every_send_that_fails)
{
	fail_calls(CALL_SEND, EPIPE);
}

Test(conversation, survives_every_accept_that_fails)
{
	fail_calls(CALL_ACCEPT, EMFILE);
}

Test(conversation, survives_every_connect_that_fails)
{
	fail_calls(CALL_CONNECT, ENETUNREACH);
}

Test(conversation, survives_every_socket_that_cannot_be_had)
{
	fail_calls(CALL_SOCKET, EMFILE);
}

Test(conversation, of_short_reads_goes_well)
{
	begin_talk(NO_FATE, 0, false);
	kernel.read_at_most = 4;
	expect_nothing(run_program(&kernel.base, serve_and_talk, NULL));
	cr_assert(eq(str, talk.read, (char *)WHOLE));
}

/* ---- Coroutines and what else waits ---- */

/* Answers each line with "NAME!", after as many seconds as it is long. */
static struct evert_result answer_slowly(struct evert_stream *stream,
					 void *arg)
{
	struct evert_result name, slept;
	char answer[64];

	(void)arg;
	for (;;) {
		name = evert_await(evert_stream_read_line(stream));
		if (evert_result_is_failure(&name))
			return name;
		slept = evert_await(evert_sleep(
			(double)evert_result_text_length(&name)));
		snprintf(answer, sizeof(answer), "%s!",
			 evert_result_as_text(&name));
		evert_stream_write_line(stream, answer, strlen(answer));
		evert_result_release(name);
		if (evert_result_is_failure(&slept))
			return slept;
	}
}

/* Runs `body` while that server runs. */
static struct evert_result with_server(void *body)
{
	struct evert_result r = await_server(answer_slowly), outcome;
	struct evert_server *server = evert_server_take(&r);

	outcome = (*(evert_body *)body)(NULL);
	evert_result_release(evert_await(evert_server_stop(server)));
	return outcome;
}

static void run(evert_body body)
{
	expect_nothing(run_program(&kernel.base, with_server, &body));
}

/* A stream on which the lines were sent, or a failure. */
static struct evert_result ask(const char *lines)
{
	struct evert_result r = evert_await(evert_stream_connect(endpoint));

	if (!evert_result_is_failure(&r))
		evert_stream_write(evert_result_as(&r, &evert_type_stream),
				   lines, strlen(lines));
	return r;
}

static struct evert_stream *must_ask(const char *lines)
{
	struct evert_result r = ask(lines);

	return evert_stream_take(&r);
}

static struct evert_result get_answer(void *line)
{
	struct evert_result r = ask(line);
	struct evert_stream *stream;

	if (evert_result_is_failure(&r))
		return r;
	stream = evert_stream_take(&r);
	r = evert_await(evert_stream_read_line(stream));
	evert_stream_destroy(stream);
	return r;
}

static struct evert_deferred *answer_to(const char *name)
{
	return evert_spawn(get_answer, (void *)name);
}

static struct evert_result gather_answers(void *arg)
{
	struct evert_deferred *answers[] = {
		answer_to("three\n"), answer_to("two\n"), answer_to("a\n"),
	};
	struct evert_result r = evert_await(evert_gather(answers, 3, 0));
	struct evert_list *list = evert_result_as_list(&r);
	size_t i;

	(void)arg;
	for (i = 0; i < list->count; i++)
		diary_add("%s", evert_result_as_text(&list->items[i]));
	evert_result_release(r);
	return evert_result_none();
}

Test(conversation, p25_gathered_coroutines_wait_together)
{
	int64_t before = kernel.now;

	run(gather_answers);
	cr_assert(eq(str, diary, "three! two! a!"));
	cr_assert(eq(i64, kernel.now - before, 5000000000));
}

static struct evert_result race_two_reads(void *arg)
{
	struct evert_stream *slow = must_ask("slow\n");
	struct evert_stream *a = must_ask("a\n");
	struct evert_deferred *reads[] = {
		evert_stream_read_line(slow),
		evert_stream_read_line(a),
	};
	struct evert_result r = evert_await(evert_race(reads, 2));

	(void)arg;
	diary_add("%zu:%s", evert_result_as_indexed(&r)->index,
		  evert_result_as_text(&evert_result_as_indexed(&r)->value));
	evert_result_release(r);
	/* The read that lost has taken nothing. */
	expect_text(evert_await(evert_stream_read_line(slow)), "slow!");
	evert_stream_destroy(slow);
	evert_stream_destroy(a);
	return evert_result_none();
}

Test(conversation, p27_a_read_that_loses_a_race_takes_no_byte)
{
	run(race_two_reads);
	cr_assert(eq(str, diary, "1:a!"));
}

static struct evert_result shield_an_answer(void *arg)
{
	struct evert_deferred *answer = answer_to("two\n");
	struct evert_deferred *shielded;

	(void)arg;
	evert_deferred_add_both(answer, diary_end, "answer");
	shielded = evert_timeout(1, evert_shield(answer));
	expect_failure(evert_await(shielded), EVERT_TIMED_OUT);
	diary_add("gave-up");
	return evert_await(evert_sleep(5));
}

Test(conversation, a_shielded_coroutine_goes_on_when_its_reader_gives_up)
{
	run(shield_an_answer);
	cr_assert(eq(str, diary, "gave-up answer:two!"));
}

/* A callback that waits for a coroutine, ... */
static struct evert_result ask_again(struct evert_result *answer, void *arg)
{
	(void)arg;
	diary_add("%s", evert_result_as_text(answer));
	return evert_result_wait(answer_to("bb\n"));
}

/* ... in a chain that a coroutine waits for. */
static struct evert_result wait_for_chain(void *arg)
{
	struct evert_deferred *chain = answer_to("a\n");

	(void)arg;
	evert_deferred_add_callback(chain, ask_again, NULL);
	expect_text(evert_await(chain), "bb!");
	return evert_result_none();
}

Test(conversation, p32_a_chain_waits_for_a_coroutine_and_a_coroutine_for_it)
{
	run(wait_for_chain);
	cr_assert(eq(str, diary, "a!"));
}

static struct evert_result time_out_chain(void *arg)
{
	struct evert_deferred *chain = answer_to("a\n");

	(void)arg;
	evert_deferred_add_callback(chain, ask_again, NULL);
	/* "a" takes one second, "bb" would take two more. */
	expect_failure(evert_await(evert_timeout(2, chain)), EVERT_TIMED_OUT);
	return evert_result_none();
}

Test(conversation, p22_cancelling_a_chain_reaches_the_coroutine_it_waits_for)
{
	int64_t before = kernel.now;

	run(time_out_chain);
	cr_assert(eq(str, diary, "a!"));
	cr_assert(eq(i64, kernel.now - before, 2000000000));
}

/* Reads three answers, and puts them in a queue that holds one. */
static struct evert_result produce(void *queue)
{
	struct evert_stream *stream = must_ask("a\nbb\nccc\n");
	struct evert_result r = evert_result_none();
	int i;

	for (i = 0; i < 3 && !evert_result_is_failure(&r); i++) {
		r = evert_await(evert_stream_read_line(stream));
		if (!evert_result_is_failure(&r))
			r = evert_await(evert_queue_put_wait(queue, r));
	}
	evert_stream_destroy(stream);
	return r;
}

static struct evert_result consume(void *arg)
{
	struct evert_queue *queue =
		evert_queue_create(1, EVERT_QUEUE_UNLIMITED);
	struct evert_deferred *producer = evert_spawn(produce, queue);
	struct evert_result r;

	(void)arg;
	expect_nothing(evert_await(evert_sleep(10)));
	/* One is in the queue, one waits for room, one is not read yet. */
	cr_assert(eq(sz, evert_queue_count(queue), 1));
	expect_text(evert_await(evert_queue_get(queue)), "a!");
	expect_text(evert_await(evert_queue_get(queue)), "bb!");
	expect_text(evert_await(evert_queue_get(queue)), "ccc!");
	r = evert_await(producer);
	evert_queue_destroy(queue);
	return r;
}

Test(conversation, p29_a_queue_carries_what_one_coroutine_reads_to_another)
{
	run(consume);
}

static struct evert_semaphore *two_at_a_time;
static int inside, most_inside;

static struct evert_result count_inside(void *name)
{
	struct evert_result r;

	inside++;
	if (inside > most_inside)
		most_inside = inside;
	r = get_answer(name);
	inside--;
	return r;
}

static struct evert_result begin_inside(void *name)
{
	return evert_result_wait(evert_spawn(count_inside, name));
}

static struct evert_result run_two_at_a_time(void *arg)
{
	static const char *const names[] = {
		"a\n", "b\n", "c\n", "d\n", "e\n",
	};
	struct evert_deferred *answers[5];
	struct evert_result r;
	size_t i;

	(void)arg;
	two_at_a_time = evert_semaphore_create(2);
	for (i = 0; i < 5; i++)
		answers[i] = evert_semaphore_run(two_at_a_time, begin_inside,
						 (void *)names[i]);
	/* The last one never gets in; the first is cancelled inside. */
	evert_deferred_cancel(answers[4]);
	evert_deferred_cancel(answers[0]);
	r = evert_await(evert_deferred_list(answers, 5,
					    EVERT_CONSUME_FAILURES));
	for (i = 0; i < 5; i++)
		diary_add("%s",
			  evert_result_is_failure(
				  &evert_result_as_list(&r)->items[i]) ?
				  "failed" :
				  evert_result_as_text(
					  &evert_result_as_list(&r)->items[i]));
	evert_result_release(r);
	cr_assert(eq(sz, evert_semaphore_available(two_at_a_time), 2));
	evert_semaphore_destroy(two_at_a_time);
	return evert_result_none();
}

Test(conversation, p28_a_semaphore_lets_two_coroutines_in_at_a_time)
{
	run(run_two_at_a_time);
	cr_assert(eq(int, most_inside, 2));
	cr_assert(eq(str, diary, "failed b! c! d! failed"));
}

static struct evert_result fail_soon(void *arg)
{
	(void)arg;
	expect_nothing(evert_await(evert_sleep(1)));
	return plain_failure();
}

static struct evert_result note_answer(void *name)
{
	struct evert_result r = get_answer(name);

	diary_add("%s", evert_result_is_failure(&r) ?
				evert_result_as_failure(&r)->kind->name :
				"answered");
	return r;
}

static struct evert_result scope_of_readers(void *arg)
{
	struct evert_scope scope;

	(void)arg;
	evert_scope_init(&scope);
	evert_scope_spawn(&scope, note_answer, "long-one\n");
	evert_scope_spawn(&scope, note_answer, "longer-one\n");
	evert_scope_spawn(&scope, fail_soon, NULL);
	expect_failure(evert_scope_leave(&scope), EVERT_ERROR);
	return evert_result_none();
}

Test(conversation, p35_a_failure_in_a_scope_cancels_the_readers_in_it)
{
	int64_t before = kernel.now;

	run(scope_of_readers);
	cr_assert(eq(str, diary, "CANCELLED CANCELLED"));
	cr_assert(eq(i64, kernel.now - before, 1000000000));
}
