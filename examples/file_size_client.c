/* SPDX-License-Identifier: MIT */
/* Opens each FILE, passes it to file_size_server, and prints its answer. */
#include <evert.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "common/example.h"

struct wanted {
	const char *endpoint;
	char **files; /* NULL ends */
};

static struct evert_result ask(struct evert_stream *stream, const char *name)
{
	struct evert_result r;
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	int error = fd < 0 ? -errno : 0;

	if (!error) /* what is sent is a duplicate */
		error = evert_transport_write_descriptors(
			evert_stream_transport(stream), ".", 1, &fd, 1);
	if (fd >= 0)
		close(fd);
	if (error)
		return evert_result_error(error, "cannot pass a file");
	EVERT_TRY(r, evert_await(evert_stream_read_line(stream)));
	printf("%s: %s\n", name, evert_result_as_text(&r));
	evert_result_release(r);
	return evert_result_none();
}

static struct evert_result ask_for_all(void *arg)
{
	const struct wanted *wanted = arg;
	struct evert_stream *stream;
	struct evert_result r;
	char **file;

	EVERT_TRY(r, evert_await(evert_stream_connect(wanted->endpoint)));
	stream = evert_stream_take(&r);
	for (file = wanted->files; *file && !evert_result_is_failure(&r);
	     file++)
		r = ask(stream, *file);
	evert_stream_destroy(stream);
	return r;
}

int main(int argc, char **argv)
{
	struct wanted wanted = { .endpoint = "unix:/tmp/sizes" };
	const struct example_option options[] = {
		{ .name = "--connect",
		  .value = "ENDPOINT",
		  .help = "the server (unix:/tmp/sizes)",
		  .text = &wanted.endpoint },
		{ .name = NULL },
	};
	const struct example example = {
		"Asks file_size_server how large each FILE is.", "FILE...", 1,
		argc, options,
	};

	wanted.files = argv + example_begin(&example, argc, argv);
	return evert_run(ask_for_all, &wanted);
}
