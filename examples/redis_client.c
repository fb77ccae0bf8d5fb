/* SPDX-License-Identifier: MIT */
/* A Redis client: commands in one write, their answers in order (pipelining);
   or a subscription, which goes on when the server was away (pub/sub). */
#include <evert.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/example.h"

/* ---- The protocol (RESP2): lines, and counted blocks ---- */

/* Arrays in arrays; bytes in a block, which is the server's own limit. */
enum { DEEPEST = 8, LONGEST = 512 << 20 };

/* The server said no. */
static const struct evert_error redis_error = EVERT_ERROR_INIT(
	redis_error, EVERT_ERROR, "REDIS_ERROR", "an error of the server");

/* The number that all of the text is; LLONG_MIN: it is none. */
static long long to_number(const char *text, size_t length)
{
	long long number;
	char *end;

	errno = 0;
	number = strtoll(text, &end, 10);
	if (!length || errno || end != text + length ||
	    strspn(text, "-0123456789") != length)
		return LLONG_MIN;
	return number;
}

static struct evert_result show_text(const char *text, size_t length)
{
	fwrite(text, 1, length, stdout);
	puts("");
	return evert_result_none();
}

static struct evert_result show_block(struct evert_stream *stream, size_t size)
{
	struct evert_result r, shown;
	const char *text;

	EVERT_TRY(r, evert_await(evert_stream_read_exactly(stream, size + 2)));
	text = evert_result_as_text(&r);
	if (memcmp(text + size, "\r\n", 2))
		shown = evert_result_fail(EVERT_FRAME_REFUSED, 0, "this is no "
					  "answer of Redis: a longer block");
	else
		shown = show_text(text, size);
	evert_result_release(r);
	return shown;
}

static struct evert_result show_answer(struct evert_stream *stream,
				       unsigned depth);

static struct evert_result show_array(struct evert_stream *stream,
				      long long count, unsigned depth)
{
	struct evert_result r = evert_result_none();

	while (count-- && (!evert_result_is_failure(&r) ||
			   evert_result_failed_with(&r, &redis_error))) {
		evert_result_release(r);
		r = show_answer(stream, depth);
	}
	return r;
}

/* What a line says, and what follows it. */
static struct evert_result show(struct evert_stream *stream, unsigned depth,
				const char *line, size_t length)
{
	long long number = length ? to_number(line + 1, length - 1) : -2;

	if (*line == '-') {
		printf("(error) %s\n", line + 1);
		return evert_result_fail(&redis_error, 0, "%s", line + 1);
	}
	if (*line == '+' || (*line == ':' && number != LLONG_MIN))
		return show_text(line + 1, length - 1);
	if (number == -1 && (*line == '$' || *line == '*'))
		return show_text("", 0);
	if (*line == '$' && number >= 0 && number <= LONGEST)
		return show_block(stream, (size_t)number);
	if (*line == '*' && number >= 0 && depth < DEEPEST)
		return show_array(stream, number, depth + 1);
	return evert_result_fail(EVERT_FRAME_REFUSED, 0,
				 "this is no answer of Redis: %.40s", line);
}

/* As redis-cli does with --raw: the items of an array, one after another. */
static struct evert_result show_answer(struct evert_stream *stream,
				       unsigned depth)
{
	struct evert_result line, shown;

	EVERT_TRY(line, evert_await(evert_stream_read_line(stream)));
	shown = show(stream, depth, evert_result_as_text(&line),
		     evert_result_text_length(&line));
	evert_result_release(line);
	return shown;
}

/* ---- The program ---- */

struct wanted {
	char endpoint[EXAMPLE_ENDPOINT_SIZE];
	double timeout;	 /* seconds, to connect, and for an answer */
	char **words;	 /* of all commands, a "," between two; NULL ends */
	bool subscribes; /* one of them does */
	bool sent;	 /* once: only subscriptions are sent again */
	struct evert_backoff backoff;
};

static bool is_subscription(const char *command)
{
	return !strcasecmp(command, "SUBSCRIBE") ||
	       !strcasecmp(command, "PSUBSCRIBE");
}

/* All are sent before the first answer is there: in one write. Returns how
   many answers are to come. */
static int send_all(struct evert_stream *stream, struct wanted *wanted)
{
	int commands = 0, count, i;
	char **words;

	for (words = wanted->words; *words; words += count + !!words[count]) {
		for (count = 0; words[count] && strcmp(words[count], ",");)
			count++;
		if (!count || (wanted->sent && !is_subscription(*words)))
			continue;
		wanted->subscribes |= is_subscription(*words);
		evert_stream_writef(stream, "*%d\r\n", count);
		for (i = 0; i < count; i++)
			evert_stream_writef(stream, "$%zu\r\n%s\r\n",
					    strlen(words[i]), words[i]);
		commands++;
	}
	wanted->sent = true;
	return commands;
}

/* A subscriber goes on, until the server says no. */
static struct evert_result talk(struct evert_stream *stream,
				struct wanted *wanted)
{
	int left = send_all(stream, wanted);
	struct evert_result r;

	evert_stream_set_timeout(stream, wanted->timeout);
	while (wanted->subscribes || left--) {
		r = show_answer(stream, 0);
		if (evert_result_is_failure(&r) &&
		    (wanted->subscribes ||
		     !evert_result_failed_with(&r, &redis_error)))
			return r;
		evert_result_release(r);
		evert_backoff_reset(&wanted->backoff);
		if (wanted->subscribes)
			evert_stream_set_timeout(stream, 0);
	}
	return evert_result_none();
}

static struct evert_result run(void *arg)
{
	struct wanted *wanted = arg;
	struct evert_stream *stream;
	struct evert_result r;

	for (;;) {
		r = evert_await(evert_timeout(
			wanted->timeout,
			evert_stream_connect(wanted->endpoint)));
		if (!evert_result_is_failure(&r)) {
			stream = evert_stream_take(&r);
			r = talk(stream, wanted);
			evert_stream_destroy(stream);
		}
		if (!wanted->subscribes || !evert_result_is_failure(&r) ||
		    evert_result_failed_with(&r, &redis_error) ||
		    evert_result_failed_with(&r, EVERT_CANCELLED))
			return r;
		example_complain(evert_result_as_failure(&r));
		evert_result_release(r);
		EVERT_TRY(r, evert_await(evert_sleep(
				     evert_backoff_next(&wanted->backoff))));
	}
}

int main(int argc, char **argv)
{
	const char *host = "127.0.0.1", *port = "6379";
	struct wanted wanted = { .timeout = 10, .backoff = { .first = 0.1 } };
	const struct example_option options[] = {
		{ "--host", "H", "the server (127.0.0.1)", &host, NULL },
		{ "--port", "P", "its port (6379)", &port, NULL },
		{ "--timeout", "S", "seconds to wait for it (10)", NULL,
		  &wanted.timeout },
		{ NULL, NULL, NULL, NULL, NULL },
	};
	const struct example example = {
		"Prints the answers to commands, or what a SUBSCRIBE gets.",
		"COMMAND [ARGUMENT]... [, COMMAND...]", 1, argc, options,
	};

	wanted.words = argv + example_begin(&example, argc, argv);
	example_endpoint(wanted.endpoint, host, port);
	setlinebuf(stdout);
	return evert_run(run, &wanted);
}
