/* SPDX-License-Identifier: MIT */
/*
 * evert inside a GLib loop: a GSource that turns the reactor.
 *
 *	glib_loop tcp:127.0.0.1:9999
 *
 * asks a greeting server, in a coroutine, while GLib ticks.
 */
#include <evert.h>
#include <glib.h>
#include <math.h>
#include <stdio.h>

/* ---- The source ---- */

struct source {
	GSource base;
	struct evert_reactor *reactor;
	GMainLoop *loop; /* ends with the reactor */
};

/* Whatever ran in the GLib loop may have given the reactor something to do. */
static gboolean prepare(GSource *base, gint *timeout)
{
	struct source *source = (struct source *)base;
	double seconds = evert_reactor_prepare(source->reactor);

	*timeout = seconds < 0 ? -1 : (gint)fmin(ceil(seconds * 1000), 1e9);
	return seconds == 0;
}

static gboolean dispatch(GSource *base, GSourceFunc call, gpointer data)
{
	struct source *source = (struct source *)base;

	(void)call;
	(void)data;
	if (evert_reactor_turn(source->reactor, 0))
		g_main_loop_quit(source->loop);
	return G_SOURCE_CONTINUE;
}

/* Without `check` GLib looks whether the descriptor is readable, or the time
   is up. */
static GSource *attach(struct evert_reactor *reactor, GMainLoop *loop)
{
	static GSourceFuncs functions = {
		.prepare = prepare,
		.dispatch = dispatch,
	};
	GSource *base = g_source_new(&functions, sizeof(struct source));
	struct source *source = (struct source *)base;

	source->reactor = reactor;
	source->loop = loop;
	g_source_add_unix_fd(base, evert_reactor_fd(reactor), G_IO_IN);
	g_source_attach(base, NULL);
	return base;
}

/* ---- A program ---- */

static const char *endpoint;
static int ticks;

static struct evert_result greet(void *reactor)
{
	struct evert_result connected, line;
	struct evert_stream *stream;

	connected = evert_await(evert_stream_connect(endpoint));
	if (evert_result_is_failure(&connected))
		return connected;
	stream = evert_stream_take(&connected);
	evert_stream_write_line(stream, "GLib", 4);
	line = evert_await(evert_stream_read_line(stream));
	if (!evert_result_is_failure(&line))
		puts(evert_result_as_text(&line));
	evert_result_release(evert_await(evert_sleep(0.05)));
	evert_stream_destroy(stream);
	evert_reactor_stop(reactor);
	return line;
}

static void begin(void *reactor)
{
	evert_deferred_release(evert_spawn(greet, reactor));
}

static gboolean tick(gpointer reactor)
{
	if (++ticks == 2)
		evert_reactor_call_later(reactor, 0, begin, reactor);
	return G_SOURCE_CONTINUE;
}

int main(int count, char **arguments)
{
	/* poll has no descriptor that another loop could wait for. */
	struct evert_reactor_options options = { .poller = "epoll" };
	struct evert_reactor *reactor = evert_reactor_create(&options);
	GMainLoop *loop = g_main_loop_new(NULL, FALSE);
	GSource *source;

	endpoint = count > 1 ? arguments[1] : "tcp:127.0.0.1:9999";
	if (!reactor)
		return 1;
	source = attach(reactor, loop);
	g_timeout_add(5, tick, reactor);
	g_main_loop_run(loop);
	puts(ticks > 5 ? "GLib ticked meanwhile" : "GLib stood still");
	g_source_destroy(source);
	g_source_unref(source);
	g_main_loop_unref(loop);
	evert_reactor_destroy(reactor);
	return 0;
}
