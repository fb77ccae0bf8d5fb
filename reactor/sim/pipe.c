/* SPDX-License-Identifier: MIT */
/* Pipes, and pairs of UNIX streams: what goes in at one end is at once at the
   other. */
#include <errno.h>

#include "file_internal.h"

enum {
	CAPACITY = 65536,
	AS_A_WHOLE = 4096
};

/* One way. */
struct channel {
	struct evert_sim_bytes bytes;
	struct end *reader, *writer; /* NULL: gone, or shut */
	unsigned ends;		     /* that are open */
	bool lost;		     /* its reader went with bytes unread */
};

struct end {
	struct evert_sim_file base;
	struct channel *in, *out; /* a pipe's have one each */
};

static struct end *from(struct evert_sim_file *file)
{
	return evert_container_of(file, struct end, base);
}

static size_t room(const struct channel *out)
{
	return CAPACITY - out->bytes.length;
}

/* A pipe takes little as a whole or not at all, and says so. */
static bool is_writable(const struct channel *out)
{
	return room(out) >= AS_A_WHOLE;
}

static unsigned pipe_ready(struct evert_sim_file *file)
{
	const struct end *end = from(file);
	unsigned ready = 0;

	if (end->in)
		ready |= (end->in->bytes.length ? POLLIN : 0) |
			 (end->in->writer ? 0 : POLLHUP);
	if (end->out)
		ready |= (is_writable(end->out) ? POLLOUT : 0) |
			 (end->out->reader ? 0 : POLLERR);
	return ready;
}

static unsigned pair_ready(struct evert_sim_file *file)
{
	const struct end *end = from(file);
	unsigned ready = is_writable(end->out) ? POLLOUT : 0;

	if (end->in->bytes.length)
		ready |= POLLIN;
	if (!end->in->writer)
		ready |= POLLIN | POLLRDHUP;
	if (!end->in->writer && !end->out->reader)
		ready |= POLLHUP;
	return ready;
}

static ssize_t read_end(struct evert_sim_file *file, void *data, size_t size,
			bool peek)
{
	const struct end *end = from(file);
	struct channel *in = end->in;
	size_t count;

	if (!in)
		return -EBADF;
	count = size < in->bytes.length ? size : in->bytes.length;
	if (!count && end->out && end->out->lost) {
		end->out->lost = false;
		return -ECONNRESET;
	}
	if (!count)
		return in->writer ? -EAGAIN : 0;
	if (peek) {
		evert_sim_bytes_peek(&in->bytes, data, count);
		return (ssize_t)count;
	}
	count = evert_sim_cut(file->host->sim, count);
	evert_sim_bytes_take(&in->bytes, data, count);
	if (in->writer)
		evert_sim_file_changed(&in->writer->base);
	return (ssize_t)count;
}

static ssize_t write_end(struct evert_sim_file *file, const struct iovec *parts,
			 int count)
{
	struct channel *out = from(file)->out;
	size_t length = evert_sim_parts_length(parts, count);

	if (!out)
		return -EBADF;
	if (!out->reader)
		return -EPIPE;
	if (!length)
		return 0;
	if (length > AS_A_WHOLE || file->ops->socket)
		length = evert_sim_cut(file->host->sim,
				       length < room(out) ? length : room(out));
	if (!length || length > room(out))
		return -EAGAIN;
	evert_sim_parts_put(&out->bytes, parts, length);
	evert_sim_file_changed(&out->reader->base);
	return (ssize_t)length;
}

static void release(struct channel *channel)
{
	if (!channel || --channel->ends)
		return;
	evert_sim_bytes_clear(&channel->bytes);
	evert_sim_free(channel);
}

/* What nobody will read any more. */
static void stop_reading(struct end *end)
{
	struct channel *in = end->in;

	if (!in || in->reader != end)
		return;
	in->reader = NULL;
	in->lost = in->bytes.length;
	if (in->writer)
		evert_sim_file_changed(&in->writer->base);
}

static void stop_writing(struct end *end)
{
	struct channel *out = end->out;

	if (!out || out->writer != end)
		return;
	out->writer = NULL;
	if (out->reader)
		evert_sim_file_changed(&out->reader->base);
}

static void close_end(struct evert_sim_file *file)
{
	struct end *end = from(file);

	stop_reading(end);
	stop_writing(end);
	release(end->in);
	release(end->out);
	evert_sim_free(end);
}

/* ---- Pairs are sockets ---- */

static int shut(struct evert_sim_file *file, int how)
{
	struct end *end = from(file);

	if (how != SHUT_WR)
		stop_reading(end);
	if (how != SHUT_RD)
		stop_writing(end);
	evert_sim_file_changed(file);
	return 0;
}

static int get_name(struct evert_sim_file *file, bool peer,
		    struct evert_address *address)
{
	(void)file, (void)peer;
	*address = (struct evert_address){.length = sizeof(sa_family_t)};
	address->as.any.sa_family = AF_UNIX;
	return 0;
}

static int get_option(struct evert_sim_file *file, int level, int option,
		      void *value, socklen_t *length)
{
	int number = option == SO_TYPE	   ? SOCK_STREAM
		     : option == SO_DOMAIN ? AF_UNIX
					   : 0;

	(void)file;
	if (level != SOL_SOCKET ||
	    (!number && option != SO_ERROR && option != SO_ACCEPTCONN))
		return -ENOPROTOOPT;
	return evert_sim_give_int(number, value, length);
}

static int unread(struct evert_sim_file *file)
{
	return (int)from(file)->out->bytes.length;
}

static const struct evert_sim_socket_ops pair_socket = {
	.shutdown = shut,
	.name = get_name,
	.get = get_option,
	.unacknowledged = unread,
};

static const struct evert_sim_file_ops pipe_ops = {
	.ready = pipe_ready,
	.read = read_end,
	.write = write_end,
	.close = close_end,
};

static const struct evert_sim_file_ops pair_ops = {
	.ready = pair_ready,
	.read = read_end,
	.write = write_end,
	.close = close_end,
	.socket = &pair_socket,
};

/* ---- Making ---- */

static struct end *make_end(struct evert_sim_host *host,
			    const struct evert_sim_file_ops *ops)
{
	struct end *end = evert_sim_allocate(sizeof(*end));

	evert_sim_file_init(&end->base, host, ops);
	return end;
}

static void join(struct end *writer, struct end *reader)
{
	struct channel *channel = evert_sim_allocate(sizeof(*channel));

	writer->out = reader->in = channel;
	channel->writer = writer;
	channel->reader = reader;
	channel->ends = 2;
}

static int give_out(struct end *first, struct end *second, int fds[2])
{
	fds[0] = evert_sim_descriptor_make(&first->base);
	fds[1] = evert_sim_descriptor_make(&second->base);
	return 0;
}

int evert_sim_pipe(struct evert_sim_host *host, int fds[2])
{
	struct end *reader = make_end(host, &pipe_ops);
	struct end *writer = make_end(host, &pipe_ops);

	join(writer, reader);
	return give_out(reader, writer, fds);
}

int evert_sim_pair(struct evert_sim_host *host, int fds[2])
{
	struct end *first = make_end(host, &pair_ops);
	struct end *second = make_end(host, &pair_ops);

	join(first, second);
	join(second, first);
	return give_out(first, second, fds);
}
