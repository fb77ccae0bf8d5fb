/* SPDX-License-Identifier: MIT */
/*
 * The page is page.html, in which three lines stand for the style, the scripts
 * and the recording. The recording is JSON in a script element, of which HTML
 * knows but the end: so it has no "<" anywhere.
 */
#include "write.h"

#include <stdio.h>
#include <string.h>

/* files.S */
extern const char view_page[], view_style[], view_scripts[];

/* ---- Events ---- */

/* A "<" can only stand in text. */
static void put_json(const char *from, const char *to)
{
	for (; from < to; from++) {
		if (*from == '<')
			fputs("\\u003c", stdout);
		else
			putchar(*from);
	}
}

static const char *put_ts(const struct event *event, const char *at)
{
	if (!event->ts.start || event->of->shift == 0)
		return at;
	put_json(at, event->ts.start);
	printf("%.3f", event->at);
	return event->ts.end;
}

static const char *put_pid(const struct event *event, const char *at)
{
	if (!event->is_renamed || !event->pid.start)
		return at;
	put_json(at, event->pid.start);
	printf("%ld", event->process);
	return event->pid.end;
}

/* As it was read, but for what differs now. */
static void put_event(const struct event *event)
{
	const char *at = event->whole.start;

	if (event->ts.start < event->pid.start) {
		at = put_ts(event, at);
		at = put_pid(event, at);
	} else {
		at = put_pid(event, at);
		at = put_ts(event, at);
	}
	put_json(at, event->whole.end);
}

void write_events(const struct events *events)
{
	putchar('[');
	for (size_t i = 0; i < events->count; i++) {
		fputs(i ? ",\n" : "\n", stdout);
		put_event(&events->all[i]);
	}
	fputs("\n]\n", stdout);
}

/* ---- What else the page is told ---- */

/* Any bytes, as text of JSON; those that are no UTF-8 are left out. */
static void put_quoted(const char *text, size_t length)
{
	struct json json = { .start = text, .at = text, .end = text + length };

	putchar('"');
	while (json.at < json.end) {
		unsigned char letter = (unsigned char)*json.at;
		const char *start = json.at;

		if (letter < ' ' || strchr("\"\\<", *start))
			printf("\\u%04x", letter);
		else if (json_character(&json))
			fwrite(start, 1, (size_t)(json.at - start), stdout);
		else
			fputs("\\ufffd", stdout);
		if (json.at == start || json.problem)
			json.at = start + 1;
		json.problem = NULL;
	}
	putchar('"');
}

static void write_recordings(const struct events *events)
{
	fputs("\"recordings\":[", stdout);
	for (size_t i = 0; i < events->recording_count; i++) {
		const struct recording *of = &events->recordings[i];

		fputs(i ? ",\n{\"file\":" : "\n{\"file\":", stdout);
		put_quoted(of->file, strlen(of->file));
		printf(",\"cut\":%s}", of->is_cut ? "true" : "false");
	}
	puts("],");
}

static void write_sources(const struct sources *sources)
{
	fputs("\"sources\":{", stdout);
	for (size_t i = 0; i < sources->count; i++) {
		const struct source *source = &sources->all[i];

		fputs(i ? ",\n" : "\n", stdout);
		put_quoted(source->name, strlen(source->name));
		putchar(':');
		if (source->text)
			put_quoted(source->text, source->length);
		else
			fputs("null", stdout);
	}
	puts("},");
}

static void write_data(const struct events *events,
		       const struct sources *sources)
{
	puts("{");
	write_recordings(events);
	write_sources(sources);
	fputs("\"events\":", stdout);
	write_events(events);
	puts("}");
}

/* ---- The page ---- */

void write_page(const struct events *events, const struct sources *sources)
{
	const char *at = view_page;

	while (*at) {
		const char *end = strchr(at, '\n') + 1;
		size_t length = (size_t)(end - at);

		if (!strncmp(at, "@style@", 7))
			fputs(view_style, stdout);
		else if (!strncmp(at, "@scripts@", 9))
			fputs(view_scripts, stdout);
		else if (!strncmp(at, "@recording@", 11))
			write_data(events, sources);
		else
			fwrite(at, 1, length, stdout);
		at = end;
	}
}
