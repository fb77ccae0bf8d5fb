/* SPDX-License-Identifier: MIT */
/* Coroutines that write to a stream and wait for room, one behind the other, of
   whom any is cancelled at any moment, while the peer takes what there is or
   does not, and at every kind of end; against a reference that counts bytes. */
#include "../../deferred/coroutine/coroutine.h"
#include "../../protocols/stream/stream.h"
#include "../../reactor/transport/memory_transport.h"
#include "fuzz.h"
#include "must.h"

enum {
	WRITERS = 4,
	MOST_ROUNDS = 4,
	HIGH = 64,
	MOST_BYTES = 100
};

static struct fuzz_log seen, expected;

/* ---- With evert ---- */

static struct evert_stream *stream;
static struct evert_memory_transport *memory;
static struct evert_protocol *protocol;

static struct writer {
	char name;
	size_t length, rounds; /* of each write, and how many */
	struct evert_deferred *done;
} writers[WRITERS];

/* There is room: true. */
static bool note(const struct writer *writer, struct evert_result result)
{
	char event = 'R';

	if (evert_result_failed_with(&result, EVERT_CANCELLED))
		event = 'C';
	else if (evert_result_failed_with(&result, EVERT_STREAM_CLOSED))
		event = 'X';
	else if (evert_result_is_failure(&result))
		event = 'B';
	evert_result_release(result);
	fuzz_note(&seen, event, &writer->name, 1);
	return event == 'R';
}

static struct evert_result write_all(void *arg)
{
	static const char bytes[MOST_BYTES];
	struct writer *writer = (struct writer *)arg;
	bool goes_on = true;

	while (goes_on && writer->rounds--) {
		evert_stream_write(stream, bytes, writer->length);
		goes_on = note(writer, evert_await(evert_stream_drain(stream)));
	}
	return evert_result_none();
}

/* ---- The reference ---- */

static struct {
	size_t queued;
	bool full, refused; /* a write */
	enum {
		OPEN,
		HALF, /* nothing more is written */
		GONE
	} end;
	char why; /* it is gone */
	size_t left[WRITERS];
	size_t waiting[WRITERS], count; /* in the order they came */
} model;

static void expect(char event, size_t writer)
{
	fuzz_note(&expected, event, &writers[writer].name, 1);
}

static void writes(size_t writer)
{
	model.refused |= model.end != OPEN;
	if (model.end != OPEN)
		return;
	model.queued += writers[writer].length;
	model.full |= model.queued > HIGH;
}

/* What a drain gives now; 0: it waits. */
static char drained(void)
{
	if (model.end == GONE)
		return model.why;
	if (model.full)
		return 0;
	return model.refused ? 'B' : 'R';
}

static void go_on(size_t writer)
{
	char event;

	while (model.left[writer]) {
		model.left[writer]--;
		writes(writer);
		event = drained();
		if (!event) {
			model.waiting[model.count++] = writer;
			return;
		}
		expect(event, writer);
		if (event != 'R')
			model.left[writer] = 0;
	}
}

static void tell_all(char event)
{
	size_t told[WRITERS], count = model.count, i;

	memcpy(told, model.waiting, sizeof(told));
	model.count = 0;
	for (i = 0; i < count; i++) {
		expect(event, told[i]);
		if (event != 'R')
			model.left[told[i]] = 0;
		go_on(told[i]);
	}
}

static void resume(void)
{
	if (!model.full)
		return;
	model.full = false;
	tell_all('R');
}

static bool leaves(size_t writer)
{
	size_t i, kept = 0;

	for (i = 0; i < model.count; i++)
		if (model.waiting[i] != writer)
			model.waiting[kept++] = model.waiting[i];
	if (kept == model.count)
		return false;
	model.count = kept;
	return true;
}

static void is_gone(char why)
{
	model.end = GONE;
	model.why = why;
	tell_all(why);
}

/* ---- Both ---- */

static void start(struct fuzz_input *input)
{
	size_t number = fuzz_setting(input) % WRITERS, i;
	struct writer *writer = &writers[number];

	for (i = 0; i < model.count; i++)
		if (model.waiting[i] == number)
			return;
	writer->length = 1 + fuzz_setting(input) % MOST_BYTES;
	writer->rounds = model.left[number] =
		1 + fuzz_setting(input) % MOST_ROUNDS;
	evert_deferred_release(writer->done);
	writer->done = evert_spawn(write_all, writer);
	must(writer->done);
	go_on(number);
}

static void cancel(struct fuzz_input *input)
{
	size_t writer = fuzz_setting(input) % WRITERS;

	evert_deferred_cancel(writers[writer].done);
	if (!leaves(writer))
		return;
	model.left[writer] = 0;
	expect('C', writer);
}

static void take_all(void)
{
	evert_memory_transport_clear(memory);
	model.queued = 0;
	if (model.end != GONE)
		resume();
}

static void break_it(void)
{
	evert_memory_transport_end(
		memory,
		evert_failure_create(EVERT_CONNECTION_LOST, 0, "broken"));
	if (model.end != GONE)
		is_gone('B');
}

static void close_it(void)
{
	evert_stream_close(stream);
	if (model.end != GONE)
		is_gone('X');
}

static void end(struct fuzz_input *input)
{
	switch (fuzz_setting(input) % 3) {
	case 0:
		if (model.end == OPEN)
			model.end = HALF;
		evert_stream_lose_write(stream);
		break;
	case 1:
		break_it();
		break;
	default:
		close_it();
	}
}

static void step(struct fuzz_input *input)
{
	switch (fuzz_setting(input) % 16) {
	case 0:
		end(input);
		break;
	case 1:
		cancel(input);
		break;
	case 2:
	case 3:
	case 4:
	case 5:
		take_all();
		break;
	default:
		start(input);
	}
}

static void begin_world(void)
{
	size_t i;

	protocol = evert_stream_factory.build_protocol(&evert_stream_factory,
						       NULL);
	must(protocol);
	stream = evert_stream_of(protocol);
	memory = evert_memory_transport_create(protocol);
	must(memory);
	evert_transport_set_write_marks(evert_memory_transport_base(memory),
					HIGH, HIGH);
	memset(&model, 0, sizeof(model));
	for (i = 0; i < WRITERS; i++)
		writers[i] = (struct writer){.name = (char)('a' + i)};
}

/* Who still waits hears of it. */
static void end_world(void)
{
	size_t i;

	close_it();
	fuzz_expect_equal(&seen, &expected);
	evert_memory_transport_end(memory, NULL);
	evert_stream_destroy(stream);
	for (i = 0; i < WRITERS; i++) {
		must(!writers[i].done ||
		     evert_deferred_has_fired(writers[i].done));
		evert_deferred_release(writers[i].done);
	}
	evert_memory_transport_destroy(memory);
	protocol->ops->destroy(protocol);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = {(const char *)data, size, 1};

	begin_world();
	while (input.left)
		step(&input);
	end_world();
	return 0;
}
