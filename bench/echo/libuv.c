/* SPDX-License-Identifier: MIT */
/*
 * libuv. Fair: it reads into one buffer for all connections, tries to write at
 * once (uv_try_write), and allocates a request only for what is left; which
 * takes a quarter of the instructions of a uv_write for each answer. Reading
 * halts while something is left.
 */
#include <uv.h>

#include <stdlib.h>
#include <string.h>

#include "common/announce.h"

static char buffer[65536];

struct rest {
	uv_write_t request;
	char data[];
};

static void lend_buffer(uv_handle_t *handle, size_t size, uv_buf_t *lent)
{
	(void)handle;
	(void)size;
	*lent = uv_buf_init(buffer, sizeof(buffer));
}

static void closed(uv_handle_t *handle)
{
	free(handle);
}

static void received(uv_stream_t *stream, ssize_t got, const uv_buf_t *data);

static void written(uv_write_t *request, int status)
{
	if (status == 0)
		uv_read_start(request->handle, lend_buffer, received);
	free(request); /* the first in its rest */
}

static void write_rest(uv_stream_t *stream, const char *data, size_t length)
{
	struct rest *rest = malloc(sizeof(*rest) + length);
	uv_buf_t part = uv_buf_init(rest->data, (unsigned)length);

	memcpy(rest->data, data, length);
	uv_read_stop(stream);
	uv_write(&rest->request, stream, &part, 1, written);
}

static void received(uv_stream_t *stream, ssize_t got, const uv_buf_t *data)
{
	uv_buf_t part;
	int sent;

	if (got < 0)
		uv_close((uv_handle_t *)stream, closed);
	if (got <= 0)
		return;
	part = uv_buf_init(data->base, (unsigned)got);
	sent = uv_try_write(stream, &part, 1);
	if (sent == got)
		return;
	sent = sent < 0 ? 0 : sent;
	write_rest(stream, data->base + sent, (size_t)(got - sent));
}

static void connected(uv_stream_t *listener, int status)
{
	uv_tcp_t *tcp = malloc(sizeof(*tcp));

	if (status < 0)
		fail("connection", status);
	uv_tcp_init(listener->loop, tcp);
	uv_accept(listener, (uv_stream_t *)tcp);
	uv_tcp_nodelay(tcp, 1);
	uv_read_start((uv_stream_t *)tcp, lend_buffer, received);
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
