/* SPDX-License-Identifier: MIT */
/*
 * An event is composed in the buffer, where it will be written from: its digits
 * and escapes are put there one by one, since printf takes longer than all the
 * rest. Where there is no room for it, it is composed to be dropped.
 */
#include "trace_event_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "trace_output_internal.h"
#include "trace_process_internal.h"
#include "version.h"

enum {
	EVENT_SIZE = 2048,	/* at most, without bytes; what is longer is
				   left out */
	MOST_BYTES = 4096,
	BYTE_SIZE = 6,		/* at most, as text */
	MOST_TEXT = 80,		/* bytes of what is cut */
};

static struct {
	int64_t now;
	unsigned file;	 /* which one this is: a child has another */
	uint64_t flows;	 /* arrows that this process has told of */
	size_t left_out; /* events, since that was told */
	size_t bytes;	 /* to be recorded of each read or write */
	char *begin, *at, *end; /* of the event */
	bool is_first;	 /* no event was written before */
	bool has_args;
	size_t text_left; /* of what is cut */
} event;

/* ---- Characters ---- */

static inline void put(char letter)
{
	if (event.at < event.end)
		*event.at++ = letter;
}

static inline void put_plain(const char *text, size_t length)
{
	if (length > (size_t)(event.end - event.at))
		length = (size_t)(event.end - event.at);
	memcpy(event.at, text, length);
	event.at += length;
}

#define PUT(text) put_plain(text, sizeof(text) - 1)

static void put_digits(uint64_t value, unsigned least)
{
	char digits[20];
	unsigned at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value || sizeof(digits) - at < least);
	put_plain(digits + at, sizeof(digits) - at);
}

static const char hexadecimal[] = "0123456789abcdef";

static void put_hash(uint64_t value)
{
	int shift;

	PUT("\"0x");
	for (shift = 60; shift >= 0; shift -= 4)
		put(hexadecimal[value >> shift & 15]);
	put('"');
}

/* A character of its own, in JSON. */
static void put_byte(unsigned char byte)
{
	if (byte >= ' ' && byte < 0x7f) {
		if (byte == '"' || byte == '\\')
			put('\\');
		put((char)byte);
		return;
	}
	PUT("\\u00");
	put(hexadecimal[byte >> 4]);
	put(hexadecimal[byte & 15]);
}

/* How long is the character of UTF-8 that begins here? 0: none does. RFC 3629,
   section 4. */
static size_t character_length(const unsigned char *text, size_t length)
{
	unsigned char first = text[0], low = 0x80, high = 0xbf;
	size_t count = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4, i;

	if (first < 0xc2 || first > 0xf4 || count > length)
		return 0;
	if (first == 0xe0)
		low = 0xa0;
	else if (first == 0xed)
		high = 0x9f;
	else if (first == 0xf0)
		low = 0x90;
	else if (first == 0xf4)
		high = 0x8f;
	for (i = 1; i < count; i++, low = 0x80, high = 0xbf)
		if (text[i] < low || text[i] > high)
			return 0;
	return count;
}

static void put_text(const char *text, size_t length)
{
	const unsigned char *at = (const unsigned char *)text;
	const unsigned char *end = at + length;
	size_t count;

	while (at < end) {
		count = *at < 0x80 ? 0 :
				     character_length(at, (size_t)(end - at));
		if (count)
			put_plain((const char *)at, count);
		else
			put_byte(*at);
		at += count ? count : 1;
	}
}

/* ---- Events ---- */

static int64_t nanoseconds(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int64_t evert_trace_now(void)
{
	return nanoseconds(CLOCK_MONOTONIC);
}

void evert_trace_set_time(int64_t now)
{
	event.now = now;
}

static long thread_id(void)
{
	static _Thread_local long id;
	static _Thread_local unsigned file; /* in which that was so */

	if (file != event.file) {
		id = syscall(SYS_gettid);
		file = event.file;
	}
	return id;
}

static void put_who(int64_t at, long thread)
{
	PUT("\",\"ts\":");
	put_digits((uint64_t)at / 1000, 1);
	put('.');
	put_digits((uint64_t)at % 1000, 3);
	PUT(",\"pid\":");
	put_digits((uint64_t)evert_trace_process.id, 1);
	PUT(",\"tid\":");
	put_digits((uint64_t)thread, 1);
}

/* To be dropped, if there is no room. */
static void find_room(void)
{
	static char nowhere[EVENT_SIZE];
	size_t size = EVENT_SIZE + BYTE_SIZE * event.bytes;

	event.begin = evert_trace_output_room(size);
	if (!event.begin) {
		event.begin = nowhere;
		size = 0;
	}
	event.at = event.begin;
	event.end = event.begin + size;
}

static void open_at(char phase, int64_t at, long thread)
{
	find_room();
	event.has_args = false;
	if (event.is_first)
		PUT("[\n");
	else
		PUT(",\n");
	PUT("{\"ph\":\"");
	put(phase);
	put_who(at, thread);
}

static void put_name(const char *category, const char *name, size_t length)
{
	PUT(",\"cat\":\"");
	put_plain(category, strlen(category));
	PUT("\",\"name\":\"");
	put_text(name, length);
	put('"');
}

static void tell_left_out(void)
{
	size_t count = event.left_out;

	event.left_out = 0;
	open_at('i', event.now, thread_id());
	PUT(",\"cat\":\"trace\",\"name\":\"");
	put_digits(count, 1);
	PUT(" events left out\"");
	evert_trace_close();
	if (event.left_out)
		event.left_out = count;
}

static void open_event(char phase)
{
	if (event.left_out)
		tell_left_out();
	open_at(phase, event.now, thread_id());
}

void evert_trace_open(char phase, const char *category, const char *name)
{
	open_event(phase);
	put_name(category, name, strlen(name));
}

void evert_trace_open_object(const char *name)
{
	evert_trace_open('i', "object", name);
}

void evert_trace_close(void)
{
	if (event.has_args)
		put('}');
	put('}');
	if (event.at == event.end) {
		event.left_out++;
		return;
	}
	event.is_first = false;
	evert_trace_output_put((size_t)(event.at - event.begin));
}

/* ---- Arguments ---- */

static void put_key(const char *name)
{
	if (event.has_args)
		put(',');
	else
		PUT(",\"args\":{");
	event.has_args = true;
	put('"');
	put_plain(name, strlen(name));
	PUT("\":");
}

void evert_trace_id(enum evert_trace_kind kind, uint64_t id)
{
	static const char *const kinds[] = {
		[EVERT_TRACE_DEFERRED] = "deferred",
		[EVERT_TRACE_COROUTINE] = "coroutine",
		[EVERT_TRACE_CONNECTION] = "connection",
		[EVERT_TRACE_TIMER] = "timer",
	};

	put_key(kinds[kind]);
	put_digits(id, 1);
}

void evert_trace_integer(const char *name, int64_t value)
{
	put_key(name);
	if (value < 0)
		put('-');
	put_digits(value < 0 ? -(uint64_t)value : (uint64_t)value, 1);
}

void evert_trace_number(const char *name, double value)
{
	char text[40];
	int length = snprintf(text, sizeof(text), "%.9g", value);

	put_key(name);
	put_plain(text, (size_t)length);
}

void evert_trace_hash(const char *name, uint64_t value)
{
	put_key(name);
	put_hash(value);
}

void evert_trace_text(const char *name, const char *text)
{
	if (!text)
		return;
	put_key(name);
	put('"');
	put_text(text, strlen(text));
	put('"');
}

void evert_trace_text_begin(const char *name)
{
	put_key(name);
	put('"');
	event.text_left = MOST_TEXT;
}

void evert_trace_text_put(const char *text, size_t length)
{
	if (length > event.text_left)
		length = event.text_left;
	event.text_left -= length;
	put_text(text, length);
}

void evert_trace_text_end(void)
{
	put('"');
}

void evert_trace_bytes(const char *name, const struct iovec *parts,
		       size_t count)
{
	const unsigned char *data;
	size_t left = count < event.bytes ? count : event.bytes, i, length;

	if (!event.bytes || !parts)
		return;
	put_key(name);
	put('"');
	for (; left; left -= length, parts++) {
		data = parts->iov_base;
		length = parts->iov_len < left ? parts->iov_len : left;
		for (i = 0; i < length; i++)
			put_byte(data[i]);
	}
	put('"');
}

void evert_trace_set_bytes(size_t count)
{
	event.bytes = count < MOST_BYTES ? count : MOST_BYTES;
}

/* ---- What runs ---- */

/* Where " (file.c:20)" begins, that `name` ends in; or its end. */
static size_t name_length(const char *name, const char **place)
{
	const char *open = strrchr(name, '(');
	size_t length = strlen(name);

	if (!open || open == name || open[-1] != ' ' ||
	    name[length - 1] != ')')
		return length;
	*place = open + 1;
	return (size_t)(open - 1 - name);
}

void evert_trace_begin_of(const char *category, const char *name,
			  const struct evert_trace_entry *entry,
			  const char *place)
{
	const char *within = NULL;
	size_t length = place ? strlen(name) : name_length(name, &within);

	open_event('B');
	put_name(category, name, length);
	if (entry)
		evert_trace_id(entry->kind, entry->id);
	evert_trace_text("at", place);
	if (within) {
		put_key("at");
		put('"');
		put_text(within, strlen(within) - 1);
		put('"');
	}
	evert_trace_close();
}

void evert_trace_end_it(void)
{
	open_event('E');
	evert_trace_close();
}

/* ---- Who caused what ---- */

void evert_trace_cause(struct evert_trace_cause *cause)
{
	cause->at = event.now;
	cause->thread = thread_id();
}

static void flow(char phase, const char *name, uint64_t id, int64_t at,
		 long thread)
{
	open_at(phase, at, thread);
	put_name("flow", name, strlen(name));
	PUT(",\"id\":");
	put_hash(id);
	if (phase == 'f')
		PUT(",\"bp\":\"e\"");
	evert_trace_close();
}

uint64_t evert_trace_new_flow(void)
{
	return (uint64_t)evert_trace_process.id << 40 | ++event.flows;
}

void evert_trace_flow(const char *name, struct evert_trace_cause *cause)
{
	uint64_t id;

	if (!cause->at)
		return;
	id = evert_trace_new_flow();
	flow('s', name, id, cause->at, cause->thread);
	flow('f', name, id, event.now, thread_id());
	cause->at = 0;
}

void evert_trace_flow_end(char phase, const char *name, uint64_t id)
{
	flow(phase, name, id, event.now, thread_id());
}

/* ---- The begin and the end of a file ---- */

static void tell_name(void)
{
	evert_trace_open('M', "__metadata", "process_name");
	evert_trace_text("name", evert_trace_process.command);
	evert_trace_close();
}

static void tell_process(void)
{
	int64_t ahead = nanoseconds(CLOCK_REALTIME) - event.now;

	evert_trace_open('M', "__metadata", "evert");
	evert_trace_integer("format", 1);
	evert_trace_text("version", EVERT_VERSION);
	evert_trace_integer("wall", ahead / 1000);
	evert_trace_text("host", evert_trace_process.host);
	evert_trace_text("directory", evert_trace_process.directory);
	evert_trace_close();
}

void evert_trace_begin_file(void)
{
	event.file++;
	event.flows = 0;
	event.left_out = 0;
	event.is_first = true;
	evert_trace_process_look();
	event.now = evert_trace_now();
	tell_name();
	tell_process();
}

void evert_trace_end_file(size_t *unwritten, size_t *left_out)
{
	static const char end[] = "\n]\n";
	char *room;

	if (event.left_out) {
		evert_trace_output_flush_all();
		event.now = evert_trace_now();
		tell_left_out();
	}
	evert_trace_output_flush_all();
	room = evert_trace_output_room(sizeof(end) - 1);
	if (room) {
		memcpy(room, end, sizeof(end) - 1);
		evert_trace_output_put(sizeof(end) - 1);
	}
	*unwritten = evert_trace_output_flush_all();
	*left_out = event.left_out;
}
