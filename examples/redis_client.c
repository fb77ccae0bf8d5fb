/* SPDX-License-Identifier: MIT */
/* A Redis client: commands in one write, their answers in order (pipelining);
   or a subscription, which goes on when the server was away (pub/sub). */
#include <evert.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/example.h"

/* ---- The protocol (RESP2): lines, and counted blocks ---- */

enum { DEEPEST = 8, LONGEST = 1 << 20 }; /* arrays in arrays; items */

struct array {
	struct evert_list *list;
	size_t filled;
};

struct redis {
	struct evert_line_receiver base;
	struct evert_queue *answers;	  /* the user's, which outlives us */
	struct array open[DEEPEST];	  /* that are not complete */
	size_t depth;
};

/* The server said no. */
static const struct evert_error redis_error = EVERT_ERROR_INIT(
	redis_error, EVERT_ERROR, "REDIS_ERROR", "an error of the server");

/* An answer, or the next item of an array, which may be complete then. */
static void redis_value(struct redis *self, struct evert_result value)
{
	struct array *array;

	while (self->depth) {
		array = &self->open[self->depth - 1];
		array->list->items[array->filled++] = value;
		if (array->filled < array->list->count)
			return;
		value = evert_result_of(&evert_type_list, array->list);
		self->depth--;
	}
	if (evert_queue_put(self->answers, value))
		evert_transport_abort(self->base.base.transport);
}

static void redis_line_received(struct evert_line_receiver *base,
				const char *line, size_t length)
{
	struct redis *self = evert_container_of(base, struct redis, base);
	struct evert_list *list = NULL;
	char text[512];
	long long count;

	snprintf(text, sizeof(text), "%.*s", (int)length, line);
	count = length ? strtoll(text + 1, NULL, 10) : 0;
	if (*text == '*' && (size_t)count <= LONGEST && self->depth < DEEPEST)
		list = evert_list_create((size_t)count);
	if (list && count)
		self->open[self->depth++] = (struct array){ list, 0 };
	else if (list)
		redis_value(self, evert_result_of(&evert_type_list, list));
	else if (*text == '+')
		redis_value(self, evert_result_text(line + 1, length - 1));
	else if (*text == '-')
		redis_value(self,
			    evert_result_fail(&redis_error, 0, "%s", text + 1));
	else if (*text == ':')
		redis_value(self, evert_result_integer(count));
	else if (count < 0 && (*text == '$' || *text == '*'))
		redis_value(self, evert_result_none());
	else if (*text == '$')
		evert_line_receiver_collect(base, (size_t)count + 2);
	else
		evert_transport_abort(base->base.transport);
}

static void redis_block_received(struct evert_line_receiver *base,
				 const char *data, size_t length)
{
	redis_value(evert_container_of(base, struct redis, base),
		    evert_result_text(data, length - 2));
}

static void redis_connection_lost(struct evert_line_receiver *base,
				  const struct evert_failure *reason)
{
	struct redis *self = evert_container_of(base, struct redis, base);

	while (self->depth)
		evert_result_release(evert_result_of(
			&evert_type_list, self->open[--self->depth].list));
	if (self->answers)
		redis_value(self, evert_result_failure_copy(reason));
}

static const struct evert_line_receiver_ops redis_ops = {
	.line_received = redis_line_received,
	.raw_data_received = redis_block_received,
	.connection_lost = redis_connection_lost,
};

static struct evert_factory redis_factory =
	EVERT_LINE_FACTORY(struct redis, base, &redis_ops);

/* ---- The program ---- */

struct wanted {
	char endpoint[EXAMPLE_ENDPOINT_SIZE];
	char **words; /* of all commands, a "," between two; NULL ends */
	bool subscribes;
	struct evert_queue *answers;
};

/* As redis-cli does with --raw: the items of an array, one after another. */
static void print(const struct evert_result *value)
{
	size_t i;

	if (value->type == &evert_type_list) {
		for (i = 0; i < evert_result_as_list(value)->count; i++)
			print(&evert_result_as_list(value)->items[i]);
		return;
	}
	if (value->type == &evert_type_text)
		fwrite(evert_result_as_text(value), 1,
		       evert_result_text_length(value), stdout);
	else if (!evert_result_is_none(value))
		evert_result_print(value, stdout);
	puts("");
}

/* All are sent before the first answer is there: in one write. Returns how
   many answers are to come. */
static int send_all(struct evert_transport *transport, char **words)
{
	int sent = 0, count;

	for (; *words; words += !!*words, sent++) {
		for (count = 0; words[count] && strcmp(words[count], ",");)
			count++;
		evert_transport_writef(transport, "*%d\r\n", count);
		for (; count; count--, words++)
			evert_transport_writef(transport, "$%zu\r\n%s\r\n",
					       strlen(*words), *words);
	}
	return sent;
}

static struct evert_result talk(void *arg)
{
	struct wanted *wanted = arg;
	struct evert_result r;
	struct redis *redis;
	int count;

	EVERT_TRY(r, evert_await(evert_connect(evert_reactor_current(),
					       wanted->endpoint,
					       &redis_factory)));
	redis = evert_container_of(evert_result_as_protocol(&r), struct redis,
				   base.base);
	redis->answers = wanted->answers;
	count = send_all(redis->base.base.transport, wanted->words);
	while (wanted->subscribes || count--) {
		r = evert_await(evert_queue_get(wanted->answers));
		if (evert_result_is_failure(&r) &&
		    (wanted->subscribes ||
		     !evert_result_failed_with(&r, &redis_error)))
			return r;
		print(&r);
		evert_result_release(r);
	}
	return evert_result_none();
}

/* A subscriber comes again, until somebody ends it. */
static struct evert_result run(void *arg)
{
	const struct wanted *wanted = arg;
	struct evert_result r;

	for (;;) {
		r = talk(arg);
		if (!wanted->subscribes ||
		    evert_result_failed_with(&r, &redis_error) ||
		    evert_result_failed_with(&r, EVERT_CANCELLED))
			return r;
		example_complain(evert_result_as_failure(&r));
		evert_result_release(r);
		EVERT_TRY(r, evert_await(evert_sleep(0.2)));
	}
}

int main(int argc, char **argv)
{
	const char *host = "127.0.0.1", *port = "6379";
	struct wanted wanted;
	const struct example_option options[] = {
		{ "--host", "H", "the server (127.0.0.1)", &host, NULL },
		{ "--port", "P", "its port (6379)", &port, NULL },
		{ NULL, NULL, NULL, NULL, NULL },
	};
	const struct example example = {
		"Prints the answers to commands, or what a SUBSCRIBE gets.",
		"COMMAND [ARGUMENT]... [, COMMAND...]", 1, argc, options,
	};
	int status;

	wanted.words = argv + example_begin(&example, argc, argv);
	wanted.subscribes = !strcasecmp(wanted.words[0], "SUBSCRIBE") ||
			    !strcasecmp(wanted.words[0], "PSUBSCRIBE");
	example_endpoint(wanted.endpoint, host, port);
	wanted.answers = evert_queue_create(EVERT_QUEUE_UNLIMITED, 1);
	setlinebuf(stdout);
	status = wanted.answers ? evert_run(run, &wanted) : 1;
	evert_queue_destroy(wanted.answers);
	return status;
}
