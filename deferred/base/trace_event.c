/* SPDX-License-Identifier: MIT */
/*
 * An event is composed in the buffer, where it will be written from. Where
 * there is no room for it, it is composed to be dropped.
 */
#include "trace_event_internal.h"

#include <inttypes.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "trace_argument_internal.h"
#include "trace_output_internal.h"
#include "trace_process_internal.h"
#include "version.h"

enum {
	EVENT_SIZE = 2048,	/* at most, without bytes; what is longer is
				   left out */
	BEGIN_SIZE = 256,	/* of that: its phase, time and thread */
	WHO_SIZE = 64,		/* of that: its thread */
};

static struct {
	int64_t now;
	unsigned file;	 /* which one this is: a child has another */
	uint64_t flows;	 /* arrows that this process has told of */
	size_t left_out; /* events, since that was told */
	char *begin;	 /* of the event */
	bool is_first;	 /* no event was written before */
} event;

static struct evert_json *const json = &evert_trace_composed.json;

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
	at = evert_json_write_digits(at + 7, (uint64_t)evert_trace_process.id);
	memcpy(at, ",\"tid\":", 7);
	at = evert_json_write_digits(at + 7, (uint64_t)thread);
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
	size_t size =
		EVENT_SIZE + EVERT_JSON_BYTE * evert_trace_bytes_at_most();

	event.begin = evert_trace_output_room(size);
	if (!event.begin) {
		event.begin = nowhere;
		size = 0;
	}
	json->end = event.begin + size;
}

/* Microseconds, with three decimals. */
static char *write_time(char *at, int64_t nanoseconds)
{
	uint64_t rest = (uint64_t)nanoseconds % 1000;

	at = evert_json_write_digits(at, (uint64_t)nanoseconds / 1000);
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
	evert_trace_composed.has_args = false;
	to = event.begin;
	memcpy(to, begin, sizeof(begin) - 1);
	to[9] = phase;
	if (event.is_first)
		to[0] = '[';
	to = write_time(to + sizeof(begin) - 1, at);
	memcpy(to, who->text, sizeof(who->text));
	json->at = to + who->length;
	if (json->at > json->end)
		json->at = json->end;
}

static void put_name(const char *category, const char *name, size_t length)
{
	EVERT_JSON_PUT(json, ",\"cat\":\"");
	evert_json_put_plain(json, category, strlen(category));
	EVERT_JSON_PUT(json, "\",\"name\":\"");
	evert_json_put_text(json, name, length);
	evert_json_put(json, '"');
}

static void tell_left_out(void)
{
	size_t count = event.left_out;

	event.left_out = 0;
	open_at('i', event.now, this_thread());
	EVERT_JSON_PUT(json, ",\"cat\":\"trace\",\"name\":\"");
	evert_json_put_digits(json, count);
	EVERT_JSON_PUT(json, " events left out\"");
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
	if (evert_trace_composed.has_args)
		evert_json_put(json, '}');
	evert_json_put(json, '}');
	if (json->at == json->end) {
		event.left_out++;
		return;
	}
	event.is_first = false;
	evert_trace_output_put((size_t)(json->at - event.begin));
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
	if (within)
		evert_trace_text_of("at", within, strlen(within) - 1);
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
	EVERT_JSON_PUT(json, ",\"id\":");
	evert_json_put_hash(json, id);
	if (phase == 'f')
		EVERT_JSON_PUT(json, ",\"bp\":\"e\"");
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
