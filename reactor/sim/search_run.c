/* SPDX-License-Identifier: MIT */
#include "search_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../deferred/base/bug.h"
#include "../../deferred/base/memory.h"
#include "world_internal.h"

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
	evert_sim_need(sim, "evert_sim_memory");
	return sim == world ? bytes : 0;
}

/* ---- Seeds ---- */

static void check_memory(size_t before, struct evert_sim_trace *trace)
{
	if (blocks != before)
		evert_sim_trace_fail(trace, "the programs have %zu blocks of "
				     "memory that they did not give back",
				     blocks - before);
}

static void unhandled(const struct evert_unhandled *report, void *sim)
{
	evert_unhandled_print(report, stderr);
	evert_sim_fail(sim, "a failure that nobody handled");
}

/* Who looks on (EVERT_SLOW) keeps memory of its own from the first turn of a
   thread on: which is none of the programs'. */
void evert_sim_search_prepare(void)
{
	struct evert_reactor *reactor = evert_reactor_create(NULL);

	if (reactor)
		evert_reactor_turn(reactor, 0);
	evert_reactor_destroy(reactor);
}

void evert_sim_search_one(const struct evert_sim_search *search, uint64_t seed,
			  struct evert_sim_progress *progress)
{
	size_t before = blocks;
	struct evert_sim *sim;

	evert_sim_variant = search->variant;
	evert_set_allocator(&counting);
	evert_sim_trace_shared = &progress->trace;
	sim = evert_sim_create(seed);
	evert_sim_trace_shared = NULL; /* a scenario may make others */
	if (!sim)
		evert_bug("no world can be made for a seed: %s",
			  strerror(errno));
	world = sim;
	sim->searched = true;
	evert_set_unhandled_hook(unhandled, sim);
	search->scenario(sim);
	sim->searched = false;
	progress->seconds += evert_sim_seconds(sim);
	world = NULL;
	evert_sim_destroy(sim);
	evert_set_unhandled_hook(NULL, NULL);
	check_memory(before, &progress->trace);
	progress->steps += progress->trace.steps;
	progress->seeds++;
	evert_set_allocator(NULL);
}

static void be_quiet(void)
{
	int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (nowhere < 0)
		return;
	dup2(nowhere, STDOUT_FILENO);
	dup2(nowhere, STDERR_FILENO);
}

/* ---- In a child ---- */

/* False: there is none left. */
static bool give_time(const struct evert_sim_search *search,
		      struct evert_sim_progress *progress)
{
	double now = evert_sim_real_seconds();
	double until = now + search->seconds;

	if (search->end > 0 && search->end < until)
		until = search->end;
	progress->until = until;
	return until > now;
}

static EVERT_NORETURN void run_in_child(const struct evert_sim_search *search,
					struct evert_sim_progress *progress)
{
	uint64_t i;

	/* So what was printed is seen, however it ends. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	evert_sim_search_prepare();
	for (i = 0; i < search->seeds && give_time(search, progress); i++) {
		progress->trace.seed = search->from + i;
		evert_sim_search_one(search, search->from + i, progress);
	}
	progress->all = true;
	fflush(stdout);
	_exit(0);
}

/* ---- Its parent ---- */

/* Waits for its end, as long as it has time. SIGCHLD is blocked; where another
   thread takes it, the child is looked at by and by. 0, or -errno. */
static int wait_for(pid_t child, const sigset_t *sigchld,
		    struct evert_sim_progress *progress)
{
	const struct timespec often = {.tv_nsec = 100000000};
	pid_t ended;

	for (;;) {
		ended = waitpid(child, &progress->status, WNOHANG);
		if (ended)
			return ended < 0 ? -errno : 0;
		if (!progress->hung &&
		    evert_sim_real_seconds() >= progress->until) {
			progress->hung = true;
			kill(child, SIGKILL);
		}
		sigtimedwait(sigchld, NULL, &often);
	}
}

int evert_sim_search_run(const struct evert_sim_search *search,
			 struct evert_sim_progress *progress, bool quiet)
{
	pid_t parent = getpid(), child;
	sigset_t sigchld, before;
	int error;

	*progress = (struct evert_sim_progress){.seeds = 0};
	give_time(search, progress);
	sigemptyset(&sigchld);
	sigaddset(&sigchld, SIGCHLD);
	pthread_sigmask(SIG_BLOCK, &sigchld, &before);
	fflush(stdout); /* or it would be written twice */
	child = fork();
	if (!child) {
		pthread_sigmask(SIG_SETMASK, &before, NULL);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
		if (quiet)
			be_quiet();
		run_in_child(search, progress);
	}
	error = child < 0 ? -errno : wait_for(child, &sigchld, progress);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error ? error : !progress->all;
}
