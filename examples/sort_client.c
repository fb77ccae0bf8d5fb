/* SPDX-License-Identifier: MIT */
/* Has a list of numbers sorted by sort_server. */
#include <evert.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/example.h"
#include "common/sorting.h"

enum { MOST_BYTES = 64 << 20 };

struct wanted {
	char endpoint[EXAMPLE_ENDPOINT_SIZE];
	char **numbers; /* NULL ends */
};

/* A list in JSON; the caller frees it. */
static char *make_list(char **numbers)
{
	size_t length = 3;
	char **number, *list, *at;

	for (number = numbers; *number; number++)
		length += strlen(*number) + 2;
	list = malloc(length);
	if (!list)
		return NULL;
	at = stpcpy(list, "[");
	for (number = numbers; *number; number++) {
		if (number != numbers)
			at = stpcpy(at, ", ");
		at = stpcpy(at, *number);
	}
	strcpy(at, "]");
	return list;
}

static void send_list(struct evert_stream *stream, const char *list)
{
	char prefix[SORTING_PREFIX];

	sorting_write_prefix(prefix, strlen(list));
	evert_stream_write(stream, prefix, sizeof(prefix));
	evert_stream_write(stream, list, strlen(list));
}

static struct evert_result receive_list(struct evert_stream *stream)
{
	struct evert_result r =
		evert_await(evert_stream_read_exactly(stream, SORTING_PREFIX));
	uint64_t length;

	if (evert_result_is_failure(&r))
		return r;
	length = sorting_read_prefix(evert_result_as_text(&r));
	evert_result_release(r);
	if (length > MOST_BYTES)
		return evert_result_error(EMSGSIZE, "the answer");
	return evert_await(evert_stream_read_exactly(stream, (size_t)length));
}

static struct evert_result sort_by(struct evert_stream *stream,
				   const struct wanted *wanted)
{
	char *list = make_list(wanted->numbers);
	struct evert_result r;

	if (!list)
		return evert_result_error(ENOMEM, "the list");
	send_list(stream, list);
	free(list);
	r = receive_list(stream);
	if (evert_result_is_failure(&r))
		return r;
	if (*evert_result_as_text(&r) != '[') {
		struct evert_result failure = evert_result_fail(
			EVERT_ERROR, 0, "%s", evert_result_as_text(&r));

		evert_result_release(r);
		return failure;
	}
	puts(evert_result_as_text(&r));
	evert_result_release(r);
	return evert_result_none();
}

static struct evert_result run(void *arg)
{
	const struct wanted *wanted = arg;
	struct evert_result r =
		evert_await(evert_stream_connect(wanted->endpoint));
	struct evert_stream *stream;

	if (evert_result_is_failure(&r))
		return r;
	stream = evert_stream_take(&r);
	r = sort_by(stream, wanted);
	evert_stream_destroy(stream);
	return r;
}

int main(int argc, char **argv)
{
	const char *host = "127.0.0.1", *port = "2015";
	const struct example_option options[] = {
		{ "--host", "H", "the server (127.0.0.1)", &host, NULL },
		{ "--port", "P", "its port (2015)", &port, NULL },
		{ NULL, NULL, NULL, NULL, NULL },
	};
	const struct example example = {
		"Has the NUMBERs sorted by sort_server. Behind \"--\" they may "
		"be negative.",
		"NUMBER...", 0, argc, options,
	};
	struct wanted wanted;

	wanted.numbers = argv + example_begin(&example, argc, argv);
	example_endpoint(wanted.endpoint, host, port);
	return evert_run(run, &wanted);
}
