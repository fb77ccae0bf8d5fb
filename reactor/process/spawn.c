/* SPDX-License-Identifier: MIT */
#include "spawn_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../deferred/base/memory.h"
#include "exit.h"

/* Where to look when nobody says where. */
static const char default_search[] = "/bin:/usr/bin";

static const char *find_in(char *const *env, const char *name)
{
	size_t length = strlen(name);

	for (; env && *env; env++)
		if (!strncmp(*env, name, length) && (*env)[length] == '=')
			return *env + length + 1;
	return NULL;
}

/* The environment's PATH, and room for what will be tried: 0, or -ENOMEM. */
static int plan_search(struct evert_spawn_plan *plan)
{
	const char *search;
	size_t room;

	plan->search = NULL;
	plan->candidate = NULL;
	if (!*plan->path || strchr(plan->path, '/'))
		return 0;
	search = find_in(plan->env, "PATH");
	if (!search)
		search = default_search;
	room = strlen(search) + 1 + strlen(plan->path) + 1;
	plan->candidate = evert_allocate(room);
	if (!plan->candidate)
		return -ENOMEM;
	plan->search = search;
	return 0;
}

/* The zombie of a child that did not become a program. */
static void reap(struct evert_system *system, const struct evert_spawned *child)
{
	struct rusage usage;
	int code, status;

	if (child->pidfd >= 0)
		system->ops->close(system, child->pidfd);
	while (system->ops->waitid(system, child->pid, WEXITED, &code, &status,
				   &usage) == -EINTR)
		;
}

/* In real life the child has all its steps behind it, or is gone. */
static int start(struct evert_system *system, struct evert_spawn_plan *plan,
		 struct evert_spawned *spawned)
{
	plan->step = "process";
	plan->detail = NULL;
	plan->error = 0;
	spawned->pidfd = -1;
	spawned->pid = system->ops->spawn(system, evert_spawn_child, plan,
					  &spawned->pidfd);
	if (spawned->pid < 0) {
		plan->step = "process";
		plan->error = -spawned->pid;
	} else if (plan->error) {
		reap(system, spawned);
	}
	return -plan->error;
}

int evert_spawn(struct evert_system *system, struct evert_spawn_plan *plan,
		struct evert_spawned *spawned)
{
	int error;

	if (!plan->env)
		plan->env = environ;
	error = plan_search(plan);
	if (error) {
		plan->step = "memory";
		plan->detail = NULL;
		plan->error = -error;
		return error;
	}
	plan->parent = plan->options->parent_death_signal ? getpid() : 0;
	error = start(system, plan, spawned);
	evert_free(plan->candidate);
	return error;
}

struct evert_failure *evert_spawn_failure(const struct evert_spawn_plan *plan,
					  const char *place)
{
	return evert_failure_create_at(
		place, EVERT_SPAWN_FAILED, plan->error,
		"cannot start \"%s\": %s%s%s%s", plan->path, plan->step,
		plan->detail ? " \"" : "", plan->detail ? plan->detail : "",
		plan->detail ? "\"" : "");
}
