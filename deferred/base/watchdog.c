/* SPDX-License-Identifier: MIT */
/*
 * A thread that looks, twice in the time that is slow, whether a loop has
 * worked for longer. Then it tells what runs, and asks for a backtrace: a
 * signal makes the loop's thread write down the addresses on its stack, or on
 * that of the coroutine which runs; all the rest, names included, is done
 * here. So is nothing that needs a lock or memory which that thread may hold.
 *
 * The signal is SIGURG, which nobody misses: if it comes to a wrong address, or
 * late, it does nothing. Most system calls go on after it (SA_RESTART); whoever
 * sleeps, or waits in poll(2) and the like, would be woken (signal(7)), and is
 * left alone: what it is in is told instead.
 *
 * backtrace(3) is not among what a handler may call. With glibc since 2.35 and
 * gcc since 12 it takes no lock, once it was called before; with older ones it
 * may wait for the lock of dlopen, while that thread has it itself, which may.
 */
#include "slow_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "backtrace_internal.h"
#include "symbol_internal.h"

enum {
	OWN_FRAMES = 2,	 /* the handler, and what called it */
	ANSWER_LOOKS = 500,
	MILLISECOND = 1000000,
};

static const int64_t SECOND = 1000000000;

static atomic_bool handles; /* the signal */
static atomic_bool watches; /* in this process */

static void sleep_for(int64_t nanoseconds)
{
	struct timespec time = {
		.tv_sec = nanoseconds / SECOND,
		.tv_nsec = nanoseconds % SECOND,
	};

	while (nanosleep(&time, &time) < 0 && errno == EINTR) {
	}
}

/* ---- The loop's thread ---- */

static void answer(int signal)
{
	struct evert_running_thread *thread = evert_running_here();
	int saved = errno;

	(void)signal;
	if (thread && atomic_exchange(&thread->asked, false)) {
		thread->count =
			evert_backtrace(thread->addresses, EVERT_RUNNING_DEPTH);
		atomic_store(&thread->answered, true);
	}
	errno = saved;
}

/* Not where the program has use for the signal. */
static void handle_signal(void)
{
	struct sigaction action = {
		.sa_handler = answer,
		.sa_flags = SA_RESTART | SA_ONSTACK,
	};
	struct sigaction before;
	void *address;

	if (!evert_backtrace(&address, 1) ||
	    sigaction(SIGURG, NULL, &before) || before.sa_handler != SIG_DFL)
		return;
	sigemptyset(&action.sa_mask);
	atomic_store(&handles, sigaction(SIGURG, &action, NULL) == 0);
}

/* ---- What it is in ---- */

/* Those that a handler cuts short. */
static const struct {
	long number;
	const char *name;
} sleeps[] = {
	{ SYS_clock_nanosleep, "clock_nanosleep" },
	{ SYS_nanosleep, "nanosleep" },
	{ SYS_ppoll, "ppoll" },
	{ SYS_pselect6, "pselect6" },
	{ SYS_epoll_pwait, "epoll_pwait" },
	{ SYS_rt_sigtimedwait, "rt_sigtimedwait" },
#ifdef SYS_semtimedop
	{ SYS_semtimedop, "semtimedop" },
#endif
#ifdef SYS_poll
	{ SYS_poll, "poll" },
	{ SYS_select, "select" },
	{ SYS_epoll_wait, "epoll_wait" },
	{ SYS_pause, "pause" },
#endif
};

/* proc(5) tells, of a thread that is not running. NULL: it is in none of
   them. */
static const char *sleeps_in(const struct evert_running_thread *thread)
{
	char path[64], text[32];
	ssize_t size = -1;
	long number;
	size_t i;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%ld/syscall", thread->id);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		size = read(fd, text, sizeof(text) - 1);
		close(fd);
	}
	if (size <= 0 || text[0] < '0' || text[0] > '9')
		return NULL;
	text[size] = '\0';
	number = strtol(text, NULL, 10);
	for (i = 0; i < sizeof(sleeps) / sizeof(sleeps[0]); i++)
		if (sleeps[i].number == number)
			return sleeps[i].name;
	return NULL;
}

/* ---- Telling ---- */

/* Whoever has not answered before is not asked again. */
static bool ask(struct evert_running_thread *thread)
{
	int looks;

	if (!atomic_load(&handles) || atomic_load(&thread->asked))
		return false;
	atomic_store(&thread->answered, false);
	atomic_store(&thread->asked, true);
	if (syscall(SYS_tgkill, getpid(), thread->id, SIGURG))
		return false;
	for (looks = 0; looks < ANSWER_LOOKS; looks++) {
		if (atomic_load(&thread->answered))
			return true;
		sleep_for(MILLISECOND);
	}
	return false;
}

/* Calls are before the addresses to which they return. */
static void add_backtrace(struct evert_text *text,
			  const struct evert_running_thread *thread)
{
	int i;

	for (i = OWN_FRAMES; i < thread->count; i++) {
		evert_text_add(text, "\t#%d ", i - OWN_FRAMES);
		evert_symbol_add(text, (uintptr_t)thread->addresses[i] -
					       (i > OWN_FRAMES));
		evert_text_add(text, "\n");
	}
}

static void tell(struct evert_running_thread *thread, int64_t busy)
{
	const char *sleep = sleeps_in(thread);
	unsigned depth = thread->depth;
	struct evert_text text;
	bool answers;

	if (!depth || !evert_slow_may_tell(&thread->stack[depth - 1]))
		return;
	evert_text_init(&text, NULL);
	evert_text_add(&text, "evert: slow: ");
	evert_slow_describe(&text, thread, depth - 1);
	answers = !sleep && ask(thread);
	if (thread->busy_since != thread->seen)
		return; /* it has ended, and tells itself */
	evert_text_add(&text, ": the loop has been held for %ld ms%s%s%s\n",
		       (long)(busy / MILLISECOND), sleep ? ", in " : "",
		       sleep ? sleep : "",
		       answers || sleep ? "" :
					  ", and no backtrace is to be had");
	if (answers)
		add_backtrace(&text, thread);
	evert_text_say(&text);
}

/* ---- Watching ---- */

/* What goes on is told of again when it has taken twice as long, and a second
   at least. */
static void look_at(struct evert_running_thread *thread, int64_t now)
{
	int64_t since = thread->busy_since;
	int64_t busy = now - since;

	if (!since || busy < evert_slow_limit())
		return;
	if (since == thread->seen && busy < thread->next)
		return;
	thread->seen = since;
	thread->next = busy < SECOND ? busy + SECOND : 2 * busy;
	tell(thread, busy);
}

static void look(void)
{
	struct evert_list_node *all = evert_running_lock(), *node;
	int64_t now = evert_running_now();

	for (node = all->next; node != all; node = node->next)
		look_at(evert_container_of(node, struct evert_running_thread,
					   node),
			now);
	evert_running_unlock();
}

/* Where this thread has overslept for long, the process was stopped, by a
   debugger or SIGSTOP. */
static void *watch(void *arg)
{
	int64_t limit = evert_slow_limit(), pause = limit / 2 + 1;
	int64_t before, over;

	(void)arg;
	for (;;) {
		before = evert_running_now();
		sleep_for(pause);
		over = evert_running_now() - before - pause;
		if (over > limit + SECOND)
			evert_running_was_stopped(over);
		look();
	}
	return NULL;
}

static void start_thread(void)
{
	pthread_attr_t attributes;
	sigset_t all, before;
	pthread_t thread;
	int error;

	sigfillset(&all);
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&thread, &attributes, watch, NULL);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	if (error)
		evert_say("evert: EVERT_SLOW: no thread to watch: %s\n",
			  strerror(error));
}

static void in_child(void)
{
	atomic_store(&watches, false);
}

static void prepare(void)
{
	handle_signal();
	pthread_atfork(NULL, NULL, in_child);
}

void evert_watchdog_start(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	if (evert_slow_limit() == INT64_MAX || atomic_exchange(&watches, true))
		return;
	pthread_once(&once, prepare);
	start_thread();
}
