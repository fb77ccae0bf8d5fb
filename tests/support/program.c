/* SPDX-License-Identifier: MIT */
#include "program.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../reactor/run_internal.h"
#include "reactor.h"

static const double PATIENCE_SECONDS = 60;

struct program {
	evert_body body;
	void *arg;
	struct evert_result outcome;
};

static void hangs(void *arg)
{
	(void)arg;
	cr_fatal("the program did not end");
}

/* What it returns is ours, and not evert_run's to print. */
static struct evert_result run_body(void *arg)
{
	struct program *program = arg;

	program->outcome = program->body(program->arg);
	return evert_result_none();
}

static int run(struct evert_reactor *reactor, struct program *program)
{
	evert_reactor_call_later(reactor, PATIENCE_SECONDS, hangs, NULL);
	return evert_run_on(reactor, run_body, program, "body", EVERT_HERE);
}

struct evert_result run_program(struct evert_system *system, evert_body body,
				void *arg)
{
	struct program program = { .body = body, .arg = arg };

	cr_assert(eq(int, run(make_reactor(system), &program), 0));
	return program.outcome;
}

void run_program_anyhow(struct evert_system *system, evert_body body,
			void *arg)
{
	struct evert_reactor_options options = { .system = system };
	struct evert_reactor *reactor = evert_reactor_create(&options);
	struct program program = { .body = body, .arg = arg };

	if (!reactor)
		return;
	run(reactor, &program);
	evert_result_release(program.outcome);
}
