/* SPDX-License-Identifier: MIT */
/* Coroutines that read from a stream, cancelled and timed out at any moment,
   while bytes come and limits change, and at every kind of end; against a
   reference that has all the bytes. */
#include <stdlib.h>
#include <string.h>

#include "../../deferred/clock/clock.h"
#include "../../deferred/coroutine/coroutine.h"
#include "../../protocols/stream/stream.h"
#include "../../reactor/transport/memory_transport.h"
#include "fuzz.h"
#include "must.h"

enum {
	READS = 3,
	BYTES = 4096,
	NEVER = 1000000
};

/* What one coroutine reads, one after another. */
struct request {
	enum {
		SOME,
		EXACTLY,
		UNTIL,
		LINE,
		KINDS
	} kind;
	size_t length;
	const char *delimiter;
	int seconds; /* 0: no time-out */
	bool again;  /* once more, if it was cancelled */
};
static struct request requests[READS];
static size_t count;

static struct fuzz_log seen, expected;
static const char *const delimiters[] = {"b", "ab", "aab", "\r\n"};

/* ---- With evert ---- */

static struct evert_clock *clock;
static struct evert_stream *stream;
static struct evert_memory_transport *memory;
static struct evert_protocol *protocol;
static struct evert_deferred *reader;

static bool note(struct evert_result result)
{
	static const struct {
		char event;
		const struct evert_error *kind;
	} kinds[] = {
		{ 'C', EVERT_CANCELLED },	      { 'O', EVERT_TIMED_OUT },
		{ 'L', EVERT_STREAM_TOO_LONG }, { 'I', EVERT_STREAM_INCOMPLETE },
		{ 'E', EVERT_STREAM_END },      { 'X', EVERT_STREAM_CLOSED },
		{ 'B', EVERT_CONNECTION_LOST },
		{ 'Z', EVERT_ERROR },
	};
	bool cancelled = evert_result_failed_with(&result, EVERT_CANCELLED);
	size_t i = 0;

	if (evert_result_is_failure(&result)) {
		while (!evert_result_failed_with(&result, kinds[i].kind))
			i++;
		fuzz_note(&seen, kinds[i].event, NULL, 0);
	} else {
		fuzz_note(&seen, 'T', evert_result_as_text(&result),
			  evert_result_text_length(&result));
	}
	evert_result_release(result);
	return cancelled;
}

static struct evert_deferred *begin(const struct request *request)
{
	switch (request->kind) {
	case SOME:
		return evert_stream_read(stream, 1 + request->length);
	case EXACTLY:
		return evert_stream_read_exactly(stream, request->length);
	case UNTIL:
		return evert_stream_read_until(stream, request->delimiter,
					       strlen(request->delimiter));
	default:
		return evert_stream_read_line(stream);
	}
}

static struct evert_result read_all(void *arg)
{
	struct evert_deferred *deferred;
	size_t i;
	bool cancelled = false;

	(void)arg;
	for (i = 0; i < count; i += !cancelled) {
		deferred = begin(&requests[i]);
		if (requests[i].seconds)
			evert_deferred_add_timeout(deferred,
						   requests[i].seconds, clock);
		cancelled = note(evert_await(deferred)) && !cancelled &&
			    requests[i].again;
	}
	return evert_result_none();
}

/* ---- The reference ---- */

static struct {
	char bytes[BYTES];
	size_t length, at, limit;
	enum {
		OPEN,
		ENDED,
		BROKEN,
		CLOSED
	} end;
	bool was_ended;
	char why; /* it was broken or closed */
	size_t next, count; /* requests */
	bool cancelled;	    /* the one that waits is one more try */
	int now, due;
} model;

/* How many bytes it takes, the delimiter included; 0: it does not. */
static size_t find(const struct request *request, size_t have)
{
	const char *delimiter = request->kind == UNTIL ? request->delimiter
						       : "\n";
	size_t length = strlen(delimiter), longest = model.limit + length;
	const char *from = model.bytes + model.at, *at;

	at = memmem(from, have < longest ? have : longest, delimiter, length);
	return at ? (size_t)(at - from) + length : 0;
}

static void note_text(const struct request *request, size_t length)
{
	const char *from = model.bytes + model.at;

	model.at += length;
	if (request->kind == LINE && from[--length] == '\n' && length &&
	    from[length - 1] == '\r')
		length--;
	fuzz_note(&expected, 'T', from, length);
}

static size_t takes(const struct request *request, size_t have)
{
	size_t most = request->length + (request->kind == SOME);

	if (request->kind >= UNTIL)
		return find(request, have);
	if (request->kind == EXACTLY)
		return have < most ? 0 : most;
	return have < most ? have : most;
}

static bool is_too_long(const struct request *request, size_t have)
{
	size_t length = request->kind == UNTIL ? strlen(request->delimiter) : 1;

	return request->kind >= UNTIL && have >= model.limit + length;
}

/* What becomes of it now: a letter, or 0: it waits. */
static char outcome(const struct request *request)
{
	size_t have = model.length - model.at, taken;

	if (request->kind == EXACTLY && !request->length) {
		fuzz_note(&expected, 'T', NULL, 0);
		return 'T';
	}
	if (model.end == CLOSED)
		return model.why;
	taken = takes(request, have);
	if (taken) {
		note_text(request, taken);
		return 'T';
	}
	if (is_too_long(request, have))
		return 'L';
	if (model.was_ended)
		return have ? 'I' : 'E';
	return model.why;
}

static void begin_next(void)
{
	int seconds = requests[model.next].seconds;

	model.due = seconds ? model.now + seconds : NEVER;
}

static void pass(char event)
{
	const struct request *request = &requests[model.next];

	if (event != 'T')
		fuzz_note(&expected, event, NULL, 0);
	model.cancelled = event == 'C' && !model.cancelled && request->again;
	model.next += !model.cancelled;
	if (model.next < model.count)
		begin_next();
}

static void settle(void)
{
	char event;

	while (model.next < model.count &&
	       (event = outcome(&requests[model.next])))
		pass(event);
}

/* ---- Both ---- */

static bool reads(void)
{
	return model.next < model.count;
}

static void receive(struct fuzz_input *input)
{
	size_t length = 1 + fuzz_setting(input) % 24, i;
	char *piece = (char *)malloc(length);

	must(piece);
	for (i = 0; i < length; i++)
		piece[i] = "aaab\r\nab"[fuzz_setting(input) % 8];
	if (model.end == OPEN && model.length + length <= BYTES) {
		protocol->ops->data_received(protocol, piece, length);
		memcpy(model.bytes + model.length, piece, length);
		model.length += length;
		settle();
	}
	free(piece);
}

static struct request read_request(struct fuzz_input *input)
{
	unsigned kind = fuzz_setting(input), length = fuzz_setting(input);

	return (struct request){
		.kind = kind % KINDS,
		.again = kind & 64,
		.seconds = kind & 128 ? 1 + (int)(length % 4) : 0,
		.length = length % 40,
		.delimiter = delimiters[length % 4],
	};
}

static void start(struct fuzz_input *input)
{
	size_t i;

	if (reads())
		return;
	count = 1 + fuzz_setting(input) % READS;
	for (i = 0; i < count; i++)
		requests[i] = read_request(input);
	model.next = 0;
	model.count = count;
	model.cancelled = false;
	evert_deferred_release(reader);
	reader = evert_spawn(read_all, NULL);
	must(reader);
	begin_next();
	settle();
}

static void cancel(void)
{
	evert_deferred_cancel(reader);
	if (!reads())
		return;
	pass('C');
	settle();
}

static void set_limit(struct fuzz_input *input)
{
	model.limit = fuzz_setting(input) % 32;
	evert_stream_set_limit(stream, model.limit);
	settle();
}

static void end(struct fuzz_input *input)
{
	unsigned how = fuzz_setting(input) % 16;

	if (how < 2 && model.end == OPEN) {
		model.end = ENDED;
		model.was_ended = true;
		protocol->ops->end_received(protocol);
	} else if (how == 2 && model.end < BROKEN) {
		model.end = BROKEN;
		model.why = 'B';
		evert_memory_transport_end(
			memory, evert_failure_create(EVERT_CONNECTION_LOST, 0,
						     "broken"));
	} else if (how == 3 && model.end != CLOSED) {
		if (model.end != BROKEN)
			model.why = 'X';
		model.end = CLOSED;
		model.length = model.at;
		evert_stream_close(stream);
	}
	settle();
}

/* One second after another: those that are over, then what they lead to. */
static void advance(void)
{
	evert_clock_advance(clock, 1);
	model.now++;
	if (!reads() || model.due > model.now)
		return;
	pass('O');
	settle();
}

static void look(void)
{
	size_t unread = model.length - model.at;

	must(evert_stream_buffered(stream) == unread);
	if (model.end == OPEN)
		must(evert_memory_transport_is_reading(memory) ==
		     (reads() || unread <= model.limit));
}

static void step(struct fuzz_input *input)
{
	switch (fuzz_setting(input) % 10) {
	case 0:
		cancel();
		break;
	case 1:
		set_limit(input);
		break;
	case 2:
		end(input);
		break;
	case 3:
		advance();
		break;
	case 4:
	case 5:
	case 6:
		start(input);
		break;
	default:
		receive(input);
	}
	look();
}

static void begin_world(void)
{
	clock = evert_clock_create();
	protocol = evert_stream_factory.build_protocol(&evert_stream_factory,
						       NULL);
	must(clock && protocol);
	stream = evert_stream_of(protocol);
	memory = evert_memory_transport_create(protocol);
	must(memory);
	memset(&model, 0, sizeof(model));
	model.limit = EVERT_STREAM_LIMIT;
	reader = NULL;
}

/* Who still reads hears of it. */
static void end_world(void)
{
	if (model.end < BROKEN)
		evert_memory_transport_end(memory, NULL);
	evert_stream_destroy(stream);
	evert_deferred_release(reader);
	evert_memory_transport_destroy(memory);
	protocol->ops->destroy(protocol);
	evert_clock_destroy(clock);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = {(const char *)data, size, 1};

	begin_world();
	while (input.left)
		step(&input);
	fuzz_expect_equal(&seen, &expected);
	end_world();
	free(seen.text);
	seen = (struct fuzz_log){.text = NULL};
	return 0;
}
