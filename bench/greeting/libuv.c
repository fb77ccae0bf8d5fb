/* SPDX-License-Identifier: MIT */
/*
 * libuv. Fair: it reads into one buffer for all connections; lines are split
 * in place by hand. libuv gathers nothing, so the program does: all answers to
 * what was read are tried to be written at once, without an allocation. A
 * write for each would be a system call each.
 */
#include <uv.h>

#include <stdlib.h>
#include <string.h>

#include "common/announce.h"
#include "common/splitter.h"

struct connection {
	uv_tcp_t tcp;
	struct splitter splitter;
};

struct rest {
	uv_write_t request;
	char data[];
};

static char buffer[65536];
static char answers[sizeof(buffer) * GREETING_EXTRA + LINE_LIMIT];
static size_t answers_length;

static void lend_buffer(uv_handle_t *handle, size_t size, uv_buf_t *lent)
{
	(void)handle;
	(void)size;
	*lent = uv_buf_init(buffer, sizeof(buffer));
}

static void closed(uv_handle_t *handle)
{
	struct connection *c = (struct connection *)handle;

	free(c->splitter.rest);
	free(c);
}

static void received(uv_stream_t *stream, ssize_t got, const uv_buf_t *data);

static void written(uv_write_t *request, int status)
{
	if (status == 0 && !uv_stream_get_write_queue_size(request->handle))
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

static void answer(void *arg, const char *name, size_t length)
{
	(void)arg;
	answers_length += greet(answers + answers_length, name, length);
}

static void send_answers(uv_stream_t *stream)
{
	uv_buf_t part = uv_buf_init(answers, (unsigned)answers_length);
	int sent = uv_try_write(stream, &part, 1);

	sent = sent < 0 ? 0 : sent;
	if ((size_t)sent < answers_length)
		write_rest(stream, answers + sent,
			   answers_length - (size_t)sent);
}

static void received(uv_stream_t *stream, ssize_t got, const uv_buf_t *data)
{
	struct connection *c = (struct connection *)stream;

	answers_length = 0;
	if (got < 0 || !split(&c->splitter, data->base, (size_t)got, answer, c))
		uv_close((uv_handle_t *)stream, closed);
	else if (answers_length)
		send_answers(stream);
}

static void connected(uv_stream_t *listener, int status)
{
	struct connection *c = calloc(1, sizeof(*c));

	if (status < 0)
		fail("connection", status);
	uv_tcp_init(listener->loop, &c->tcp);
	uv_accept(listener, (uv_stream_t *)&c->tcp);
	uv_tcp_nodelay(&c->tcp, 1);
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
