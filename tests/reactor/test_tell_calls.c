/* SPDX-License-Identifier: MIT */
/* What a recording tells of calls from other threads, and of watchers. */
#include <pthread.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../reactor/watch.h"
#include "../support/reactor.h"
#include "../support/recording.h"

TestSuite(tell_calls, .init = recording_init, .fini = recording_finish);

static bool called;

static void *call(void *reactor)
{
	evert_reactor_call_from_thread(reactor, set_flag, &called);
	return NULL;
}

static bool is_called_from_a_thread(void)
{
	struct evert_reactor *reactor = make_reactor(NULL);
	pthread_t thread;

	pthread_create(&thread, NULL, call, reactor);
	turn_until(reactor, &called);
	pthread_join(thread, NULL);
	evert_reactor_destroy(reactor);
	return true;
}

Test(tell_calls, an_arrow_leads_from_the_thread_that_calls)
{
	cr_assert(recording_of(is_called_from_a_thread));
	cr_assert(recording_goes_on("\"B\"", "\"call\"", "\"post\"", NULL));
	cr_assert(recording_goes_on("\"s\"", "\"flow\"", "\"thread\"", NULL));
	cr_assert(recording_goes_on("\"E\"", NULL));
	cr_assert(recording_goes_on("\"B\"", "\"call\"", "\"message\"",
				    NULL));
	cr_assert(recording_goes_on("\"f\"", "\"flow\"", "\"thread\"", NULL));
	cr_assert(recording_goes_on("\"E\"", NULL));
}

static void drain(struct evert_watcher *watcher, unsigned ready, void *fd)
{
	char byte;

	(void)watcher;
	(void)ready;
	called = read(*(int *)fd, &byte, 1) == 1;
}

static bool watches_a_pipe(void)
{
	struct evert_reactor *reactor = make_reactor(NULL);
	struct evert_watcher *watcher;
	int ends[2];

	if (pipe(ends) || write(ends[1], "a", 1) != 1)
		return false;
	watcher = evert_watcher_create(reactor, ends[0], EVERT_READ, drain,
				       &ends[0]);
	turn_until(reactor, &called);
	evert_watcher_destroy(watcher);
	evert_reactor_destroy(reactor);
	close(ends[0]);
	close(ends[1]);
	return true;
}

Test(tell_calls, a_watcher_is_called_and_where_it_was_made)
{
	cr_assert(recording_of(watches_a_pipe));
	cr_assert(recording_goes_on("\"B\"", "\"call\"", "\"watcher\"",
				    "\"at\":\"tests/", NULL));
	cr_assert(recording_goes_on("\"E\"", NULL));
}
