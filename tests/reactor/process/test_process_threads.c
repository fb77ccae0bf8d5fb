/* SPDX-License-Identifier: MIT */
/* Children started by several threads at the same time, with forks and
   signals in between. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/process/process.h"
#include "../../../reactor/reactor.h"

enum { THREADS = 4, FORKS = 40 };

/* The whole by LONG=1. */
static int children(void)
{
	return getenv("LONG") ? 2000 : 60;
}

struct starter {
	struct evert_process_protocol base;
	pthread_t thread;
	struct evert_reactor *reactor;
	int left;
	size_t bytes, wrong;
};

static struct starter *from(struct evert_process_protocol *base)
{
	return evert_container_of(base, struct starter, base);
}

static void start_next(struct starter *starter)
{
	if (!starter->left--) {
		evert_reactor_stop(starter->reactor);
		return;
	}
	if (!evert_spawn_process(starter->reactor, &starter->base, "/bin/sh",
				 EVERT_ARGV("sh", "-c",
					    "[ -e /proc/$$/fd/3 ] || echo ok;"
					    "exit 7"),
				 NULL, NULL))
		abort();
}

static void received(struct evert_process_protocol *base, const char *data,
		     size_t length)
{
	(void)data;
	from(base)->bytes += length;
}

static void ended(struct evert_process_protocol *base,
		  const struct evert_exit *exit)
{
	if (exit->kind != EVERT_EXITED || exit->code != 7)
		from(base)->wrong++;
}

/* The protocol is used again. */
static void destroy(struct evert_process_protocol *base)
{
	start_next(from(base));
}

static const struct evert_process_protocol_ops ops = {
	.out_received = received,
	.ended = ended,
	.destroy = destroy,
};

static void begin(void *arg)
{
	start_next(arg);
}

static void *run(void *arg)
{
	struct starter *starter = arg;

	starter->base.ops = &ops;
	starter->left = children();
	starter->reactor = evert_reactor_create(NULL);
	evert_reactor_call_later(starter->reactor, 0, begin, starter);
	evert_reactor_run(starter->reactor);
	evert_reactor_destroy(starter->reactor);
	return NULL;
}

static pid_t parent;
static atomic_size_t handled, in_child;
static atomic_bool over;

static void note_where(int number)
{
	(void)number;
	atomic_fetch_add(getpid() == parent ? &handled : &in_child, 1);
}

/* Whoever is in this group gets one, new children too. */
static void *send_signals(void *arg)
{
	while (!atomic_load(&over)) {
		kill(0, SIGURG);
		sched_yield();
	}
	return arg;
}

static void fork_some(void)
{
	pid_t pid;
	int i;

	for (i = 0; i < FORKS; i++) {
		pid = fork();
		if (!pid)
			_exit(3);
		/* A sanitizer interrupts it, too. */
		while (waitpid(pid, NULL, 0) < 0)
			cr_assert(eq(int, errno, EINTR));
	}
}

Test(process_threads, start_children_while_others_fork_and_signals_come)
{
	static struct starter starters[THREADS];
	pthread_t sender;
	int i;

	setpgid(0, 0);
	parent = getpid();
	signal(SIGURG, note_where);
	pthread_create(&sender, NULL, send_signals, NULL);
	for (i = 0; i < THREADS; i++)
		pthread_create(&starters[i].thread, NULL, run, &starters[i]);
	fork_some();
	for (i = 0; i < THREADS; i++)
		pthread_join(starters[i].thread, NULL);
	atomic_store(&over, true);
	pthread_join(sender, NULL);
	for (i = 0; i < THREADS; i++) {
		cr_assert(eq(sz, starters[i].wrong, 0));
		cr_assert(eq(sz, starters[i].bytes, 3 * (size_t)children()));
	}
	cr_assert(atomic_load(&handled) > 0);
	cr_assert(eq(sz, atomic_load(&in_child), 0),
		  "a handler ran in a child, in this memory");
}
