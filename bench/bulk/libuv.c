/* SPDX-License-Identifier: MIT */
/*
 * libuv. Fair: one request, used again, writes blocks that need no copy,
 * several at a time; as soon as they are written, the next ones.
 */
#include <uv.h>

#include <stdlib.h>

#include "common/announce.h"

enum { BLOCKS = 4 };

static char buffer[65536];
static char block[65536];

struct connection {
	uv_tcp_t tcp;
	uv_write_t request;
	int decided;
};

static void closed(uv_handle_t *handle)
{
	free(handle);
}

static void write_blocks(uv_stream_t *stream);

static void written(uv_write_t *request, int status)
{
	if (status == 0)
		write_blocks(request->handle);
}

static void write_blocks(uv_stream_t *stream)
{
	struct connection *c = (struct connection *)stream;
	uv_buf_t parts[BLOCKS];
	int i;

	for (i = 0; i < BLOCKS; i++)
		parts[i] = uv_buf_init(block, sizeof(block));
	uv_write(&c->request, stream, parts, BLOCKS, written);
}

static void lend_buffer(uv_handle_t *handle, size_t size, uv_buf_t *lent)
{
	(void)handle;
	(void)size;
	*lent = uv_buf_init(buffer, sizeof(buffer));
}

static void received(uv_stream_t *stream, ssize_t got, const uv_buf_t *data)
{
	struct connection *c = (struct connection *)stream;

	if (got < 0)
		uv_close((uv_handle_t *)stream, closed);
	if (got <= 0 || c->decided)
		return;
	c->decided = 1;
	if (*data->base == 's')
		write_blocks(stream);
}

static void connected(uv_stream_t *listener, int status)
{
	struct connection *c = calloc(1, sizeof(*c));

	if (status < 0)
		fail("connection", status);
	uv_tcp_init(listener->loop, &c->tcp);
	uv_accept(listener, (uv_stream_t *)&c->tcp);
	uv_read_start((uv_stream_t *)&c->tcp, lend_buffer, received);
}

int main(void)
{
	uv_loop_t *loop = uv_default_loop();
	struct sockaddr_in address = loopback();
	uv_tcp_t listener;
	uv_os_fd_t fd;
	int error;

	uv_tcp_init(loop, &listener);
	uv_tcp_bind(&listener, (struct sockaddr *)&address, 0);
	error = uv_listen((uv_stream_t *)&listener, BACKLOG, connected);
	if (error)
		fail("uv_listen", error);
	uv_fileno((uv_handle_t *)&listener, &fd);
	announce(fd);
	return uv_run(loop, UV_RUN_DEFAULT);
}
