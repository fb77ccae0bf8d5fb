/* SPDX-License-Identifier: MIT */
/* consumer.c in C++, with lambdas whose bodies have commas in them. */
#include <evert.h>

#include <string>
#include <unistd.h>

/* A pipe is watched until something comes. */
static bool hears_of_a_pipe(void)
{
	struct evert_reactor *reactor = evert_reactor_create(nullptr);
	int fds[2], status = -1;

	if (!reactor || pipe(fds) || write(fds[1], "x", 1) != 1)
		return false;
	evert_watcher_on_end(
		evert_watcher_create(
			reactor, fds[0], EVERT_READ,
			[](struct evert_watcher *watcher, unsigned, void *arg) {
				char byte, *to = &byte;

				if (read(evert_watcher_fd(watcher), to, 1) == 1)
					evert_reactor_stop(
						static_cast<evert_reactor *>(
							arg));
			},
			reactor),
		[](struct evert_watcher *watcher, int, void *) {
			evert_watcher_destroy(watcher);
		});
	status = evert_reactor_run(reactor);
	evert_reactor_destroy(reactor);
	close(fds[0]);
	close(fds[1]);
	return status == 0;
}

/* Arguments are literals, and what std::string gives. */
static evert_result run_echo(void *word)
{
	evert_result r = evert_await(evert_process_output(
		evert_reactor_current(),
		EVERT_ARGV("echo", static_cast<const char *>(word)), nullptr));

	if (!evert_result_is_failure(&r) &&
	    std::string("world\n") != evert_result_as_text(&r))
		r = evert_result_fail(EVERT_ERROR, 0, "it said otherwise");
	return r;
}

int main(void)
{
	int called = 0;
	struct evert_firing *firing_end;
	struct evert_deferred *deferred = evert_deferred_create(&firing_end);

	evert_deferred_add_callback(
		deferred,
		[](struct evert_result *in, void *arg) {
			int one = 1, none = 0;

			*static_cast<int *>(arg) = one + none;
			return *in;
		},
		&called);
	evert_deferred_fire(&firing_end, evert_result_none());
	evert_deferred_release(deferred);
	return !called || !hears_of_a_pipe() ||
	       evert_run(run_echo, const_cast<char *>("world")) ||
	       evert_run([](void *) { return evert_result_none(); }, nullptr);
}
