/* SPDX-License-Identifier: MIT */
#include "recording.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"

/* What an event tells beside its place in the text. */
struct reading {
	struct events *events;
	struct event *event;
	struct json_slice phase, name;
};

static _Noreturn void fail_at(const struct json *json, const char *file)
{
	const char *line = json->start;
	size_t number = 1;

	for (const char *at = json->start; at < json->at; at++) {
		if (*at != '\n')
			continue;
		number++;
		line = at + 1;
	}
	fail("%s:%zu:%zu: %s", file, number, (size_t)(json->at - line) + 1,
	     json->problem);
}

/* ---- One event ---- */

static bool arg_member(struct json *json, struct json_slice key, void *arg)
{
	struct reading *reading = arg;
	struct recording *of = reading->event->of;
	struct json_slice value;

	if (!json_value(json, &value))
		return false;
	if (json_is(key, "at") && reading->events->sources)
		source_see(reading->events->sources, value);
	if (!json_is(reading->phase, "M") || !json_is(reading->name, "evert"))
		return true;
	if (json_is(key, "wall"))
		of->wall = strtod(value.start, NULL);
	if (json_is(key, "host"))
		of->host = value;
	return true;
}

static bool event_member(struct json *json, struct json_slice key, void *arg)
{
	struct reading *reading = arg;
	struct event *event = reading->event;

	if (json_is(key, "ph"))
		return json_string(json, &reading->phase);
	if (json_is(key, "name"))
		return json_string(json, &reading->name);
	if (json_is(key, "ts"))
		return json_number(json, &event->ts);
	if (json_is(key, "pid"))
		return json_number(json, &event->pid);
	if (json_is(key, "args"))
		return json_object(json, arg_member, reading);
	return json_value(json, NULL);
}

static bool check_event(struct json *json, const struct reading *reading)
{
	const struct event *event = reading->event;
	const char *missing = NULL;

	if (!reading->phase.start)
		missing = "an event without \"ph\"";
	else if (!event->ts.start && !json_is(reading->phase, "M"))
		missing = "an event without \"ts\"";
	else if (!isfinite(event->at))
		missing = "a \"ts\" that is too large";
	if (!missing)
		return true;
	json->at = event->whole.start;
	return json_wrong(json, missing);
}

/* A place may stand in the name, as in "show (client.c:58)". */
static bool read_event(struct json *json, struct events *events,
		       struct event *event)
{
	struct reading reading = { .events = events, .event = event };

	json_peek(json);
	event->whole.start = json->at;
	if (!json_object(json, event_member, &reading))
		return false;
	event->whole.end = json->at;
	if (event->ts.start)
		event->at = strtod(event->ts.start, NULL);
	if (event->pid.start)
		event->process = strtol(event->pid.start, NULL, 10);
	if (reading.name.start && events->sources)
		source_see(events->sources, reading.name);
	return check_event(json, &reading);
}

/* ---- One file ---- */

static void add(struct events *events, const struct event *event)
{
	if (events->count == events->capacity) {
		events->capacity = events->capacity * 2 + 1024;
		events->all = grow(events->all, events->capacity,
				   sizeof(*events->all));
	}
	events->all[events->count] = *event;
	events->all[events->count].order = events->count;
	events->count++;
}

/* False: something is wrong, or the end is missing. Chrome's own reader takes
   a comma behind the last event, too. */
static bool read_list(struct json *json, struct events *events,
		      struct recording *of)
{
	if (!json_expect(json, '[', "no recording: it begins with ["))
		return false;
	while (json_peek(json) != ']') {
		struct event event = { .of = of };

		if (!read_event(json, events, &event))
			return false;
		add(events, &event);
		if (json_peek(json) == ',')
			json->at++;
		else if (json_peek(json) != ']')
			return json_wrong(json, "a comma or ] is missing");
	}
	json->at++;
	json_peek(json);
	return json->at == json->end ||
	       json_wrong(json, "something behind the last ]");
}

static void read_recording(struct events *events, struct recording *of)
{
	struct json json = { .problem = NULL };
	size_t length;

	of->text = read_file(of->file, &length);
	if (!of->text)
		fail("cannot read %s: %s", of->file, strerror(errno));
	json.start = json.at = of->text;
	json.end = of->text + length;
	if (read_list(&json, events, of))
		return;
	if (!length)
		fail("%s is empty: nothing is written before much has come "
		     "together, or the program ends",
		     of->file);
	if (json.at < json.end)
		fail_at(&json, of->file);
	of->is_cut = true;
	fprintf(stderr,
		"trace_view: %s has no end: the program was killed, or is "
		"still running\n",
		of->file);
}

void events_read(struct events *events, char *const *files, size_t count)
{
	events->recordings = grow(NULL, count, sizeof(*events->recordings));
	events->recording_count = count;
	for (size_t i = 0; i < count; i++) {
		struct recording *of = &events->recordings[i];

		*of = (struct recording){ .file = files[i] };
		read_recording(events, of);
	}
}

void events_free(struct events *events)
{
	for (size_t i = 0; i < events->recording_count; i++)
		free(events->recordings[i].text);
	free(events->recordings);
	free(events->all);
}

/* ---- All together ---- */

static bool same(struct json_slice a, struct json_slice b)
{
	size_t length = (size_t)(a.end - a.start);

	return length == (size_t)(b.end - b.start) &&
	       !memcmp(a.start, b.start, length);
}

/* Each machine has a monotonic clock of its own. What they have in common is
   the wall clock. */
static void shift_clocks(struct events *events)
{
	const struct recording *first = &events->recordings[0];

	for (size_t i = 1; i < events->recording_count; i++) {
		struct recording *one = &events->recordings[i];

		if (one->host.start && first->host.start &&
		    !same(one->host, first->host))
			one->shift = one->wall - first->wall;
	}
	for (size_t i = 0; i < events->count; i++)
		events->all[i].at += events->all[i].of->shift;
}

/* Of a process, in `events`: how it is called, among all. */
struct process {
	const struct recording *of;
	long number, called;
};

struct processes {
	struct process *all;
	size_t count, capacity;
};

/* In containers each process is number 1. No kernel gives numbers so large. */
static long call(struct processes *processes, const struct event *event,
		 const struct recording *first)
{
	enum { MOST_PROCESSES = 4194304 };
	long called = event->process;
	struct process *one;

	for (size_t i = processes->count; i-- > 0;) {
		one = &processes->all[i];
		if (one->number != event->process)
			continue;
		if (one->of == event->of)
			return one->called;
		called = (long)((unsigned long)event->process +
				(unsigned long)(event->of - first) *
					MOST_PROCESSES);
	}
	if (processes->count == processes->capacity) {
		processes->capacity = processes->capacity * 2 + 16;
		processes->all = grow(processes->all, processes->capacity,
				      sizeof(*processes->all));
	}
	one = &processes->all[processes->count++];
	*one = (struct process){ event->of, event->process, called };
	return called;
}

static void tell_processes_apart(struct events *events)
{
	struct processes processes = { .all = NULL };

	for (size_t i = 0; i < events->count; i++) {
		struct event *event = &events->all[i];
		long called = call(&processes, event, events->recordings);

		event->is_renamed = called != event->process;
		event->process = called;
	}
	free(processes.all);
}

static int by_time(const void *a, const void *b)
{
	const struct event *left = a, *right = b;

	if (left->at != right->at)
		return left->at < right->at ? -1 : 1;
	return left->order < right->order ? -1 : 1;
}

void events_merge(struct events *events)
{
	shift_clocks(events);
	tell_processes_apart(events);
	if (events->count)
		qsort(events->all, events->count, sizeof(*events->all),
		      by_time);
}
