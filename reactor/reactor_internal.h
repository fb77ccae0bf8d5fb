/* SPDX-License-Identifier: MIT */
/*
 * The loop as the rest of reactor/ sees it: descriptors to watch, tasks for
 * the end of the turn, members to close at shutdown, calls from other
 * threads. All of it is embedded in its owners; none of it needs memory of
 * its own, except the table of descriptors.
 */
#ifndef EVERT_REACTOR_REACTOR_INTERNAL_H
#define EVERT_REACTOR_REACTOR_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "../deferred/clock/clock_internal.h"
#include "../deferred/base/list_internal.h"
#include "../deferred/base/say_internal.h"
#include "../deferred/base/thread_internal.h"
#include "poller/poller_internal.h"
#include "reactor.h"
#include "stock_internal.h"
#include "system/system.h"
#include "task.h"
#include "window.h"

/* ---- Watches: descriptors to be told of ---- */

struct evert_watch;
struct evert_stats;

struct evert_watch_ops {
	/* For dumps: what it watches, in a word or two, and what there is to
	   say besides, NULL: nothing. */
	const char *kind;
	void (*describe)(const struct evert_watch *watch,
			 struct evert_text *to);
	/* Something of what is wanted, EVERT_HANGUP or EVERT_BROKEN. */
	void (*ready)(struct evert_watch *watch, unsigned ready);
	/* The poller can't watch it; `error` is an errno. NULL for one that
	   the reactor can't do without: then the poller has to hear of it
	   before it is needed, evert_watch_tell_poller. */
	void (*unwatchable)(struct evert_watch *watch, int error);
	/* The reactor stops: to end it, at once or by a task, or when what is
	   queued was sent; then it is called again when the time for that is
	   over (closing_is_over). Calls nobody back. NULL where a member does
	   it. */
	void (*shut_down)(struct evert_watch *watch);
	/* Adds what it is to the numbers. NULL where that is nothing. */
	void (*count)(const struct evert_watch *watch,
		      struct evert_stats *stats);
	/* The descriptor is not ours to close. */
	bool borrowed;
};

/* Small: every connection has one. */
struct evert_watch {
	const struct evert_watch_ops *ops;
	struct evert_reactor *reactor;
	int fd;
	uint8_t wanted;	    /* EVERT_ATTACHED, EVERT_READ, EVERT_WRITE */
	uint8_t registered; /* what the poller was told of it */
	bool active;	    /* between add and remove */
	uint8_t forks;	    /* of this process so far, when it began */
};

/*
 * Watches `fd`, for what evert_watch_set says, nothing until then; the poller
 * hears of it before the loop sleeps. 0, or -ENOMEM.
 */
int evert_watch_add(struct evert_watch *watch, struct evert_reactor *reactor,
		    int fd, const struct evert_watch_ops *ops);

/* Wants EVERT_READ and EVERT_WRITE or not; EVERT_HANGUP and EVERT_BROKEN are
   told always, unless `wanted` is 0. */
void evert_watch_set(struct evert_watch *watch, unsigned wanted);

/*
 * Watches it no more: nothing that was ready before is told. To be called
 * before the descriptor is closed. Harmless on one that watches nothing.
 */
void evert_watch_remove(struct evert_watch *watch);

/* The first evert_watch_set of one that is to last: the poller hears of it at
   once, if it can. */
void evert_watch_begin(struct evert_watch *watch, unsigned wanted);

/* The end of a watch and its descriptor. The poller hears of it only where it
   would not find out by itself. */
void evert_watch_close(struct evert_watch *watch);

/* Another process may hold the descriptor, too. */
static inline void evert_watch_share(struct evert_watch *watch)
{
	watch->forks--; /* as if it had been forked since */
}

/* Nothing more is told; evert_watch_close or evert_watch_remove comes soon. */
static inline void evert_watch_mute(struct evert_watch *watch)
{
	watch->wanted = 0;
}

/* Lets the poller hear of it at once: 0, or -errno. */
int evert_watch_tell_poller(struct evert_watch *watch);
/* The same, whatever the process; for the reactor itself. */
int evert_watch_register(struct evert_watch *watch);

/* The one that watches `fd`, or NULL. */
struct evert_watch *evert_watch_of(const struct evert_reactor *reactor, int fd);

/* For the loop: at the start, before it sleeps, for the events it got, when
   it stops. */
void evert_watches_init(struct evert_reactor *reactor);
void evert_watches_tell_poller(struct evert_reactor *reactor);
void evert_watches_dispatch(struct evert_reactor *reactor,
			    const struct evert_event *events, int count);
void evert_watches_shut_down(struct evert_reactor *reactor);

/* For a new poller: it hears of those that the reactor can't do without, and is
   to hear of the others. 0, or -errno: the former poller is to stay. For a
   fork's child: all descriptors that are not borrowed become others of the same
   number, and what is ready is told to nobody. */
int evert_watches_renew(struct evert_reactor *reactor);
void evert_watches_replace(struct evert_reactor *reactor, int by);
void evert_descriptor_replace(struct evert_system *system, int fd, int by);

/* ---- Members: what is closed when the reactor stops ---- */

struct evert_member {
	struct evert_list_node node;
	/* Closes it, at once or by a task; afterwards it leaves by itself. */
	void (*shut_down)(struct evert_member *member);
};

void evert_member_join(struct evert_reactor *reactor,
		       struct evert_member *member,
		       void (*shut_down)(struct evert_member *member));

static inline void evert_member_leave(struct evert_member *member)
{
	evert_list_remove(&member->node);
}

/* ---- Messages from other threads ---- */

struct evert_message {
	struct evert_message *next;
	/* On the reactor's thread; owns the message. */
	void (*deliver)(struct evert_message *message);
	/* The reactor is destroyed first; owns the message. */
	void (*drop)(struct evert_message *message);
};

/* Takes over the message. Any thread. */
void evert_reactor_post(struct evert_reactor *reactor,
			struct evert_message *message);

/* ---- The reactor ---- */

enum {
	EVERT_READ_SIZE = 65536,
	EVERT_WRITE_SIZE = 16384, /* what is larger is not copied */
	/* In the write buffer, at most: so that a write as large as that does
	   not fit, and is not copied. */
	EVERT_OUTPUT_GATHERS = EVERT_WRITE_SIZE - 1,
};

struct evert_conduits;
struct evert_output;
struct evert_datagram_batch;
struct evert_resolver;

/* A descriptor. Small: there is one for each number. */
struct evert_slot {
	struct evert_watch *watch;
	uint32_t user;	  /* how many watched it before */
	int next_changed; /* in the list of those that changed */
};

/* What other threads touch; see mailbox.c. */
struct evert_mailbox {
	_Atomic(struct evert_message *) latest;
	atomic_uint wakers;  /* threads that may be about to wake the loop */
	atomic_bool unheard; /* the last that tried to could not */
	bool has_more;	     /* came while the loop delivered others */
	size_t calls_given_up;
	int pipe[2];
	struct evert_watch watch;
};

struct evert_thread_pool;
struct evert_trigger;

struct evert_reactor {
	struct evert_clock clock;
	struct evert_system *system;
	struct evert_poller *poller;
	struct evert_slot *slots; /* by descriptor */
	size_t slot_count, slot_room; /* that are filled in; that may be */
	int first_changed; /* of the descriptors the poller should hear of */
	unsigned stray_turns; /* one behind the other */
	uint64_t turns, events; /* so far */
	/* In nanoseconds: of waiting; of runs that are over; when the one that
	   is not began. */
	int64_t time_waited, time_run, run_since;
	_Atomic(int64_t) works_since; /* by its clock; 0: it does not */
	struct evert_list_node tasks;
	struct evert_list_node last_tasks;
	struct evert_list_node members;
	struct evert_output *gathering; /* in the write buffer, or NULL */
	struct evert_window window; /* of that; open while nobody does */
	struct evert_stock spare_chunks;  /* for output */
	struct evert_datagram_batch *datagrams; /* NULL until there are any */
	struct evert_mailbox mailbox;
	struct evert_list_node triggers;
	size_t triggers_waited_for;
	int64_t spin_time;    /* nanoseconds */
	struct evert_busy_poll busy_poll;
	int64_t closing_time; /* nanoseconds */
	size_t unsent;	      /* connections that this waits for */
	size_t lingering;     /* of these, those that are to be looked at */
	int64_t linger_time, linger_idle_time; /* nanoseconds */
	size_t linger_bytes;
	size_t lost_bytes, lost_connections; /* that were given up then */
	struct evert_list_node errands; /* that threads do for it */
	struct evert_thread_pool *thread_pool; /* its own, or NULL */
	size_t thread_calls; /* in pools; the shutdown waits for them */
	struct evert_list_node sibling; /* among the process's reactors */
	/* Of rooms above, which make them when they are needed: NULL until
	   a name is looked up, until something is spliced. */
	struct evert_resolver *resolver;
	void (*release_resolver)(struct evert_resolver *resolver);
	struct evert_conduits *conduits;
	void (*release_conduits)(struct evert_conduits *conduits);
	const void *thread;		/* evert_thread() */
	const char *place;		/* that made it */
	atomic_uint forks; /* of this process, when it was made or adopted */
	bool handles_signals;
	bool given_up; /* in a fork's child, while the loop was on the stack */
	bool left_coroutines; /* then */
	bool has_outer_loop; /* which waits for evert_reactor_fd */
	bool running;
	bool stopping;	    /* evert_reactor_stop was called */
	bool shutting_down; /* nothing new may begin */
	bool closing_is_over; /* what is not sent by now is given up */
	_Alignas(16) char read_buffer[EVERT_READ_SIZE];
	char write_buffer[EVERT_WRITE_SIZE + EVERT_WINDOW_MARGIN];
};

static inline int64_t evert_reactor_now(const struct evert_reactor *reactor)
{
	return reactor->system->ops->now(reactor->system);
}

/* Stops the program when there is no reactor, and when called from a thread
   that is not the reactor's. */
void evert_reactor_check_thread(const struct evert_reactor *reactor,
				const char *what);

/* The same, but only while it runs: what does not may be used by who sees to
   it that nobody else does. */
static inline void
evert_reactor_check_running(const struct evert_reactor *reactor,
			    const char *what)
{
	if (!EVERT_LIKELY(reactor->thread == evert_thread()) &&
	    reactor->running)
		evert_reactor_check_thread(reactor, what);
}

/* One turn, which sleeps for at most so many milliseconds, -1: as long as
   need be. -errno when waiting failed. */
int evert_reactor_take_turn(struct evert_reactor *reactor, int most);

/* idle.c: when it has to take the next one: by its clock, 0 for at once,
   EVERT_CLOCK_NEVER for when something is ready. */
int64_t evert_reactor_due(struct evert_reactor *reactor);

/* Waits until something is ready or the next turn is due, for at most so many
   milliseconds, -1: as long as need be. How many events, or -errno. The clock is
   up to date then. */
int evert_reactor_wait(struct evert_reactor *reactor,
		       struct evert_event *events, int count, int most);

/* Around turns: what was before. 0, or -errno for one that may not run. */
struct evert_reactor_visit {
	struct evert_reactor *outer;
	const void *owner;
};
int evert_reactor_enter(struct evert_reactor *reactor,
			struct evert_reactor_visit *visit);
void evert_reactor_leave(struct evert_reactor *reactor,
			 const struct evert_reactor_visit *visit);

/* It was stopped: the shutdown. */
int evert_reactor_end_run(struct evert_reactor *reactor);

/* Runs the tasks that are planned; and those which they plan. */
void evert_reactor_run_tasks(struct evert_reactor *reactor);
void evert_reactor_run_all_tasks(struct evert_reactor *reactor);

/* closing.c: sends what connections have queued that were shut down, for the
   closing time. How long that is, from what a user says: 0, or -EINVAL. */
void evert_reactor_send_queued(struct evert_reactor *reactor);
int evert_closing_time_set(int64_t *nanoseconds, double seconds);
int evert_closing_init(struct evert_reactor *reactor,
		       const struct evert_reactor_options *options);

/* Closes all members and runs what that sets going. */
void evert_reactor_close_members(struct evert_reactor *reactor);

/* Fails the sleeps and time-outs that wait, and runs what that sets going. */
void evert_reactor_end_waits(struct evert_reactor *reactor);

/* mailbox.c */
int evert_mailbox_open(struct evert_reactor *reactor);
void evert_mailbox_deliver(struct evert_reactor *reactor);
void evert_mailbox_close(struct evert_reactor *reactor);
/* For a fork's child, to which the pipe is of no use: closes it, and opens
   another: 0, or -errno, then it has none, and it may be tried again. */
void evert_mailbox_let_go(struct evert_reactor *reactor);
int evert_mailbox_renew(struct evert_reactor *reactor);

/* signals.c: called in the handler before a second signal ends the process;
   may be NULL. */
typedef void (*evert_last_words)(void);
extern _Atomic(evert_last_words) evert_signals_last_words;

/* signals.c: wakes the loop, from a handler. */
void evert_reactor_wake(struct evert_reactor *reactor);

/* signals.c: what the wake-up may have been about; when the run has ended,
   that it is dealt with; when the reactor goes. */
void evert_signals_check(struct evert_reactor *reactor);
void evert_signals_forget(struct evert_reactor *reactor);
void evert_signals_release(struct evert_reactor *reactor);
/* Around a fork: meanwhile none is caught, and in the child nobody handles
   them. When a child adopts a reactor that did. */
void evert_signals_before_fork(void);
void evert_signals_after_fork(bool in_child);
void evert_signals_renew(struct evert_reactor *reactor);

/* shutdown.c: the phases, from a stopped loop to the end of the run. */
int evert_reactor_shut_down(struct evert_reactor *reactor);
void evert_triggers_release(struct evert_reactor *reactor);

#endif
