/* SPDX-License-Identifier: MIT */
#include "search_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../deferred/base/memory.h"
#include "../../deferred/base/say_internal.h"
#include "world_internal.h"

/* Of real time, for one seed. */
enum {
	MOST_SECONDS = 60
};

struct evert_sim_progress *evert_sim_progress_create(void)
{
	void *memory = mmap(NULL, sizeof(struct evert_sim_progress),
			    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			    -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

/* ---- Memory that is counted ---- */

static size_t blocks, bytes;
static struct evert_sim *world; /* or NULL */

static bool is_refused(void)
{
	if (!world || !evert_sim_fault(world, world->memory_fails))
		return false;
	errno = ENOMEM;
	return true;
}

static void *count_allocate(void *context, size_t size)
{
	void *memory = is_refused() ? NULL : malloc(size);

	if (memory)
		++*(size_t *)context;
	bytes += malloc_usable_size(memory);
	return memory;
}

static void *count_reallocate(void *context, void *memory, size_t size)
{
	size_t before = malloc_usable_size(memory);
	const bool is_new = !memory;
	void *moved = is_refused() ? NULL : realloc(memory, size);

	if (moved && is_new)
		++*(size_t *)context;
	if (moved)
		bytes += malloc_usable_size(moved) - before;
	return moved;
}

static void count_release(void *context, void *memory)
{
	if (memory)
		--*(size_t *)context;
	bytes -= malloc_usable_size(memory);
	free(memory);
}

static const struct evert_allocator counting = {
	count_allocate,
	count_reallocate,
	count_release,
	&blocks,
};

size_t evert_sim_memory(const struct evert_sim *sim)
{
	return sim == world ? bytes : 0;
}

/* ---- Seeds ---- */

static void check_memory(size_t before, struct evert_sim_trace *trace)
{
	if (blocks == before)
		return;
	evert_say("evert: simulation failed: the programs have %zu blocks of "
		  "memory that they did not give back\n",
		  blocks - before);
	evert_sim_trace_tell(trace);
	abort();
}

void evert_sim_search_one(const struct evert_sim_search *search, uint64_t seed,
			  struct evert_sim_progress *progress)
{
	size_t before = blocks;
	struct evert_sim *sim;

	evert_sim_variant = search->variant;
	evert_sim_trace_shared = &progress->trace;
	evert_set_allocator(&counting);
	sim = evert_sim_create(seed);
	world = sim;
	search->scenario(sim);
	progress->seconds += evert_sim_seconds(sim);
	world = NULL;
	evert_sim_destroy(sim);
	check_memory(before, &progress->trace);
	progress->steps += progress->trace.steps;
	progress->seeds++;
	evert_set_allocator(NULL);
	evert_sim_trace_shared = NULL;
}

static void be_quiet(void)
{
	int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (nowhere < 0)
		return;
	dup2(nowhere, STDOUT_FILENO);
	dup2(nowhere, STDERR_FILENO);
}

static EVERT_NORETURN void run_in_child(const struct evert_sim_search *search,
					struct evert_sim_progress *progress)
{
	uint64_t i;

	signal(SIGALRM, SIG_DFL);
	for (i = 0; i < search->seeds; i++) {
		alarm(MOST_SECONDS);
		progress->trace.seed = search->from + i;
		evert_sim_search_one(search, search->from + i, progress);
	}
	_exit(0);
}

int evert_sim_search_run(const struct evert_sim_search *search,
			 struct evert_sim_progress *progress, bool quiet)
{
	pid_t child;
	int status;

	*progress = (struct evert_sim_progress){.seeds = 0};
	child = fork();
	if (child < 0)
		return -errno;
	if (!child) {
		if (quiet)
			be_quiet();
		run_in_child(search, progress);
	}
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return status;
}
