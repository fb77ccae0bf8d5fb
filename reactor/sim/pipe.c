/* SPDX-License-Identifier: MIT */
/* Pipes: what goes in at one end is at once at the other. */
#include <errno.h>

#include "file_internal.h"

enum {
	CAPACITY = 65536,
	AS_A_WHOLE = 4096
};

struct pipe {
	struct evert_sim_bytes bytes;
	struct end *reader, *writer; /* NULL: gone */
};

struct end {
	struct evert_sim_file base;
	struct pipe *pipe;
};

static struct end *from(struct evert_sim_file *file)
{
	return evert_container_of(file, struct end, base);
}

static size_t room(const struct pipe *pipe)
{
	return CAPACITY - pipe->bytes.length;
}

/* ---- The two ends ---- */

static unsigned reader_ready(struct evert_sim_file *file)
{
	const struct pipe *pipe = from(file)->pipe;

	return (pipe->bytes.length ? POLLIN : 0) | (pipe->writer ? 0 : POLLHUP);
}

/* A pipe takes little as a whole or not at all, and says so. */
static unsigned writer_ready(struct evert_sim_file *file)
{
	const struct pipe *pipe = from(file)->pipe;

	return (room(pipe) >= AS_A_WHOLE ? POLLOUT : 0) |
	       (pipe->reader ? 0 : POLLERR);
}

static ssize_t read_end(struct evert_sim_file *file, void *data, size_t size,
			bool peek)
{
	struct pipe *pipe = from(file)->pipe;
	size_t count = size < pipe->bytes.length ? size : pipe->bytes.length;

	(void)peek; /* it is no socket */
	if (!count)
		return pipe->writer ? -EAGAIN : 0;
	count = evert_sim_cut(file->host->sim, count);
	evert_sim_bytes_take(&pipe->bytes, data, count);
	if (pipe->writer)
		evert_sim_file_changed(&pipe->writer->base);
	return (ssize_t)count;
}

static ssize_t write_end(struct evert_sim_file *file, const struct iovec *parts,
			 int count)
{
	struct pipe *pipe = from(file)->pipe;
	size_t length = evert_sim_parts_length(parts, count);

	if (!length)
		return 0;
	if (!pipe->reader)
		return -EPIPE;
	if (length > AS_A_WHOLE)
		length = evert_sim_cut(file->host->sim, length < room(pipe)
								? length
								: room(pipe));
	if (!length || length > room(pipe))
		return -EAGAIN;
	evert_sim_parts_put(&pipe->bytes, parts, length);
	evert_sim_file_changed(&pipe->reader->base);
	return (ssize_t)length;
}

static void release(struct pipe *pipe)
{
	if (pipe->reader || pipe->writer)
		return;
	evert_sim_bytes_clear(&pipe->bytes);
	evert_sim_free(pipe);
}

static void close_reader(struct evert_sim_file *file)
{
	struct pipe *pipe = from(file)->pipe;

	pipe->reader = NULL;
	if (pipe->writer)
		evert_sim_file_changed(&pipe->writer->base);
	release(pipe);
	evert_sim_free(from(file));
}

static void close_writer(struct evert_sim_file *file)
{
	struct pipe *pipe = from(file)->pipe;

	pipe->writer = NULL;
	if (pipe->reader)
		evert_sim_file_changed(&pipe->reader->base);
	release(pipe);
	evert_sim_free(from(file));
}

static const struct evert_sim_file_ops reader_ops = {
	.ready = reader_ready,
	.read = read_end,
	.close = close_reader,
};

static const struct evert_sim_file_ops writer_ops = {
	.ready = writer_ready,
	.write = write_end,
	.close = close_writer,
};

/* ---- Making ---- */

static struct end *make_end(struct evert_sim_host *host,
			    const struct evert_sim_file_ops *ops,
			    struct pipe *pipe)
{
	struct end *end = evert_sim_allocate(sizeof(*end));

	evert_sim_file_init(&end->base, host, ops);
	end->pipe = pipe;
	return end;
}

int evert_sim_pipe(struct evert_sim_host *host, int fds[2])
{
	struct pipe *pipe = evert_sim_allocate(sizeof(*pipe));

	pipe->reader = make_end(host, &reader_ops, pipe);
	pipe->writer = make_end(host, &writer_ops, pipe);
	fds[0] = evert_sim_descriptor_make(&pipe->reader->base);
	fds[1] = evert_sim_descriptor_make(&pipe->writer->base);
	return 0;
}
