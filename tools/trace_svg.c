/* SPDX-License-Identifier: MIT */
/*
 * Draws a trace that EVERT_TRACE wrote: who called whom, from top to bottom in
 * the order it happened, callees indented below their callers.
 *
 *	EVERT_TRACE=trace.json build/examples/greeting_client_deferred World
 *	build/tools/trace_svg trace.json "inside out" > trace.svg
 *
 * Reads the events B, E and X of the Trace Event Format, one a line.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	ROW = 20,    /* pixels */
	INDENT = 18,
	MARGIN = 12,
	WIDTH = 760,
	DEEPEST = 200,
	TEXT = 160,
	LINE = 32768,
};

struct event {
	char phase;
	double at, duration; /* microseconds */
	unsigned long thread;
	char category[32];
	char name[TEXT];
};

/* What is drawn: a call and everything in it. */
struct call {
	struct event event;
	int depth;
	size_t last_row; /* of what it called */
};

struct trace {
	struct call *calls;
	size_t count, capacity;
	size_t open[DEEPEST];
	int depth;
};

static _Noreturn void fail(const char *what, const char *which)
{
	fprintf(stderr, "trace_svg: %s%s\n", what, which);
	exit(1);
}

/* ---- Reading ---- */

/* The value of a key, text without its quotes; false if it is not there. */
static bool find(const char *line, const char *key, char *value, size_t size)
{
	char quoted[32];
	const char *at;
	bool text;
	size_t length = 0;

	snprintf(quoted, sizeof(quoted), "\"%s\":", key);
	at = strstr(line, quoted);
	if (!at)
		return false;
	at += strlen(quoted);
	text = *at == '"';
	at += text;
	while (*at && length + 1 < size &&
	       (text ? *at != '"' : !strchr(",}", *at))) {
		if (text && *at == '\\' && at[1])
			at++;
		value[length++] = *at++;
	}
	value[length] = '\0';
	return true;
}

/* Where it was added, behind the name: what does not fit is cut. */
static void add_place(const char *line, struct event *event)
{
	char *end = event->name + strlen(event->name);
	size_t room = (size_t)(event->name + sizeof(event->name) - end);

	if (room < sizeof(" (x)") ||
	    !find(line, "at", end + 2, room - strlen(" ()")))
		return;
	memcpy(end, " (", 2);
	strcat(end, ")");
}

static bool read_event(const char *line, struct event *event)
{
	char phase[8], at[40], duration[40] = "0", thread[40] = "0";

	if (!find(line, "ph", phase, sizeof(phase)) ||
	    !find(line, "ts", at, sizeof(at)))
		return false;
	find(line, "dur", duration, sizeof(duration));
	find(line, "tid", thread, sizeof(thread));
	event->phase = phase[0];
	event->at = atof(at);
	event->duration = atof(duration);
	event->thread = strtoul(thread, NULL, 10);
	*event->category = *event->name = '\0';
	find(line, "cat", event->category, sizeof(event->category));
	find(line, "name", event->name, sizeof(event->name));
	if (!strcmp(event->category, "callback"))
		add_place(line, event);
	return true;
}

static void add_call(struct trace *trace, const struct event *event)
{
	struct call *call;

	if (trace->depth == DEEPEST)
		fail("calls are nested too deeply at ", event->name);
	if (trace->count == trace->capacity) {
		trace->capacity = trace->capacity ? trace->capacity * 2 : 64;
		trace->calls = realloc(trace->calls,
				       trace->capacity * sizeof(*call));
		if (!trace->calls)
			fail("out of memory", "");
	}
	call = &trace->calls[trace->count];
	call->event = *event;
	call->depth = trace->depth;
	call->last_row = trace->count;
	trace->open[trace->depth++] = trace->count++;
}

static void end_call(struct trace *trace, double at)
{
	struct call *call;

	if (!trace->depth)
		return; /* it began before the trace did */
	call = &trace->calls[trace->open[--trace->depth]];
	call->event.duration = at - call->event.at;
	call->last_row = trace->count - 1;
}

static void add_event(struct trace *trace, const struct event *event)
{
	if (event->phase == 'E') {
		end_call(trace, event->at);
		return;
	}
	if (event->phase != 'B' && event->phase != 'X')
		return;
	add_call(trace, event);
	if (event->phase == 'X')
		end_call(trace, event->at + event->duration);
}

/* Only the first thread of the file: what other threads do has no place in
   the order of its calls. */
static void read_trace(struct trace *trace, FILE *from)
{
	static char line[LINE];
	struct event event;
	unsigned long thread = 0;
	bool any = false;

	while (fgets(line, sizeof(line), from)) {
		if (!read_event(line, &event))
			continue;
		if (!any)
			thread = event.thread;
		any = true;
		if (event.thread == thread)
			add_event(trace, &event);
	}
	if (!trace->count)
		fail("no event in the trace", "");
}

/* ---- Drawing ---- */

static const char *color_of(const char *category)
{
	static const char *const colors[][2] = {
		{ "turn", "#4c6ef5" },	   { "wait", "#ced4da" },
		{ "protocol", "#12b886" }, { "callback", "#f59f00" },
		{ "call", "#e8590c" },	   { "coroutine", "#be4bdb" },
		{ "system", "#868e96" },
	};
	size_t i;

	for (i = 0; i < sizeof(colors) / sizeof(colors[0]); i++)
		if (!strcmp(colors[i][0], category))
			return colors[i][1];
	return "#495057";
}

static void put_text(const char *text)
{
	for (; *text; text++) {
		if (*text == '<')
			fputs("&lt;", stdout);
		else if (*text == '>')
			fputs("&gt;", stdout);
		else if (*text == '&')
			fputs("&amp;", stdout);
		else
			putchar(*text);
	}
}

static void draw_call(const struct trace *trace, size_t row)
{
	const struct call *call = &trace->calls[row];
	int x = MARGIN + call->depth * INDENT;
	int y = MARGIN + ROW * ((int)row + 2);
	int height = ROW * (int)(call->last_row - row + 1) - 3;

	printf("<rect x=\"%d\" y=\"%d\" width=\"6\" height=\"%d\" rx=\"2\" "
	       "fill=\"%s\"/>\n",
	       x, y, height, color_of(call->event.category));
	printf("<text x=\"%d\" y=\"%d\">", x + 12, y + 13);
	if (strcmp(call->event.category, call->event.name) != 0) {
		put_text(call->event.category);
		fputs(" ", stdout);
	}
	put_text(call->event.name);
	printf("</text>\n<text class=\"t\" x=\"%d\" y=\"%d\">%.0f \302\265s, "
	       "at %.0f</text>\n",
	       WIDTH - MARGIN, y + 13, call->event.duration,
	       call->event.at - trace->calls[0].event.at);
}

static void draw(const struct trace *trace, const char *title)
{
	int height = 2 * MARGIN + ROW * ((int)trace->count + 2);
	size_t row;

	printf("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
	       "height=\"%d\" viewBox=\"0 0 %d %d\">\n",
	       WIDTH, height, WIDTH, height);
	puts("<style>text{font:12px ui-monospace,monospace;fill:#212529}"
	     ".h{font-weight:bold;font-size:14px}"
	     ".t{text-anchor:end;fill:#868e96}</style>");
	puts("<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>");
	printf("<text class=\"h\" x=\"%d\" y=\"%d\">", MARGIN, MARGIN + 14);
	put_text(title);
	puts("</text>");
	for (row = 0; row < trace->count; row++)
		draw_call(trace, row);
	puts("</svg>");
}

int main(int argc, char **argv)
{
	struct trace trace = { .count = 0 };
	FILE *from;

	if (argc < 2 || argc > 3 || !strcmp(argv[1], "--help")) {
		fputs("usage: trace_svg TRACE [TITLE] > PICTURE.svg\n", stderr);
		return argc == 2 ? 0 : 2;
	}
	from = fopen(argv[1], "r");
	if (!from)
		fail("cannot read ", argv[1]);
	read_trace(&trace, from);
	fclose(from);
	draw(&trace, argc == 3 ? argv[2] : argv[1]);
	free(trace.calls);
	return 0;
}
