/* SPDX-License-Identifier: MIT */
/* Queues, locks, semaphores and combinators, used from callbacks and
   coroutines, whoever waits cancelled at any moment, memory failing where the
   fuzzer likes, against the model of tests/model/waiting. */
#include "must.h"

#include "../model/waiting/waiting.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct waiting_sequence sequence;

	waiting_read(data, size, WAITING_THINGS, &sequence);
	must(waiting_holds(&sequence));
	return 0;
}
