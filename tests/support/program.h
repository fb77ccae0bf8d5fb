/* SPDX-License-Identifier: MIT */
/* For tests of coroutines that need a reactor. */
#ifndef TESTS_SUPPORT_PROGRAM_H
#define TESTS_SUPPORT_PROGRAM_H

#include "../../reactor/run.h"

/*
 * Runs `body(arg)` as evert_run does, on a new reactor on `system` (NULL: the
 * real one). Gives what the body returned; the caller owns it. Fails the test
 * after a minute by the reactor's clock.
 */
struct evert_result run_program(struct evert_system *system, evert_body body,
				void *arg);

/* The same where memory may run out: nothing is asserted, and the outcome is
   released. */
void run_program_anyhow(struct evert_system *system, evert_body body,
			void *arg);

#endif
