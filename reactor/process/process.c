/* SPDX-License-Identifier: MIT */
#include "process_internal.h"

#include <errno.h>

#include "../../deferred/base/bug.h"
#include "../../deferred/base/memory.h"

static const struct evert_process_options by_default;
static const struct evert_process_protocol_ops deaf_ops;

pid_t evert_process_pid(const struct evert_process *process)
{
	return process->child.pid;
}

const struct evert_exit *evert_process_exit(const struct evert_process *process)
{
	return process->is_over ? &process->exit : NULL;
}

struct evert_deferred *evert_process_ended_at(struct evert_process *process,
					      const char *place)
{
	/* Asked from inside what the end has set going. */
	if (process->is_gone)
		return evert_deferred_create_fired_at(place,
						      evert_result_none());
	return evert_bell_wait(&process->ended_bell, place);
}

/* ---- The end ---- */

void evert_process_let_go(struct evert_process *process)
{
	if (--process->holders)
		return;
	evert_child_leave(&process->child);
	evert_member_leave(&process->member);
	evert_free(process);
}

static struct evert_process *process_at(struct evert_task *task)
{
	return evert_container_of(task, struct evert_process, task);
}

/* When the turn has ended. */
static void release(struct evert_task *task)
{
	struct evert_process *process = process_at(task);
	struct evert_process_protocol *protocol = process->protocol;

	if (protocol->ops->destroy)
		protocol->ops->destroy(protocol);
	evert_process_let_go(process);
}

static void tell_ended(struct evert_process *process)
{
	struct evert_process_protocol *protocol = process->protocol;

	process->told = true;
	evert_process_forget_stop(process);
	evert_process_release_group(process);
	if (protocol->ops->ended)
		protocol->ops->ended(protocol, &process->exit);
	process->is_gone = true;
	evert_bell_ring(&process->ended_bell);
	evert_task_cancel(&process->task);
	process->task.run = release;
	evert_task_plan_last(evert_process_reactor(process), &process->task);
}

static void tell_exited(struct evert_process *process)
{
	struct evert_process_protocol *protocol = process->protocol;

	process->exit_told = true;
	if (process->child.is_reaped)
		evert_process_forget_stop(process);
	if (process->exit.kind != EVERT_LEFT_RUNNING && protocol->ops->exited)
		protocol->ops->exited(protocol, &process->exit);
	evert_bell_ring(&process->exit_bell);
}

void evert_process_tell(struct evert_process *process)
{
	process->holders++;
	if (process->is_over && !process->exit_told)
		tell_exited(process);
	if (process->exit_told && !process->open && !process->told)
		tell_ended(process);
	evert_process_let_go(process);
}

static void tell_by_task(struct evert_task *task)
{
	evert_process_tell(process_at(task));
}

void evert_process_plan_to_tell(struct evert_process *process)
{
	evert_task_plan(evert_process_reactor(process), &process->task);
}

static void child_ended(struct evert_child *child,
			const struct evert_exit *exit)
{
	struct evert_process *process =
		evert_container_of(child, struct evert_process, child);

	process->exit = *exit;
	process->is_over = true;
	if (exit->kind != EVERT_LEFT_RUNNING) {
		evert_process_tell(process);
		return;
	}
	/* A fork's child may be just about to run. What is read there is lost
	   to its parent, and what is queued here is sent by both. */
	evert_process_abort_pipes(process);
	evert_process_plan_to_tell(process);
}

/* ---- The beginning ---- */

/* What one attempt needs. */
struct attempt {
	struct evert_reactor *reactor;
	struct evert_process *process;
	struct evert_process_map map;
	struct evert_spawn_plan plan;
};

static struct evert_process *make(struct evert_reactor *reactor,
				  const struct evert_process_options *options,
				  size_t pipes)
{
	struct evert_process *process = evert_allocate(
		sizeof(*process) + pipes * sizeof(*process->pipes));

	if (!process)
		return NULL;
	*process = (struct evert_process){
		.child.reactor = reactor,
		.group = options->has_terminal ? EVERT_CHILD_IN_OWN_SESSION :
						 options->group,
		.rows = options->rows ? options->rows : 24,
		.columns = options->columns ? options->columns : 80,
		.at_stop = options->at_stop,
		.holders = 1,
	};
	evert_list_init(&process->child.errand.node);
	evert_list_init(&process->member.node);
	evert_task_init(&process->task, tell_by_task);
	process->nobody.ops = &deaf_ops;
	process->protocol = &process->nobody;
	return process;
}

/* Transports, and the watch: what can't be had is not run. */
static int talk(struct attempt *attempt, const struct evert_spawned *spawned)
{
	struct evert_process *process = attempt->process;
	int error = evert_child_begin(&process->child, attempt->reactor,
				      spawned, child_ended);

	if (!error) {
		error = evert_process_begin_pipes(process);
		if (error)
			evert_child_destroy(
				&process->child,
				evert_process_has_own_group(process));
	}
	if (error) {
		attempt->plan.step = "watching it";
		attempt->plan.detail = NULL;
	}
	return error;
}

static int start(struct attempt *attempt)
{
	struct evert_process *process = attempt->process;
	struct evert_spawned spawned;
	int error;

	attempt->plan.step = "pipes";
	error = evert_process_open_pipes(process, &attempt->map);
	if (error)
		return error;
	evert_process_sources(&attempt->map, process, attempt->plan.sources);
	error = evert_spawn(attempt->reactor->system, &attempt->plan, &spawned);
	evert_process_close_theirs(process);
	if (!error)
		error = talk(attempt, &spawned);
	if (error)
		evert_process_close_pipes(process);
	return error;
}

/* 0, or -errno: then nothing of it is left, but what its pipes hold. */
static int begin(struct attempt *attempt)
{
	const struct evert_process_options *options = attempt->plan.options;
	int error;

	attempt->plan.step = "memory";
	attempt->process = make(attempt->reactor, options, attempt->map.pipes);
	if (!attempt->process)
		return -ENOMEM;
	error = evert_process_heed_stop(attempt->process);
	if (!error)
		error = start(attempt);
	if (error) {
		evert_process_forget_stop(attempt->process);
		evert_process_let_go(attempt->process);
	}
	return error;
}

static int try(struct attempt *attempt)
{
	size_t count = attempt->map.count;
	int error;

	if (attempt->reactor->shutting_down)
		return -ESHUTDOWN;
	/* One more, so that there is always something to allocate. */
	attempt->plan.step = "memory";
	attempt->plan.source_count = count;
	attempt->plan.sources =
		evert_allocate((count + 1) * sizeof(*attempt->plan.sources));
	if (!attempt->plan.sources)
		return -ENOMEM;
	error = begin(attempt);
	evert_free(attempt->plan.sources);
	return error;
}

void evert_process_check(const struct evert_reactor *reactor,
			 char *const argv[])
{
	evert_reactor_check_running(reactor, "what starts a process");
	if (!argv || !argv[0])
		evert_bug("a process needs its program's name in argv[0], and "
			  "NULL behind the last argument");
}

static struct evert_process *announce(struct evert_process *process,
				      struct evert_process_protocol *protocol)
{
	if (protocol)
		process->protocol = protocol;
	process->protocol->process = process;
	evert_member_join(evert_process_reactor(process), &process->member,
			  evert_process_shut_down);
	if (process->protocol->ops->made)
		process->protocol->ops->made(process->protocol);
	return process;
}

struct evert_process *
evert_spawn_process_at(struct evert_reactor *reactor,
		       struct evert_process_protocol *protocol,
		       const char *path, char *const argv[], char *const env[],
		       const struct evert_process_options *options,
		       const char *place)
{
	struct attempt attempt = { .reactor = reactor };
	int error;

	evert_process_check(reactor, argv);
	if (!options)
		options = &by_default;
	attempt.plan.path = path ? path : argv[0];
	attempt.plan.argv = argv;
	attempt.plan.env = env;
	attempt.plan.options = options;
	attempt.plan.step = "descriptors";
	error = evert_process_map(&attempt.map, options);
	if (!error)
		error = try(&attempt);
	if (error) {
		attempt.plan.error = -error;
		if (options->failure)
			*options->failure =
				evert_spawn_failure(&attempt.plan, place);
		errno = -error;
		return NULL;
	}
	return announce(attempt.process, protocol);
}
