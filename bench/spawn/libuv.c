/* SPDX-License-Identifier: MIT */
/* libuv: uv_spawn. */
#include <stdlib.h>
#include <uv.h>

#include "common/measure.h"
#include "common/spawn.h"

static size_t left;
static uv_process_t process;

static void start(void);

static void closed(uv_handle_t *handle)
{
	(void)handle;
	if (--left)
		start();
}

static void exited(uv_process_t *which, int64_t status, int signal)
{
	measure_check("status", (uint64_t)status + (uint64_t)signal, 0);
	uv_close((uv_handle_t *)which, closed);
}

static void start(void)
{
	char *argv[] = { "true", NULL };
	uv_stdio_container_t stdio[] = {
		{ .flags = UV_INHERIT_FD, .data.fd = 0 },
		{ .flags = UV_INHERIT_FD, .data.fd = 1 },
		{ .flags = UV_INHERIT_FD, .data.fd = 2 },
	};
	uv_process_options_t options = {
		.file = "/bin/true",
		.args = argv,
		.exit_cb = exited,
		.stdio = stdio,
		.stdio_count = 3,
	};

	if (uv_spawn(uv_default_loop(), &process, &options))
		abort();
}

static void run(size_t events)
{
	left = events;
	start();
	uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}

int main(void)
{
	return spawn_main(run);
}
