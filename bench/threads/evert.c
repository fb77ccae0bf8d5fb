/* SPDX-License-Identifier: MIT */
#include <evert.h>

#include <stdlib.h>

#include "common/threads.h"

static struct evert_reactor *reactor;

void loop_create(void)
{
	reactor = evert_reactor_create(NULL);
}

void loop_run(void)
{
	evert_reactor_run(reactor);
}

void loop_stop(void)
{
	evert_reactor_stop(reactor);
}

void loop_call_from_thread(void *call)
{
	if (evert_reactor_call_from_thread(reactor, loop_called, call))
		abort(); /* no memory: nothing to measure */
}

int main(void)
{
	return threads_main(THREADS_CALLS);
}
