/* SPDX-License-Identifier: MIT */
/*
 * An event is composed in the buffer, where it will be written from, and without
 * printf, which takes longer than all the rest. Where there is no room for it, it
 * is composed to be dropped.
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
	BEGIN_SIZE = 256,	/* of that: its phase, time and thread */
	WHO_SIZE = 64,		/* of that: its thread */
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

/* A constant text is copied without a call. */
#define PUT(text)                                                       \
	do {                                                            \
		if ((size_t)(event.end - event.at) < sizeof(text) - 1) { \
			event.at = event.end;                           \
			break;                                          \
		}                                                       \
		memcpy(event.at, text, sizeof(text) - 1);               \
		event.at += sizeof(text) - 1;                           \
	} while (0)

enum { MOST_DIGITS = 20 };

/* Two at a time, from the end. Returns what stands behind them. */
static char *write_digits(char *to, uint64_t value)
{
	static const char pairs[] =
		"00010203040506070809101112131415161718192021222324"
		"25262728293031323334353637383940414243444546474849"
		"50515253545556575859606162636465666768697071727374"
		"75767778798081828384858687888990919293949596979899";
	char digits[MOST_DIGITS];
	char *at = digits + sizeof(digits);
	size_t length;

	for (; value >= 100; value /= 100) {
		at -= 2;
		memcpy(at, pairs + value % 100 * 2, 2);
	}
	at -= 2;
	memcpy(at, pairs + value * 2, 2);
	at += value < 10;
	length = (size_t)(digits + sizeof(digits) - at);
	memcpy(to, at, length);
	return to + length;
}

static void put_digits(uint64_t value)
{
	if (event.end - event.at < MOST_DIGITS)
		event.at = event.end;
	else
		event.at = write_digits(event.at, value);
}

static const char hexadecimal[] = "0123456789abcdef";

static void put_hash(uint64_t value)
{
	int shift = 60;

	PUT("\"0x");
	while (shift && !(value >> shift))
		shift -= 4;
	for (; shift >= 0; shift -= 4)
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

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Is any of eight bytes zero, if `bytes` holds no greater than 0x7f? Else it
   may say so of others. */
static inline uint64_t any_zero(uint64_t bytes)
{
	return (bytes - EACH(1)) & EACH(0x80);
}

/* Do eight bytes all stand for themselves? */
static inline bool are_plain(const unsigned char *text)
{
	uint64_t bytes;

	memcpy(&bytes, text, sizeof(bytes));
	return !(((bytes | (bytes + EACH(1)) | (bytes - EACH(' '))) &
		  EACH(0x80)) |
		 any_zero(bytes ^ EACH('"')) | any_zero(bytes ^ EACH('\\')));
}

/* How many bytes stand for themselves. */
static size_t plain_length(const unsigned char *text, const unsigned char *end)
{
	const unsigned char *at = text;

	while (end - at >= 8 && are_plain(at))
		at += 8;
	while (at < end && *at >= ' ' && *at < 0x7f && *at != '"' &&
	       *at != '\\')
		at++;
	return (size_t)(at - text);
}

/* Each byte is a letter, but where it is UTF-8. */
static void put_letters(const unsigned char *at, const unsigned char *end,
			bool is_utf8)
{
	size_t count;

	while (at < end) {
		count = plain_length(at, end);
		if (!count && is_utf8 && *at >= 0x80)
			count = character_length(at, (size_t)(end - at));
		if (count)
			put_plain((const char *)at, count);
		else
			put_byte(*at);
		at += count ? count : 1;
	}
}

static void put_text(const char *text, size_t length)
{
	const unsigned char *at = (const unsigned char *)text;

	put_letters(at, at + length, true);
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

/* What each event tells of its thread. */
struct who {
	unsigned file; /* in which it is so */
	long thread;
	size_t length;
	char text[WHO_SIZE];
};

static void name_who(struct who *who, long thread)
{
	char *at = who->text;

	who->file = event.file;
	who->thread = thread;
	memcpy(at, ",\"pid\":", 7);
	at = write_digits(at + 7, (uint64_t)evert_trace_process.id);
	memcpy(at, ",\"tid\":", 7);
	at = write_digits(at + 7, (uint64_t)thread);
	who->length = (size_t)(at - who->text);
}

static const struct who *this_thread(void)
{
	static _Thread_local struct who who;

	if (who.file != event.file)
		name_who(&who, syscall(SYS_gettid));
	return &who;
}

/* There is always room for how an event begins; where there is none for the
   rest, it is to be dropped. */
static void find_room(void)
{
	static char nowhere[BEGIN_SIZE];
	size_t size = EVENT_SIZE + BYTE_SIZE * event.bytes;

	event.begin = evert_trace_output_room(size);
	if (!event.begin) {
		event.begin = nowhere;
		size = 0;
	}
	event.end = event.begin + size;
}

/* Microseconds, with three decimals. */
static char *write_time(char *at, int64_t nanoseconds)
{
	uint64_t rest = (uint64_t)nanoseconds % 1000;

	at = write_digits(at, (uint64_t)nanoseconds / 1000);
	*at++ = '.';
	*at++ = (char)('0' + rest / 100);
	*at++ = (char)('0' + rest / 10 % 10);
	*at++ = (char)('0' + rest % 10);
	return at;
}

static void open_at(char phase, int64_t at, const struct who *who)
{
	static const char begin[] = ",\n{\"ph\":\"?\",\"ts\":";
	char *to;

	find_room();
	event.has_args = false;
	to = event.begin;
	memcpy(to, begin, sizeof(begin) - 1);
	to[9] = phase;
	if (event.is_first)
		to[0] = '[';
	to = write_time(to + sizeof(begin) - 1, at);
	memcpy(to, who->text, sizeof(who->text));
	event.at = to + who->length;
	if (event.at > event.end)
		event.at = event.end;
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
	open_at('i', event.now, this_thread());
	PUT(",\"cat\":\"trace\",\"name\":\"");
	put_digits(count);
	PUT(" events left out\"");
	evert_trace_close();
	if (event.left_out)
		event.left_out = count;
}

static void open_event(char phase)
{
	if (event.left_out)
		tell_left_out();
	open_at(phase, event.now, this_thread());
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
	put_digits(id);
}

void evert_trace_integer(const char *name, int64_t value)
{
	put_key(name);
	if (value < 0)
		put('-');
	put_digits(value < 0 ? -(uint64_t)value : (uint64_t)value);
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

void evert_trace_text_put_integer(int64_t value)
{
	char digits[1 + MOST_DIGITS] = "-";
	uint64_t size = value < 0 ? -(uint64_t)value : (uint64_t)value;
	char *end = write_digits(digits + 1, size);

	if (value < 0)
		evert_trace_text_put(digits, (size_t)(end - digits));
	else
		evert_trace_text_put(digits + 1, (size_t)(end - digits - 1));
}

void evert_trace_text_end(void)
{
	put('"');
}

void evert_trace_bytes(const char *name, const struct iovec *parts,
		       size_t count)
{
	const unsigned char *data;
	size_t left = count < event.bytes ? count : event.bytes, length;

	if (!event.bytes || !parts)
		return;
	put_key(name);
	put('"');
	for (; left; left -= length, parts++) {
		data = parts->iov_base;
		length = parts->iov_len < left ? parts->iov_len : left;
		put_letters(data, data + length, false);
	}
	put('"');
}

size_t evert_trace_bytes_at_most(void)
{
	return event.bytes;
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
	cause->thread = this_thread()->thread;
}

static void flow(char phase, const char *name, uint64_t id, int64_t at,
		 const struct who *who)
{
	open_at(phase, at, who);
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

/* Mostly this one. */
static const struct who *who_was(long thread, struct who *other)
{
	if (thread == this_thread()->thread)
		return this_thread();
	name_who(other, thread);
	return other;
}

void evert_trace_flow(const char *name, struct evert_trace_cause *cause)
{
	struct who other;
	uint64_t id;

	if (!cause->at)
		return;
	id = evert_trace_new_flow();
	flow('s', name, id, cause->at, who_was(cause->thread, &other));
	flow('f', name, id, event.now, this_thread());
	cause->at = 0;
}

void evert_trace_flow_end(char phase, const char *name, uint64_t id)
{
	flow(phase, name, id, event.now, this_thread());
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
