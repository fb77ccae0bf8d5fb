/* SPDX-License-Identifier: MIT */
/*
 * Worker processes, the worker's side: functions that a pool
 * (protocols/worker/worker_pool.h) calls in other processes, as Python's
 * ProcessPoolExecutor does. Bytes go in, bytes come back.
 *
 *	static struct evert_result sort(const char *bytes, size_t length)
 *	{
 *		...
 *		return evert_result_text(sorted, size);
 *	}
 *
 *	static const evert_worker_function functions[] = { sort, NULL };
 *
 *	int main(void)
 *	{
 *		evert_worker_main(functions);	// does not return in a worker
 *		...
 *	}
 *
 * A worker is this program, started once more: nothing of its parent's memory
 * is there, and no descriptor but 0, which is /dev/null, and 1 and 2, which are
 * its parent's, or /dev/null where those are closed. When its parent dies, it
 * is killed, whatever it is at.
 */
#ifndef EVERT_PROTOCOLS_WORKER_H
#define EVERT_PROTOCOLS_WORKER_H

#include "../../deferred/result.h"

EVERT_BEGIN

/*
 * Runs in a worker, in its only thread. `bytes` is the worker's, until it
 * returns; no zero byte is appended. What it returns goes back: a text as its
 * bytes, nothing as none, a failure as its words. Other results are a bug.
 */
typedef struct evert_result (*evert_worker_function)(const char *bytes,
						     size_t length);

/*
 * To be called by main before it does anything else, with all functions that
 * pools may call, 256 at most; NULL ends them. It returns at once, but in a
 * worker: there it calls what it is asked to, and exits with 0 when nobody asks
 * any more. SIGINT, which a terminal sends to all its processes, is ignored
 * there.
 */
void evert_worker_main(const evert_worker_function *functions);

EVERT_END

#endif
