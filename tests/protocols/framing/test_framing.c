/* SPDX-License-Identifier: MIT */
/*
 * What all framings owe to the engine: that it does what the simplest possible
 * parser does, in time linear in the bytes, and that it survives without
 * memory.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/base/memory.h"
#include "../../../protocols/framing/framing_internal.h"
#include "../../../protocols/framing/length_prefixed.h"
#include "../../../protocols/framing/line_receiver.h"
#include "../../../protocols/framing/netstring.h"
#include "../../../reactor/transport/memory_transport.h"
#include "../../support/memory.h"
#include "../../support/transcript.h"

/* ---- A line receiver as simple as possible ---- */

enum { MODEL_SIZE = 1 << 16, MODEL_LIMIT = 12 };

/*
 * All that was received stands in `bytes`, the chunk it works on in front.
 * After each line everything moves up.
 */
struct model {
	char bytes[MODEL_SIZE];
	size_t length;
	size_t chunk; /* bytes in the chunk; behind it is what came since */
	const char *delimiter;
	size_t limit;
	bool raw, paused, closed, busy;
	bool skips; /* the rest of a line that is too long */
	bool collects;
	size_t counted; /* bytes of raw data; 0: not counted */
};

/* The model and the engine, as what runs in both sees them. */
struct side {
	struct evert_line_receiver receiver;
	struct model *model; /* NULL: this side is the engine */
	struct evert_memory_transport *transport;
	struct transcript seen;
	size_t raw_left; /* raw bytes still to come */
	bool in_raw;	 /* the last that was seen is raw data */
	bool counts;	 /* raw data ends by itself */
};

static void model_line(struct side *side, const char *line, size_t length);
static void model_raw(struct side *side, const char *data, size_t length);
static void model_too_long(struct side *side);

static void remove_front(struct model *m, size_t count)
{
	memmove(m->bytes, m->bytes + count, m->length - count);
	m->length -= count;
	m->chunk -= count;
}

static void insert(struct model *m, size_t at, const char *data, size_t length)
{
	cr_assert(le(sz, m->length + length, MODEL_SIZE));
	memmove(m->bytes + at + length, m->bytes + at, m->length - at);
	memcpy(m->bytes + at, data, length);
	m->length += length;
}

/* Where the first delimiter of the chunk begins; its length if nowhere. */
static size_t find_delimiter(const struct model *m)
{
	size_t size = strlen(m->delimiter);
	size_t at;

	for (at = 0; at + size <= m->chunk; at++)
		if (!memcmp(m->bytes + at, m->delimiter, size))
			return at;
	return m->chunk;
}

/* Is every line that begins so longer than the limit? */
static bool surely_too_long(const struct model *m)
{
	size_t at;

	for (at = 0; at <= m->limit && at <= m->chunk; at++)
		if (m->chunk - at < strlen(m->delimiter) &&
		    !memcmp(m->bytes + at, m->delimiter, m->chunk - at))
			return false;
	return true;
}

/* Drops what can't be the begin of the delimiter. */
static bool model_skip(struct model *m)
{
	size_t end = find_delimiter(m);
	size_t kept = strlen(m->delimiter);

	if (end < m->chunk) {
		remove_front(m, end + kept);
		m->skips = false;
		return true;
	}
	for (; kept; kept--)
		if (kept <= m->chunk &&
		    !memcmp(m->bytes + m->chunk - kept, m->delimiter, kept))
			break;
	remove_front(m, m->chunk - kept);
	return false;
}

/* False: there is nothing more to do with the chunk. */
static bool model_step(struct side *side)
{
	struct model *m = side->model;
	char copy[MODEL_SIZE];
	size_t end;

	if (m->skips)
		return model_skip(m);
	if (m->raw) {
		end = m->chunk;
		if (m->collects && end < m->counted)
			return false;
		if (m->counted && end > m->counted)
			end = m->counted;
		if (m->counted) {
			m->counted -= end;
			m->raw = m->counted > 0;
			m->collects &= m->raw;
		}
		memcpy(copy, m->bytes, end);
		remove_front(m, end);
		model_raw(side, copy, end);
		return true;
	}
	end = find_delimiter(m);
	if (end == m->chunk ? surely_too_long(m) : end > m->limit) {
		remove_front(m, m->limit + 1);
		m->skips = true;
		model_too_long(side);
		return true;
	}
	if (end == m->chunk)
		return false;
	memcpy(copy, m->bytes, end);
	remove_front(m, end + strlen(m->delimiter));
	model_line(side, copy, end);
	return true;
}

static void model_run(struct side *side)
{
	struct model *m = side->model;

	if (m->busy || m->paused || m->closed)
		return;
	m->busy = true;
	do {
		m->chunk = m->length;
		while (m->chunk && !m->paused && !m->closed && model_step(side))
			;
	} while (m->chunk < m->length && !m->paused && !m->closed);
	m->busy = false;
	if (m->closed)
		m->length = m->chunk = 0;
}

/* ---- What a receiver can be told to do, on either side ---- */

static void side_receive(struct side *side, const char *data, size_t length)
{
	struct model *m = side->model;

	if (!m) {
		feed(&side->receiver.base, data, length);
		return;
	}
	if (m->closed)
		return;
	insert(m, m->length, data, length);
	model_run(side);
}

static void side_pause(struct side *side)
{
	if (side->model)
		side->model->paused = true;
	else
		evert_line_receiver_pause(&side->receiver);
}

static void side_resume(struct side *side)
{
	if (side->model) {
		side->model->paused = false;
		model_run(side);
	} else {
		evert_line_receiver_resume(&side->receiver);
	}
}

static void side_set_raw(struct side *side)
{
	if (side->model) {
		side->model->raw = true;
		side->model->collects = false;
		side->model->counted = 0;
		model_run(side);
	} else {
		evert_line_receiver_set_raw_mode(&side->receiver);
	}
}

static void side_count(struct side *side, size_t length, bool collects)
{
	side->counts = true;
	if (side->model) {
		side->model->raw = length > 0;
		side->model->collects = collects && length;
		side->model->counted = length;
		model_run(side);
	} else if (collects) {
		evert_line_receiver_collect(&side->receiver, length);
	} else {
		evert_line_receiver_set_raw_mode_for(&side->receiver, length);
	}
}

static void side_set_lines(struct side *side, const char *extra, size_t length)
{
	struct model *m = side->model;

	if (!m) {
		evert_line_receiver_set_line_mode(&side->receiver, extra,
						  length);
		return;
	}
	insert(m, 0, extra, length);
	m->chunk += m->busy ? length : 0;
	m->raw = m->collects = false;
	m->counted = 0;
	model_run(side);
}

static void side_set_delimiter(struct side *side, const char *delimiter)
{
	if (side->model) {
		side->model->delimiter = delimiter;
		model_run(side);
	} else {
		evert_line_receiver_set_delimiter(&side->receiver, delimiter,
						  strlen(delimiter));
	}
}

static void side_set_limit(struct side *side, size_t limit)
{
	if (side->model) {
		side->model->limit = limit;
		model_run(side);
	} else {
		evert_line_receiver_set_limit(&side->receiver, limit);
	}
}

static void side_close(struct side *side)
{
	if (side->model)
		side->model->closed = true;
	else
		evert_transport_lose_connection(
			side->receiver.base.transport);
}

static void side_clear(struct side *side)
{
	struct model *m = side->model;
	char *data;
	size_t length;

	if (m) {
		data = m->bytes;
		length = m->length;
		m->length = m->chunk = 0;
	} else {
		evert_line_receiver_clear(&side->receiver, &data, &length);
	}
	transcript_add(&side->seen, "(");
	if (length)
		transcript_add_bytes(&side->seen, data, length);
	transcript_add(&side->seen, ")");
	if (!m)
		evert_free(data);
}

/* ---- The program that runs on both sides ---- */

static const char *const delimiters[] = { "\r\n", "b", "aab", "abab", "bb" };

/* The first letter of a line is a command, its length an argument. */
static void on_line(struct side *side, const char *line, size_t length)
{
	side->in_raw = false;
	transcript_add(&side->seen, "[");
	transcript_add_bytes(&side->seen, line, length);
	transcript_add(&side->seen, "]");
	switch (length ? *line : ' ') {
	case 'R':
		side->raw_left = 2 * length;
		side->counts = false;
		side_set_raw(side);
		break;
	case 'N':
		side_count(side, 2 * length, false);
		break;
	case 'K':
		side_count(side, 2 * length, true);
		break;
	case 'U':
		side_set_raw(side);
		side_set_lines(side, "Pa\r\nbb", 6);
		break;
	case 'D':
		side_set_delimiter(side, delimiters[length % 5]);
		break;
	case 'M':
		side_set_limit(side, MODEL_LIMIT - 3 + length);
		break;
	case 'P':
		side_pause(side);
		break;
	case 'Q':
		side_pause(side);
		side_receive(side, "Paa\r\nb", 6);
		side_resume(side);
		break;
	case 'I':
		side_receive(side, "aR\r\nbab\r\na", 9);
		break;
	case 'C':
		side_clear(side);
		break;
	case 'X':
		if (length > 3)
			side_close(side);
		break;
	}
}

/* How much of raw data arrives together is not written down. */
static void on_raw(struct side *side, const char *data, size_t length)
{
	size_t used = length < side->raw_left ? length : side->raw_left;

	if (side->counts)
		used = length;
	if (!side->in_raw)
		transcript_add(&side->seen, "raw ");
	side->in_raw = true;
	transcript_add_bytes(&side->seen, data, used);
	if (side->counts)
		return;
	side->raw_left -= used;
	if (!side->raw_left)
		side_set_lines(side, data + used, length - used);
}

static void on_too_long(struct side *side)
{
	side->in_raw = false;
	transcript_add(&side->seen, "<too long>");
}

static void model_line(struct side *side, const char *line, size_t length)
{
	on_line(side, line, length);
}

static void model_raw(struct side *side, const char *data, size_t length)
{
	on_raw(side, data, length);
}

static void model_too_long(struct side *side)
{
	on_too_long(side);
}

static struct side *side_from(struct evert_line_receiver *receiver)
{
	return evert_container_of(receiver, struct side, receiver);
}

static void line_received(struct evert_line_receiver *receiver,
			  const char *line, size_t length)
{
	on_line(side_from(receiver), line, length);
}

static void raw_data_received(struct evert_line_receiver *receiver,
			      const char *data, size_t length)
{
	on_raw(side_from(receiver), data, length);
}

static void line_too_long(struct evert_line_receiver *receiver,
			  const char *data, size_t length)
{
	(void)data;
	(void)length;
	on_too_long(side_from(receiver));
}

static const struct evert_line_receiver_ops line_ops = {
	.line_received = line_received,
	.raw_data_received = raw_data_received,
	.line_too_long = line_too_long,
};

/* ---- Random programs ---- */

/* Mostly what means something. */
static size_t random_chunk(struct random *random, char *chunk, size_t most)
{
	static const char *const words[] = {
		"\r\n", "\r\n", "\r\n", "\r",  "\n", "a", "b", "ab", "aab",
		"R",	"D",	"M",	"P",   "Q",  "I", "C", "X",  "aa",
		"\r\nR", "\r\nDa\r\n", "\r\nC", "bP", "bQ", "bI", "bRaab",
		"\r\nN", "\r\nKa\r\n", "bK", "bU", "\r\nU\r\n", "N",
	};
	size_t length = 0;
	size_t wanted = random_below(random, most);
	const char *word;

	while (length < wanted) {
		word = words[random_below(random, 31)];
		memcpy(chunk + length, word, strlen(word));
		length += strlen(word);
	}
	return length;
}

static void act_from_outside(struct random *random, struct side *side)
{
	switch (random_below(random, 14)) {
	case 0:
		side_pause(side);
		break;
	case 1:
		side_set_delimiter(side, delimiters[random_below(random, 5)]);
		break;
	case 2:
		side_set_limit(side, random_below(random, 20));
		break;
	case 3:
		side_clear(side);
		break;
	case 4:
		side->raw_left = 3;
		side->counts = false;
		side_set_raw(side);
		break;
	case 5:
		side_count(side, 5, true);
		break;
	case 6:
		side_count(side, 5, false);
		break;
	default:
		side_resume(side);
	}
}

static void run_program(uint64_t seed)
{
	static struct model model;
	struct side real = { .model = NULL };
	struct side ideal = { .model = &model };
	struct random random = { seed };
	struct random same;
	char chunk[256];
	size_t i, length;

	model.length = model.chunk = 0;
	model.delimiter = "\r\n";
	model.limit = MODEL_LIMIT;
	model.raw = model.paused = model.closed = model.busy = false;
	model.skips = model.collects = false;
	model.counted = 0;
	evert_line_receiver_init(&real.receiver, &line_ops);
	real.transport = evert_memory_transport_create(&real.receiver.base);
	evert_line_receiver_set_limit(&real.receiver, MODEL_LIMIT);
	for (i = 0; i < 60; i++) {
		length = random_chunk(&random, chunk,
				      1 + random_below(&random, 200));
		side_receive(&real, chunk, length);
		side_receive(&ideal, chunk, length);
		same = random;
		act_from_outside(&random, &real);
		act_from_outside(&same, &ideal);
		cr_assert(eq(str, (char *)transcript_text(&real.seen),
			     (char *)transcript_text(&ideal.seen)),
			  "seed %zu, step %zu", (size_t)seed, i);
	}
	evert_memory_transport_destroy(real.transport);
	evert_line_receiver_finish(&real.receiver);
	transcript_clear(&real.seen);
	transcript_clear(&ideal.seen);
}

TestSuite(framing_model);

Test(framing_model, p64_to_p72_lines_are_what_the_simplest_parser_finds)
{
	uint64_t seed;

	for (seed = 1; seed <= 1500; seed++)
		run_program(seed);
}

/* ---- Strings behind their lengths ---- */

static struct evert_netstring netstring;
static struct evert_length_prefixed prefixed;
static struct transcript seen;

static void netstring_received(struct evert_netstring *self,
			       const char *string, size_t length)
{
	transcript_add(&seen, "[");
	transcript_add_bytes(&seen, string, length);
	transcript_add(&seen, "]");
	if (length == 2)
		evert_netstring_pause(self);
}

static void netstring_refused(struct evert_netstring *self, const char *data,
			      size_t length)
{
	(void)self;
	(void)data;
	(void)length;
	transcript_add(&seen, "refused");
}

static const struct evert_netstring_ops netstring_ops = {
	.string_received = netstring_received,
	.string_refused = netstring_refused,
};

static void prefixed_received(struct evert_length_prefixed *self,
			      const char *string, size_t length)
{
	transcript_add(&seen, "[");
	transcript_add_bytes(&seen, string, length);
	transcript_add(&seen, "]");
	if (length == 2)
		evert_length_prefixed_pause(self);
}

static void prefixed_refused(struct evert_length_prefixed *self,
			     const char *data, size_t length)
{
	(void)self;
	(void)data;
	(void)length;
	transcript_add(&seen, "refused");
}

static const struct evert_length_prefixed_ops prefixed_ops = {
	.string_received = prefixed_received,
	.string_refused = prefixed_refused,
};

/* Writes a stream with an error in it now and then. Returns its length. */
static size_t random_netstrings(struct random *random, char *stream)
{
	static const char *const errors[] = { "01:a,", ":,", "1a,", "1:ab" };
	size_t length = 0;
	size_t i, size;

	for (i = random_below(random, 12); i > 0; i--) {
		size = random_below(random, 13);
		length += (size_t)sprintf(stream + length, "%zu:%.*s,", size,
					  (int)size, "1:a,0:,:2:bb,");
	}
	if (random_below(random, 2))
		length += (size_t)sprintf(stream + length, "%s1:x,",
					  errors[random_below(random, 4)]);
	return length;
}

/* The strings at the begin of `stream`, one after the other; a limit of 11. */
static void expect_netstrings(struct transcript *expected, const char *stream,
			      size_t length)
{
	const char *at = stream;
	const char *end = stream + length;
	char *colon;
	unsigned long size;

	while (at < end) {
		size = strtoul(at, &colon, 10);
		if (colon == at || *colon != ':' ||
		    (*at == '0' && colon > at + 1) || size > 11 ||
		    colon[1 + size] != ',') {
			transcript_add(expected, "refused");
			return;
		}
		transcript_add(expected, "[");
		transcript_add_bytes(expected, colon + 1, size);
		transcript_add(expected, "]");
		at = colon + size + 2;
	}
}

static void feed_netstrings(struct random *random, const char *stream,
			    size_t length)
{
	size_t size;

	evert_netstring_init(&netstring, &netstring_ops);
	evert_netstring_set_limit(&netstring, 11);
	for (; length; stream += size, length -= size) {
		size = 1 + random_below(random, length);
		size = random_below(random, 2) && size > 3 ? 3 : size;
		feed(&netstring.base, stream, size);
		if (random_below(random, 2))
			evert_netstring_resume(&netstring);
	}
	while (evert_framing_is_paused(&netstring.framing))
		evert_netstring_resume(&netstring);
	evert_netstring_finish(&netstring);
}

Test(framing_model, p73_netstrings_are_what_the_simplest_parser_finds)
{
	struct transcript expected = { 0 };
	struct random random;
	char stream[512];
	uint64_t seed;
	size_t length;

	for (seed = 1; seed <= 3000; seed++) {
		random.state = seed;
		length = random_netstrings(&random, stream);
		expect_netstrings(&expected, stream, length);
		feed_netstrings(&random, stream, length);
		cr_assert(eq(str, (char *)transcript_text(&seen),
			     (char *)transcript_text(&expected)),
			  "seed %zu", (size_t)seed);
		transcript_clear(&seen);
		transcript_clear(&expected);
	}
}

static void feed_prefixed(struct random *random, const char *stream,
			  size_t length, size_t prefix)
{
	size_t size;

	evert_length_prefixed_init(&prefixed, &prefixed_ops, prefix);
	evert_length_prefixed_set_limit(&prefixed, 40);
	for (; length; stream += size, length -= size) {
		size = 1 + random_below(random, length);
		size = random_below(random, 2) && size > 3 ? 3 : size;
		feed(&prefixed.base, stream, size);
		if (random_below(random, 2))
			evert_length_prefixed_resume(&prefixed);
	}
	while (evert_framing_is_paused(&prefixed.framing))
		evert_length_prefixed_resume(&prefixed);
	evert_length_prefixed_finish(&prefixed);
}

/* Writes a stream and what it holds; a limit of 40. */
static size_t random_prefixed(struct random *random, char *stream,
			      size_t prefix, struct transcript *expected)
{
	static const char text[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	size_t length = 0;
	size_t i, size;

	for (i = random_below(random, 12); i > 0; i--) {
		size = random_below(random, 42);
		memset(stream + length, 0, prefix);
		stream[length + prefix - 1] = (char)size;
		if (size > 40) {
			transcript_add(expected, "refused");
			return length + prefix;
		}
		memcpy(stream + length + prefix, text, size);
		length += prefix + size;
		transcript_add(expected, "[");
		transcript_add_bytes(expected, text, size);
		transcript_add(expected, "]");
	}
	return length;
}

Test(framing_model, p73_prefixed_strings_are_what_the_simplest_parser_finds)
{
	struct transcript expected = { 0 };
	struct random random;
	char stream[1024];
	uint64_t seed;
	size_t length, prefix;

	for (seed = 1; seed <= 3000; seed++) {
		random.state = seed;
		prefix = (size_t)1 << random_below(&random, 3);
		length = random_prefixed(&random, stream, prefix, &expected);
		feed_prefixed(&random, stream, length, prefix);
		cr_assert(eq(str, (char *)transcript_text(&seen),
			     (char *)transcript_text(&expected)),
			  "seed %zu", (size_t)seed);
		transcript_clear(&seen);
		transcript_clear(&expected);
	}
}

/* ---- Linear time ---- */

/*
 * Each of these takes a moment. In square time each would take minutes, and
 * the test would be ended.
 */
enum { MUCH = 1 << 22 };

static struct evert_line_receiver lines;
static size_t line_count, raw_count, longest;

static void count_line(struct evert_line_receiver *self, const char *line,
		       size_t length)
{
	(void)self;
	(void)line;
	line_count++;
	if (longest < length)
		longest = length;
}

static void pause_at_line(struct evert_line_receiver *self, const char *line,
			  size_t length)
{
	count_line(self, line, length);
	evert_line_receiver_pause(self);
}

static void send_line_back(struct evert_line_receiver *self, const char *line,
			   size_t length)
{
	count_line(self, line, length);
	if (line_count < MUCH / 4)
		evert_line_receiver_data_received(&self->base, "a\n", 2);
}

static void expect_raw(struct evert_line_receiver *self, const char *line,
		       size_t length)
{
	count_line(self, line, length);
	evert_line_receiver_set_raw_mode(self);
}

static void give_back(struct evert_line_receiver *self, const char *data,
		      size_t length)
{
	raw_count++;
	evert_line_receiver_set_line_mode(self, data + 1, length - 1);
}

static void begin_lines(const struct evert_line_receiver_ops *ops)
{
	evert_line_receiver_init(&lines, ops);
	evert_line_receiver_set_delimiter(&lines, "\n", 1);
	evert_line_receiver_set_limit(&lines, SIZE_MAX);
}

static char *much_of(const char *pattern)
{
	char *much = malloc(MUCH);
	size_t i;

	for (i = 0; i < MUCH; i++)
		much[i] = pattern[i % strlen(pattern)];
	return much;
}

static const struct evert_line_receiver_ops counting_ops = {
	.line_received = count_line,
};

TestSuite(framing_time);

Test(framing_time, a_long_line_in_single_bytes)
{
	size_t i;

	failing_allocator_start(0, false);
	begin_lines(&counting_ops);
	for (i = 0; i < MUCH; i++)
		evert_line_receiver_data_received(&lines.base, "x", 1);
	evert_line_receiver_data_received(&lines.base, "\n", 1);
	cr_assert(eq(sz, longest, MUCH));
	evert_line_receiver_finish(&lines);
	cr_assert(lt(sz, failing_allocator_stop().requests, 100));
}

Test(framing_time, a_long_line_of_half_delimiters_in_single_bytes)
{
	size_t i;

	begin_lines(&counting_ops);
	evert_line_receiver_set_delimiter(&lines, "\n\r\n", 3);
	for (i = 0; i < MUCH; i++)
		evert_line_receiver_data_received(&lines.base, "\n", 1);
	evert_line_receiver_data_received(&lines.base, "\r\n", 2);
	cr_assert(eq(sz, longest, MUCH - 1));
	evert_line_receiver_finish(&lines);
}

Test(framing_time, many_lines_in_one_read)
{
	char *much = much_of("a\n");

	begin_lines(&counting_ops);
	feed(&lines.base, much, MUCH);
	cr_assert(eq(sz, line_count, MUCH / 2));
	evert_line_receiver_finish(&lines);
	free(much);
}

static const struct evert_line_receiver_ops pausing_ops = {
	.line_received = pause_at_line,
};

Test(framing_time, p70_a_pause_at_each_of_many_lines)
{
	char *much = much_of("a\n");

	begin_lines(&pausing_ops);
	feed(&lines.base, much, MUCH);
	while (line_count < MUCH / 2)
		evert_line_receiver_resume(&lines);
	evert_line_receiver_finish(&lines);
	free(much);
}

Test(framing_time, p70_many_small_reads_while_paused)
{
	size_t i;

	failing_allocator_start(0, false);
	begin_lines(&counting_ops);
	evert_line_receiver_pause(&lines);
	for (i = 0; i < MUCH; i++)
		evert_line_receiver_data_received(&lines.base, "\n", 1);
	evert_line_receiver_resume(&lines);
	cr_assert(eq(sz, line_count, MUCH));
	evert_line_receiver_finish(&lines);
	cr_assert(lt(sz, failing_allocator_stop().requests, 100));
}

Test(framing_time, p70_a_long_line_in_single_bytes_with_a_pause_at_each)
{
	size_t i;

	begin_lines(&counting_ops);
	for (i = 0; i < MUCH / 4; i++) {
		evert_line_receiver_pause(&lines);
		evert_line_receiver_data_received(&lines.base, "x", 1);
		evert_line_receiver_resume(&lines);
	}
	evert_line_receiver_data_received(&lines.base, "\n", 1);
	cr_assert(eq(sz, longest, MUCH / 4));
	evert_line_receiver_finish(&lines);
}

Test(framing_time, p70_a_pause_at_each_of_many_lines_with_more_arriving)
{
	char *much = much_of("a\n");

	begin_lines(&pausing_ops);
	evert_line_receiver_pause(&lines);
	feed(&lines.base, much, MUCH);
	while (line_count < MUCH / 2) {
		evert_line_receiver_resume(&lines);
		evert_line_receiver_data_received(&lines.base, "a\n", 2);
	}
	evert_line_receiver_finish(&lines);
	free(much);
}

static const struct evert_line_receiver_ops echoing_ops = {
	.line_received = send_line_back,
};

Test(framing_time, p72_many_lines_received_from_inside)
{
	char *much = much_of("a\n");

	begin_lines(&echoing_ops);
	feed(&lines.base, much, MUCH / 4);
	cr_assert(ge(sz, line_count, MUCH / 4));
	evert_line_receiver_finish(&lines);
	free(much);
}

static const struct evert_line_receiver_ops alternating_ops = {
	.line_received = expect_raw,
	.raw_data_received = give_back,
};

Test(framing_time, p68_lines_and_raw_data_in_turn_in_one_read)
{
	char *much = much_of("a\nR");

	begin_lines(&alternating_ops);
	feed(&lines.base, much, MUCH);
	cr_assert(ge(sz, raw_count, MUCH / 3));
	evert_line_receiver_finish(&lines);
	free(much);
}

Test(framing_time, p73_a_long_netstring_in_single_bytes)
{
	size_t i;

	evert_netstring_init(&netstring, &netstring_ops);
	evert_netstring_set_limit(&netstring, MUCH);
	feed(&netstring.base, "4194304:", 8);
	for (i = 0; i < MUCH; i++)
		evert_netstring_data_received(&netstring.base, "x", 1);
	cr_assert(eq(sz, seen.length, 0));
	evert_netstring_finish(&netstring);
}

Test(framing_time, p73_a_long_prefixed_string_in_single_bytes)
{
	size_t i;

	evert_length_prefixed_init(&prefixed, &prefixed_ops, 4);
	evert_length_prefixed_set_limit(&prefixed, MUCH);
	feed(&prefixed.base, "\0\x40\0\0", 4);
	for (i = 0; i < MUCH - 1; i++)
		evert_length_prefixed_data_received(&prefixed.base, "x", 1);
	cr_assert(eq(sz, seen.length, 0));
	evert_length_prefixed_finish(&prefixed);
}

/* ---- Without memory ---- */

/* Makes every kind of use of the buffer. Lines that were delivered are those
   that were sent, in order, up to where memory ran out. */
static void starved_line(struct evert_line_receiver *self, const char *line,
			 size_t length)
{
	char *data;
	size_t size;

	cr_assert(not(evert_transport_is_closing(self->base.transport)));
	cr_assert(eq(sz, length, 2));
	cr_assert(eq(int, (line[0] - '0') * 10 + line[1] - '0',
		     (int)++line_count));
	switch (line_count) {
	case 2:
		evert_line_receiver_pause(self);
		break;
	case 4:
		feed(&self->base, "05\n06", 5);
		break;
	case 6:
		evert_line_receiver_set_raw_mode(self);
		break;
	case 7:
		if (!evert_line_receiver_clear(self, &data, &size))
			evert_free(data);
		else
			evert_line_receiver_clear(self, NULL, NULL);
		break;
	}
}

static void starved_raw(struct evert_line_receiver *self, const char *data,
			size_t length)
{
	char copy[16];

	memcpy(copy, data, length);
	evert_line_receiver_set_line_mode(self, copy, length);
}

static const struct evert_line_receiver_ops starved_ops = {
	.line_received = starved_line,
	.raw_data_received = starved_raw,
};

static void use_the_buffer(void *arg)
{
	static const char *const reads[] = { "0", "1\n02\n03", "\n04",
					     "\n",  "\n07\n0", "08\n09\n" };
	struct evert_memory_transport *memory;
	char line[5000];
	size_t i;

	(void)arg;
	line_count = 0;
	begin_lines(&starved_ops);
	memory = evert_memory_transport_create(&lines.base);
	if (!memory)
		return;
	for (i = 0; i < 6; i++) {
		feed(&lines.base, reads[i], strlen(reads[i]));
		if (i == 2)
			evert_line_receiver_resume(&lines);
	}
	memset(line, 'x', sizeof(line));
	evert_line_receiver_send_line(&lines, line, sizeof(line));
	cr_assert(line_count == 9 ||
		  evert_memory_transport_was_aborted(memory));
	evert_memory_transport_destroy(memory);
	evert_line_receiver_finish(&lines);
}

/* An unfinished line that grows, and then is too long. */
static void grow_the_buffer(void *arg)
{
	struct evert_memory_transport *memory;
	char read[1000];
	size_t i;

	(void)arg;
	line_count = 0;
	memset(read, 'x', sizeof(read));
	begin_lines(&counting_ops);
	evert_line_receiver_set_limit(&lines, 500);
	memory = evert_memory_transport_create(&lines.base);
	if (!memory)
		return;
	for (i = 0; i < 50; i++)
		feed(&lines.base, read, 10);
	if (!evert_memory_transport_was_aborted(memory)) {
		cr_assert(not(evert_transport_is_closing(
			lines.base.transport)));
		feed(&lines.base, read, sizeof(read));
	}
	cr_assert(evert_transport_is_closing(lines.base.transport));
	cr_assert(eq(sz, line_count, 0));
	evert_memory_transport_destroy(memory);
	evert_line_receiver_finish(&lines);
}

TestSuite(framing_starved);

Test(framing_starved, without_memory_a_growing_line_aborts)
{
	fail_every_allocation(grow_the_buffer, NULL);
}

Test(framing_starved, without_memory_the_connection_is_aborted)
{
	fail_every_allocation(use_the_buffer, NULL);
}

Test(framing_starved, without_memory_nothing_follows_the_hole)
{
	failing_allocator_start(1, false);
	begin_lines(&counting_ops);
	feed(&lines.base, "a\nb", 3);
	feed(&lines.base, "c\nd\n", 4);
	cr_assert(eq(sz, line_count, 1));
	evert_line_receiver_finish(&lines);
	cr_assert(eq(sz, 0, failing_allocator_stop().live));
}

Test(framing_starved, without_memory_a_line_is_refused_all_the_same)
{
	failing_allocator_start(1, true);
	begin_lines(&counting_ops);
	evert_line_receiver_set_limit(&lines, 3);
	feed(&lines.base, "abc\nabcd", 8);
	feed(&lines.base, "\nabc\n", 5);
	cr_assert(eq(sz, line_count, 1));
	evert_line_receiver_finish(&lines);
	failing_allocator_stop();
}

Test(framing_starved, p74_without_memory_a_closing_connection_sends_its_queue)
{
	struct evert_memory_transport *memory;
	char line[5000];

	memset(line, 'x', sizeof(line));
	failing_allocator_start(0, false);
	begin_lines(&counting_ops);
	memory = evert_memory_transport_create(&lines.base);
	evert_transport_lose_connection(lines.base.transport);
	failing_allocator_fail(1, true);
	cr_assert(eq(int, -EPIPE,
		     evert_line_receiver_send_line(&lines, line,
						   sizeof(line))));
	cr_assert(not(evert_memory_transport_was_aborted(memory)));
	evert_memory_transport_destroy(memory);
	evert_line_receiver_finish(&lines);
	failing_allocator_stop();
}

static void send_strings(void *arg)
{
	struct evert_memory_transport *memory;
	char string[5000];
	size_t length;

	(void)arg;
	memset(string, 'x', sizeof(string));
	evert_netstring_init(&netstring, &netstring_ops);
	memory = evert_memory_transport_create(&netstring.base);
	if (!memory)
		return;
	if (evert_netstring_send_string(&netstring, string, sizeof(string)))
		cr_assert(evert_memory_transport_was_aborted(memory));
	evert_memory_transport_written(memory, &length);
	cr_assert(length == 0 || length == sizeof(string) + 6);
	evert_memory_transport_destroy(memory);
	evert_netstring_finish(&netstring);
}

Test(framing_starved, p74_without_memory_a_string_is_not_half_sent)
{
	fail_every_allocation(send_strings, NULL);
}
