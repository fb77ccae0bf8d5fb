/* SPDX-License-Identifier: MIT */
/* What a recording tells of calls from other threads. */
#include <pthread.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../support/reactor.h"
#include "../support/recording.h"

TestSuite(tell_message, .init = recording_init, .fini = recording_finish);

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

Test(tell_message, an_arrow_leads_from_the_thread_that_calls)
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
